import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldDump: RegressionCase = {
  id: 'ld-dump',
  title: 'A dump that had to wait for a slot is called done, and is not',
  reports: 'code of ld_virtio.c 1.43',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'a crash dump while the queue is full',
  symptom: {
    api: 'success without a request; a slot stays taken',
    wire: 'nothing: no write arrives',
  },
  property: 'success means that the device has had the request; P8',
  reasoning:
    'ld_virtio_dump() tries enqueue_prep again after having looked for used buffers; where that succeeds it returns its result, 0, as that of the dump. Nothing is written, and the slot is lost. The dump on disk has a hole that nobody is told of. Repair: return only where the second attempt fails, too.',
  clauses: ['netbsd.success-means-done', 'netbsd.slots-kept'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-ld-dump'),
  status: 'open',
  scripts: [
    {
      name: 'one transfer fills the queue',
      scenario: {
        machine: ldOn({ queueSize: 4, withhold: [28], segMax: 4 }),
        actions: [
          { do: 'attach' },
          { do: 'transfer', write: true, length: 4608, misalign: 0 },
          { do: 'dump', length: 512 },
        ],
      },
      breaks: ['netbsd.success-means-done', 'netbsd.slots-kept'],
    },
  ],
};
