/**
 * The loop of a campaign, as one worker runs it: draws or evolves a scenario, performs and judges it, keeps it if it
 * reached something new, and follows what broke. Everything it comes to is handed to a listener; it touches no file.
 */
import { RandomDraw } from '../generators/draw.ts';
import type { Scenario } from '../generators/scenario.ts';
import { withoutChunks } from '../generators/shrink.ts';
import { actionKinds } from '../harness/action-kinds.ts';
import { counterexample } from '../harness/attribution.ts';
import { applicableExpectations, explains } from '../harness/expectations.ts';
import type { Bench } from '../harness/perform.ts';
import type { Expectation } from '../harness/result.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import { TargetUnavailable, type SessionInfo, type Target } from '../targets/target.ts';
import { disagreementOf } from './disagreement.ts';
import { GrowthWatch, memoryOf } from './growth.ts';
import { probeForLeak } from './leak-probe.ts';
import { lanesOf, type Choice, type Group, type Lane } from './lanes.ts';
import { LongScenarios } from './long-scenarios.ts';
import { affordable, mutate, tamed } from './mutate.ts';
import { randomFor, spaceSeed, type SeedSpace } from './seeds.ts';
import { suspectsOf, type Suspect } from './suspects.ts';
import { investigate, Known, lookForViolation, type Explained, type Look, type Shown } from './triage.ts';

/** Scenarios in a row on one lane: in process changing costs nothing, elsewhere it costs starting a process. */
const TURN = { sync: 1, async: 150 } as const;
/** Scenarios that are made from the corpus rather than drawn anew, where there is a corpus. */
const EVOLVED_PERCENT = 45;
/** Executions that making a scenario small may cost when it is taken into the corpus. */
const MINIMISE_BUDGET = { sync: 16, async: 0 } as const;
/** Events of scenarios that are too long to be performed again and again only to be made smaller. */
const MINIMISE_EVENTS = 2000;
/** Shorter ones are not worth it. */
const MINIMISE_FROM = 4;
const FIRST_ERRORS = 5;
/** In process, leaks are looked for after so many scenarios, then after twice as many; and with so many of them. */
const FIRST_PROBE = 8192;
const PROBED = 32;

export interface LoopOptions extends Choice {
  readonly target: Target;
  readonly against?: Target;
  readonly space: SeedSpace;
  /** The first index of the space that was not used up before. */
  readonly from?: number;
  /** Percentage of scenarios that evolve; default 45. For measurements. */
  readonly evolved?: number;
  /** What counts: every obligation of the contract (default), or only that it dies, hangs or throws. For measurements. */
  readonly oracle?: 'contract' | 'outcomes';
  /** False: whatever breaks a rule on purpose is taken out of every scenario. For measurements. */
  readonly hostile?: boolean;
  readonly listener: LoopListener;
  readonly stopped?: () => boolean;
  /** Recorded deviations of the target: where one explains what broke, nothing is gained by shrinking it. */
  readonly expectations?: readonly Expectation[];
}

/** Everything that a worker has to tell. All of it is plain data but for the bench. */
export interface LoopListener {
  /** About to be performed, as a scenario of its own or to shrink one: what is known of it if it never ends. */
  readonly starting?: (scenario: Scenario, lane: Lane) => void;
  readonly admitted?: (group: Group, scenario: Scenario, features: readonly number[]) => void;
  /** Something broke and is going to be followed. */
  readonly suspected?: (suspect: Suspect, scenario: Scenario, lane: Lane) => void;
  /** A finding, or what did not show again. The bench's log is that of its last showing. */
  readonly found?: (shown: Shown, lane: Lane, bench: Bench) => Promise<void> | void;
  /** The last suspect was followed to its end, whatever came of it. */
  readonly settled?: () => void;
}

