import type { RegressionCase } from '../case.ts';

export const vioifRefill: RegressionCase = {
  id: 'vioif-refill',
  aliases: ['refill'],
  title: 'vioif notifies before DRIVER_OK when it is brought up',
  reports: 'code of if_vioif.c of netbsd-10',
  revisions: 'newest readable: if_vioif.c of netbsd-10',
  trigger: 'ifconfig up',
  symptom: {
    api: 'requests between reinit_start and reinit_end that notify',
    wire: 'a notification before DRIVER_OK',
  },
  property: 'P2: no notification before DRIVER_OK',
  reasoning:
    'The documented order of a restart refills queues before reinit_end, and filling notifies. The assertion of 1.82 does not see it, as childState is still FINISHED. Repair: refill after reinit_end, or publish without notifying.',
  clauses: ['netbsd.notify-ready-queue'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-refill', switches: ['repair-refill', 'repair-reinit-order'] },
  status: 'open',
  scripts: [
    {
      name: 'MMIO v2',
      scenario: {
        machine: { child: 'vioif', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 16 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'up' }, { do: 'settle' }],
      },
      breaks: ['netbsd.notify-ready-queue'],
    },
  ],
};
