import type { RegressionCase } from '../case.ts';

export const mmio114: RegressionCase = {
  id: 'mmio-1.14',
  title: 'Null dereference when attaching fails on MMIO v2',
  reports: 'log of virtio_mmio.c 1.14: fix a null dereference (on attach failure)',
  revisions: 'virtio_mmio.c 1.12 to 1.13; fixed by 1.14',
  trigger: 'a queue that the device does not have, or any error path that frees queues before finish',
  symptom: {
    api: "a null dereference in alloc_vq's error exit",
    wire: 'QueueSel is written, and the QueueReady 0 that should follow is missing',
  },
  property: 'P15: attaching survives',
  reasoning:
    'Taking a queue away looked it up in an array that is only stored in finish. The same defect is still in virtio_pci.c (see H1).',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'virtio_mmio.c 1.13', revisions: { 'virtio_mmio.c': '1.13' } },
  fixed: { name: 'virtio_mmio.c 1.14', revisions: { 'virtio_mmio.c': '1.14' } },
  status: 'fixed',
  scripts: [
    {
      name: 'queue 1 does not exist',
      scenario: {
        machine: {
          child: 'vioscsi',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: false,
          device: { queueSize: 4, absentQueues: [1] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'vqs in setup_queue(1) is null',
    },
  ],
};
