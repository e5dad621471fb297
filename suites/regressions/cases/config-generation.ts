import { LD_ATTACHES, type RegressionCase } from '../case.ts';

export const configGeneration: RegressionCase = {
  id: 'config-generation',
  title: 'The generation of the configuration space is never read',
  reports: 'code of virtio.c 1.79, virtio_mmio.c 1.14',
  revisions: 'newest readable: virtio.c 1.82',
  trigger: 'any disk',
  symptom: {
    api: 'a capacity that the disk never had, where it changes meanwhile',
    wire: 'ConfigGeneration is never read',
  },
  property: 'a field wider than 32 bits is read with the generation around it (2.5.1)',
  reasoning:
    'virtio_read_device_config_8() reads two halves; the register of the generation is defined and never read, so that a capacity that changes in between is half old and half new. On legacy devices, which have no generation, the halves would have to be read until they agree. Repair: read the generation before and after, and repeat.',
  clauses: ['basic.driver.device-configuration-space.2', 'basic.driver.legacy-device-configuration-space.1'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-config-generation', switches: ['repair-config-generation', ...LD_ATTACHES] },
  status: 'open',
  virtio: true,
  scripts: [
    {
      name: 'modern',
      scenario: {
        machine: { child: 'ld', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }],
      },
      breaks: ['basic.driver.device-configuration-space.2'],
    },
    {
      name: 'legacy',
      scenario: {
        machine: { child: 'ld', transport: 'mmio-v1', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }],
      },
      breaks: ['basic.driver.legacy-device-configuration-space.1'],
    },
  ],
};
