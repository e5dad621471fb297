/** Defects of reading the configuration, in the reference driver. */
import type { DriverFault } from '../fault.ts';

const ALL = ['reference-blk', 'reference-console', 'reference-rng'] as const;

export const configReferenceFaults = [
  {
    name: 'config-change-not-reread',
    party: 'driver',
    area: 'config',
    clauses: ['basic.driver.device-configuration-space.1', 'basic.driver.device-configuration-space.2'],
    children: ['reference-blk'],
    transports: ['mmio-v2'],
    seenIn: 'plausible: the generation is read, and compared by an assertion',
    summary: 'A 64-bit field that changed while it was read is taken as it is.',
  },
  {
    name: 'config-size-compared-exactly',
    party: 'driver',
    area: 'config',
    clauses: ['basic.driver.device-configuration-space.4', 'basic.driver.device-configuration-space.5'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: the size of the structure in the header file',
    summary: 'The driver gives up where the configuration space is larger than it knows it.',
  },
] as const satisfies readonly DriverFault[];
