import type { RegressionCase } from '../case.ts';

export const pr57358a: RegressionCase = {
  id: 'kern/57358-a',
  title: 'A descriptor too many in every chain (first form)',
  reports: 'PR kern/57358; virtio.c 1.76',
  revisions: 'virtio.c 1.73 to 1.75; fixed by 1.76',
  trigger: 'a direct request of two segments or more',
  symptom: {
    api: 'a chain is one descriptor longer than its data',
    wire: 'a descriptor with address and length 0 at the end of each chain',
  },
  property: 'P8: a chain is as long as its segments',
  reasoning:
    'The log says only that an unnecessary descriptor was allocated. In this form a chain has a stale descriptor at its end, and fewer requests fit.',
  clauses: ['netbsd.descriptor-accounting'],
  buggy: {
    name: 'virtio.c 1.75, one descriptor too many',
    revisions: { 'virtio.c': '1.75', 'ld_virtio.c': '1.35' },
    switches: ['one-descriptor-too-many'],
  },
  fixed: { name: 'virtio.c 1.76', revisions: { 'virtio.c': '1.76', 'ld_virtio.c': '1.35' } },
  status: 'fixed',
  scripts: [
    {
      name: 'three segments',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 128, withhold: [28] },
        },
        actions: [{ do: 'attach' }, { do: 'transfer', write: true, length: 512, misalign: 0 }, { do: 'settle' }],
      },
      breaks: ['netbsd.descriptor-accounting'],
    },
  ],
};
