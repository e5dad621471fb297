/**
 * Which scenarios reach which mutants, found out once without any mutant. Stryker's own unit is the test, here a slice of
 * hundreds of scenarios; a mutant is worth trying on those alone that execute it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Hits } from './meter.ts';

/** Steps from which on a scenario is left until the short ones have shown nothing. */
const LONG = 200_000;
/** A mutant loops where it takes so many times the steps of the longest scenario without it, and at least. */
const FACTOR = 10;
const LEAST_LIMIT = 1_000_000;

export class ScenarioCoverage {
  /** By mutant and slice, the scenarios that reach it, ascending. */
  readonly #reached = new Map<string, Map<string, number[]>>();
  /** By slice, scenarios that cost many times what others do. */
  readonly #long = new Map<string, Set<number>>();
  /** By slice and scenario, what breaks without any mutant. */
  readonly #verdicts = new Map<string, Map<number, string>>();
  /** By slice and scenario, what stands for the record without any mutant. */
  readonly #records = new Map<string, Map<number, string>>();
  /** Steps of the longest of the short scenarios, and of all. */
  #longest = [0, 0];

  /** What one scenario executes, or opening the slice where `scenario` is absent: then all `count` of them reach it. */
  add(slice: string, hits: Hits, steps: number, scenario: number | undefined, count: number): void {
    const long = steps >= LONG;
    if (!long) this.#longest[0] = Math.max(this.#longest[0], steps);
    this.#longest[1] = Math.max(this.#longest[1], steps);
    if (long && scenario !== undefined) {
      const known = this.#long.get(slice);
      if (known === undefined) this.#long.set(slice, new Set([scenario]));
      else known.add(scenario);
    }
    for (const id of Object.keys(hits)) {
      let reached = this.#reached.get(id);
      if (reached === undefined) this.#reached.set(id, (reached = new Map()));
      const known = reached.get(slice);
      if (scenario === undefined) {
        reached.set(
          slice,
          Array.from({ length: count }, (_, i) => i),
        );
      } else if (known === undefined) reached.set(slice, [scenario]);
      else if (known[known.length - 1] < scenario) known.push(scenario);
    }
  }

  setVerdict(slice: string, scenario: number, broken: string): void {
    put(this.#verdicts, slice, scenario, broken);
  }

  setRecord(slice: string, scenario: number, record: string): void {
    put(this.#records, slice, scenario, record);
  }

  /** Undefined where the slice has none. */
  recordOf(slice: string, scenario: number): string | undefined {
    return this.#records.get(slice)?.get(scenario);
  }

  /** What the scenario breaks without any mutant; undefined: nothing. */
  verdictOf(slice: string, scenario: number): string | undefined {
    return this.#verdicts.get(slice)?.get(scenario);
  }

  isLong(slice: string, scenario: number): boolean {
    return this.#long.get(slice)?.has(scenario) === true;
  }

  /** Steps after which a scenario counts as one that never ends. */
  limitOf(long: boolean): number {
    return Math.max(LEAST_LIMIT, FACTOR * this.#longest[long ? 1 : 0]);
  }

  /** Undefined where the mutant is not reached by any scenario, as far as is known. */
  scenariosOf(mutant: string, slice: string): readonly number[] | undefined {
    return this.#reached.get(mutant)?.get(slice);
  }

  save(path: string): void {
    const reached = [...this.#reached].map(([id, slices]) => [id, [...slices]]);
    const long = [...this.#long].map(([slice, some]) => [slice, [...some]]);
    const [verdicts, records] = [this.#verdicts, this.#records].map((all) =>
      [...all].map(([slice, some]) => [slice, [...some]]),
    );
    writeFileSync(path, JSON.stringify({ reached, long, verdicts, records, longest: this.#longest }));
  }

  static load(path: string): ScenarioCoverage {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly reached: readonly (readonly [string, readonly (readonly [string, number[]])[]])[];
      readonly long: readonly (readonly [string, readonly number[]])[];
      readonly verdicts: readonly (readonly [string, readonly (readonly [number, string])[]])[];
      readonly records: readonly (readonly [string, readonly (readonly [number, string])[]])[];
      readonly longest: [number, number];
    };
    const coverage = new ScenarioCoverage();
    for (const [id, slices] of saved.reached) coverage.#reached.set(id, new Map(slices));
    for (const [slice, some] of saved.long) coverage.#long.set(slice, new Set(some));
    for (const [slice, some] of saved.verdicts) coverage.#verdicts.set(slice, new Map(some));
    for (const [slice, some] of saved.records) coverage.#records.set(slice, new Map(some));
    coverage.#longest = saved.longest;
    return coverage;
  }
}

function put(into: Map<string, Map<number, string>>, slice: string, scenario: number, text: string): void {
  const known = into.get(slice);
  if (known === undefined) into.set(slice, new Map([[scenario, text]]));
  else known.set(scenario, text);
}
