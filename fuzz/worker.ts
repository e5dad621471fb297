/** Entry of a worker thread of a campaign: runs the loop in its seed space and tells the supervisor all it comes to. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { describeScenario } from '../harness/describe.ts';
import type { Bench } from '../harness/perform.ts';
import type { Scenario } from '../generators/scenario.ts';
import { CLAUSES } from '../models/clauses/catalogue.ts';
import { resolveTarget } from '../targets/registry.ts';
import type { GroupProgress } from './campaign-state.ts';
import type { Group, Lane } from './lanes.ts';
import { FuzzLoop } from './loop.ts';
import { SIGNAL, type Current, type FromWorker, type ToWorker, type WorkerSetup } from './protocol.ts';
import { reproducersOf, titleOf, type Origin } from './reproducers.ts';
import { severityOf } from './suspects.ts';
import { ownThread } from '../targets/in-process/thread-time.ts';
import { findingKey, type Shown } from './triage.ts';

/** How often the supervisor hears how far this worker is. */
const PROGRESS_MS = 200;
/** How often this thread gets round to its messages. */
const BREATH_MS = 50;
/** Scenarios between two looks at the clock. */
const CLOCK_EVERY = 16;
const MOST_EVIDENCE = 4000;

const setup = workerData as WorkerSetup;
Atomics.store(setup.signals, SIGNAL.thread, ownThread());
const port = parentPort!;
const send = (message: FromWorker): void => port.postMessage(message);
const stopped = (): boolean => Atomics.load(setup.signals, SIGNAL.stop) === 1;
// A view that Buffer's fast string writers accept; the memory stays shared.
const current = Buffer.from(setup.current.buffer, setup.current.byteOffset, setup.current.byteLength);

/** Leaves word of what is about to be performed, where the supervisor finds it whatever becomes of this thread. */
function starting(scenario: Scenario, lane: Lane): void {
  Atomics.add(setup.signals, SIGNAL.beat, 1);
  const { device, transport } = lane.group;
  if (lane.bench?.session.kind !== 'sync') return;
  const text = JSON.stringify({ device, transport, scenario } satisfies Current);
  const fits = text.length <= current.length;
  Atomics.store(setup.signals, SIGNAL.length, fits ? current.write(text, 'latin1') : 0);
}

/** Says how far a group has come since the last time. */
class GroupReporter {
  readonly #group: Group;
  #scenarios = 0;
  #events = 0;

  constructor(group: Group) {
    this.#group = group;
  }

  take(): GroupProgress {
    const { device, transport, scenarios, events, feedback } = this.#group;
    const progress: GroupProgress = {
      device,
      transport,
      scenarios: scenarios - this.#scenarios,
      events: events - this.#events,
      states: feedback.newStates.splice(0),
      exercised: feedback.newExercised.splice(0).map((index) => CLAUSES[index].id),
      ...(feedback.newCode.length > 0 ? { code: feedback.newCode.splice(0) } : {}),
    };
    this.#scenarios = scenarios;
    this.#events = events;
    return progress;
  }
}

async function campaign(): Promise<void> {
  const { space, against, coverage, targetOptions, devices, transports, findings, from } = setup;
  const target = await resolveTarget(setup.target, { ...targetOptions, coverage });
  const second = against === undefined ? undefined : await resolveTarget(against);
  let suspectId = '';
  let suspects = 0;
  const origin: Origin = {
    target: setup.target,
    faults: targetOptions.faults ?? [],
    describe: targetOptions.describe,
    seed: space.seed,
    folder: findings,
  };
  const loop: FuzzLoop = new FuzzLoop({
    target,
    against: second,
    devices,
    transports,
    space,
    from,
    stopped,
    expectations: setup.expectations,
    listener: {
      starting,
      admitted: ({ device, transport }, scenario, features) => {
        send({ kind: 'entry', device, transport, scenario, features });
      },
      suspected: (_suspect, scenario, { group: { device, transport } }) => {
        suspectId = `${space.shard}.${space.worker}.${space.generation}.${from}.${suspects++}`;
        send({ kind: 'suspect', id: suspectId, device, transport, scenario });
      },
      found: (shown, lane, bench): void => tell(shown, lane, bench, origin, loop),
      settled: () => send({ kind: 'settled', id: suspectId }),
    },
  });
  for (const { device, transport, scenario, features } of setup.corpus)
    loop.restore(device, transport, scenario, features);
  for (const { key, kinds } of setup.known) loop.known.addForm(key, kinds);
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'entry') loop.restore(message.device, message.transport, message.scenario, message.features);
    else if (message.kind === 'known') loop.known.addForm(message.key, message.kinds);
  });
  const first = await loop.start();
  send({ kind: 'target', name: first.target, version: first.version, code: target.code?.size ?? 0 });
  for (const { id, device, transport, scenario } of setup.retries) {
    if (stopped()) break;
    await loop.retry(device, transport, scenario);
    send({ kind: 'settled', id });
  }
  await run(loop);
  await loop.close();
  send({ kind: 'done' });
}

