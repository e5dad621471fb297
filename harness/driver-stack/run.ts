/** Judges a driver by conforming use on every bus, with the result of any other run. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { commandLine } from '../command-line.ts';
import { CLAUSES, clause as clauseIndex, isMust, type Clause, type ClauseId } from '../../models/clauses/catalogue.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import type { Report } from '../../models/report.ts';
import type { Hazard } from '../../targets/driver-stack/hazards.ts';
import type { DriverProfile } from '../../targets/driver-stack/profile-name.ts';
import { isJudgedOnPci } from '../../targets/driver-stack/pci-as-registers.ts';
import { packageVersion } from '../../targets/package-version.ts';
import { totalsOf } from '../clause-results.ts';
import { RESULT_SCHEMA, SPECIFICATION } from '../result.ts';
import type { ClauseResult, Effort, Finding, JudgedDevice, RunResult, Verdict } from '../result.ts';
import type { Progress } from '../run-api.ts';
import { Tally } from '../tally.ts';
import { stackSubject, type Outcome, type Subject } from './subject.ts';

const SCENARIOS: Readonly<Record<Effort, number>> = { quick: 60, normal: 300, thorough: 1500 };
/** Scenarios of a run on each bus. */
export const scenariosOf = (effort: Effort): number => SCENARIOS[effort];

/** Times that a scenario is tried while it is shrunk. */
const SHRINK_BUDGET = 120;
const PROGRESS_EVERY = 10;

export interface DriverRunOptions {
  readonly transports?: readonly DriverTransport[];
  readonly only?: readonly string[];
  readonly seed: number;
  readonly effort: Effort;
  /** Where findings are saved. */
  readonly outDir?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A profile of NetBSD's driver stack. One result for each bus. */
export function runDriver(
  options: DriverRunOptions & { readonly target: DriverProfile },
): Promise<readonly RunResult[]> {
  return judgeDriverOn(stackSubject(options.target), options);
}

/** One result for each bus. */
export async function judgeDriverOn<S>(subject: Subject<S>, options: DriverRunOptions): Promise<readonly RunResult[]> {
  const transports = options.transports ?? subject.transports;
  const results: RunResult[] = [];
  for (const [done, transport] of transports.entries()) {
    if (options.signal?.aborted === true) break;
    results.push(await new BusRun(subject, options, transport, done, transports.length).run());
  }
  return results;
}

/** A broken clause: the scenario that is to be shown, and the known hazard that it comes from. */
interface Broken<S> {
  readonly scenario: S;
  readonly hazard: Hazard | undefined;
}

class BusRun<S> {
  readonly #subject: Subject<S>;
  readonly #options: DriverRunOptions;
  readonly #transport: DriverTransport;
  readonly #done: number;
  readonly #all: number;
  readonly #exercised = new Float64Array(CLAUSES.length);
  readonly #broken = new Map<ClauseId, Broken<S>>();
  readonly #tally = new Tally();
  #events = 0;
  #scenarios = 0;

  constructor(subject: Subject<S>, options: DriverRunOptions, transport: DriverTransport, done: number, all: number) {
    this.#subject = subject;
    this.#options = options;
    this.#transport = transport;
    this.#done = done;
    this.#all = all;
  }

