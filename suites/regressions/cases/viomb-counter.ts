import type { RegressionCase } from '../case.ts';

export const viombCounter: RegressionCase = {
  id: 'viomb-counter',
  title: 'viomb attaches once in the life of a kernel',
  reports: 'code of viomb.c 1.16',
  revisions: 'newest readable: viomb.c 1.16',
  trigger: 'attaching a balloon again',
  symptom: {
    api: 'the second attach returns without a word',
    wire: 'the device stays at ACKNOWLEDGE and DRIVER',
  },
  property: 'a device that has everything is attached',
  reasoning:
    'viomb_attach() counts balloons up before anything can fail and never counts them down: after an attach that failed, or on a second device, it returns without a word to the bus, which then says that no driver matches. The newest readable driver has no detach, so a detach cannot show it there; the driver of this stack has one. Repair: count down in the error path, and call virtio_child_attach_failed().',
  clauses: ['netbsd.healthy-device-attaches'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-viomb-counter', switches: ['repair-viomb-counter'] },
  status: 'open',
  scripts: [
    {
      name: 'attached again',
      scenario: {
        machine: { child: 'viomb', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'detach' }, { do: 'attach' }],
      },
      breaks: ['netbsd.healthy-device-attaches'],
    },
  ],
};
