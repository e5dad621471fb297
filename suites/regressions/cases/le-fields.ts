import type { RegressionCase } from '../case.ts';

export const leFields: RegressionCase = {
  id: 'le-fields',
  title: 'Little-endian fields and plain fields read differently on modern big-endian machines',
  reports: 'code of virtio.c 1.82',
  revisions: 'newest readable: virtio.c 1.82',
  trigger: 'the length of the mount tag, the size of the balloon',
  symptom: {
    api: 'little-endian fields and plain fields of one device come out differently',
    wire: 'the bytes of the field the wrong way round on writes',
  },
  property: 'P13: the value read is the one that the device holds',
  reasoning:
    'On PCI 1.0 busEndian is big on big-endian hosts other than ARM, so le_* swaps what the plain reader rightly leaves alone; on MMIO v2 without swapping bus it is little, so le_* leaves alone what the plain reader rightly swaps. On a modern device both kinds of field are the same. Inferred from the code and from the byte orders that make the plain reader right. Repair: use the plain reader where structEndian is little.',
  clauses: ['netbsd.config-value'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-le-fields', switches: ['repair-le-fields'] },
  status: 'open',
  scripts: [
    {
      name: 'vio9p on PCI 1.0',
      scenario: {
        machine: { child: 'vio9p', transport: 'pci-1.0', host: 'be', diagnostic: true, device: { queueSize: 16 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.config-value'],
    },
    {
      name: 'vio9p on MMIO v2',
      scenario: {
        machine: { child: 'vio9p', transport: 'mmio-v2', host: 'be', diagnostic: true, device: { queueSize: 16 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.config-value'],
    },
  ],
};
