import type { RegressionCase } from '../case.ts';

export const legacyDisable: RegressionCase = {
  id: 'legacy-disable',
  title: 'Taking a legacy queue away writes its size while it is in use',
  reports: 'code of virtio_mmio.c 1.14',
  revisions: 'newest readable: virtio_mmio.c 1.14 and 1.15',
  trigger: 'interrupts that cannot be allocated, on a legacy device',
  symptom: {
    api: 'nothing',
    wire: 'QueueNum and QueueAlign written to a queue with an address',
  },
  property: 'QueueNum and QueueAlign are written while the queue is not in use (4.2.4)',
  reasoning:
    'setup_queue() of version 1 writes QueueNum and QueueAlign before it looks at whether the address is 0. The error path of finish leaves the queues in place, so that free_vq() writes to a queue that is in use. Repair: with address 0 write the page number only.',
  clauses: ['untagged.legacy.9'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-legacy-disable', switches: ['repair-legacy-disable'] },
  status: 'open',
  virtio: true,
  scripts: [
    {
      name: 'no interrupt',
      scenario: {
        machine: {
          child: 'viornd',
          transport: 'mmio-v1',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4 },
          shortages: { allocInterrupts: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['untagged.legacy.9'],
    },
  ],
};
