import type { RegressionCase } from '../case.ts';

export const vio9pTimeout: RegressionCase = {
  id: 'vio9p-timeout',
  title: 'vio9p loses a reply that comes as its wait ends',
  reports: 'code of vio9p.c 1.9',
  revisions: 'newest readable: vio9p.c 1.9; netbsd-10 has the same',
  trigger: 'a reply between the end of the one-second wait and the reader taking the lock',
  symptom: {
    api: 'CONSUMING with 0 bytes left: an assertion, or EINVAL for ever',
    wire: 'a used buffer that nobody takes',
  },
  property: 'whoever asks for a reply that has come gets it',
  reasoning:
    'vio9p_read() turns REPLIED into CONSUMING before it looks at the error of cv_timedwait_sig(). With both a reply and a time-out it leaves with CONSUMING and a length of 0: the next read trips the assertion on the length, and without DIAGNOSTIC every read returns EINVAL and every write EAGAIN from then on. Repair: look at the error first, and only change the state where the reply is taken.',
  clauses: ['netbsd.operation-survives', 'netbsd.reply-delivered'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-vio9p-timeout', switches: ['repair-vio9p-timeout'] },
  status: 'open',
  race: true,
  scripts: [
    {
      name: 'DIAGNOSTIC kernel',
      scenario: {
        machine: { child: 'vio9p', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 16 } },
        actions: [
          { do: 'attach' },
          { do: 'output', length: 32 },
          { do: 'race', order: [0, 0, 1] },
          { do: 'input', length: 32 },
        ],
      },
      breaks: ['netbsd.operation-survives'],
      panics: 'a reply without a byte',
    },
    {
      name: 'without DIAGNOSTIC',
      scenario: {
        machine: { child: 'vio9p', transport: 'mmio-v2', host: 'le', diagnostic: false, device: { queueSize: 16 } },
        actions: [
          { do: 'attach' },
          { do: 'output', length: 32 },
          { do: 'race', order: [0, 0, 1] },
          { do: 'input', length: 32 },
        ],
      },
      breaks: ['netbsd.reply-delivered'],
    },
  ],
};
