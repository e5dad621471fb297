/**
 * Scenarios as a fast-check Arbitrary: plain data, replayable from seed and path alone, shrinkable without context
 * (so pasted examples shrink as well).
 */
import fc from 'fast-check';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { Draw } from './draw.ts';
import { FAMILIES, type Family } from './families/index.ts';
import type { Surroundings } from './requests.ts';
import type { Scenario } from './scenario.ts';
import { shrinkScenario } from './shrink.ts';

class ScenarioArbitrary extends fc.Arbitrary<Scenario> {
  readonly #families: readonly (readonly [number, Family])[];
  readonly #where: Surroundings;

  constructor(where: Surroundings, families: readonly Family[]) {
    super();
    this.#where = where;
    this.#families = families.filter((family) => family.applies(where)).map((family) => [family.weight, family]);
  }

  override generate(random: fc.Random): fc.Value<Scenario> {
    const r = new Draw(random);
    const family = r.weighted(this.#families);
    const actions = family.draw(r, this.#where);
    return new fc.Value({ family: family.name, variant: this.#where.variant, actions }, undefined);
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
