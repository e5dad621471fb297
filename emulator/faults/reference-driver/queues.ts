/** Defects of resetting and stopping queues, in the reference driver. */
import type { DriverFault } from '../fault.ts';

const ALL = ['reference-blk', 'reference-console', 'reference-rng'] as const;

export const queuesReferenceFaults = [
  {
    name: 'queue-reset-not-verified',
    party: 'driver',
    area: 'queue-reset',
    clauses: ['basic.driver.virtqueue-reset.1', 'mmio.driver.register-layout.21'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: emulated devices reset a queue at once',
    summary: 'QueueReset is not read after 1 was written to it.',
  },
  {
    name: 'queue-reset-read-once',
    party: 'driver',
    area: 'queue-reset',
    clauses: ['mmio.driver.register-layout.21'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: the read is there to post the write',
    summary: 'QueueReset is read once, whatever it shows.',
  },
  {
    name: 're-enabled-without-set-up',
    party: 'driver',
    area: 'queue-reset',
    clauses: ['basic.driver.virtqueue-re-enable.1'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: the registers are expected to keep their values',
    summary: 'A queue is enabled again after its reset with nothing else set up.',
  },
  {
    name: 'queue-stop-not-read-back',
    party: 'driver',
    area: 'queue-setup',
    clauses: ['mmio.driver.register-layout.17'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: taken for a write like any other',
    summary: 'QueueReady is not read after 0 was written to it.',
  },
  {
    name: 'queue-stopped-by-its-size',
    party: 'driver',
    area: 'queue-setup',
    clauses: ['mmio.driver.register-layout.16', 'mmio.driver.register-layout.15'],
    children: ALL,
    transports: ['mmio-v2'],
    seenIn: 'plausible: PCI before 1.0, where an address of 0 stopped a queue',
    summary: 'A queue is taken out of service by a size of 0.',
  },
] as const satisfies readonly DriverFault[];
