import { LD_ATTACHES, type RegressionCase } from '../case.ts';

export const mmio111Armeb: RegressionCase = {
  id: 'mmio-1.11-armeb',
  aliases: ['armeb'],
  title: 'Configuration words not swapped on big-endian ARM',
  reports: 'log of virtio_mmio.c 1.11 and virtio_pci.c 1.43',
  revisions: 'virtio_mmio.c 1.5 to 1.10; fixed by 1.11',
  trigger: 'big-endian ARM with a legacy device',
  symptom: {
    api: 'words of configuration space come out swapped',
    wire: 'writes put their bytes the wrong way round',
  },
  property: 'P13: the value read is the one that the device holds',
  reasoning: 'Big-endian ARM was taken for any other big-endian machine, while its bus behaves like that of AArch64.',
  clauses: ['netbsd.config-value'],
  buggy: { name: 'virtio_mmio.c 1.10', revisions: { 'virtio_mmio.c': '1.10' } },
  fixed: { name: 'virtio_mmio.c 1.11', revisions: { 'virtio_mmio.c': '1.11' }, switches: LD_ATTACHES },
  status: 'fixed',
  scripts: [
    {
      name: '2 bytes',
      scenario: {
        machine: { child: 'viocon', transport: 'mmio-v1', host: 'armeb', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.config-value'],
    },
    {
      name: '8 bytes with a pattern',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'mmio-v1',
          host: 'armeb',
          diagnostic: true,
          device: { queueSize: 4, configBytes: [1, 2, 3, 4, 5, 6, 7, 8] },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.config-value'],
    },
  ],
};
