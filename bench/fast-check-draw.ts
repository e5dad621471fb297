/**
 * The same families, drawn with fast-check's own arbitraries as its users draw dependent values: by `fc.gen()`. What our
 * own Arbitrary saves against that is part of what makes the whole fast, so both are measured.
 */
import fc from 'fast-check';
import { Draw } from '../generators/draw.ts';
import type { Family } from '../generators/families/index.ts';
import type { Surroundings } from '../generators/requests.ts';
import { drawScenario, weighFamilies } from '../generators/scenario-arbitrary.ts';
import type { Scenario } from '../generators/scenario.ts';

type IntegerBuilder = () => fc.Arbitrary<number>;

/**
 * One builder for each range ever asked for: `fc.gen` finds what it has built by the identity of the builder, and would
 * compare the arguments of a shared one with all that it was ever given.
 */
const builders = new Map<number, Map<number, IntegerBuilder>>();

function integerBuilder(min: number, max: number): IntegerBuilder {
  let ofMin = builders.get(min);
  if (ofMin === undefined) builders.set(min, (ofMin = new Map()));
  let builder = ofMin.get(max);
  if (builder === undefined) ofMin.set(max, (builder = () => fc.integer({ min, max })));
  return builder;
}

/** Every choice is a value of `fc.integer`, the cheapest arbitrary there is. */
class FastCheckDraw extends Draw {
  readonly #gen: fc.GeneratorValue;

  constructor(gen: fc.GeneratorValue) {
    super();
    this.#gen = gen;
  }

  override int(min: number, max: number): number {
    return this.#gen(integerBuilder(min, max));
  }
}

/**
 * Samples as many scenarios as `fc.sample` does of `scenarios(where, families)` for the same seed, and the very same ones:
 * unbiased, `fc.integer` asks the random source for just what our own Arbitrary asks it for.
 */
export function sampleByFastCheck(
  where: Surroundings,
  families: readonly Family[],
): (numRuns: number, seed: number) => Scenario[] {
  const weighted = weighFamilies(where, families);
  const generator = fc.gen();
  return (numRuns, seed) =>
    fc
      .sample(generator, { numRuns, seed, unbiased: true })
      .map((gen) => drawScenario(new FastCheckDraw(gen), where, weighted));
}