export class FuzzLoop {
  readonly lanes: readonly Lane[];
  readonly groups: readonly Group[];
  readonly known = new Known();
  /** Index of the next scenario within the seed space. */
  index: number;
  scenarios = 0;
  harnessErrors = 0;
  readonly firstErrors: string[] = [];
  readonly #options: LoopOptions;
  readonly #seed: number;
  readonly #growth = new Map<Lane, GrowthWatch>();
  /** Scenarios after which leaks are looked for next. */
  readonly #probeAt = new Map<Group, number>();
  /** Copies of a long scenario in the corpus must not use up the share of those that are drawn. */
  readonly #long = { drawn: new LongScenarios(), evolved: new LongScenarios() };
  #lane = 0;
  #turn = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#seed = spaceSeed(options.space);
    this.index = options.from ?? 0;
    this.lanes = lanesOf(options.target, options.against, options, this.#seed);
    if (this.lanes.length === 0)
      throw new TargetUnavailable(`${options.target.name} offers no such device and transport`);
    this.groups = [...new Set(this.lanes.map((lane) => lane.group))];
  }

  get events(): number {
    return this.groups.reduce((sum, group) => sum + group.events, 0);
  }

  group(device: DeviceKind, transport: Transport): Group | undefined {
    return this.groups.find((group) => group.device === device && group.transport === transport);
  }

  /** A scenario that another worker, or the campaign before it was resumed, found worth keeping. */
  restore(device: DeviceKind, transport: Transport, scenario: Scenario, features: readonly number[]): void {
    const group = this.group(device, transport);
    if (group === undefined || features.every((one) => group.feedback.known.has(one))) return;
    group.feedback.learn(features);
    group.corpus.add({ scenario, features });
  }

