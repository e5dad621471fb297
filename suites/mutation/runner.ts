/**
 * Runs the conformance suites on instrumented code, in the process that has loaded it once: a mutant is a switch that is
 * thrown, and most are seen by the first scenarios that reach them. Where a mutant acts while modules load, Stryker
 * starts a new process for it.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS, type Mutant, type StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';
import { ScenarioCoverage } from './coverage.ts';
import { knownIn, readLog } from './log.ts';
import { Meter, METERED, type Hits } from './meter.ts';
import { placeKey } from './mutants.ts';
import { RUNNER_OPTIONS, type RunnerOptions } from './options.ts';
import { inOrder, type Pending } from './order.ts';
import { SAME_RECORD, type MutationSuite, type OpenSlice, type Slice } from './suite.ts';

/** What instrumented code and its runner share. */
interface Namespace {
  activeMutant?: string;
  currentTestId?: string;
  mutantCoverage?: { readonly static: Hits; readonly perTest: Record<string, Hits> };
}

/** Beside the suite: what the dry run has found out, for the processes that follow. */
const COVERAGE_FILE = 'scenario-coverage.json';

function killed(slice: string, failureMessage: string, nrOfTests: number): MutantRunResult {
  return { status: MutantRunStatus.Killed, killedBy: [slice], failureMessage, nrOfTests };
}

/** Stryker counts lines and columns from 0 here, and from 1 in what it reports. */
function knownAs({ fileName, location: { start, end }, mutatorName, replacement }: Mutant): string {
  const place = {
    start: { line: start.line + 1, column: start.column + 1 },
    end: { line: end.line + 1, column: end.column + 1 },
  };
  return `${fileName.slice(fileName.lastIndexOf('emulator/'))} ${placeKey(place, mutatorName, replacement)}`;
}

/** `for (;;) {}`: nothing in it can be counted, only Stryker's clock would end it. It is tried only if the loop is reached. */
function isEndless({ fileName, location: { start }, mutatorName, replacement }: Mutant): boolean {
  if (mutatorName !== 'BlockStatement' || replacement !== '{}') return false;
  const line = readFileSync(fileName, 'utf8').split('\n')[start.line];
  return /(for \(.*; ?;\)|while \(true\)) $/.test(line.slice(0, start.column));
}

function resultOf(status: string): MutantRunResult {
  if (status === 'Survived') return { status: MutantRunStatus.Survived, nrOfTests: 0 };
  if (status === 'Timeout') return { status: MutantRunStatus.Timeout };
  return killed('an earlier run', 'known from the log', 0);
}

/** What Stryker thinks a slice takes: it has to wait for hangs alone, and those are found without a clock. */
const TIME_OF_A_SLICE = 1;

export class ConformanceRunner implements TestRunner {
  static inject = tokens(commonTokens.options);
  readonly #options: RunnerOptions;
  readonly #shared: Namespace;
  readonly #meter = new Meter();
  #suite: MutationSuite | undefined;
  #coverage: ScenarioCoverage | undefined;
  /** What a measurement that is resumed has found out before. */
  readonly #known: ReadonlyMap<string, string>;

  constructor(options: StrykerOptions) {
    this.#options = options[RUNNER_OPTIONS] as RunnerOptions;
    this.#known = knownIn(readLog(this.#options.log));
    const world = globalThis as unknown as Record<string, Namespace>;
    this.#shared = world[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.#shared.mutantCoverage = this.#meter.coverage;
  }

