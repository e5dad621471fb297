import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldPollSync: RegressionCase = {
  id: 'ld-poll-sync',
  title: 'ld polls the used ring without synchronising it',
  reports: 'code of ld_virtio.c 1.43, virtio.c 1.79',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'any attach; dumps and polled flushes',
  symptom: {
    api: 'dequeue without a sync of the used ring',
    wire: 'nothing; without coherent memory the poll never ends',
  },
  property: 'P10: what the device has stored is synchronised before it is read',
  reasoning:
    'virtio_dequeue() relies on its caller having called virtio_vq_is_enqueued(), which synchronises the used ring. ld_virtio_info(), _flush() and _dump() poll with virtio_dequeue() alone: with bounce buffers or a cache that DMA does not keep coherent, the index that they look at never changes. Repair: poll through virtio_vq_is_enqueued().',
  clauses: ['netbsd.dma-sync'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-ld-poll-sync'),
  status: 'open',
  scripts: [
    {
      name: 'any attach',
      scenario: {
        machine: ldOn({ queueSize: 4 }),
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.dma-sync'],
    },
  ],
};
