import type { RegressionCase } from '../case.ts';

export const h1: RegressionCase = {
  id: 'H1',
  title: 'Null dereference when attaching fails on PCI 1.0',
  reports: 'code of virtio_pci.c 1.54',
  revisions: 'newest readable: virtio_pci.c 1.54',
  trigger: 'any failure of alloc_vq, or free_vq before finish',
  symptom: {
    api: 'null vqs in setup_queue(idx, 0)',
    wire: 'queue_enable is not taken back',
  },
  property: 'P15: attaching survives',
  reasoning:
    'setup_queue of PCI 1.0 takes vqs[idx], asserts its index and uses it for the queue select, all before it tests whether the address is 0; alloc_vq and free_vq call it so before finish has stored vqs. It is the defect that virtio_mmio.c 1.14 repaired. Repair: look the queue up only where the address is not 0.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h1', switches: ['repair-h1'] },
  status: 'open',
  scripts: [
    {
      name: 'queue 1 does not exist',
      scenario: {
        machine: {
          child: 'vioscsi',
          transport: 'pci-1.0',
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
