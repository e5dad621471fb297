import type { RegressionCase } from '../case.ts';

export const h4: RegressionCase = {
  id: 'H4',
  title: 'DRIVER_OK on top of FAILED',
  reports: 'code of virtio.c 1.82, viocon.c 1.10',
  revisions: 'newest readable: virtio.c 1.82, viocon.c 1.10',
  trigger: 'a device that refuses FEATURES_OK',
  symptom: {
    api: 'child_attach_finish after a failed negotiation',
    wire: 'DRIVER_OK on top of FAILED',
  },
  property: 'P3: DRIVER_OK never together with FAILED',
  reasoning:
    'A failed negotiation leaves features 0 and nothing else; viocon, vioscsi and viornd do not look and go on to finish. Repair: child_attach_start returns an error, or these drivers test for it.',
  clauses: ['netbsd.driver-ok-without-failed', 'netbsd.call-order'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h4', switches: ['repair-h4'] },
  status: 'open',
  scripts: [
    {
      name: 'viornd',
      scenario: {
        machine: {
          child: 'viornd',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { refuseFeatures: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.driver-ok-without-failed', 'netbsd.call-order'],
    },
    {
      name: 'viocon',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4, refuseFeatures: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.driver-ok-without-failed'],
    },
  ],
};
