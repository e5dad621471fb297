import type { RegressionCase } from '../case.ts';

export const viocon17UnusedQueues: RegressionCase = {
  id: 'viocon-1.7-unused-queues',
  title: 'Four queues allocated, two used',
  reports: 'log of viocon.c 1.7: fix not to allocate unused virtqueue',
  revisions: 'viocon.c 1.1 to 1.6, visible with virtio.c 1.66 and later; fixed by 1.7',
  trigger: 'attaching',
  symptom: {
    api: 'child_attach_finish is told of four queues',
    wire: 'set-up of queues 2 and 3, which are never used',
  },
  property: 'P4: no queue is set up that the driver never uses',
  reasoning:
    'Since queues are registered in finish, 1.6 handed over four. That it passed the number 4 is inferred. Both profiles fill the receive queue late.',
  clauses: ['netbsd.no-unused-queue', 'netbsd.attach-survives', 'netbsd.queue-setup-once'],
  buggy: { name: 'viocon.c 1.6, otherwise repaired', revisions: { 'viocon.c': '1.6' }, switches: ['repair-58555'] },
  fixed: { name: 'viocon.c 1.7, otherwise repaired', revisions: { 'viocon.c': '1.7' }, switches: ['repair-58555'] },
  status: 'fixed',
  scripts: [
    {
      name: 'MMIO v2',
      scenario: {
        machine: { child: 'viocon', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.no-unused-queue'],
    },
  ],
};
