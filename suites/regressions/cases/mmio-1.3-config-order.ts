import { LD_ATTACHES, type RegressionCase } from '../case.ts';

export const mmio13ConfigOrder: RegressionCase = {
  id: 'mmio-1.3-config-order',
  aliases: ['config-8-byte'],
  title: 'Configuration space in the wrong byte order on big-endian AArch64',
  reports: 'log of virtio_mmio.c 1.3; rewritten by 1.5',
  revisions: 'virtio_mmio.c 1.1 to 1.2; fixed by 1.3, rewritten by 1.5',
  trigger: 'any field of 2, 4 or 8 bytes on a guest that switched to big-endian',
  symptom: {
    api: 'capacity, MTU and the like come out swapped',
    wire: 'writes put their bytes the wrong way round',
  },
  property: 'P13: the value read is the one that the device holds',
  reasoning: 'Accesses did not swap at all, and a 64-bit field was always taken for low word first.',
  clauses: ['netbsd.config-value'],
  buggy: { name: 'virtio_mmio.c 1.2', revisions: { 'virtio_mmio.c': '1.2' } },
  fixed: { name: 'virtio_mmio.c 1.3', revisions: { 'virtio_mmio.c': '1.3' }, switches: LD_ATTACHES },
  status: 'fixed',
  scripts: [
    {
      name: '8 bytes with a pattern',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'mmio-v1',
          host: 'aarch64eb',
          diagnostic: true,
          device: { queueSize: 4, configBytes: [1, 2, 3, 4, 5, 6, 7, 8] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.config-value'],
    },
    {
      name: '2 bytes',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v1',
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
