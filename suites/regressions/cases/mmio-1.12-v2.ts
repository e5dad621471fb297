import { LD_ATTACHES, type RegressionCase } from '../case.ts';

export const mmio112V2: RegressionCase = {
  id: 'mmio-1.12-v2',
  title: 'Version 2 of the MMIO interface is not known',
  reports: 'log of virtio_mmio.c 1.12: add support for the v2 MMIO personality',
  revisions: 'virtio_mmio.c up to 1.11; fixed by 1.12 (and attaching by 1.13)',
  trigger: 'a device that says version 2',
  symptom: {
    api: 'attaching gives up: unknown version 0x02',
    wire: 'MagicValue and Version are read, and nothing else',
  },
  property: 'a device that has everything attaches',
  reasoning: 'The driver prints "unknown version 0x02; giving up".',
  clauses: ['netbsd.healthy-device-attaches'],
  buggy: { name: 'virtio_mmio.c 1.11', revisions: { 'virtio_mmio.c': '1.11' } },
  fixed: { name: 'virtio_mmio.c 1.13', revisions: { 'virtio_mmio.c': '1.13' }, switches: LD_ATTACHES },
  status: 'fixed',
  scripts: [
    {
      name: 'little-endian host',
      scenario: {
        machine: { child: 'ld', transport: 'mmio-v2', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.healthy-device-attaches'],
    },
  ],
};
