import type { Draw } from '../draw.ts';
import type { Surroundings } from '../requests.ts';
import type { Action } from '../scenario.ts';

/** A family of scenarios: one area of the specification, exercised in many ways. */
export interface Family {
  readonly name: string;
  /** What it is about, in a line, for `--help` and reports. */
  readonly about: string;
  /** Breaks rules on purpose. */
  readonly hostile: boolean;
  /** Share of scenarios relative to the others. */
  readonly weight: number;
  applies(where: Surroundings): boolean;
  draw(r: Draw, where: Surroundings): Action[];
}
