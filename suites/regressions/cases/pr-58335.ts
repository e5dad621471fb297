import type { RegressionCase } from '../case.ts';

export const pr58335: RegressionCase = {
  id: 'kern/58335',
  title: 'Detaching from PCI unmaps the wrong thing',
  reports: 'PR kern/58335; virtio_pci.c 1.46',
  revisions: 'virtio_pci.c up to 1.45; fixed by 1.46',
  trigger: 'detaching a device of PCI revision 1.0',
  symptom: {
    api: 'a part of a BAR is unmapped with the size of another; the BARs stay mapped',
    wire: 'nothing',
  },
  property: 'P12: each map unmapped once, with its own handle and size',
  reasoning:
    'The part of a BAR with the common configuration was unmapped with the size of a BAR; the BARs themselves stayed mapped. As the bus was also detached at shutdown, every reboot came here.',
  clauses: ['netbsd.unmap-once'],
  buggy: { name: 'virtio_pci.c 1.45', revisions: { 'virtio_pci.c': '1.45' } },
  fixed: { name: 'virtio_pci.c 1.46', revisions: { 'virtio_pci.c': '1.46' } },
  status: 'fixed',
  scripts: [
    {
      name: 'two BARs',
      scenario: {
        machine: { child: 'viornd', transport: 'pci-1.0', host: 'le', diagnostic: true, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }, { do: 'detach' }],
      },
      breaks: ['netbsd.unmap-once'],
    },
  ],
};
