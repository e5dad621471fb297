import type { RegressionCase } from '../case.ts';

export const vioscsiPoll: RegressionCase = {
  id: 'vioscsi-poll',
  title: 'A transfer that was polled in vain ends twice',
  reports: 'code of vioscsi.c 1.35',
  revisions: 'newest readable: vioscsi.c 1.35',
  trigger: 'a polled transfer that takes longer than a second',
  symptom: {
    api: 'a transfer is reported twice',
    wire: 'an answer after the time-out',
  },
  property: 'a request goes back to its owner once',
  reasoning:
    'After 1000 rounds of a millisecond the transfer is reported with XS_TIMEOUT, and neither withdrawn nor forgotten (a comment there says so). When the device answers after all, vioscsi_req_done() works on a scsipi_xfer that its owner may have freed, and reports it again. Repair: clear vr_xs and leave the slot to the answer, or abort the command through the control queue.',
  clauses: ['netbsd.request-done-once'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-vioscsi-poll', switches: ['repair-vioscsi-poll'] },
  status: 'open',
  scripts: [
    {
      name: 'a slow disk',
      scenario: {
        machine: {
          child: 'vioscsi',
          transport: 'mmio-v2',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4, completion: 'fifo', slow: true },
        },
        actions: [
          { do: 'attach' },
          { do: 'transfer', write: true, length: 512, misalign: 0, poll: true },
          { do: 'settle' },
        ],
      },
      breaks: ['netbsd.request-done-once'],
    },
  ],
};
