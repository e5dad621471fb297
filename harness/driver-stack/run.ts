/** Judges a profile of the driver stack: conforming use of its child on every bus, with the result of any other run. */
import fc from 'fast-check';
import { setImmediate as nextTick } from 'node:timers/promises';
import { CLAUSES, clause as clauseIndex, isMust, type Clause, type ClauseId } from '../../models/clauses/catalogue.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import type { Report } from '../../models/report.ts';
import { HAZARDS, type Hazard } from '../../targets/driver-stack/hazards.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import type { ProfileSpec } from '../../targets/driver-stack/machine.ts';
import type { DriverProfile } from '../../targets/driver-stack/profile-name.ts';
import { packageVersion } from '../../targets/package-version.ts';
import { totalsOf } from '../clause-results.ts';
import { RESULT_SCHEMA, SPECIFICATION } from '../result.ts';
import type { ClauseResult, Effort, Finding, JudgedDevice, RunResult, Verdict } from '../result.ts';
import type { Progress } from '../run-api.ts';
import { Tally } from '../tally.ts';
import { describeScenario } from './describe.ts';
import { perform, type Judged, type Scenario } from './perform.ts';
import { shrinkScenario } from './shrink.ts';
import { conformingUse, DRIVER_DEVICES, DRIVER_TRANSPORTS } from './space.ts';
import { saveDriverTrace } from './trace-file.ts';

const SCENARIOS: Readonly<Record<Effort, number>> = { quick: 60, normal: 300, thorough: 1500 };
/** Times that a scenario is tried while it is shrunk. */
const SHRINK_BUDGET = 120;
const PROGRESS_EVERY = 10;

export interface DriverRunOptions {
  readonly target: DriverProfile;
  readonly transports?: readonly DriverTransport[];
  readonly only?: readonly string[];
  readonly seed: number;
  readonly effort: Effort;
  /** Where findings are saved. */
  readonly outDir?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** One result for each bus. */
export async function runDriver(options: DriverRunOptions): Promise<readonly RunResult[]> {
  const transports = options.transports ?? DRIVER_TRANSPORTS;
  const results: RunResult[] = [];
  for (const [done, transport] of transports.entries()) {
    if (options.signal?.aborted === true) break;
    results.push(await new BusRun(options, transport, done, transports.length).run());
  }
  return results;
}

/** A broken clause: the scenario that is to be shown, and the known hazard that it comes from. */
interface Broken {
  readonly scenario: Scenario;
  readonly hazard: Hazard | undefined;
}

class BusRun {
  readonly #options: DriverRunOptions;
  readonly #transport: DriverTransport;
  readonly #done: number;
  readonly #all: number;
  readonly #exercised = new Float64Array(CLAUSES.length);
  readonly #broken = new Map<ClauseId, Broken>();
  readonly #tally = new Tally();
  #events = 0;
  #scenarios = 0;

  constructor(options: DriverRunOptions, transport: DriverTransport, done: number, all: number) {
    this.#options = options;
    this.#transport = transport;
    this.#done = done;
    this.#all = all;
  }

  async run(): Promise<RunResult> {
    const { seed, effort, signal, target } = this.#options;
    const started = performance.now();
    const space = conformingUse([target.child], [this.#transport]);
    for (const scenario of fc.sample(space, { seed, numRuns: SCENARIOS[effort] })) {
      if (signal?.aborted === true) break;
      this.#judge(scenario as Scenario);
      if (this.#scenarios % PROGRESS_EVERY === 0) {
        this.#tell('running');
        await nextTick();
      }
    }
    this.#tell('shrinking');
    const findings: Finding[] = [];
    for (const [clause, broken] of this.#broken) {
      findings.push(await this.#finding(clause, broken));
      this.#tell('shrinking');
      await nextTick();
    }
    const order = (id: ClauseId): number => clauseIndex(id);
    findings.sort((a, b) => order(a.clause) - order(b.clause));
    const clauses = this.#clauses();
    return {
      schema: RESULT_SCHEMA,
      virtcheck: packageVersion(),
      spec: SPECIFICATION,
      target: {
        name: target.profile.name,
        version: packageVersion(),
        device: DRIVER_DEVICES[target.child],
        transport: this.#transport,
        byteOrder: 'little',
        variants: [...HOST_NAMES],
      },
      seed,
      effort,
      durationMs: Math.round(performance.now() - started),
      scenarios: this.#scenarios,
      events: this.#events,
      interrupted: signal?.aborted === true,
      clauses,
      findings,
      outcomes: [],
      unconfirmed: [],
      staleExpectations: [],
      totals: totalsOf(clauses),
      coverage: this.#tally.coverage(),
    };
  }

  #judge(scenario: Scenario): void {
    const { profile } = this.#options.target;
    const started = performance.now();
    const judged = perform(scenario, profile, true, {
      attach: (model) => this.#tally.watchAttach(model),
      contract: (contract) => this.#tally.watch(contract),
      judged: (report) => this.#count(report),
    });
    this.#tally.scenario(this.#exercised, performance.now() - started);
    this.#scenarios++;
    this.#events += judged.events.length;
    let mended: Judged | undefined;
    for (const id of judged.violated as readonly ClauseId[]) {
      const known = this.#broken.get(id);
      if (!this.#wanted(id) || (known !== undefined && known.hazard === undefined)) continue;
      // What no repair cures outweighs what one does.
      mended ??= perform(scenario, repaired(profile, HAZARDS));
      if (mended.violated.includes(id)) this.#broken.set(id, { scenario, hazard: undefined });
      else if (known === undefined) this.#broken.set(id, { scenario, hazard: cureOf(scenario, profile, id) });
    }
  }

  #count(report: Report): void {
    const totals = report.exercisedTotals();
    for (let i = 0; i < totals.length; i++) this.#exercised[i] += totals[i];
  }

  #wanted(id: string): boolean {
    const { only } = this.#options;
    return only === undefined || only.some((prefix) => id.startsWith(prefix));
  }

  async #finding(id: ClauseId, { scenario, hazard }: Broken): Promise<Finding> {
    const { profile } = this.#options.target;
    const onRepaired = repaired(profile, HAZARDS);
    const breaks = (tried: Scenario, on: ProfileSpec): boolean => perform(tried, on).violated.includes(id);
    const shows = (tried: Scenario): boolean =>
      hazard === undefined
        ? breaks(tried, onRepaired)
        : breaks(tried, profile) && !breaks(tried, repaired(profile, [hazard]));
    const shrunk = shrinkScenario(scenario, shows, SHRINK_BUDGET).scenario;
    // Shown on the profile itself where it breaks there, too: repairs may change what a scenario does.
    const shown = hazard === undefined && !breaks(shrunk, profile) ? onRepaired : profile;
    const judged = perform(shrunk, shown);
    const found = judged.findings.find(({ clause }) => clause === id);
    const fault = judged.mistakes.find(({ clause }) => clause === id);
    const row = CLAUSES[clauseIndex(id)];
    const told = {
      clause: id,
      expected: found?.expected ?? row.summary,
      seen: found?.seen ?? fault?.what ?? 'broken',
      state: found?.state ?? '',
    };
    const steps = { steps: describeScenario(shrunk), actions: shrunk.actions.length };
    const { outDir, seed, target } = this.#options;
    const finding = { ...told, title: row.summary, ...steps, trace: null, qtest: null, replay: null };
    if (outDir === undefined) return finding;
    const saved = { ...told, name: target.profile.name, profile: shown, seed, scenario: shrunk, judged };
    const trace = await saveDriverTrace(outDir, saved);
    return { ...finding, trace, replay: `virtcheck replay ${trace}` };
  }

