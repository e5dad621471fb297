/** The emulator judged end to end, against generation alone. */
import { FAMILIES } from '../generators/families/index.ts';
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import { emulatorCombinations, openEmulator } from '../targets/emulator-target.ts';

/** All families, on each device type with its plain configuration on the modern layout. */
export async function benchEmulator(seconds: number): Promise<void> {
  for (const device of ['blk', 'rng', 'console'] as const) {
    const combination = emulatorCombinations().find(
      (entry) => entry.device === device && entry.transport === 'mmio-v2' && entry.variant === 'default',
    )!;
    const session = openEmulator('emulator', combination);
    const bench = new Bench(session, new Contract(session.info, new Report()));
    const stream = scenarioStream(scenarios(surroundingsOf(session.info, true), FAMILIES), 1);
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
      for (let i = next; i < next + 200; i++) bench.run(stream(i));
      whole += performance.now() - start;
      count += 200;
    }
    const events = bench.events - before;
    process.stdout.write(
      `emulator ${device}: ${Math.round((count / whole) * 1000)} scenarios/s, ${Math.round((events / whole) * 1000)} events/s, ` +
        `${(whole / generation).toFixed(2)} x the cost of generation alone\n`,
    );
  }
}
