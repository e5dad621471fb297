/** Memory of a long run: judges scenarios and prints the resident size ten times. */
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import { emulatorCombinations, openEmulator } from '../targets/emulator-target.ts';

export async function benchMemory(seconds: number): Promise<void> {
  const benches = emulatorCombinations()
    .filter((entry) => entry.variant === 'default')
    .map((entry) => {
      const session = openEmulator('emulator', entry);
      const bench = new Bench(session, new Contract(session.info, new Report()));
      return { bench, stream: scenarioStream(scenarios(surroundingsOf(session.info, true)), 1) };
    });
  const start = performance.now();
  let printed = 0;
  for (let i = 0; ; i++) {
    for (const { bench, stream } of benches) await bench.run(stream(i));
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed < (printed * seconds) / 10) continue;
    const events = benches.reduce((sum, { bench }) => sum + bench.events, 0);
    process.stdout.write(
      `${elapsed.toFixed(0)} s: ${Math.round(process.memoryUsage.rss() / 1048576)} MiB resident, ${events} events\n`,
    );
    if (++printed > 10) return;
  }
}
