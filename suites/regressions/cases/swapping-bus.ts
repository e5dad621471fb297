import type { RegressionCase } from '../case.ts';

export const swappingBus: RegressionCase = {
  id: 'swapping-bus',
  title: 'Configuration space of MMIO v2 swapped twice where the bus swaps',
  reports: 'code of virtio_mmio.c 1.15',
  revisions: 'newest readable: virtio_mmio.c 1.15',
  trigger: 'MMIO v2 on a big-endian machine whose bus swaps',
  symptom: {
    api: 'fields of configuration space come out swapped',
    wire: 'writes put their bytes the wrong way round',
  },
  property: 'P13: the value read is the one that the device holds',
  reasoning:
    'Once VERSION_1 is negotiated busEndian is little on every machine, so the accessors swap; where the bus has swapped already (registers needed no help, leRegs is false) that is once too often. Inferred, on the assumption that registers and configuration space go through the same accessor. Repair: set busEndian to little only where leRegs is true.',
  clauses: ['netbsd.config-value'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-swapping-bus', switches: ['repair-swapping-bus'] },
  status: 'open',
  scripts: [
    {
      name: 'viocon',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v2',
          host: 'aarch64eb',
          diagnostic: true,
          device: { queueSize: 4 },
        },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.config-value'],
    },
  ],
};
