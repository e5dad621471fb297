import type { RegressionCase } from '../case.ts';

export const viogpuBusy: RegressionCase = {
  id: 'viogpu-busy',
  title: 'viogpu panics where a command does not fit its queue',
  reports: 'code of viogpu.c 1.3',
  revisions: 'newest readable: viogpu.c 1.3',
  trigger: 'a control queue with one entry',
  symptom: {
    api: 'panic where enqueue_reserve fails',
    wire: 'nothing after DRIVER_OK',
  },
  property: 'P15: an attach survives whatever the device offers',
  reasoning:
    'A command takes two descriptors, and no indirect ones as maxnsegs is 1. Where the queue has one entry virtio_enqueue_reserve() fails, which viogpu_cmd_req() takes for a reason to panic. Repair: check vq_num after alloc_vq, and fail the command instead of panicking.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-viogpu-busy', switches: ['repair-viogpu-busy'] },
  status: 'open',
  scripts: [
    {
      name: 'without DIAGNOSTIC',
      scenario: {
        machine: { child: 'viogpu', transport: 'mmio-v2', host: 'le', diagnostic: false, device: { queueSize: 1 } },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'control vq busy',
    },
    {
      name: 'DIAGNOSTIC kernel',
      scenario: {
        machine: { child: 'viogpu', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 1 } },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'number of segments',
    },
  ],
};
