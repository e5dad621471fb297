import type { RegressionCase } from '../case.ts';

export const pr57357: RegressionCase = {
  id: 'kern/57357',
  title: 'Assertion on detach of a device that never had a child',
  reports: 'PR kern/57357; virtio_pci.c 1.41, then 1.42 and virtio_mmio.c 1.10 with virtio.c 1.75',
  revisions: 'virtio.c 1.74 with virtio_pci.c 1.40 or virtio_mmio.c 1.8 to 1.9; fixed by the enumeration of 1.75',
  trigger: 'detaching (or shutting down) with a device that no driver took',
  symptom: {
    api: "an assertion in the bus's detach",
    wire: 'nothing: the device stays at ACKNOWLEDGE and DRIVER',
  },
  property: 'P15: a bus detach never panics',
  reasoning:
    'The flags of 1.74 had one for "detached" and asserted it, although a device without a child has nothing to detach. DIAGNOSTIC kernels only.',
  clauses: ['netbsd.detach-survives'],
  buggy: {
    name: 'virtio.c 1.74, virtio_pci.c 1.40, virtio_mmio.c 1.9',
    revisions: { 'virtio.c': '1.74', 'virtio_pci.c': '1.40', 'virtio_mmio.c': '1.9' },
  },
  fixed: {
    name: 'virtio.c 1.75, virtio_pci.c 1.42, virtio_mmio.c 1.10',
    revisions: { 'virtio.c': '1.75', 'virtio_pci.c': '1.42', 'virtio_mmio.c': '1.10' },
  },
  status: 'fixed',
  scripts: [
    {
      name: 'PCI: detach, as at shutdown',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'pci-0.9',
          host: 'le',
          diagnostic: true,
          device: {},
          unconfigured: true,
        },
        actions: [{ do: 'attach' }, { do: 'detach' }],
      },
      breaks: ['netbsd.detach-survives'],
      panics: 'the child has not detached',
    },
    {
      name: 'MMIO: drvctl -d',
      scenario: {
        machine: {
          child: 'viocon',
          transport: 'mmio-v1',
          host: 'le',
          diagnostic: true,
          device: {},
          unconfigured: true,
        },
        actions: [{ do: 'attach' }, { do: 'detach' }],
      },
      breaks: ['netbsd.detach-survives'],
      panics: 'the child has not detached',
    },
  ],
};
