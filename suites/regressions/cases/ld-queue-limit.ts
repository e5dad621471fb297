import { ldOn, repairedLd, type RegressionCase } from '../case.ts';

export const ldQueueLimit: RegressionCase = {
  id: 'ld-queue-limit',
  title: 'ld asks for more segments than its queue has entries',
  reports: 'code of ld_virtio.c 1.43',
  revisions: 'newest readable: ld_virtio.c 1.43',
  trigger: 'SEG_MAX above the size of the queue less two',
  symptom: {
    api: 'enqueue_reserve of more segments than the queue has entries',
    wire: 'an indirect table longer than the queue',
  },
  property: 'an indirect table is no longer than the queue (VIRTIO 2.7.5.3); a request on an idle queue is accepted',
  reasoning:
    'The payload map takes SEG_MAX segments, whatever the size of the queue. DIAGNOSTIC kernels stop in enqueue_reserve; others send an indirect table longer than the queue, or without indirect descriptors get EAGAIN for ever. Repair: seg_max = MIN(seg_max, vq_num - VIRTIO_BLK_CTRL_SEGMENTS) after alloc_vq, and lower the largest transfer with it.',
  clauses: ['netbsd.operation-survives', 'netbsd.requests-accepted', 'split.driver.indirect-descriptors.3'],
  buggy: { name: 'HEAD' },
  fixed: repairedLd('repair-queue-limit'),
  status: 'open',
  scripts: [
    {
      name: 'DIAGNOSTIC kernel',
      scenario: {
        machine: ldOn({ queueSize: 4, segMax: 126 }),
        actions: [{ do: 'attach' }, { do: 'transfer', write: true, length: 65536, misalign: 0 }],
      },
      breaks: ['netbsd.operation-survives'],
      panics: 'number of segments',
    },
    {
      name: 'indirect descriptors',
      scenario: {
        machine: ldOn({ queueSize: 4, segMax: 126 }, { diagnostic: false }),
        actions: [{ do: 'attach' }, { do: 'transfer', write: true, length: 65536, misalign: 0 }],
      },
      breaks: ['split.driver.indirect-descriptors.3'],
    },
  ],
};
