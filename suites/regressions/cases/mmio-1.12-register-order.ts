import type { RegressionCase } from '../case.ts';

export const mmio112RegisterOrder: RegressionCase = {
  id: 'mmio-1.12-register-order',
  aliases: ['le-registers'],
  title: 'Little-endian registers on a big-endian machine',
  reports: 'log of virtio_mmio.c 1.12: detect registers that are little-endian independent of the rest',
  revisions: 'virtio_mmio.c up to 1.11; fixed by 1.12 (and attaching by 1.13)',
  trigger: 'a big-endian host whose bus does not swap, and registers that are little-endian',
  symptom: {
    api: 'attaching gives up: wrong magic value 0x76697274',
    wire: 'MagicValue is read, and nothing else',
  },
  property: 'P14: a register value is seen as the device holds it',
  reasoning:
    'The magic value reads 0x76697274 and the driver gives up. Both profiles are 1.13 otherwise, as 1.11 does not know version 2 and 1.12 cannot negotiate with it.',
  clauses: ['netbsd.healthy-device-attaches', 'netbsd.register-value'],
  buggy: {
    name: 'virtio_mmio.c 1.13 with the register order of 1.11',
    revisions: { 'virtio_mmio.c': '1.13' },
    switches: ['native-registers-only'],
  },
  fixed: { name: 'virtio_mmio.c 1.13', revisions: { 'virtio_mmio.c': '1.13' } },
  status: 'fixed',
  scripts: [
    {
      name: 'big-endian host',
      scenario: {
        machine: { child: 'viocon', transport: 'mmio-v2', host: 'be', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.healthy-device-attaches'],
    },
  ],
};
