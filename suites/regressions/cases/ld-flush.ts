import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldFlush: RegressionCase = {
  id: 'ld-flush',
  title: 'A flush that finds no descriptor blocks all later ones',
  reports: 'code of ld_virtio.c 1.43',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'DIOCCACHESYNC while the queue is full, then once more',
  symptom: {
    api: 'the second flush never returns',
    wire: 'nothing: no flush arrives',
  },
  property: 'requests do not hang',
  reasoning:
    'ld_virtio_flush() sets sc_sync_use to SYNC_BUSY and returns the error of enqueue_prep or enqueue_reserve without setting it back. The next flush sleeps for ever; the one at shutdown, which polls, spins for ever. Repair: set SYNC_FREE and wake the others before returning.',
  clauses: ['netbsd.operation-survives'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-ld-flush'),
  status: 'open',
  scripts: [
    {
      name: 'queue of four, without indirect descriptors',
      scenario: {
        machine: ldOn({ queueSize: 4, withhold: [28] }),
        actions: [
          { do: 'attach' },
          { do: 'transfer', write: true, length: 512, misalign: 0 },
          { do: 'flush' },
          { do: 'settle' },
          { do: 'flush' },
        ],
      },
      breaks: ['netbsd.operation-survives'],
      panics: 'never sent',
    },
  ],
};
