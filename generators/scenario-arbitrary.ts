/**
 * Scenarios as a fast-check Arbitrary: plain data, replayable from seed and path alone, shrinkable without context
 * (so pasted examples shrink as well).
 */
import fc from 'fast-check';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { RandomDraw, type Draw } from './draw.ts';
import { FAMILIES, type Family } from './families/index.ts';
import type { Surroundings } from './requests.ts';
import type { Scenario } from './scenario.ts';
import { shrinkScenario } from './shrink.ts';

/** Families that apply, each with its weight. */
export type WeightedFamilies = readonly (readonly [number, Family])[];

export function weighFamilies(where: Surroundings, families: readonly Family[]): WeightedFamilies {
  return families.filter((family) => family.applies(where)).map((family) => [family.weight, family]);
}

/** One scenario of one of the families. */
export function drawScenario(r: Draw, where: Surroundings, families: WeightedFamilies): Scenario {
  const family = r.weighted(families);
  return { family: family.name, variant: where.variant, actions: family.draw(r, where) };
}

class ScenarioArbitrary extends fc.Arbitrary<Scenario> {
  readonly #families: WeightedFamilies;
  readonly #where: Surroundings;

  constructor(where: Surroundings, families: readonly Family[]) {
    super();
    this.#where = where;
    this.#families = weighFamilies(where, families);
  }

  override generate(random: fc.Random): fc.Value<Scenario> {
    return new fc.Value(drawScenario(new RandomDraw(random), this.#where, this.#families), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Scenario {
    return typeof value === 'object' && value !== null && 'actions' in value;
  }

  override shrink(value: Scenario): fc.Stream<fc.Value<Scenario>> {
    function* values(): Generator<fc.Value<Scenario>> {
      for (const smaller of shrinkScenario(value)) yield new fc.Value(smaller, undefined);
    }
    return fc.stream(values());
  }
}

/** Scenarios of the given families (all by default) for an implementation in these surroundings. */
export function scenarios(where: Surroundings, families: readonly Family[] = FAMILIES): fc.Arbitrary<Scenario> {
  return new ScenarioArbitrary(where, families);
}

function randomFor(seed: number, index: number): fc.Random {
  // Spread neighbouring pairs over the seed space, so that scenario i of seed s has nothing to do with its neighbours.
  return new fc.Random(xorshift128plus(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)));
}

/**
 * An endless, reproducible sequence of scenarios: the i-th depends on the seed and i alone, so any part of a run can be
 * made again without the rest.
 */
export function scenarioStream(arbitrary: fc.Arbitrary<Scenario>, seed: number): (index: number) => Scenario {
  return (index) => arbitrary.generate(randomFor(seed, index), undefined).value;
}
