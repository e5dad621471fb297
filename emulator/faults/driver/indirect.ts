/** Defects of indirect tables. */
import type { DriverFault } from '../fault.ts';

export const indirectDriverFaults = [
  {
    name: 'indirect-chained-on',
    party: 'driver',
    area: 'indirect',
    clauses: ['split.driver.indirect-descriptors.4'],
    seenIn: "plausible: NEXT left from the descriptor's last use",
    summary: 'INDIRECT and NEXT are set together.',
  },
  {
    name: 'indirect-table-cut',
    party: 'driver',
    area: 'indirect',
    clauses: ['untagged.split.5'],
    seenIn: 'plausible: off by one',
    summary: 'The length of an indirect table is no multiple of a descriptor.',
  },
  {
    name: 'indirect-nested',
    party: 'driver',
    area: 'indirect',
    clauses: ['split.driver.indirect-descriptors.2'],
    seenIn: 'plausible: flags are inherited from the head',
    summary: 'Descriptors of an indirect table have INDIRECT set.',
  },
] as const satisfies readonly DriverFault[];
