import type { RegressionCase } from '../case.ts';

export const vio9pClose: RegressionCase = {
  id: 'vio9p-close',
  title: 'vio9p leaves its state to whoever opens it next',
  reports: 'code of vio9p.c 1.9',
  revisions: 'newest readable: vio9p.c 1.9; netbsd-10 has the same',
  trigger: 'a process that ends between its write and its read',
  symptom: {
    api: 'EAGAIN for the first message after an open',
    wire: "a used buffer of the last user's",
  },
  property: 'who opens a device can use it',
  reasoning:
    'vio9p_close() clears VIO9P_INUSE and leaves sc_state alone: the next process gets EAGAIN for its first message, and the reply to a message that it never sent when it reads. Repair: wait for the reply in close (or in open) and throw it away.',
  clauses: ['netbsd.open-starts-afresh'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-vio9p-close', switches: ['repair-vio9p-close'] },
  status: 'open',
  scripts: [
    {
      name: 'two openers',
      scenario: {
        machine: { child: 'vio9p', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 16 } },
        actions: [
          { do: 'attach' },
          { do: 'open', unit: 0 },
          { do: 'output', length: 32 },
          { do: 'close' },
          { do: 'open', unit: 0 },
          { do: 'output', length: 64 },
        ],
      },
      breaks: ['netbsd.open-starts-afresh'],
    },
  ],
};
