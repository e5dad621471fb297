/** Defects of the entropy device. */
import type { Fault } from '../fault.ts';

export const entropyFaults = [
  {
    name: 'rng-buffer-left-empty',
    party: 'device',
    area: 'entropy',
    clauses: ['entropy.device.device-operation.1'],
    devices: ['rng'],
    seenIn: 'plausible: a non-blocking source that had nothing to give',
    summary: 'Every fourth buffer comes back with no byte in it.',
  },
  {
    name: 'rng-claims-unwritten',
    party: 'device',
    area: 'entropy',
    clauses: ['entropy.device.device-operation.1', 'split.device.virtqueue-used-ring.2'],
    devices: ['rng'],
    seenIn: "plausible: the source's error ignored",
    summary: 'Buffers come back as full and were not touched.',
  },
  {
    name: 'rng-zeroes',
    party: 'device',
    area: 'entropy',
    clauses: ['entropy.device.device-operation.1'],
    devices: ['rng'],
    seenIn: 'plausible: a source that was never opened',
    summary: 'All bytes are 0.',
  },
  {
    name: 'rng-repeats',
    party: 'device',
    area: 'entropy',
    clauses: ['entropy.device.device-operation.1'],
    devices: ['rng'],
    seenIn: 'plausible: a test pattern left in',
    summary: 'Every buffer holds the same few bytes over and over.',
  },
  {
    name: 'rng-length-overstated',
    party: 'device',
    area: 'entropy',
    clauses: ['split.device.virtqueue-used-ring.2'],
    devices: ['rng'],
    seenIn: 'plausible: a short read ignored',
    summary: 'Half of the buffer is filled and all of it reported.',
  },
  {
    name: 'rng-repeats-after-reset',
    party: 'device',
    area: 'entropy',
    clauses: ['entropy.device.device-operation.1'],
    devices: ['rng'],
    seenIn: 'plausible: a generator seeded at reset',
    summary: 'After a reset the same bytes come again.',
  },
] as const satisfies readonly Fault[];
