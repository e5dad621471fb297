/** Runs scenario families against every requested combination of a target and turns what was judged into results. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { FAMILIES } from '../generators/families/index.ts';
import { roundTrip } from '../generators/parts.ts';
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import type { Scenario } from '../generators/scenario.ts';
import type { ClauseId } from '../models/clauses/catalogue.ts';
import { Contract } from '../models/contract.ts';
import { Report, type Violation } from '../models/report.ts';
import { packageVersion } from '../targets/package-version.ts';
import { TargetUnavailable, type Combination, type SessionInfo, type Target } from '../targets/target.ts';
import { clauseResults, totalsOf } from './clause-results.ts';
import { makeFindings, type Findings, type Suspect } from './findings.ts';
import { SHORT_PATIENCE_MS } from './patience.ts';
import { Bench, outcomeRows } from './perform.ts';
import {
  RESULT_SCHEMA,
  SPECIFICATION,
  type Coverage,
  type Effort,
  type OutcomeRecord,
  type RunResult,
} from './result.ts';
import type { RunOptions } from './run-api.ts';
import { Tally } from './tally.ts';
import { surroundingsOf } from './surroundings.ts';

/** Scenarios per combination of device and transport, in process and on the other side of a socket. */
const SCENARIOS: Record<Effort, { readonly sync: number; readonly async: number }> = {
  quick: { sync: 400, async: 80 },
  normal: { sync: 2400, async: 400 },
  thorough: { sync: 8000, async: 2000 },
};

/** Scenarios of a run per combination of device and transport, over all its variants. */
export function scenariosOf(effort: Effort, kind: 'sync' | 'async'): number {
  return SCENARIOS[effort][kind];
}

/** The seed that the scenarios of a variant are drawn from, by its place among those of its device and transport. */
export function seedOfVariant(seed: number, variant: number): number {
  return Math.imul(seed, 31) + variant;
}

/** Outcomes (deaths, hangs) after which a combination is given up: a target that dies on everything tells nothing new. */
const MOST_OUTCOMES = 40;
const PROGRESS_EVERY_MS = 100;

/** All variants of one device on one transport in one group: they are judged together. */
interface Group {
  readonly device: Combination['device'];
  readonly transport: Combination['transport'];
  readonly combinations: readonly Combination[];
}

export function groupsOf(target: Target, options: Pick<RunOptions, 'devices' | 'transports'>): Group[] {
  const groups = new Map<string, Combination[]>();
  for (const combination of target.combinations) {
    if (options.devices && !options.devices.includes(combination.device)) continue;
    if (options.transports && !options.transports.includes(combination.transport)) continue;
    const key = `${combination.device} ${combination.transport}`;
    groups.set(key, [...(groups.get(key) ?? []), combination]);
  }
  return [...groups.values()].map((combinations) => ({
    device: combinations[0].device,
    transport: combinations[0].transport,
    combinations,
  }));
}

/** Runs every requested combination. Throws TargetUnavailable when the target cannot be started at all. */
export async function runTarget(options: RunOptions): Promise<readonly RunResult[]> {
  const groups = groupsOf(options.target, options);
  if (groups.length === 0) throw new TargetUnavailable(`${options.target.name} offers no such device and transport`);
  const results: RunResult[] = [];
  for (const [done, group] of groups.entries()) {
    if (options.signal?.aborted) break;
    results.push(await new GroupRun(options, group, done, groups.length).run());
  }
  return results;
}

class GroupRun {
  readonly #options: RunOptions;
  readonly #group: Group;
  readonly #done: number;
  readonly #all: number;
  readonly #report = new Report();
  readonly #tally = new Tally();
  readonly #suspects = new Map<ClauseId, Suspect>();
  readonly #outcomes: OutcomeRecord[] = [];
  readonly #benches: Bench[] = [];
  #scenarios = 0;
  #planned = 0;
  #lastProgress = 0;
  /** A clause of `stopOn` was broken. */
  #caught = false;

  constructor(options: RunOptions, group: Group, done: number, all: number) {
    this.#options = options;
    this.#group = group;
    this.#done = done;
    this.#all = all;
  }

