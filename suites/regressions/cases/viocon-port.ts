import type { RegressionCase } from '../case.ts';

export const vioconPort: RegressionCase = {
  id: 'viocon-port',
  title: 'viocon panics where it cannot create its port',
  reports: 'code of viocon.c 1.10',
  revisions: 'newest readable: viocon.c 1.10',
  trigger: 'a console without transmit queue, or no memory',
  symptom: {
    api: 'panic in the attach',
    wire: "nothing after the queues' sizes were read",
  },
  property: 'P15: an attach survives whatever the device offers and whatever is short',
  reasoning:
    'viocon_port_create() has an error path that consists of panic(); the caller has one that would do. Repair: unwind and return an error.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-viocon-port', switches: ['repair-viocon-port', 'repair-h7'] },
  status: 'open',
  scripts: [
    {
      name: 'no transmit queue',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4, absentQueues: [1] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'transmit queue',
    },
  ],
};
