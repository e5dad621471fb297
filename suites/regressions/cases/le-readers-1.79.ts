import type { RegressionCase } from '../case.ts';

export const leReaders179: RegressionCase = {
  id: 'le-readers-1.79',
  title: 'Little-endian fields swapped twice on big-endian ARM',
  reports: 'log of virtio.c 1.79: virtio_read_device_config_le_[24]: fix for {aarch64,arm}eb',
  revisions: 'virtio.c up to 1.78; fixed by 1.79',
  trigger: 'the length of the mount tag of vio9p on PCI',
  symptom: {
    api: 'a tag of 4 bytes reads as one of 0x0400',
    wire: 'nothing',
  },
  property: 'P13: the value read is the one that the device holds',
  reasoning:
    'A tag of 4 bytes was read as 0x0400 and trimmed with a warning. The writers of such fields were left as they were (see le-writers).',
  clauses: ['netbsd.config-value'],
  buggy: { name: 'virtio.c 1.78', revisions: { 'virtio.c': '1.78' } },
  fixed: { name: 'virtio.c 1.79', revisions: { 'virtio.c': '1.79' } },
  status: 'fixed',
  scripts: [
    {
      name: 'vio9p on PCI 1.0',
      scenario: {
        machine: {
          child: 'vio9p',
          transport: 'pci-1.0',
          host: 'aarch64eb',
          diagnostic: true,
          device: { queueSize: 16 },
        },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.config-value'],
    },
  ],
};
