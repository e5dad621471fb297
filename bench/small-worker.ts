/** Entry of a worker thread that performs and judges the small scenario on a target of its own until it is told to stop. */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import { resolveTarget } from '../targets/registry.ts';
import type { Progress, SmallWorkerSetup } from './jobs.ts';
import { smallScenario } from './small-scenario.ts';

const TELL_MS = 100;

const { name, device, transport, chains, stop } = workerData as SmallWorkerSetup;
const target = await resolveTarget(name, {});
const combination = target.combinations.find((entry) => entry.device === device && entry.transport === transport)!;
const session = await target.open(combination);
const bench = new Bench(session, new Contract(session.info, new Report()));
const scenario = smallScenario(surroundingsOf(session.info, false), chains);
let told = 0;
for (let scenarios = 1; Atomics.load(stop, 0) === 0; scenarios++) {
  await bench.run(scenario);
  const now = performance.now();
  if (now - told < TELL_MS) continue;
  told = now;
  parentPort!.postMessage({ scenarios, events: bench.events } satisfies Progress);
  await turn();
}
await session.close();
