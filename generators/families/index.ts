/** All scenario families, by area. */
import * as data from './data.ts';
import * as edges from './edges.ts';
import type { Family } from './family.ts';
import * as idle from './idle.ts';
import * as protocol from './protocol.ts';
import * as switches from './switches.ts';

export type { Family } from './family.ts';

export const FAMILIES: readonly Family[] = [
  ...Object.values(protocol),
  ...Object.values(data),
  ...Object.values(idle),
  ...Object.values(switches),
  ...Object.values(edges),
];