  /** One scenario and everything that follows from it. */
  async step(): Promise<void> {
    const lane = this.lanes[this.#lane];
    const bench = lane.bench ?? (await this.#open(lane));
    const { made, long } = this.#next(lane);
    const scenario = long.ration(made);
    const { group } = lane;
    const { feedback } = group;
    feedback.begin();
    const before = bench.events;
    try {
      const pending = bench.run(scenario);
      if (pending) await pending;
    } catch (error) {
      this.#harnessFailed(error, scenario);
      feedback.skip();
      return;
    } finally {
      this.index++;
      this.scenarios++;
      group.scenarios++;
      group.events += bench.events - before;
      long.performed(scenario, bench.events - before);
    }
    feedback.collect(bench);
    const { violations } = group.report;
    const suspects = this.#counting(violations.length > 0 ? suspectsOf(violations, bench.log) : []);
    if (feedback.fresh.length > 0) await this.#admit(lane, bench, scenario);
    try {
      for (const suspect of suspects)
        await this.#follow(suspect, lane, bench, scenario, lookForViolation(suspect.sign));
      if (lane.against !== undefined && suspects.length === 0) await this.#compare(lane, bench, lane.against, scenario);
    } catch (error) {
      // A process that did not start again, say: no verdict, and the scenario is told with the errors.
      this.#harnessFailed(error, scenario);
      this.#options.listener.settled?.();
      feedback.skip();
    }
    await this.#afterTurn(lane, bench);
  }

  /** Performs a given scenario and follows what breaks: what an interrupted campaign had not finished. */
  async retry(device: DeviceKind, transport: Transport, scenario: Scenario): Promise<void> {
    const lane = await this.perform(device, transport, scenario);
    if (lane?.bench === undefined) return;
    const { bench } = lane;
    const suspects = this.#counting(suspectsOf(lane.group.report.violations, bench.log));
    for (const suspect of suspects) await this.#follow(suspect, lane, bench, scenario, lookForViolation(suspect.sign));
    if (suspects.length === 0 && lane.against !== undefined) await this.#compare(lane, bench, lane.against, scenario);
  }

  /** Performs a given scenario on the lane that it was made for; undefined where there is none. */
  async perform(device: DeviceKind, transport: Transport, scenario: Scenario): Promise<Lane | undefined> {
    const lanes = this.lanes.filter(({ group }) => group.device === device && group.transport === transport);
    const lane = lanes.find(({ combination }) => combination.variant === scenario.variant) ?? lanes.at(0);
    if (lane === undefined) return undefined;
    const bench = await this.#open(lane);
    await bench.run(scenario);
    lane.group.feedback.skip();
    return lane;
  }

  /** Starts the implementation of the first lane, so that what keeps it from starting shows before anything else. */
  async start(): Promise<SessionInfo> {
    return (await this.#open(this.lanes[this.#lane])).session.info;
  }

  async close(): Promise<void> {
    for (const lane of this.lanes) await lane.close();
  }

  async #open(lane: Lane): Promise<Bench> {
    const opened = lane.bench !== undefined;
    const bench = await lane.open();
    const { starting } = this.#options.listener;
    if (!opened && starting !== undefined) bench.beforeRun = (scenario) => starting(scenario, lane);
    return bench;
  }

  #counting(suspects: readonly Suspect[]): readonly Suspect[] {
    if (this.#options.oracle !== 'outcomes') return suspects;
    return suspects.filter(({ sign: { kind } }) => kind === 'crash' || kind === 'hang');
  }

  #next(lane: Lane): { readonly made: Scenario; readonly long: LongScenarios } {
    const { made, long } = this.#made(lane);
    return { made: this.#options.hostile === false ? tamed(made) : made, long };
  }

  #made(lane: Lane): { readonly made: Scenario; readonly long: LongScenarios } {
    const { corpus } = lane.group;
    const random = randomFor(this.#seed, this.index);
    const r = new RandomDraw(random);
    if (corpus.size === 0 || !r.chance(this.#options.evolved ?? EVOLVED_PERCENT))
      return { made: affordable(lane.draw(this.index)), long: this.#long.drawn };
    const sources = { other: () => corpus.pick(r), fresh: () => lane.draw(this.index) };
    return { made: affordable(mutate(r, corpus.pick(r)!, lane.where, sources)), long: this.#long.evolved };
  }

  /** Takes a scenario into the corpus, without the actions that what it reached does not need. */
  async #admit(lane: Lane, bench: Bench, scenario: Scenario): Promise<void> {
    const { feedback, corpus } = lane.group;
    const features = feedback.fresh.slice();
    let current = scenario;
    let budget = MINIMISE_BUDGET[bench.session.kind];
    if (scenario.actions.length < MINIMISE_FROM || bench.log.length > MINIMISE_EVENTS) budget = 0;
    for (const actions of withoutChunks(scenario.actions)) {
      if (budget-- <= 0) break;
      if (actions.length >= current.actions.length) continue;
      const candidate = { ...scenario, actions };
      feedback.begin();
      await bench.run(candidate);
      feedback.collect(bench);
      if (features.every((one) => feedback.fresh.includes(one))) current = candidate;
    }
    feedback.learn(features);
    if (corpus.add({ scenario: current, features })) this.#options.listener.admitted?.(lane.group, current, features);
  }

  async #follow(suspect: Suspect, lane: Lane, bench: Bench, scenario: Scenario, look: Look): Promise<void> {
    const { sign } = suspect;
    const { device, feedback } = lane.group;
    const explained = this.#explained(suspect, bench, scenario);
    if (!this.known.worthwhile(sign, device, scenario, explained)) return;
    const { listener, stopped = () => false } = this.#options;
    listener.suspected?.(suspect, scenario, lane);
    // Where the actions explain it they may do so by chance, and shrinking tells; but each death takes its time.
    const asItIs = explained === 'whatever it does' || (explained !== 'no' && sign.kind !== 'clause');
    const shown = await investigate(bench, scenario, suspect, look, () => asItIs || stopped());
    const plain = shown.confirmed ? await this.#otherwise(shown, bench) : undefined;
    const recorded = this.#explained(shown.suspect, bench, shown.scenario) !== 'no';
    if (!shown.confirmed) this.known.failed(sign, device, recorded);
    const isNew = shown.confirmed && this.known.add(sign, device, shown.scenario, recorded);
    if (plain !== undefined) {
      // It was put down to the wrong clause: no finding, but what the right one says is a suspect of its own.
      listener.settled?.();
      const right = suspectsOf(lane.group.report.violations, bench.log).find(
        (one) => one.sign.clause === shown.suspect.unexplained,
      );
      if (right !== undefined) await this.#follow(right, lane, bench, plain, lookForViolation(right.sign));
      feedback.skip();
      return;
    }
    if (!shown.confirmed || isNew) await listener.found?.(shown, lane, bench);
    listener.settled?.();
    feedback.skip();
  }

  /** The scenario without what its violation was put down to, if it goes wrong all the same; it is what ran last then. */
  async #otherwise({ scenario, suspect }: Shown, bench: Bench): Promise<Scenario | undefined> {
    const { sign, unexplained } = suspect;
    if (unexplained === undefined || sign.clause === null) return undefined;
    return counterexample(bench, scenario, { clause: sign.clause, unexplained });
  }

  /** Whether a recorded deviation of the target explains a suspect. */
  #explained({ sign, seen }: Suspect, { session: { info } }: Bench, scenario: Scenario): Explained {
    const { expectations = [] } = this.#options;
    if (expectations.length === 0 || sign.clause === null) return 'no';
    const showing = { clause: sign.clause, seen, kinds: actionKinds(scenario) };
    const fitting = applicableExpectations(expectations, info).filter((one) => explains(one, showing));
    if (fitting.length === 0) return 'no';
    return fitting.some(({ actions }) => actions === undefined) ? 'whatever it does' : 'by its actions';
  }

  /** The same on the second implementation; only what the specification leaves no choice about is compared. */
  async #compare(lane: Lane, bench: Bench, other: Bench, scenario: Scenario): Promise<void> {
    const look: Look = async (first, candidate, fresh) => {
      await first.run(candidate, fresh);
      await other.run(candidate, fresh);
      return disagreementOf(first, other, this.#options.oracle !== 'outcomes');
    };
    // The bench may have made the scenario smaller meanwhile.
    const suspect = await look(bench, scenario, false);
    lane.group.feedback.skip();
    if (suspect !== undefined) await this.#follow(suspect, lane, bench, scenario, look);
  }

  #harnessFailed(error: unknown, scenario: Scenario): void {
    this.harnessErrors++;
    if (this.firstErrors.length >= FIRST_ERRORS) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.firstErrors.push(`${text}\n${JSON.stringify(scenario)}`);
  }

  async #afterTurn(lane: Lane, bench: Bench): Promise<void> {
    if (++this.#turn < TURN[bench.session.kind]) return;
    this.#turn = 0;
    await this.#weigh(lane, bench);
    this.#lane = (this.#lane + 1) % this.lanes.length;
    // Processes are many and machines are small: only one implementation at a time.
    if (bench.session.kind === 'async' && this.lanes.length > 1) await lane.close();
  }

  /** Whether the implementation's memory grows. */
  async #weigh(lane: Lane, bench: Bench): Promise<void> {
    if (bench.session.kind === 'sync') return this.#probe(lane, bench);
    let watch = this.#growth.get(lane);
    if (watch === undefined) this.#growth.set(lane, (watch = new GrowthWatch()));
    const bytes = memoryOf(bench.session);
    const suspect = bytes === undefined ? undefined : watch.sample(bytes, lane.group.scenarios);
    if (suspect === undefined) return;
    await this.#grows(suspect, lane, bench);
  }

