import type { RegressionCase } from '../case.ts';

export const h2: RegressionCase = {
  id: 'H2',
  title: 'A device without its only queue panics the kernel on PCI 1.0',
  reports: 'code of virtio.c 1.82, virtio_pci.c 1.54',
  revisions: 'newest readable: virtio.c 1.82, virtio_pci.c 1.54',
  trigger: 'a queue size of 0',
  symptom: {
    api: 'null vqs in setup_queue(0, 0)',
    wire: 'queue_size reads 0, and nothing follows',
  },
  property: 'P15: attaching survives',
  reasoning:
    'alloc_vq with size 0 takes its error exit, which calls setup_queue(idx, 0): the shortest way to H1, and in the hands of the device. Same repair.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h1', switches: ['repair-h1'] },
  status: 'open',
  scripts: [
    {
      name: 'no queue at all',
      scenario: {
        machine: {
          child: 'viornd',
          transport: 'pci-1.0',
          host: 'le',
          diagnostic: false,
          device: { absentQueues: [0] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'vqs in setup_queue(0) is null',
    },
  ],
};
