import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldGetId: RegressionCase = {
  id: 'ld-get-id',
  aliases: ['GET_ID'],
  title: 'ld waits for an identification that it could not ask for',
  reports: 'code of ld_virtio.c 1.43',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'a disk whose queue has two entries, without indirect descriptors',
  symptom: {
    api: 'the attach never returns; DIAGNOSTIC kernels stop in enqueue_reserve',
    wire: 'nothing after DRIVER_OK',
  },
  property: 'P15: an attach survives whatever the device offers',
  reasoning:
    'ld_virtio_info() sends GET_ID while attaching. Where enqueue_prep, the DMA map or enqueue_reserve fails it jumps to the label at which it waits for the answer, and polls for ever, as nothing was asked. DIAGNOSTIC kernels stop in enqueue_reserve before. Repair: set sc_sync_use back to SYNC_FREE and return; do not ask where the queue is smaller than a request.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-ld-get-id'),
  status: 'open',
  scripts: [
    {
      name: 'without DIAGNOSTIC',
      scenario: {
        machine: ldOn({ queueSize: 2, withhold: [28] }, { diagnostic: false }),
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'the identification never comes',
    },
    {
      name: 'DIAGNOSTIC kernel',
      scenario: {
        machine: ldOn({ queueSize: 2, withhold: [28] }),
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'number of segments',
    },
  ],
};
