import type { RegressionCase } from '../case.ts';

export const reinitOrder: RegressionCase = {
  id: 'reinit-order',
  title: 'A restart sets queues up before it negotiates features',
  reports: 'code of virtio.c 1.79, if_vioif.c of netbsd-10',
  revisions: 'newest readable: virtio.c 1.82',
  trigger: 'ifconfig up on a modern device',
  symptom: {
    api: 'reinit_start before negotiate_features',
    wire: 'queues set up before FEATURES_OK',
  },
  property: 'no queue is enabled before FEATURES_OK stands (3.1.1)',
  reasoning:
    'The documented order of a restart is virtio_reinit_start(), virtio_negotiate_features(), virtio_reinit_end(); the first of them programs the queues. A device may lay queues out by features that it has not heard of yet, and one that wants VERSION_1 may refuse. Repair: negotiate in virtio_reinit_start() before the loop over the queues.',
  clauses: ['init.driver.device-initialization.1.g', 'mmio.driver.device-initialization.6'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-reinit-order', switches: ['repair-reinit-order', 'repair-refill'] },
  status: 'open',
  virtio: true,
  scripts: [
    {
      name: 'ifconfig up',
      scenario: {
        machine: { child: 'vioif', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'up' }],
      },
      breaks: ['init.driver.device-initialization.1.g'],
    },
  ],
};
