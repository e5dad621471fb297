/** Defects of suspending and resuming, in the reference driver. */
import type { DriverFault } from '../fault.ts';

const ALL = ['reference-blk', 'reference-console', 'reference-rng'] as const;

export const suspendReferenceFaults = [
  {
    name: 'suspend-not-negotiated',
    party: 'driver',
    area: 'suspend',
    clauses: ['init.driver.device-suspend.1'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: the bit is thought to be ignored by devices that do not know it',
    summary: 'SUSPEND is set although the feature was not negotiated.',
  },
  {
    name: 'suspend-not-verified',
    party: 'driver',
    area: 'suspend',
    clauses: ['init.driver.device-suspend.2'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: emulated devices suspend at once',
    summary: 'Status is not read after SUSPEND was set.',
  },
  {
    name: 'exposes-while-suspended',
    party: 'driver',
    area: 'suspend',
    clauses: ['init.driver.device-suspend.3'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: requests are queued for the time after',
    summary: 'Buffers are made available while the device is suspended.',
  },
  {
    name: 'notifies-while-suspended',
    party: 'driver',
    area: 'suspend',
    clauses: ['init.driver.device-suspend.4'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: a timer that kicks queues which look stuck',
    summary: 'A queue is notified while the device is suspended.',
  },
  {
    name: 'config-written-suspended',
    party: 'driver',
    area: 'suspend',
    clauses: ['init.driver.device-suspend.5'],
    children: ['reference-blk'],
    transports: ['mmio-v2'],
    seenIn: 'plausible: a setting of the user, passed on at once',
    summary: 'The cache mode is set while the device is suspended.',
  },
  {
    name: 'resume-not-awaited',
    party: 'driver',
    area: 'suspend',
    clauses: ['init.driver.device-suspend.6'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: emulated devices resume at once',
    summary: 'Operation goes on without Status having shown the device running again.',
  },
] as const satisfies readonly DriverFault[];
