import type { RegressionCase } from '../case.ts';

export const programBeforeRegister: RegressionCase = {
  id: 'program-before-register',
  title: 'Queues programmed before they are registered',
  reports: 'log of virtio.c 1.69: setup virtqueues after registering them to virtio_softc',
  revisions: 'virtio.c 1.66 to 1.68; fixed by 1.69',
  trigger: 'child_attach_finish on a transport whose setup_queue reads the array of queues',
  symptom: {
    api: 'a null dereference in child_attach_finish',
    wire: 'no queue is ever programmed',
  },
  property: 'P4: every queue is set up once; P15: attaching survives',
  reasoning:
    'child_attach_finish called setup_queue before it stored the queues; PCI 1.0 (and later MMIO v2) look the queue up there. That the order was this way round follows from the log message; the body of 1.66 was not readable.',
  clauses: ['netbsd.attach-survives'],
  buggy: { name: 'virtio.c 1.68', revisions: { 'virtio.c': '1.68' } },
  fixed: { name: 'virtio.c 1.69', revisions: { 'virtio.c': '1.69' } },
  status: 'fixed',
  scripts: [
    {
      name: 'PCI 1.0',
      scenario: {
        machine: { child: 'viornd', transport: 'pci-1.0', host: 'le', diagnostic: false, device: { queueSize: 4 } },
        actions: [{ do: 'attach' }, { do: 'settle' }],
      },
      breaks: ['netbsd.attach-survives'],
      panics: 'vqs in setup_queue(0) is null',
    },
  ],
};
