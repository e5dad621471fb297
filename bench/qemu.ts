/** QEMU through the session, against a bare pipelined loop on the same kind of process. */
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import { startBareQtest } from './bare-qtest.ts';
import { smallScenario } from './small-scenario.ts';
import { resolveTarget } from '../targets/registry.ts';
import type { Op } from '../targets/target.ts';

const BATCH = 200;
const CHAINS = 10;

export async function benchQemu(name: string, seconds: number): Promise<void> {
  const target = await resolveTarget(name, {});
  const combination = target.combinations.find((entry) => entry.device === 'rng' && entry.transport === 'mmio-v2')!;
  const session = await target.open(combination);
  if (session.kind !== 'async') return;
  const ops: Op[] = Array.from({ length: BATCH }, () => ({ op: 'read', offset: 0, size: 4 }));
  const bare = startBareQtest(session.info);
  let sessionMs = 0;
  let bareMs = 0;
  let batches = 0;
  const line = `readl 0x${session.info.registerBase!.toString(16)}\n`.repeat(BATCH);
  while (sessionMs + bareMs < seconds * 1000) {
    let start = performance.now();
    for (let i = 0; i < 20; i++) {
      session.log.clear();
      await session.perform(ops);
    }
    sessionMs += performance.now() - start;
    start = performance.now();
    for (let i = 0; i < 20; i++) await bare.roundTrip(line, BATCH);
    bareMs += performance.now() - start;
    batches += 20;
  }
  const rate = (ms: number) => Math.round((batches * BATCH * 1000) / ms);
  process.stdout.write(
    `${name}: ${rate(sessionMs)} register reads/s through the session, ${rate(bareMs)}/s in a bare loop: ` +
      `${((100 * bareMs) / sessionMs).toFixed(0)} %\n`,
  );
  await bare.stop();

  const bench = new Bench(session, new Contract(session.info, new Report()));
  const scenario = smallScenario(surroundingsOf(session.info, false), CHAINS);
  let scenarios = 0;
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    await bench.run(scenario);
    scenarios++;
  }
  const ms = performance.now() - start;
  process.stdout.write(
    `${name}: ${Math.round((scenarios / ms) * 1000)} scenarios/s (reset, negotiation, queue set-up, ten chains, reap), ` +
      `${Math.round((bench.events / ms) * 1000)} events/s, ${bench.contract.report.violations.length} violations\n`,
  );
  await session.close();
}