async function run(loop: FuzzLoop): Promise<void> {
  const reporters = loop.groups.map((group) => new GroupReporter(group));
  let told = 0;
  let errors = 0;
  const tell = (): void => {
    const { worker, generation } = setup.space;
    const firstErrors = loop.firstErrors.slice(told);
    told = loop.firstErrors.length;
    const cursor = { worker, generation, index: loop.index };
    const groups = reporters.map((reporter) => reporter.take()).filter(({ scenarios }) => scenarios > 0);
    send({ kind: 'progress', cursor, groups, errors: loop.harnessErrors - errors, firstErrors });
    errors = loop.harnessErrors;
  };
  let [lastTold, lastBreath] = [performance.now(), performance.now()];
  const quota = setup.scenarios ?? Infinity;
  while (!stopped() && loop.scenarios < quota) {
    await loop.step();
    if (loop.scenarios % CLOCK_EVERY !== 0) continue;
    const now = performance.now();
    if (now - lastBreath > BREATH_MS) {
      await nextTick();
      lastBreath = now;
    }
    if (now - lastTold > PROGRESS_MS) {
      tell();
      lastTold = now;
    }
  }
  tell();
}

function tell(shown: Shown, lane: Lane, bench: Bench, origin: Origin, loop: FuzzLoop): void {
  const { scenario, suspect, confirmed } = shown;
  const { device, transport } = lane.group;
  const { sign, expected, state, also } = suspect;
  const seen = suspect.seen.slice(0, MOST_EVIDENCE);
  const steps = describeScenario(scenario);
  if (!confirmed) {
    send({ kind: 'unconfirmed', finding: { clause: sign.clause, device, transport, expected, seen, steps } });
    return;
  }
  const key = findingKey(sign, device, scenario);
  send({
    kind: 'finding',
    finding: {
      key,
      kind: sign.kind,
      severity: severityOf(sign),
      clause: sign.clause,
      also,
      device,
      transport,
      variant: bench.session.info.variant,
      title: titleOf(suspect),
      expected,
      seen,
      state,
      steps,
      actions: scenario.actions.length,
      scenarios: loop.scenarios,
    },
    scenario,
    files: reproducersOf(bench, scenario, suspect, key, origin),
  });
}

/** Performs one scenario after the other as told, and says so after each: whoever asks knows that it may never end. */
async function trials(): Promise<void> {
  const { space, targetOptions, devices, transports } = setup;
  const target = await resolveTarget(setup.target, targetOptions);
  const loop = new FuzzLoop({ target, devices, transports, space, listener: {} });
  const info = await loop.start();
  port.on('message', (message: ToWorker) => {
    if (message.kind !== 'try') return;
    void loop.perform(message.device, message.transport, message.scenario).then(() => send({ kind: 'tried' }));
  });
  send({ kind: 'target', name: info.target, version: info.version, code: 0 });
}

try {
  await (setup.trial === true ? trials() : campaign());
} catch (error) {
  // By name: a user's module may have its own copy of this package.
  if (error instanceof Error && error.name === 'TargetUnavailable')
    send({ kind: 'unavailable', message: error.message });
  else send({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
