import type { RegressionCase } from '../case.ts';

const EARLY_FILL = { 'viocon.c': '1.9', 'virtio.c': '1.81' } as const;
const actions = [{ do: 'attach' }, { do: 'settle' }] as const;
const device = { queueSize: 4 } as const;

/** The defect at the root of this project. */
export const pr58555: RegressionCase = {
  id: 'kern/58555',
  title: 'Kernel panic during boot when using viocon with PCIe',
  reports: 'PR kern/58555; viocon.c 1.10, virtio.c 1.82',
  revisions: 'viocon.c 1.6 to 1.9 with virtio.c 1.66 and later; fixed by viocon.c 1.10',
  trigger: 'attaching viocon at all; on PCI 1.0 the kernel panics',
  symptom: {
    api: 'enqueue_prep before child_attach_finish; PCI 1.0: null vqs in the notification; from 1.82: an assertion',
    wire: 'a notification of queue 0 without an address and before DRIVER_OK; no second one',
  },
  property: 'P1: no request before child_attach_finish; P2: no notification of a queue that is not ready',
  reasoning:
    'viocon filled its receive queue before child_attach_finish, as the interface allowed until virtio.c 1.66. Since then ' +
    'the queues are registered in finish: on PCI 1.0 the notification looks its queue up in an array that is still null, ' +
    'on MMIO and PCI 0.9 the device is notified of a queue without an address before DRIVER_OK and never again. ' +
    'virtio.c 1.82 asserts in enqueue_prep that attaching has finished.',
  clauses: ['netbsd.enqueue-after-finish', 'netbsd.notify-ready-queue'],
  buggy: { name: 'viocon.c 1.9 on virtio.c 1.81', revisions: EARLY_FILL },
  fixed: { name: 'viocon.c 1.10 on virtio.c 1.81', revisions: { 'virtio.c': '1.81' } },
  status: 'fixed',
  scripts: [
    {
      name: 'MMIO: the notification before DRIVER_OK',
      scenario: { machine: { child: 'viocon', transport: 'mmio-v2', host: 'le', diagnostic: false, device }, actions },
      breaks: ['netbsd.enqueue-after-finish', 'netbsd.notify-ready-queue'],
    },
    {
      name: 'PCI 1.0: the null dereference',
      scenario: { machine: { child: 'viocon', transport: 'pci-1.0', host: 'le', diagnostic: false, device }, actions },
      breaks: ['netbsd.enqueue-after-finish', 'netbsd.attach-survives'],
      panics: 'vqs in kick(0) is null',
    },
    {
      name: 'virtio.c 1.82: the assertion',
      scenario: { machine: { child: 'viocon', transport: 'mmio-v2', host: 'le', diagnostic: true, device }, actions },
      breaks: ['netbsd.enqueue-after-finish', 'netbsd.attach-survives'],
      panics: 'attaching has not finished',
      buggy: { name: 'viocon.c 1.9 on virtio.c 1.82', revisions: { 'viocon.c': '1.9' } },
    },
  ],
};
