import { FeatureSet } from './feature-bits.ts';

/** Enough to find any contradiction; a trace may negotiate millions of times. */
const MOST = 1024;

/** Feature sets that a device has accepted: few as a rule, and forgotten with every power-on, so the objects are kept. */
export class RememberedSets {
  readonly #sets: FeatureSet[] = [];
  #count = 0;

  forget(): void {
    this.#count = 0;
  }

  has(set: FeatureSet): boolean {
    for (let i = 0; i < this.#count; i++) if (this.#sets[i].equals(set)) return true;
    return false;
  }

  /** Remembers the set, if it is new and there is room. */
  add(set: FeatureSet): void {
    if (this.#count === MOST || this.has(set)) return;
    if (this.#count === this.#sets.length) this.#sets.push(new FeatureSet());
    this.#sets[this.#count++].assign(set);
  }
}
