/** Defects of the calls of a child driver's life. */
import type { DriverFault } from '../fault.ts';

export const lifecycleDriverFaults = [
  {
    name: 'receive-filled-before-finish',
    party: 'driver',
    area: 'lifecycle',
    clauses: ['netbsd.enqueue-after-finish', 'netbsd.attach-survives', 'netbsd.notify-ready-queue'],
    children: ['viocon'],
    seenIn: 'NetBSD viocon.c 1.6 to 1.9 (PR kern/58555)',
    summary: 'The receive queue is filled before child_attach_finish.',
  },
  {
    name: 'request-before-finish',
    party: 'driver',
    area: 'lifecycle',
    clauses: [
      'netbsd.enqueue-after-finish',
      'netbsd.attach-survives',
      'netbsd.notify-ready-queue',
      'init.driver.device-initialization.7',
    ],
    children: ['viornd'],
    seenIn: 'plausible: the first request is made where the buffer is',
    summary: 'The first request is made before child_attach_finish.',
  },
  {
    name: 'attach-failed-without-detach',
    party: 'driver',
    area: 'lifecycle',
    clauses: ['netbsd.teardown'],
    seenIn: 'NetBSD virtio.c before 1.74, which left a marker instead',
    summary: 'A child whose attach failed stays registered.',
  },
  {
    name: 'reinit-keeps-rings',
    party: 'driver',
    area: 'lifecycle',
    clauses: ['netbsd.descriptor-accounting'],
    children: ['vioif'],
    seenIn: 'plausible: the memory has not moved',
    summary: 'After a reset in operation the rings are not started afresh.',
  },
  {
    name: 'reinit-forgets-queues',
    party: 'driver',
    area: 'lifecycle',
    clauses: ['netbsd.notify-ready-queue'],
    children: ['vioif'],
    seenIn: 'plausible: the addresses are taken to survive a reset',
    summary: 'After a reset in operation the queues are not set up again.',
  },
] as const satisfies readonly DriverFault[];
