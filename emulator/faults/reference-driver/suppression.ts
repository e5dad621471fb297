/** Defects of notifications and their suppression, in the reference driver. */
import type { DriverFault } from '../fault.ts';

const ALL = ['reference-blk', 'reference-console', 'reference-rng'] as const;

export const suppressionReferenceFaults = [
  {
    name: 'avail-flags-with-event-idx',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.used-buffer-notification-suppression.3'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: both ways of asking for silence, to be sure',
    summary: 'With EVENT_IDX, flags of the available ring are set.',
  },
  {
    name: 'notifies-a-silent-device',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.available-buffer-notification-suppression.3'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: the flag is thought to be about interrupts',
    summary: 'The device is notified although its flags ask for silence.',
  },
  {
    name: 'avail-event-without-feature',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.available-buffer-notification-suppression.2'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: the field is taken for unused where it reads 0',
    summary: 'Without EVENT_IDX, avail_event decides about notifications.',
  },
  {
    name: 'used-flags-with-event-idx',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.available-buffer-notification-suppression.5'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: the older test comes first',
    summary: 'With EVENT_IDX, flags of the used ring keep the driver from notifying.',
  },
  {
    name: 'event-reached-one-late',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.available-buffer-notification-suppression.6'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: an index compared where an entry is meant',
    summary: 'With EVENT_IDX, the notification comes one entry late.',
  },
  {
    name: 'notifies-before-the-event',
    party: 'driver',
    area: 'suppression',
    clauses: ['split.driver.available-buffer-notification-suppression.7'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: EVENT_IDX is accepted for interrupts only',
    summary: 'With EVENT_IDX, every update is notified.',
  },
] as const satisfies readonly DriverFault[];