  #clauses(): ClauseResult[] {
    const { child } = this.#options.target;
    const results: ClauseResult[] = [];
    CLAUSES.forEach((row, index) => {
      if (!inScope(row, DRIVER_DEVICES[child]) || !this.#wanted(row.id)) return;
      results.push({ ...this.#verdict(row, this.#exercised[index]), ms: this.#tally.ms(index) });
    });
    return results;
  }

  #verdict(row: (typeof CLAUSES)[number], exercised: number): ClauseResult {
    const { id, level, party, section, summary } = row;
    const base = { id, level, party, section, summary, exercised };
    const broken = this.#broken.get(id);
    if (broken !== undefined) {
      const verdict: Verdict = isMust(level) ? 'fail' : 'warn';
      const { hazard } = broken;
      if (hazard === undefined) return { ...base, verdict };
      return { ...base, verdict, expected: true, reason: `${hazard.id}: ${hazard.summary}` };
    }
    if (exercised > 0) return { ...base, verdict: 'pass' };
    const reason = this.#notApplicable(row);
    if (reason !== undefined) return { ...base, verdict: 'skip', reason };
    return { ...base, verdict: 'inconclusive', reason: 'no scenario of this run could have broken it' };
  }

  #notApplicable(row: Clause): string | undefined {
    const transport = this.#transport;
    if (row.testability === 'internal') return 'not visible from outside the driver';
    if (row.testability === 'prose' || row.level === 'MAY') return 'a permission or explanation: nothing to observe';
    if (row.area === 'netbsd') return undefined;
    if (transport.startsWith('pci')) return "VIRTIO's own rules are judged on MMIO only";
    if (row.legacy && transport !== 'mmio-v1') return 'concerns the legacy interface only';
    if (row.area === 'mmio' && transport === 'mmio-v1') return 'concerns the modern register layout only';
    return undefined;
  }

  #tell(phase: Progress['phase']): void {
    const { effort, onProgress, target } = this.#options;
    onProgress?.({
      combination: `${target.child} ${this.#transport}`,
      combinationsDone: this.#done,
      combinations: this.#all,
      scenariosDone: this.#scenarios,
      scenarios: SCENARIOS[effort],
      events: this.#events,
      phase,
      broken: this.#broken.size,
    });
  }
}

function repaired(profile: ProfileSpec, hazards: readonly Hazard[]): ProfileSpec {
  return { ...profile, switches: [...(profile.switches ?? []), ...hazards.map(({ repair }) => repair)] };
}

/** The one hazard whose repair is enough, or the first: several may have to be repaired together. */
function cureOf(scenario: Scenario, profile: ProfileSpec, id: ClauseId): Hazard {
  const enough = HAZARDS.find((hazard) => !perform(scenario, repaired(profile, [hazard])).violated.includes(id));
  return enough ?? { id: 'several', repair: '', summary: 'goes away with the repairs of all known hazards' };
}

const OWN_AREA: Readonly<Partial<Record<JudgedDevice, string>>> = { blk: 'blk', rng: 'entropy', console: 'console' };
const COMMON_AREAS: readonly string[] = ['basic', 'init', 'reserved', 'split', 'mmio', 'netbsd'];

function inScope(row: Clause, device: JudgedDevice): boolean {
  if (row.party !== 'driver') return false;
  if (row.area === 'netbsd') return true;
  return OWN_AREA[device] !== undefined && (COMMON_AREAS.includes(row.area) || row.area === OWN_AREA[device]);
}
