import type { RegressionCase } from '../case.ts';

export const h6: RegressionCase = {
  id: 'H6',
  title: 'vioif hands over a control queue that it could not allocate',
  reports: 'code of if_vioif.c of netbsd-10',
  revisions: 'newest readable: if_vioif.c of netbsd-10',
  trigger: 'a device that offers CTRL_VQ and lacks the queue',
  symptom: {
    api: 'child_attach_finish is told of a queue without memory',
    wire: 'a queue set up at address 0',
  },
  property: 'P4: only queues that are used are set up',
  reasoning:
    'The count goes up before the control queue is allocated and stays up when that fails. DIAGNOSTIC kernels assert, the others set a queue up at address 0. Repair: count it when it is there.',
  clauses: ['netbsd.attach-survives', 'netbsd.no-unused-queue'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-h6', switches: ['repair-h6'] },
  status: 'open',
  scripts: [
    {
      name: 'DIAGNOSTIC kernel',
      scenario: {
        machine: {
          child: 'vioif',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 16, absentQueues: [2] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'queue 2 says that it is queue 0',
    },
    {
      name: 'without DIAGNOSTIC',
      scenario: {
        machine: {
          child: 'vioif',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: false,
          device: { queueSize: 16, absentQueues: [2] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.no-unused-queue'],
    },
  ],
};
