import type { RegressionCase } from '../case.ts';

export const h9: RegressionCase = {
  id: 'H9',
  title: 'free_vq misreads the chain of free descriptors on big-endian hosts',
  reports: 'code of virtio.c 1.82',
  revisions: 'newest readable: virtio.c 1.82',
  trigger: 'detaching a modern device on a big-endian host',
  symptom: {
    api: 'free_vq returns EBUSY for an idle queue; its memory leaks',
    wire: 'nothing',
  },
  property: 'P8: an idle queue can be freed; P12',
  reasoning:
    'The walk over the free chain uses the stored indices, which are little-endian, without converting them: the count is wrong, the queue is called busy, and its memory leaks. Repair: convert as everywhere else.',
  clauses: ['netbsd.descriptor-accounting', 'netbsd.no-leak'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h9', switches: ['repair-h9'] },
  status: 'open',
  scripts: [
    {
      name: 'big-endian host',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v2', host: 'be', diagnostic: true, device: { queueSize: 16 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'detach' }],
      },
      breaks: ['netbsd.descriptor-accounting', 'netbsd.no-leak'],
    },
  ],
};
