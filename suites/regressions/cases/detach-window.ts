import type { RegressionCase } from '../case.ts';

export const detachWindow: RegressionCase = {
  id: 'detach-window',
  aliases: ['1.66'],
  title: 'An interrupt while a child is detached follows a null pointer',
  reports: 'code of virtio.c 1.54',
  revisions: 'virtio.c up to 1.65; changed by 1.66',
  trigger: 'ld without memory for its requests, and an interrupt message that comes late',
  symptom: {
    api: 'an interrupt handler walks a null array of queues',
    wire: 'the ISR is read after the child is gone',
  },
  property: 'P15: an attach that fails survives',
  reasoning:
    'child_detach cleared the pointers to child and queues before it reset the device and gave its interrupts back; a handler that ran in between walked nvqs entries of a null array. Drivers that free their queues first leave nvqs at 0; ld does not on its way out. The repaired profile is 1.75, as the revisions from 1.66 on have defects of their own in the same place. Inferred from the code: no report is known.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'virtio.c 1.65', revisions: { 'virtio.c': '1.65' } },
  fixed: { name: 'virtio.c 1.75', revisions: { 'virtio.c': '1.75' }, switches: ['repair-h7'] },
  status: 'fixed',
  noSearch: 'takes a shortage and an interrupt at one moment of the way out at once, which nobody draws',
  scripts: [
    {
      name: 'a late message on PCI',
      scenario: {
        machine: {
          child: 'ld',
          transport: 'pci-0.9',
          host: 'le',
          diagnostic: true,
          device: { queueSize: 4 },
          shortages: { dmaAllocations: 1, lateInterrupt: true },
        },
        actions: [{ do: 'attach' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'vqs in the interrupt handler',
    },
  ],
};
