import type { RegressionCase } from '../case.ts';

export const deviceIdFirst: RegressionCase = {
  id: 'device-id-first',
  title: 'The page size is written before DeviceID is read',
  reports: 'code of virtio_mmio.c 1.13, 1.14',
  revisions: 'since virtio_mmio.c 1.12; newest readable: 1.14 and 1.15',
  trigger: 'any legacy device',
  symptom: {
    api: 'nothing',
    wire: 'GuestPageSize is written before DeviceID is read, to placeholders as well',
  },
  property: 'nothing is touched before DeviceID is known not to be 0 (4.2.3.1.1)',
  reasoning:
    'common_attach writes GuestPageSize when it has read version 1, and reads DeviceID afterwards; placeholders (DeviceID 0) are written to as well. Until 1.11 the order was right. Repair: write the page size where the reset is.',
  clauses: ['mmio.driver.device-initialization.2'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-device-id-first', switches: ['repair-device-id-first'] },
  status: 'open',
  virtio: true,
  scripts: [
    {
      name: 'any legacy device',
      scenario: {
        machine: { child: 'viornd', transport: 'mmio-v1', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }],
      },
      breaks: ['mmio.driver.device-initialization.2'],
    },
    ...(['mmio-v1', 'mmio-v2'] as const).map((transport) => ({
      name: `a placeholder, ${transport}`,
      scenario: {
        machine: {
          child: 'viornd' as const,
          transport,
          host: 'le' as const,
          diagnostic: true,
          device: { identity: 'placeholder' as const },
        },
        actions: [{ do: 'attach' as const }],
      },
      breaks: transport === 'mmio-v1' ? ['mmio.driver.device-initialization.2' as const] : [],
    })),
  ],
};
