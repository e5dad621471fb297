/** Defects of block requests. */
import type { DriverFault } from '../fault.ts';

export const blockDriverFaults = [
  {
    name: 'sector-beyond-the-end',
    party: 'driver',
    area: 'block',
    clauses: ['blk.driver.device-operation.2'],
    children: ['ld'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: the capacity taken for bytes',
    summary: 'Requests lie beyond the capacity.',
  },
  {
    name: 'data-not-whole-sectors',
    party: 'driver',
    area: 'block',
    clauses: ['blk.driver.device-operation.6'],
    children: ['ld'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: a length in bytes from above',
    summary: 'The data of a request is no multiple of 512 bytes.',
  },
  {
    name: 'header-in-two-parts',
    party: 'driver',
    area: 'block',
    clauses: ['blk.driver.legacy-framing-requirements.1'],
    children: ['ld'],
    transports: ['mmio-v1'],
    seenIn: 'plausible: a header across two pages',
    summary: 'The header of a request is put into two descriptors.',
  },
] as const satisfies readonly DriverFault[];
