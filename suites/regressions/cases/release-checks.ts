import type { RegressionCase } from '../case.ts';

export const releaseChecks: RegressionCase = {
  id: 'release-checks',
  title: 'Releasing a queue that was never allocated',
  reports: 'log of virtio.c ~1.68: added check of pointer for allocated memory before release of resource',
  revisions: 'virtio.c 1.66 to ~1.67; fixed by ~1.68',
  trigger: 'an error path that frees all queues, allocated or not',
  symptom: {
    api: 'free_vq of a queue that was never allocated',
    wire: 'QueueSel and a disabling set-up for a queue that never was',
  },
  property: 'P15: attaching survives; P8',
  reasoning:
    'The number of the revision is inferred from the order of the log messages. The repaired profile is 1.75, as a failed child leaves the pointer value 1 behind until 1.73 (see attach-failed-reboot).',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'virtio.c 1.67', revisions: { 'virtio.c': '1.67' } },
  fixed: { name: 'virtio.c 1.75', revisions: { 'virtio.c': '1.75' } },
  status: 'fixed',
  scripts: [
    {
      name: 'queue 1 does not exist',
      scenario: {
        machine: {
          child: 'vioscsi',
          transport: 'mmio-v1',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4, absentQueues: [1] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'never allocated',
    },
  ],
};
