/**
 * What a second worker adds. Workers of a campaign, as `virtcheck fuzz --jobs` starts them, and processes of QEMU, each with
 * a worker that performs the small scenario. By the clock, which is fair only while nobody else uses the machine, and by
 * processor time, which tells what workers cost each other.
 */
import { once } from 'node:events';
import { Slot, type SlotSetup } from '../fuzz/slot.ts';
import { startWorker } from '../harness/start-worker.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';

/** What a worker has done since it was started, as it tells a few times a second. */
export interface Progress {
  readonly scenarios: number;
  readonly events: number;
}

export interface SmallWorkerSetup {
  readonly name: string;
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly chains: number;
  /** One number: not 0 once the worker is to end. */
  readonly stop: Int32Array;
}

interface Hand {
  /** Resolves when the worker has ended. */
  stop(): Promise<void>;
}
type Hire = (tell: (progress: Progress) => void) => Hand;

interface Rate {
  /** Scenarios a second of all workers together, by the clock. */
  readonly scenarios: number;
  readonly events: number;
  /** Microseconds of processor time, of all of this process's threads, that a scenario costs. */
  readonly cost: number;
}

/** A stretch of a worker's scenarios, by number: what lies before it is for V8 to compile in. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

const CAMPAIGN_WARM_UP = 15_000;
/** A stretch is so many scenarios for each second asked for: about what one worker does in it, on a machine of its own. */
const CAMPAIGN_PER_SECOND = 3000;
const QEMU_WARM_UP = 500;
const QEMU_PER_SECOND = 800;
const QEMU_CHAINS = 10;

interface Sample extends Progress {
  readonly ms: number;
  readonly cpuMs: number;
}

function sampleOf(progress: Progress): Sample {
  const { user, system } = process.cpuUsage();
  return { ...progress, ms: performance.now(), cpuMs: (user + system) / 1000 };
}

/** Lets `count` workers do the same stretch at the same time; each goes on until the last one is through. */
async function rateOf(count: number, hire: Hire, { from, to }: Stretch): Promise<Rate> {
  const begun: Sample[] = [];
  const ended: Sample[] = [];
  let hands: Hand[] = [];
  await new Promise<void>((resolve) => {
    hands = Array.from({ length: count }, (_, i) =>
      hire((progress) => {
        if (progress.scenarios >= from) begun[i] ??= sampleOf(progress);
        if (progress.scenarios >= to) ended[i] ??= sampleOf(progress);
        if (ended.filter(Boolean).length === count) resolve();
      }),
    );
  });
  await Promise.all(hands.map((hand) => hand.stop()));
  const done = (what: keyof Progress, i: number): number => ended[i][what] - begun[i][what];
  const perSecond = (what: keyof Progress): number =>
    ended.reduce((sum, end, i) => sum + (done(what, i) * 1000) / (end.ms - begun[i].ms), 0);
  const cpuMs = Math.max(...ended.map((one) => one.cpuMs)) - Math.min(...begun.map((one) => one.cpuMs));
  const scenarios = ended.reduce((sum, _, i) => sum + done('scenarios', i), 0);
  return { scenarios: perSecond('scenarios'), events: perSecond('events'), cost: (cpuMs * 1000) / scenarios };
}

/** A campaign on one combination of the emulator: all workers draw the same scenarios, so that they do the same work. */
export async function benchCampaign(seconds: number): Promise<void> {
  const setup: SlotSetup = {
    target: 'emulator',
    targetOptions: {},
    coverage: false,
    devices: ['rng'],
    transports: ['mmio-v2'],
    space: { seed: 1, shard: 0, worker: 0, generation: 0 },
    from: 0,
    findings: '',
    expectations: [],
    corpus: [],
    known: [],
    retries: [],
  };
  const hire: Hire = (tell) => {
    let [scenarios, events] = [0, 0];
    const slot = new Slot(setup, undefined, (message) => {
      if (message.kind !== 'progress') return;
      for (const group of message.groups) [scenarios, events] = [scenarios + group.scenarios, events + group.events];
      tell({ scenarios, events });
    });
    return {
      stop: async () => {
        slot.stop();
        await slot.ended;
      },
    };
  };
  const stretch = { from: CAMPAIGN_WARM_UP, to: CAMPAIGN_WARM_UP + CAMPAIGN_PER_SECOND * seconds };
  const one = await rateOf(1, hire, stretch);
  const two = await rateOf(2, hire, stretch);
  process.stdout.write(
    `campaign on the emulator (rng mmio-v2): ${text(one)} with one worker, ${text(two)} with two: ` +
      `${percent(two.scenarios / (2 * one.scenarios))} of linear by the clock, ` +
      `${percent(one.cost / two.cost)} by processor time ` +
      `(${one.cost.toFixed(0)} and ${two.cost.toFixed(0)} us a scenario)\n`,
  );
}

/** One process of QEMU and two, each driven by a thread of its own. */
export async function benchQemuProcesses(name: string, seconds: number): Promise<void> {
  const hire: Hire = (tell) => {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const workerData: SmallWorkerSetup = { name, device: 'rng', transport: 'mmio-v2', chains: QEMU_CHAINS, stop };
    const worker = startWorker('./small-worker', import.meta.url, { workerData });
    worker.on('message', tell);
    return {
      stop: async () => {
        Atomics.store(stop, 0, 1);
        await once(worker, 'exit');
      },
    };
  };
  const stretch = { from: QEMU_WARM_UP, to: QEMU_WARM_UP + QEMU_PER_SECOND * seconds };
  const one = await rateOf(1, hire, stretch);
  const two = await rateOf(2, hire, stretch);
  process.stdout.write(
    `${name}: ${text(one)} on one process, ${text(two)} on two (${(two.scenarios / one.scenarios).toFixed(2)} x)\n`,
  );
}

function text({ scenarios, events }: Rate): string {
  return `${Math.round(scenarios)} scenarios/s and ${Math.round(events)} events/s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
