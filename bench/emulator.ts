/**
 * The emulator judged end to end, against generation alone. Costs are the processor time of this process, not the time on
 * the wall: whoever else uses the machine slows both sides of a ratio, but hardly ever evenly.
 */
import fc from 'fast-check';
import { FAMILIES } from '../generators/families/index.ts';
import type { Surroundings } from '../generators/requests.ts';
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import { emulatorCombinations, openEmulator } from '../targets/emulator-target.ts';
import { cpuMs } from './cpu.ts';
import { sampleByFastCheck } from './fast-check-draw.ts';
import { smallScenario } from './small-scenario.ts';

/**
 * Scenarios before the measurement. V8 compiles function by function as they turn out to be hot, in threads whose time
 * counts as this process's; with fewer than this it is still at it while the clock runs.
 */
const WARM_UP = 20_000;
/** The same for the family whose scenarios are tens of thousands of requests each. */
const WRAP_WARM_UP = 10;
/** Scenarios of a slice; the measured things take turns in slices, so that drift of the machine hits all of them. */
const SLICE = 200;
const CHAINS_OF_SMALL_SCENARIO = 4;

/**
 * On each device type with its plain configuration on the modern layout. The ratio is taken over all families but `wrap`,
 * one action of which stands for tens of thousands of requests and costs nothing to draw; that family gives the rate.
 *
 * What is compared with is fast-check's runner, `fc.sample`, drawing as many scenarios and doing nothing with them, twice:
 * with fast-check's own arbitraries, as its users write such generators, and with our own Arbitrary, which draws the same
 * scenarios straight from the random source. The run itself draws by `scenarioStream`, which skips that runner; its cost is
 * printed beside it and is part of the whole.
 */
export async function benchEmulator(seconds: number): Promise<void> {
  for (const device of ['blk', 'rng', 'console'] as const) {
    const combination = emulatorCombinations().find(
      (entry) => entry.device === device && entry.transport === 'mmio-v2' && entry.variant === 'default',
    )!;
    const session = openEmulator('emulator', combination);
    const bench = new Bench(session, new Contract(session.info, new Report()));
    const where = surroundingsOf(session.info, true);
    const families = FAMILIES.filter((family) => family.name !== 'wrap');
    const arbitrary = scenarios(where, families);
    const byFastCheck = sampleByFastCheck(where, families);
    const stream = scenarioStream(arbitrary, 1);
    const wraps = scenarioStream(
      scenarios(
        where,
        FAMILIES.filter((family) => family.name === 'wrap'),
      ),
      1,
    );
    for (let i = 0; i < WARM_UP; i++) await bench.run(stream(i));
    for (let i = 0; i < WARM_UP; i += SLICE) {
      fc.sample(arbitrary, { numRuns: SLICE, seed: i });
      byFastCheck(SLICE, i);
    }

    const cost = { fastCheck: 0, sample: 0, stream: 0, whole: 0 };
    let count = 0;
    const before = bench.events;
    for (let next = WARM_UP; spent(cost) < seconds * 1000; next += SLICE) {
      cost.fastCheck += cpuMs(() => byFastCheck(SLICE, next));
      cost.sample += cpuMs(() => fc.sample(arbitrary, { numRuns: SLICE, seed: next }));
      cost.stream += cpuMs(() => {
        for (let i = next; i < next + SLICE; i++) stream(i);
      });
      cost.whole += cpuMs(() => {
        for (let i = next; i < next + SLICE; i++) void bench.run(stream(i));
      });
      count += SLICE;
    }
    const events = bench.events - before;
    let wrapCost = 0;
    for (let i = 0; i < WRAP_WARM_UP; i++) void bench.run(wraps(i));
    const beforeWraps = bench.events;
    for (let i = WRAP_WARM_UP; wrapCost < seconds * 500; i++) wrapCost += cpuMs(() => void bench.run(wraps(i)));
    const wrapRate = perSecond(bench.events - beforeWraps, wrapCost);
    const microseconds = (ms: number) => ((ms * 1000) / count).toFixed(1);
    const ratio = (ms: number) => `${(cost.whole / ms).toFixed(2)} x (${microseconds(ms)} us)`;
    process.stdout.write(
      `emulator ${device}: ${perSecond(count, cost.whole)} scenarios/s, ${perSecond(events, cost.whole)} events/s; ` +
        `full rings: ${wrapRate} events/s\n` +
        `emulator ${device}: generated, performed and judged for ${microseconds(cost.whole)} us a scenario, ` +
        `${microseconds(cost.stream)} us of it for drawing. Against generation alone by fc.sample: ` +
        `${ratio(cost.fastCheck)} with fast-check's own arbitraries, ${ratio(cost.sample)} with our own Arbitrary\n`,
    );
    benchSmall(bench, where, seconds);
  }
}

/** One small scenario of fixed shape: reset, negotiation, one queue, a few chains, reap. */
function benchSmall(bench: Bench, where: Surroundings, seconds: number): void {
  const scenario = smallScenario(where, CHAINS_OF_SMALL_SCENARIO);
  for (let i = 0; i < WARM_UP; i++) void bench.run(scenario);
  let cost = 0;
  let count = 0;
  const before = bench.events;
  while (cost < seconds * 500) {
    cost += cpuMs(() => {
      for (let i = 0; i < SLICE; i++) void bench.run(scenario);
    });
    count += SLICE;
  }
  process.stdout.write(
    `emulator ${where.device}, small scenario (reset, negotiation, queue set-up, ${CHAINS_OF_SMALL_SCENARIO} chains, reap): ` +
      `${perSecond(count, cost)} judged scenarios/s and core, ${Math.round((bench.events - before) / count)} events each, ` +
      `${bench.contract.report.violations.length} violations\n`,
  );
}

function perSecond(count: number, ms: number): number {
  return Math.round((count / ms) * 1000);
}

function spent(costs: Readonly<Record<string, number>>): number {
  return Object.values(costs).reduce((sum, ms) => sum + ms, 0);
}
