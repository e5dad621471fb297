/** Defects of notifications and their suppression. */
import type { DriverFault } from '../fault.ts';

export const suppressionDriverFaults = [
  {
    name: 'kick-lost',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.available-buffer-notification-suppression.4'],
    seenIn: 'plausible: an inverted test',
    summary: 'The device is never notified.',
  },
  {
    name: 'kick-although-suppressed',
    party: 'driver',
    area: 'suppression',
    clauses: [
      'split.driver.available-buffer-notification-suppression.3',
      'split.driver.available-buffer-notification-suppression.7',
    ],
    seenIn: 'plausible: the hint is taken for one about interrupts',
    summary: 'The device is notified although it asked for none.',
  },
  {
    name: 'kick-before-publishing',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.available-buffer-notification-suppression.4'],
    seenIn: 'plausible: a store that the compiler moves',
    summary: 'The device is notified before the index is stored.',
  },
  {
    name: 'kick-names-next-queue',
    party: 'driver',
    area: 'suppression',
    clauses: ['netbsd.notify-ready-queue', 'untagged.mmio.17'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: queues counted from 1',
    summary: 'The next queue is notified.',
  },
  {
    name: 'kick-with-high-bits',
    party: 'driver',
    area: 'suppression',
    clauses: ['untagged.mmio.11'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: flags in the upper half',
    summary: "QueueNotify is written with bits above the queue's number.",
  },
  {
    name: 'suppression-sets-all-bits',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.used-buffer-notification-suppression.1'],
    children: ['viocon'],
    seenIn: 'plausible: a boolean stored as all ones',
    summary: 'Interrupts are suppressed with all bits of the flags.',
  },
] as const satisfies readonly DriverFault[];