  get #coverageFile(): string {
    return resolve(dirname(this.#options.suite), COVERAGE_FILE);
  }

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false };
  }

  async dryRun(): Promise<DryRunResult> {
    const shared = this.#shared;
    const suite = await this.#load();
    const coverage = new ScenarioCoverage();
    const perTest: Record<string, Hits> = {};
    const tests: TestResult[] = [];
    for (const slice of suite) {
      const all: Hits = (perTest[slice.name] = {});
      const measure = (scenario: number | undefined): void => {
        const { hits, steps } = this.#meter.take();
        coverage.add(slice.name, hits, steps, scenario, slice.count);
        for (const [id, count] of Object.entries(hits)) all[id] = (all[id] ?? 0) + count;
      };
      shared.currentTestId = METERED;
      const open = slice.open();
      measure(undefined);
      let failureMessage: string | undefined;
      for (let i = 0; i < slice.count; i++) {
        const found = open.run(i);
        if (open.record !== undefined) coverage.setRecord(slice.name, i, open.record);
        if (typeof found === 'string' && slice.compares) coverage.setVerdict(slice.name, i, found);
        else if (typeof found === 'string') failureMessage ??= `scenario ${i}: ${found}`;
        measure(i);
      }
      shared.currentTestId = undefined;
      const test = { id: slice.name, name: slice.name, timeSpentMs: TIME_OF_A_SLICE };
      tests.push(
        failureMessage === undefined
          ? { ...test, status: TestStatus.Success }
          : { ...test, status: TestStatus.Failed, failureMessage },
      );
    }
    coverage.save(this.#coverageFile);
    this.#coverage = coverage;
    return {
      status: DryRunStatus.Complete,
      tests,
      mutantCoverage: { static: this.#meter.coverage.static, perTest },
    };
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter }: MutantRunOptions): Promise<MutantRunResult> {
    const shared = this.#shared;
    const { id } = activeMutant;
    const known = this.#known.get(knownAs(activeMutant));
    if (known !== undefined) return resultOf(known);
    if (isEndless(activeMutant)) return { status: MutantRunStatus.Timeout, reason: 'an empty loop without an end' };
    this.#coverage ??= ScenarioCoverage.load(this.#coverageFile);
    try {
      if (mutantActivation === 'static') shared.activeMutant = id;
      let suite: MutationSuite;
      try {
        suite = await this.#load();
      } catch (error) {
        // No scenario can be run at all.
        return killed('loading', `threw ${String(error)}`, 0);
      }
      shared.activeMutant = id;
      shared.currentTestId = METERED;
      const slices = suite.filter(({ name }) => testFilter?.includes(name) ?? true);
      return this.#tryOn(slices, id, mutantActivation === 'static');
    } finally {
      shared.activeMutant = undefined;
      shared.currentTestId = undefined;
    }
  }

  /** Scenarios of all slices, of those that reach the mutant; the short ones first. */
  #tryOn(slices: readonly Slice[], id: string, everywhere: boolean): MutantRunResult {
    const coverage = this.#coverage!;
    const { most, mostLong } = this.#options;
    let tried = 0;
    const opened = new Map<Slice, OpenSlice>();
    for (const long of [false, true]) {
      const limit = coverage.limitOf(long);
      const pending = slices.map((slice): Pending<Slice> => {
        const chosen = this.#scenariosFor(slice, id, everywhere);
        return { slice, chosen: chosen.filter((index) => coverage.isLong(slice.name, index) === long) };
      });
      for (const { slice, index } of inOrder(pending, long ? mostLong : most)) {
        this.#meter.restart(limit);
        tried++;
        let found: string | undefined | typeof SAME_RECORD;
        try {
          let open = opened.get(slice);
          if (open === undefined) opened.set(slice, (open = slice.open()));
          found = open.run(index, coverage.recordOf(slice.name, index));
        } catch (error) {
          found = `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
        }
        if (this.#meter.exceeded) {
          return {
            status: MutantRunStatus.Timeout,
            reason: `${slice.name}, scenario ${index}: more than ${limit} steps`,
          };
        }
        if (found === SAME_RECORD) continue;
        if (found !== coverage.verdictOf(slice.name, index)) {
          return killed(slice.name, `scenario ${index}: ${found ?? 'nothing breaks any more'}`, tried);
        }
      }
    }
    return { status: MutantRunStatus.Survived, nrOfTests: tried };
  }

  /** Any scenario may see a mutant that acts while modules load. */
  #scenariosFor({ name, count }: Slice, id: string, everywhere: boolean): readonly number[] {
    if (everywhere) return Array.from({ length: count }, (_, index) => index);
    return this.#coverage!.scenariosOf(id, name) ?? [];
  }

  /** The suite and all that it runs, from the sandbox that is the working directory. */
  async #load(): Promise<MutationSuite> {
    if (this.#suite !== undefined) return this.#suite;
    const path = resolve(this.#options.suite);
    const { default: makeSuite } = (await import(pathToFileURL(path).href)) as { default: () => MutationSuite };
    const { slices } = this.#options;
    return (this.#suite = makeSuite().filter(({ name }) => slices === undefined || name.includes(slices)));
  }
}
