import type { RegressionCase } from '../case.ts';

export const pciFailed: RegressionCase = {
  id: 'pci-failed',
  title: 'FAILED is written alone when negotiation fails on PCI 1.0',
  reports: 'code of virtio_pci.c 1.54',
  revisions: 'newest readable: virtio_pci.c 1.54',
  trigger: 'a modern PCI device that refuses FEATURES_OK',
  symptom: {
    api: 'nothing',
    wire: 'device_status 0x80 written over what was set',
  },
  property: 'VIRTIO 2.1.1: a driver takes no status bit back but by a reset',
  reasoning:
    'virtio_pci_negotiate_features_10() writes FAILED to device_status as it is, where everything else reads the status and adds to it: ACKNOWLEDGE, DRIVER and what else was set are gone. Repair: virtio_set_status().',
  clauses: ['basic.driver.device-status-field.2'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-pci-failed', switches: ['repair-pci-failed'] },
  status: 'open',
  virtio: true,
  scripts: [
    {
      name: 'a disk',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'pci-1.0',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4, refuseFeatures: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['basic.driver.device-status-field.2'],
    },
  ],
};
