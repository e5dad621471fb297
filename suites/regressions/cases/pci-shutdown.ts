import type { RegressionCase } from '../case.ts';

export const pciShutdown: RegressionCase = {
  id: 'pci-shutdown',
  aliases: ['DVF_DETACH_SHUTDOWN'],
  title: 'Needless detach at shutdown',
  reports: 'log of virtio_pci.c 1.48, prompted by PR kern/58335',
  revisions: 'virtio_pci.c up to 1.47; fixed by 1.48',
  trigger: 'reboot',
  symptom: {
    api: 'bus_detach inside of shutdown',
    wire: 'a reset that nobody asked for',
  },
  property: 'the bus stays attached when the system goes down',
  reasoning:
    'The bus keeps nothing in memory that would have to be written, and the detach only exposed defects such as kern/58335.',
  clauses: ['netbsd.shutdown-keeps'],
  buggy: { name: 'virtio_pci.c 1.47', revisions: { 'virtio_pci.c': '1.47' } },
  fixed: { name: 'virtio_pci.c 1.48', revisions: { 'virtio_pci.c': '1.48' } },
  status: 'fixed',
  scripts: [
    {
      name: 'PCI 1.0',
      scenario: {
        machine: { child: 'viornd', transport: 'pci-1.0', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'shutdown' }],
      },
      breaks: ['netbsd.shutdown-keeps'],
    },
  ],
};
