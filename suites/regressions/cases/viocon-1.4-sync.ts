import type { RegressionCase } from '../case.ts';

export const viocon14Sync: RegressionCase = {
  id: 'viocon-1.4-sync',
  title: 'Wrong sync direction after transmission',
  reports: 'log of viocon.c 1.4: POSTWRITE, not POSTREAD',
  revisions: 'viocon.c 1.1 to 1.3; fixed by 1.4',
  trigger: 'any completed transmission',
  symptom: {
    api: 'POSTREAD on a buffer that the device reads',
    wire: 'nothing; with bounce buffers the output may be overwritten',
  },
  property: 'P10: DMA syncs in the direction of the transfer',
  reasoning:
    'POSTREAD on a buffer that the device reads may copy a bounce buffer over it. Both profiles fill the receive queue late and allocate two queues, so that this defect shows alone.',
  clauses: ['netbsd.dma-sync'],
  buggy: {
    name: 'viocon.c 1.3, otherwise repaired',
    revisions: { 'viocon.c': '1.3' },
    switches: ['repair-58555', 'repair-viocon-queues'],
  },
  fixed: {
    name: 'viocon.c 1.4, otherwise repaired',
    revisions: { 'viocon.c': '1.4' },
    switches: ['repair-58555', 'repair-viocon-queues'],
  },
  status: 'fixed',
  scripts: [
    {
      name: 'one line of output',
      scenario: {
        machine: { child: 'viocon', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'output', length: 32 }, { do: 'settle' }],
      },
      breaks: ['netbsd.dma-sync'],
    },
  ],
};
