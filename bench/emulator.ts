/** The emulator judged end to end, against generation alone. */
import { FAMILIES } from '../generators/families/index.ts';
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import { emulatorCombinations, openEmulator } from '../targets/emulator-target.ts';

/**
 * On each device type with its plain configuration on the modern layout. The ratio is taken over all families but `wrap`,
 * one action of which stands for tens of thousands of requests and costs nothing to draw; that family gives the rate.
 */
export async function benchEmulator(seconds: number): Promise<void> {
  for (const device of ['blk', 'rng', 'console'] as const) {
    const combination = emulatorCombinations().find(
      (entry) => entry.device === device && entry.transport === 'mmio-v2' && entry.variant === 'default',
    )!;
    const session = openEmulator('emulator', combination);
    const bench = new Bench(session, new Contract(session.info, new Report()));
    const where = surroundingsOf(session.info, true);
    const stream = scenarioStream(
      scenarios(
        where,
        FAMILIES.filter((family) => family.name !== 'wrap'),
      ),
      1,
    );
    const wraps = scenarioStream(
      scenarios(
        where,
        FAMILIES.filter((family) => family.name === 'wrap'),
      ),
      1,
    );
    for (let i = 0; i < 500; i++) await bench.run(stream(i));

    // The two in turn, in slices, so that drift of the machine hits both.
    let generation = 0;
    let whole = 0;
    let count = 0;
    const before = bench.events;
    for (let next = 500; generation + whole < seconds * 1000; next += 200) {
      let start = performance.now();
      for (let i = next; i < next + 200; i++) stream(i);
      generation += performance.now() - start;
      start = performance.now();
      for (let i = next; i < next + 200; i++) void bench.run(stream(i));
      whole += performance.now() - start;
      count += 200;
    }
    const events = bench.events - before;
    const start = performance.now();
    for (let i = 0; performance.now() - start < seconds * 500; i++) void bench.run(wraps(i));
    const wrapRate = ((bench.events - before - events) / (performance.now() - start)) * 1000;
    process.stdout.write(
      `emulator ${device}: ${Math.round((count / whole) * 1000)} scenarios/s, ${Math.round((events / whole) * 1000)} events/s, ` +
        `${(whole / generation).toFixed(2)} x the cost of generation alone; full rings: ${Math.round(wrapRate)} events/s\n`,
    );
  }
}
