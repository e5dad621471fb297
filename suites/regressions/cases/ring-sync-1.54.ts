import type { RegressionCase } from '../case.ts';

export const ringSync154: RegressionCase = {
  id: 'ring-sync-1.54',
  title: 'Ring syncs cover as many entries as there are queues',
  reports: 'code of virtio.c 1.54; not in the log',
  revisions: 'virtio.c 1.54; repaired in 1.79 at the latest',
  trigger: 'the second request on a queue',
  symptom: {
    api: 'syncs of as many ring entries as there are queues',
    wire: 'nothing; without coherent memory stale entries are read',
  },
  property: 'P10: rings synchronised before the device looks',
  reasoning:
    'The number of queues was taken for that of entries. The revision of the repair is not known; 1.79 does not have it.',
  clauses: ['netbsd.dma-sync'],
  buggy: { name: 'virtio.c 1.54', revisions: { 'virtio.c': '1.54' } },
  fixed: { name: 'virtio.c 1.79', revisions: { 'virtio.c': '1.79' } },
  status: 'fixed',
  scripts: [
    {
      name: 'three requests',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v1', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [
          { do: 'attach' },
          { do: 'settle' },
          { do: 'input', length: 32 },
          { do: 'settle' },
          { do: 'input', length: 32 },
          { do: 'settle' },
        ],
      },
      breaks: ['netbsd.dma-sync'],
    },
  ],
};
