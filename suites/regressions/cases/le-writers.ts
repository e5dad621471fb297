import type { RegressionCase } from '../case.ts';

export const leWriters: RegressionCase = {
  id: 'le-writers',
  title: 'Little-endian fields written swapped on big-endian ARM',
  reports: 'code of virtio.c 1.82',
  revisions: 'newest readable: virtio.c 1.82',
  trigger: 'the balloon reports its size on PCI',
  symptom: {
    api: 'write_config of a little-endian field swaps',
    wire: 'the bytes of the field the wrong way round',
  },
  property: 'P13: a written value arrives unchanged',
  reasoning:
    'virtio.c 1.79 excepted big-endian ARM from swapping in the readers of little-endian fields and left the writers as they were. Repair: the same exception.',
  clauses: ['netbsd.config-value'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-le-writers', switches: ['repair-le-writers'] },
  status: 'open',
  scripts: [
    {
      name: 'viomb on PCI 1.0',
      scenario: {
        machine: {
          child: 'viomb',
          transport: 'pci-1.0',
          host: 'aarch64eb',
          diagnostic: true,
          device: { queueSize: 16 },
        },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'balloon', pages: 1 }, { do: 'settle' }],
      },
      breaks: ['netbsd.config-value'],
    },
  ],
};
