import type { RegressionCase } from '../case.ts';

export const attachFailedReboot: RegressionCase = {
  id: 'attach-failed-reboot',
  aliases: ['attach_failed'],
  title: 'Panic at reboot after a child has failed to attach',
  reports: 'log of virtio_mmio.c 1.8: prevents a panic on reboot after virtio_child_attach_failed',
  revisions: 'virtio.c up to 1.73 with virtio_pci.c up to 1.39; fixed by virtio.c 1.74 and virtio_pci.c 1.40',
  trigger: 'a child calls child_attach_failed, then the system goes down',
  symptom: {
    api: 'the child pointer is the constant 1, which PCI passes to config_detach',
    wire: 'reset, FAILED, and no more',
  },
  property: 'P15: a bus detach never panics; P12: nothing remains',
  reasoning:
    'A failed child was marked by the pointer value 1, which the PCI front end passed to config_detach. (virtio_mmio.c 1.7 left that pointer out by itself.)',
  clauses: ['netbsd.detach-survives', 'netbsd.teardown'],
  buggy: {
    name: 'virtio.c 1.73, virtio_pci.c 1.39',
    revisions: { 'virtio.c': '1.73', 'virtio_pci.c': '1.39', 'virtio_mmio.c': '1.7' },
  },
  fixed: {
    name: 'virtio.c 1.75, virtio_pci.c 1.42',
    revisions: { 'virtio.c': '1.75', 'virtio_pci.c': '1.42', 'virtio_mmio.c': '1.10' },
  },
  status: 'fixed',
  scripts: [
    {
      name: 'PCI 0.9: detach, as at shutdown',
      scenario: {
        machine: { child: 'viornd', transport: 'pci-0.9', host: 'le', diagnostic: true, device: { absentQueues: [0] } },
        actions: [{ do: 'attach' }, { do: 'detach' }],
      },
      breaks: ['netbsd.detach-survives', 'netbsd.teardown'],
      panics: 'the pointer 1',
    },
    {
      name: 'PCI 0.9, a bus that no longer takes the pointer for a device, but asserts that there is one',
      scenario: {
        machine: { child: 'viornd', transport: 'pci-0.9', host: 'le', diagnostic: true, device: { absentQueues: [0] } },
        actions: [{ do: 'attach' }, { do: 'detach' }],
      },
      buggy: { name: 'virtio.c 1.73, newest virtio_pci.c', revisions: { 'virtio.c': '1.73' } },
      breaks: ['netbsd.detach-survives'],
      panics: 'the child is still there',
    },
  ],
};
