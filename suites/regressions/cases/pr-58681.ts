import type { RegressionCase } from '../case.ts';

export const pr58681: RegressionCase = {
  id: 'kern/58681',
  title: 'viogpu refuses a device on MMIO v2',
  reports: 'PR kern/58681; virtio_mmio.c 1.15',
  revisions: 'virtio_mmio.c up to 1.14; fixed by 1.15',
  trigger: 'viogpu on MMIO v2',
  symptom: {
    api: 'viogpu says that it needs version 1, although it was negotiated',
    wire: 'negotiation succeeds, then reset and FAILED',
  },
  property: 'the child can tell that VERSION_1 was negotiated',
  reasoning:
    'Negotiation on MMIO never set the flag by which a child learns of VERSION_1, so the driver that requires it gave up. That 1.15 sets it was read in a copy that carries other changes as well.',
  clauses: ['netbsd.version1-known', 'netbsd.healthy-device-attaches'],
  buggy: { name: 'virtio_mmio.c 1.14', revisions: { 'virtio_mmio.c': '1.14' } },
  fixed: { name: 'virtio_mmio.c 1.15', revisions: { 'virtio_mmio.c': '1.15' } },
  status: 'fixed',
  scripts: [
    {
      name: 'MMIO v2',
      scenario: {
        machine: { child: 'viogpu', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 16 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.version1-known', 'netbsd.healthy-device-attaches'],
    },
  ],
};
