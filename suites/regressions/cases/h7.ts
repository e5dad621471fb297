import type { RegressionCase } from '../case.ts';

export const h7: RegressionCase = {
  id: 'H7',
  title: 'DMA memory of queues leaks when attaching fails',
  reports: 'code of viocon.c 1.10, ld_virtio.c 1.43',
  revisions: 'newest readable: viocon.c 1.10, ld_virtio.c 1.43',
  trigger: 'interrupts that cannot be allocated',
  symptom: {
    api: 'DMA memory stays allocated after child_attach_failed',
    wire: 'nothing',
  },
  property: 'P12: nothing is left behind',
  reasoning:
    'viocon frees the structures of its queues and never their memory; ld never calls free_vq on its way out. Repair: free the queues before child_attach_failed.',
  clauses: ['netbsd.no-leak'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h7', switches: ['repair-h7'] },
  status: 'open',
  scripts: [
    {
      name: 'ld',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4 },
          shortages: { allocInterrupts: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.no-leak'],
    },
    {
      name: 'viocon',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4 },
          shortages: { allocInterrupts: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.no-leak'],
    },
  ],
};
