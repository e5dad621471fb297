import type { RegressionCase } from '../case.ts';

export const pr57304: RegressionCase = {
  id: 'kern/57304',
  title: 'Queue memory too small: ring sizes counted as zero',
  reports: 'PR kern/57304; virtio.c 1.72, virtioreg.h 1.12',
  revisions: 'virtio.c 1.66 to 1.71; fixed by 1.72',
  trigger: 'a queue of 512 entries or more; from 2048 on the rings overlap',
  symptom: {
    api: 'queue memory smaller than its rings; memory corruption',
    wire: 'used elements stored outside of the allocation, or over indirect tables',
  },
  property: 'P7: rings apart from each other, inside the allocation',
  reasoning:
    'The size of a zero-length array served as that of a ring element. The used ring then ends behind the allocation, so the device writes into what lies there; with 2048 entries the available ring reaches into the used ring.',
  clauses: ['netbsd.ring-memory'],
  buggy: { name: 'virtio.c 1.71', revisions: { 'virtio.c': '1.71' } },
  fixed: { name: 'virtio.c 1.72', revisions: { 'virtio.c': '1.72' } },
  status: 'fixed',
  scripts: [
    {
      name: '512 entries: the last used element ends outside',
      scenario: {
        machine: { child: 'viocon', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 512 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'output', length: 65536 }, { do: 'settle' }],
      },
      breaks: ['netbsd.ring-memory'],
    },
    {
      name: '2048 entries: available and used ring overlap',
      scenario: {
        machine: { child: 'viornd', transport: 'pci-0.9', host: 'le', diagnostic: true, device: { queueSize: 2048 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.ring-memory'],
    },
  ],
};