  /** In process the campaign's own memory is in the way: now and then, ever more rarely, leaks are looked for. */
  async #probe(lane: Lane, bench: Bench): Promise<void> {
    const { group } = lane;
    const due = this.#probeAt.get(group) ?? FIRST_PROBE;
    if (group.scenarios < due) return;
    this.#probeAt.set(group, 2 * due);
    const scenarios = this.#short(lane, bench);
    const suspect =
      scenarios.length === 0 ? undefined : probeForLeak(scenarios, (scenario) => void bench.run(scenario));
    group.feedback.skip();
    if (suspect !== undefined) await this.#grows(suspect, lane, bench);
  }

  /** Scenarios of the corpus, or drawn, that take no more than a few events. */
  #short({ group, draw }: Lane, bench: Bench): readonly Scenario[] {
    const short: Scenario[] = [];
    const drawn = Array.from({ length: PROBED }, (_, i) => affordable(draw(i)));
    for (const scenario of [...group.corpus.entries.slice(-PROBED).map((entry) => entry.scenario), ...drawn]) {
      const before = bench.events;
      void bench.run(this.#long.evolved.ration(scenario));
      if (bench.events - before <= MINIMISE_EVENTS) short.push(scenario);
      if (short.length >= PROBED) break;
    }
    return short;
  }

  /** Many scenarios together did this: there is nothing to shrink. */
  async #grows(suspect: Suspect, lane: Lane, bench: Bench): Promise<void> {
    const { listener } = this.#options;
    const scenario = { family: 'growth', variant: lane.combination.variant, actions: [] };
    if (!this.known.add(suspect.sign, lane.group.device, scenario)) return;
    listener.suspected?.(suspect, scenario, lane);
    await listener.found?.({ scenario, suspect, confirmed: true }, lane, bench);
    listener.settled?.();
  }
}
