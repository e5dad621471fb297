/** What was measured, as files: suites/strength/mutation-device.json and mutation-driver.json. Made from logs. */
import type { MutationLog } from './log.ts';
import type { MutatedFile } from './mutants.ts';

export const RESULTS_SCHEMA = 'virtcheck-mutation/1';

export interface Survivor {
  readonly line: number;
  /** Its name (mutants.ts). */
  readonly mutant: string;
  /** No scenario executes it. */
  readonly unreached?: true;
}

export interface FileResult {
  /** Hash of the source that was mutated. */
  readonly source: string;
  readonly killed: number;
  /** Mutants that never ended. */
  readonly timeout: number;
  /** Mutants without effect while no seeded fault is on, and words for people: not tried, not counted. */
  readonly ignored: number;
  /** Mutants that the measurement did not come to. */
  readonly unmeasured: number;
  readonly survivors: readonly Survivor[];
}

/** How a file's mutants were tried. */
export interface Budget {
  readonly judge: string;
  readonly most: number;
  readonly mostLong: number;
  readonly slices?: string;
}

export interface MutationResults {
  readonly schema: typeof RESULTS_SCHEMA;
  /** What was tried, all of it; what one of them kills is killed. */
  readonly budgets: readonly Budget[];
  readonly files: Readonly<Record<string, FileResult>>;
}

export const NO_RESULTS: MutationResults = { schema: RESULTS_SCHEMA, budgets: [], files: {} };

const KILLS: Readonly<Record<string, 'killed' | 'timeout'>> = {
  Killed: 'killed',
  Timeout: 'timeout',
  // The mutated code could not even be run.
  RuntimeError: 'killed',
};

/**
 * Adds logs. A file all of whose mutants were measured before is refined: what a log kills is no survivor any more. Any
 * other is made anew of the logs. Throws Error where a log was made of other sources than `sources`.
 */
export function addLogs(
  before: MutationResults,
  logs: readonly MutationLog[],
  sources: Readonly<Record<string, MutatedFile>>,
  again = false,
): MutationResults {
  const files: Record<string, FileResult> = { ...before.files };
  for (const [path, file] of Object.entries(sources)) {
    for (const { head } of logs) {
      if (head.sources[path] !== undefined && head.sources[path] !== file.source) {
        throw new Error(`${path} has changed since it was measured: measure it again (--only ${path})`);
      }
    }
    const known: FileResult | undefined = files[path];
    const refines = !again && known !== undefined && known.source === file.source && known.unmeasured === 0;
    files[path] = refines ? refined(known, bestOf(path, logs), file) : madeOf(bestOf(path, logs), file);
  }
  const budgets = [...before.budgets];
  for (const { head } of logs) {
    const { judge, most, mostLong, slices } = head;
    const budget: Budget = { judge, most, mostLong, ...(slices === undefined ? {} : { slices }) };
    if (!budgets.some((one) => JSON.stringify(one) === JSON.stringify(budget))) budgets.push(budget);
  }
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return { schema: RESULTS_SCHEMA, budgets, files: Object.fromEntries(sorted) };
}

/** By key, the best that any log says: killed, else survived, else not reached. */
function bestOf(path: string, logs: readonly MutationLog[]): ReadonlyMap<string, string> {
  const best = new Map<string, string>();
  const rank = (status: string): number => (status in KILLS ? 2 : status === 'Survived' ? 1 : 0);
  for (const { file, key, status } of logs.flatMap((log) => log.mutants)) {
    if (file !== path || status === 'Ignored' || status === 'Pending') continue;
    const other = best.get(key);
    if (other === undefined || rank(status) > rank(other)) best.set(key, status);
  }
  return best;
}

function madeOf(best: ReadonlyMap<string, string>, { source, mutants }: MutatedFile): FileResult {
  const counts = { killed: 0, timeout: 0, ignored: 0, unmeasured: 0 };
  const survivors: Survivor[] = [];
  for (const [key, { name, place, ignored }] of mutants) {
    const status = best.get(key);
    if (ignored) counts.ignored++;
    else if (status === undefined) counts.unmeasured++;
    else if (status in KILLS) counts[KILLS[status]]++;
    else survivors.push(survivor(place.start.line, name, status === 'NoCoverage'));
  }
  return { source, ...counts, survivors };
}

function refined(known: FileResult, best: ReadonlyMap<string, string>, { mutants }: MutatedFile): FileResult {
  let { killed, timeout } = known;
  const survivors: Survivor[] = [];
  const statusByName = new Map([...mutants].map(([key, { name }]) => [name, best.get(key)]));
  for (const one of known.survivors) {
    const status = statusByName.get(one.mutant);
    if (status !== undefined && status in KILLS) {
      if (KILLS[status] === 'killed') killed++;
      else timeout++;
    } else survivors.push(survivor(one.line, one.mutant, one.unreached === true && status !== 'Survived'));
  }
  return { ...known, killed, timeout, survivors };
}

const survivor = (line: number, mutant: string, unreached: boolean): Survivor =>
  unreached ? { line, mutant, unreached } : { line, mutant };