  async run(): Promise<RunResult> {
    const started = performance.now();
    try {
      for (const combination of this.#group.combinations) {
        const session = await this.#options.target.open(combination);
        if (session.kind === 'async') session.setWaitPatience?.(SHORT_PATIENCE_MS);
        const contract = new Contract(session.info, this.#report);
        this.#tally.watch(contract);
        this.#benches.push(new Bench(session, contract));
      }
      await this.#sanity();
      await this.#families();
      if (!this.#caught) await this.#sanity();
      const suspects = [...this.#suspects.values()].filter(({ violation }) => this.#toShrink(violation.clause));
      const coverage = this.#tally.coverage();
      const made = await makeFindings(suspects, this.#options, () => this.#progress('shrinking'));
      return this.#result(made, coverage, performance.now() - started);
    } finally {
      for (const bench of this.#benches) await bench.session.close();
    }
  }

  /** Runs that end at the first of certain clauses shrink those alone, and only if asked to. */
  #toShrink(clause: ClauseId): boolean {
    const { stopOn, shrinkBudget } = this.#options;
    return stopOn === undefined || (shrinkBudget !== undefined && stopOn.includes(clause));
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted === true || this.#caught;
  }

  /** A plain round trip on every variant: before anything else, and at the end. */
  async #sanity(): Promise<void> {
    for (const bench of this.#benches) {
      const { variant } = bench.session.info;
      await this.#one(bench, {
        family: 'sanity',
        variant,
        actions: roundTrip(surroundingsOf(bench.session.info, false)),
      });
    }
  }

  async #families(): Promise<void> {
    const { seed, effort } = this.#options;
    const streams = this.#benches.map((bench, i) => {
      const sync = bench.session.kind === 'sync';
      const { families } = this.#options;
      const drawn = families ? FAMILIES.filter((family) => families.includes(family.name)) : FAMILIES;
      const arbitrary = scenarios(surroundingsOf(bench.session.info, sync), drawn);
      return scenarioStream(arbitrary, seedOfVariant(seed, i));
    });
    const kind = this.#benches[0].session.kind;
    this.#planned = scenariosOf(effort, kind);
    let lastPause = performance.now();
    for (let i = 0; i < this.#planned && !this.#stopped && this.#outcomes.length < MOST_OUTCOMES; i++) {
      const at = i % this.#benches.length;
      await this.#one(this.#benches[at], streams[at](i));
      const now = performance.now();
      this.#progress('running');
      if (now - lastPause > 50) {
        // Lets signals and progress of other work through.
        await nextTick();
        lastPause = performance.now();
      }
    }
  }

  async #one(bench: Bench, scenario: Scenario): Promise<void> {
    const started = performance.now();
    if (bench.session.kind === 'sync') this.#tally.restart(bench.contract);
    const pending = bench.run(scenario);
    if (pending) await pending;
    this.#tally.scenario(this.#report.exercised, performance.now() - started);
    this.#scenarios++;
    const { violations } = this.#report;
    if (violations.length > 0) for (const violation of violations) this.#suspect(bench, scenario, violation);
    if (bench.log.objects.length > 0) {
      for (const row of outcomeRows(bench.log)) {
        this.#outcomes.push({
          ...bench.log.outcome(row),
          scenario: `${scenario.variant}/${scenario.family} ${this.#scenarios}`,
        });
      }
    }
  }

  /** Remembers the shortest scenario that broke a clause. */
  #suspect(bench: Bench, scenario: Scenario, violation: Violation): void {
    const { only, stopOn } = this.#options;
    if (only && !only.some((prefix) => violation.clause.startsWith(prefix))) return;
    const known = this.#suspects.get(violation.clause);
    if (known && known.scenario.actions.length <= scenario.actions.length) return;
    this.#suspects.set(violation.clause, { bench, scenario, violation });
    if (stopOn?.includes(violation.clause)) this.#caught = true;
  }

  #progress(phase: 'running' | 'shrinking'): void {
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_EVERY_MS) return;
    this.#lastProgress = now;
    this.#options.onProgress?.({
      combination: `${this.#group.device} ${this.#group.transport}`,
      combinationsDone: this.#done,
      combinations: this.#all,
      scenariosDone: this.#scenarios,
      scenarios: this.#planned,
      events: this.#events,
      phase,
      broken: this.#suspects.size,
    });
  }

  get #events(): number {
    return this.#benches.reduce((sum, bench) => sum + bench.events, 0);
  }

  #result({ findings, unconfirmed, showings }: Findings, coverage: Coverage, durationMs: number): RunResult {
    const info: SessionInfo = this.#benches[0].session.info;
    const { clauses, stale } = clauseResults(this.#report, info, this.#options, this.#tally, showings);
    return {
      schema: RESULT_SCHEMA,
      virtcheck: packageVersion(),
      spec: SPECIFICATION,
      target: {
        name: info.target,
        version: info.version,
        device: info.device,
        transport: info.transport,
        byteOrder: info.mode.guest,
        variants: this.#benches.map((bench) => bench.session.info.variant),
      },
      seed: this.#options.seed,
      effort: this.#options.effort,
      durationMs: Math.round(durationMs),
      scenarios: this.#scenarios,
      events: this.#events,
      interrupted: this.#options.signal?.aborted === true,
      clauses,
      findings,
      outcomes: this.#outcomes,
      unconfirmed,
      staleExpectations: stale,
      totals: totalsOf(clauses),
      coverage,
    };
  }
}
