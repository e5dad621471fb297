/** The seeded defects of the reference driver that are switched on. */
import type { ReferenceFaultName } from '../faults/reference-driver/index.ts';

export class Switches {
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  fault(name: ReferenceFaultName): boolean {
    return this.#names.has(name);
  }
}
