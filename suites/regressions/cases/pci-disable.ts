import type { RegressionCase } from '../case.ts';

export const pciDisable: RegressionCase = {
  id: 'pci-disable',
  title: 'Queues are disabled by writing 0 to queue_enable on PCI 1.0',
  reports: 'code of virtio_pci.c 1.54',
  revisions: 'newest readable: virtio_pci.c 1.54',
  trigger: 'any detach of a driver that frees its queues',
  symptom: {
    api: 'nothing',
    wire: '0 written to queue_enable',
  },
  property: 'VIRTIO 4.1.4.3.2: 0 is not written to queue_enable',
  reasoning:
    'setup_queue with address 0 writes 0 to queue_enable and to the addresses. Every caller has reset the device before, or never enabled the queue, so there is nothing to disable; a device may refuse the write. Repair: do nothing, or queue_reset where RING_RESET was negotiated.',
  clauses: ['pci.driver.common-configuration-structure-layout.6'],
  buggy: { name: 'HEAD' },
  fixed: { name: 'HEAD with repair-pci-disable', switches: ['repair-pci-disable', 'repair-h1'] },
  status: 'open',
  scripts: [
    {
      name: 'a detach',
      scenario: {
        machine: { child: 'viornd', transport: 'pci-1.0', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'detach' }],
      },
      breaks: ['pci.driver.common-configuration-structure-layout.6'],
    },
  ],
};
