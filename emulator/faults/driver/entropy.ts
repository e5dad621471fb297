/** Defects of the entropy driver. */
import type { DriverFault } from '../fault.ts';

export const entropyDriverFaults = [
  {
    name: 'entropy-buffer-readable',
    party: 'driver',
    area: 'entropy',
    clauses: ['entropy.driver.device-operation.1', 'netbsd.dma-sync'],
    children: ['viornd'],
    seenIn: "plausible: the flag's sense inverted",
    summary: 'The buffer for random bytes is device-readable.',
  },
] as const satisfies readonly DriverFault[];
