/**
 * What `virtcheck run --target emulator` performs at its normal effort with its default seed: every device, register layout
 * and variant with the scenarios of that run. Anything that a run would report of a scenario kills.
 */
import { FAMILIES } from '../../generators/families/index.ts';
import { roundTrip } from '../../generators/parts.ts';
import { scenarios, scenarioStream } from '../../generators/scenario-arbitrary.ts';
import type { Scenario } from '../../generators/scenario.ts';
import { Bench } from '../../harness/perform.ts';
import { groupsOf, scenariosOf, seedOfVariant } from '../../harness/run.ts';
import { surroundingsOf } from '../../harness/surroundings.ts';
import { Contract } from '../../models/contract.ts';
import { Report } from '../../models/report.ts';
import { createEmulatorTarget, openEmulator } from '../../targets/emulator-target.ts';
import type { Combination, SessionInfo } from '../../targets/target.ts';
import type { MutationSuite, OpenSlice, Slice } from './suite.ts';

const SEED = 1;
const EFFORT = 'normal';
/**
 * Milliseconds after which an access counts as a hang. A mutant that loops is ended by counting how often it was reached, which
 * no busy machine changes.
 */
const HUNG_AFTER = 60_000;
/**
 * Scenarios that go round a whole ring cost as much as a thousand others and differ in little but the device: these variants
 * are enough of them.
 */
const WRAPS: readonly string[] = ['default', 'no-ring-features', 'small-queue'];

export default function deviceSuite(): MutationSuite {
  return groupsOf(createEmulatorTarget(), {}).flatMap(({ combinations }) =>
    combinations.map((combination, variant) => deviceSlice(combination, variant, combinations.length)),
  );
}

function deviceSlice(combination: Combination, variant: number, variants: number): Slice {
  const { device, transport, variant: name } = combination;
  const drawn: Scenario[] = [];
  let draw: ((index: number) => Scenario) | undefined;
  return {
    name: `${device} ${transport} ${name}`,
    // A run gives its scenarios to the variants in turn, after a round trip on each.
    count: 1 + Math.ceil((scenariosOf(EFFORT, 'sync') - variant) / variants),
    open(): OpenSlice {
      const session = openEmulator('emulator', combination, { hungAfter: HUNG_AFTER });
      const bench = new Bench(session, new Contract(session.info, new Report()));
      const scenarioAt = (draw ??= drawing(session.info, variant, variants));
      return {
        run(index) {
          const scenario = (drawn[index] ??= scenarioAt(index));
          if (scenario.family === 'wrap' && !WRAPS.includes(name)) return undefined;
          void bench.run(scenario);
          const [first] = bench.contract.report.violations;
          return first && `${first.clause}: expected ${first.expected}, seen ${first.seen}`;
        },
        get events() {
          return bench.log.length;
        },
      };
    },
  };
}

function drawing(info: SessionInfo, variant: number, variants: number): (index: number) => Scenario {
  const stream = scenarioStream(scenarios(surroundingsOf(info, true), FAMILIES), seedOfVariant(SEED, variant));
  const sanity = { family: 'sanity', variant: info.variant, actions: roundTrip(surroundingsOf(info, false)) };
  return (index) => (index === 0 ? sanity : stream((index - 1) * variants + variant));
}