  async run(): Promise<RunResult> {
    const { seed, effort, signal } = this.#options;
    const subject = this.#subject;
    const started = performance.now();
    for (const scenario of subject.scenarios(this.#transport, seed, SCENARIOS[effort])) {
      if (signal?.aborted === true) break;
      this.#judge(scenario);
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
        name: subject.name,
        version: packageVersion(),
        device: subject.device,
        transport: this.#transport,
        byteOrder: 'little',
        variants: subject.variants,
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

  #judge(scenario: S): void {
    const subject = this.#subject;
    const started = performance.now();
    const judged = subject.perform(scenario, [], {
      attach: (model) => this.#tally.watchAttach(model),
      contract: (contract) => this.#tally.watch(contract),
      judged: (report) => this.#count(report),
    });
    this.#tally.scenario(this.#exercised, performance.now() - started);
    this.#scenarios++;
    this.#events += judged.events;
    let mended: Outcome | undefined;
    for (const id of judged.violated as readonly ClauseId[]) {
      const known = this.#broken.get(id);
      if (!this.#wanted(id) || (known !== undefined && known.hazard === undefined)) continue;
      // What no repair cures outweighs what one does.
      mended ??= subject.hazards.length === 0 ? judged : subject.perform(scenario, subject.hazards);
      if (mended.violated.includes(id)) this.#broken.set(id, { scenario, hazard: undefined });
      else if (known === undefined) this.#broken.set(id, { scenario, hazard: this.#cure(scenario, id) });
    }
  }

  /** The one hazard whose repair is enough, or the first: several may have to be repaired together. */
  #cure(scenario: S, id: ClauseId): Hazard {
    const { hazards } = this.#subject;
    const enough = hazards.find((hazard) => !this.#subject.perform(scenario, [hazard]).violated.includes(id));
    return enough ?? { id: 'several', repair: '', summary: 'goes away with the repairs of all known hazards' };
  }

  #count(report: Report): void {
    const totals = report.exercisedTotals();
    for (let i = 0; i < totals.length; i++) this.#exercised[i] += totals[i];
  }

  #wanted(id: string): boolean {
    const { only } = this.#options;
    return only === undefined || only.some((prefix) => id.startsWith(prefix));
  }

  async #finding(id: ClauseId, { scenario, hazard }: Broken<S>): Promise<Finding> {
    const subject = this.#subject;
    const { hazards } = subject;
    const breaks = (tried: S, repairs: readonly Hazard[]): boolean =>
      subject.perform(tried, repairs).violated.includes(id);
    const shows = (tried: S): boolean =>
      hazard === undefined ? breaks(tried, hazards) : breaks(tried, []) && !breaks(tried, [hazard]);
    const { scenario: shrunk, actions } = subject.shrink(scenario, shows, SHRINK_BUDGET);
    // Shown on the driver itself where it breaks there, too: repairs may change what a scenario does.
    const outcome = subject.perform(shrunk, hazard === undefined && !breaks(shrunk, []) ? hazards : []);
    const { expected, seen, state } = outcome.detail(id);
    const row = CLAUSES[clauseIndex(id)];
    const told = { clause: id, expected: expected ?? row.summary, seen: seen ?? 'broken', state: state ?? '' };
    const steps = { steps: subject.describe(shrunk), actions };
    const finding = { ...told, title: row.summary, ...steps, trace: null, qtest: null, replay: null };
    const { outDir, seed } = this.#options;
    if (outDir === undefined || outcome.save === undefined) return finding;
    const trace = await outcome.save(outDir, told, seed);
    return { ...finding, trace, replay: commandLine('replay', trace) };
  }

  #clauses(): ClauseResult[] {
    const { device, netbsd } = this.#subject;
    const results: ClauseResult[] = [];
    CLAUSES.forEach((row, index) => {
      if (!inScope(row, device, netbsd, this.#transport) || !this.#wanted(row.id)) return;
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
    // What stands for PCI's accesses exercises clauses about virtio-mmio, which says nothing of the driver.
    const told = !this.#transport.startsWith('pci') || row.area === 'netbsd' || isJudgedOnPci(row);
    if (exercised > 0 && told) return { ...base, verdict: 'pass' };
    const reason = this.#notApplicable(row);
    if (reason !== undefined) return { ...base, verdict: 'skip', reason };
    return { ...base, verdict: 'inconclusive', reason: 'no scenario of this run could have broken it' };
  }

  #notApplicable(row: Clause): string | undefined {
    const transport = this.#transport;
    if (row.testability === 'internal') return 'not visible from outside the driver';
    if (row.testability === 'prose' || row.level === 'MAY') return 'a permission or explanation: nothing to observe';
    if (row.area === 'netbsd') return undefined;
    if (transport.startsWith('pci') && !isJudgedOnPci(row)) return 'concerns virtio-mmio only';
    if (row.legacy && transport !== 'mmio-v1' && transport !== 'pci-0.9') return 'concerns the legacy interface only';
    if (row.area === 'mmio' && transport === 'mmio-v1') return 'concerns the modern register layout only';
    return undefined;
  }

  #tell(phase: Progress['phase']): void {
    const { effort, onProgress } = this.#options;
    onProgress?.({
      combination: `${this.#subject.label} ${this.#transport}`,
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

/** What speaks of one device type. 9P has no section in the specification. */
const OWN_AREA: Readonly<Partial<Record<JudgedDevice, string>>> = {
  blk: 'blk',
  rng: 'entropy',
  console: 'console',
  net: 'net',
  scsi: 'scsi',
  balloon: 'balloon',
  gpu: 'gpu',
};
const COMMON_AREAS: readonly string[] = ['basic', 'init', 'reserved', 'split', 'mmio', 'netbsd'];

/** Rules of PCI that NetBSD's transport is judged by. */
const PCI_RULES: readonly string[] = [
  'pci.driver.common-configuration-structure-layout.4',
  'pci.driver.common-configuration-structure-layout.6',
];

function inScope(row: Clause, device: JudgedDevice, netbsd: boolean, transport: DriverTransport): boolean {
  if (row.party !== 'driver') return false;
  if (row.area === 'netbsd') return netbsd;
  if (row.area === 'pci') return transport === 'pci-1.0' && PCI_RULES.includes(row.id);
  const own = OWN_AREA[device];
  if (row.area === 'untagged') return own !== undefined && row.id.startsWith(`untagged.${own}.`);
  return COMMON_AREAS.includes(row.area) || row.area === own;
}
