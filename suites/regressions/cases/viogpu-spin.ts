import type { RegressionCase } from '../case.ts';

export const viogpuSpin: RegressionCase = {
  id: 'viogpu-spin',
  title: 'viogpu waits in its handler for what has been taken',
  reports: 'code of viogpu.c 1.3',
  revisions: 'newest readable: viogpu.c 1.3',
  trigger: 'the software interrupt on two processors at once',
  symptom: {
    api: 'the handler repeats dequeue for ever',
    wire: 'nothing',
  },
  property: 'interrupts do not hang',
  reasoning:
    'viogpu_vq_done() repeats virtio_dequeue() until it succeeds, with its lock held. Both callers of a race see the used buffer, one takes it, the other spins: nobody can send the command whose answer would end that. The software interrupt is MPSAFE and has an instance on each processor, so it takes a hard interrupt that moves (intrctl), or a device that takes its used index back. Repair: return where there is nothing.',
  clauses: ['netbsd.operation-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-viogpu-spin', switches: ['repair-viogpu-spin'] },
  status: 'open',
  race: true,
  scripts: [
    {
      name: 'the first answer',
      scenario: {
        machine: { child: 'viogpu', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'race', order: [0, 1, 0, 1] }],
      },
      breaks: ['netbsd.operation-survives'],
      panics: 'a completion that has been taken',
    },
  ],
};
