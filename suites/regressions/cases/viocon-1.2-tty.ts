import type { RegressionCase } from '../case.ts';

export const viocon12Tty: RegressionCase = {
  id: 'viocon-1.2-tty',
  title: 'Wrong device number of the terminal',
  reports: 'log of viocon.c 1.2: fix tty device number',
  revisions: 'viocon.c 1.1; fixed by 1.2',
  trigger: 'opening a unit other than 0',
  symptom: {
    api: 'a device node opens another unit than its number says',
    wire: 'nothing',
  },
  property: 'minor number and unit correspond',
  reasoning:
    'The log gives no details; here the unit was not taken out of the minor number again. Both profiles have the other defects of 1.1 repaired.',
  clauses: ['netbsd.unit-number'],
  buggy: {
    name: 'viocon.c 1.1, otherwise repaired',
    revisions: { 'viocon.c': '1.1' },
    switches: ['repair-58555', 'repair-viocon-queues', 'sync-repaired'],
  },
  fixed: {
    name: 'viocon.c 1.2, otherwise repaired',
    revisions: { 'viocon.c': '1.2' },
    switches: ['repair-58555', 'repair-viocon-queues', 'sync-repaired'],
  },
  status: 'fixed',
  scripts: [
    {
      name: 'unit 1',
      scenario: {
        machine: { child: 'viocon', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'open', unit: 1 }],
      },
      breaks: ['netbsd.unit-number'],
    },
  ],
};
