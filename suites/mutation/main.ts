/**
 * `npm run mutation`: what share of the emulator's mutants the suites detect. Results go to suites/strength/mutation-*.json
 * and docs/mutation.md. What a measurement has found so far can be recorded at any time.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { indexOf, staleOf } from './explanations.ts';
import { readExplanations, readResults, writePage, writeResults } from './files.ts';
import { readLog, type LogHead } from './log.ts';
import { mutantsOf, type MutatedFile } from './mutants.ts';
import { addLogs } from './results.ts';
import { SIDES, sideOf, sourcesOf, type Side } from './sources.ts';
import { runStryker } from './stryker.ts';

const USAGE = `usage: npm run mutation -- --device|--driver [options]
       npm run mutation -- --record --log FILE... | --page
  --device          what the conformance suite judges: the sources of the emulated devices
  --driver          what the driver suite judges: the driver stack, and the devices that it alone uses
  --only FILE       this source only, whichever suite judges; may be given several times
  --survivors       only what has survived so far
  --open            of these, only what counts against the score: open, or not explained yet
  --most N          scenarios that a mutant is tried on at most (default 300)
  --long N          the same for scenarios that go round a whole ring (default 0)
  --slices TEXT     only slices of the suite (device, layout and variant) whose names contain it
  --jobs N          processes at once (default 1)
  --log FILE        where results go as they come (default virtcheck-out/mutation-SUITE.jsonl)
  --resume          go on behind what the log holds
  --record          record what logs hold (--log, may be given several times), also of a measurement that still runs
  --again           forget what was recorded before of these sources
  --page            make docs/mutation.md anew, after the explanations were edited
`;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

class UsageError extends Error {}

interface Plan {
  readonly suite: Side;
  readonly files: readonly string[];
  readonly survivors: boolean;
  readonly open: boolean;
  readonly most: number;
  readonly mostLong: number;
  readonly slices: string | undefined;
  readonly jobs: number;
  readonly log: string;
  readonly resume: boolean;
  readonly again: boolean;
}

function read(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{
        device: flag,
        driver: flag,
        survivors: flag,
        open: flag,
        resume: flag,
        record: flag,
        again: flag,
        page: flag,
        help: flag,
      },
      only: { type: 'string', multiple: true, default: [] },
      log: { type: 'string', multiple: true, default: [] },
      slices: { type: 'string' },
      most: { type: 'string', default: '300' },
      long: { type: 'string', default: '0' },
      jobs: { type: 'string', default: '1' },
    },
  });
  return values;
}

type Values = ReturnType<typeof read>;

function planOf(values: Values): Plan {
  if (values.device === values.driver) throw new UsageError('say --device or --driver');
  const suite: Side = values.device ? 'device' : 'driver';
  const all = SIDES.flatMap((side) => sourcesOf(side, ROOT));
  const unknown = values.only.find((path) => !all.includes(path));
  if (unknown !== undefined) throw new UsageError(`${unknown} is not mutated; what is: ${all.join(', ')}`);
  if (values.log.length > 1) throw new UsageError('a measurement writes one log');
  return {
    suite,
    files: values.only.length > 0 ? values.only : sourcesOf(suite, ROOT),
    survivors: values.survivors || values.open,
    open: values.open,
    most: count(values.most, '--most', 1),
    mostLong: count(values.long, '--long', 0),
    slices: values.slices,
    jobs: count(values.jobs, '--jobs', 1),
    log: resolve(values.log[0] ?? `${ROOT}virtcheck-out/mutation-${suite}.jsonl`),
    resume: values.resume,
    again: values.again,
  };
}

function count(text: string, option: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`${option} takes a whole number from ${least}`);
  return value;
}

const readSources = async (files: readonly string[]): Promise<Record<string, MutatedFile>> =>
  Object.fromEntries(await Promise.all(files.map(async (path) => [path, await mutantsOf(`${ROOT}${path}`)] as const)));

async function measure(plan: Plan): Promise<void> {
  const { suite, files, most, mostLong, slices, jobs, log } = plan;
  const sources = await readSources(files);
  const head: LogHead = {
    sources: Object.fromEntries(Object.entries(sources).map(([path, { source }]) => [path, source])),
    ...{ judge: suite, most, mostLong },
    ...(slices === undefined ? {} : { slices }),
  };
  mkdirSync(dirname(log), { recursive: true });
  const before = plan.resume ? readLog(log) : undefined;
  if (before === undefined) rmSync(log, { force: true });
  else if (JSON.stringify(before.head) !== JSON.stringify(head)) {
    throw new UsageError(`${log} was begun with other sources or options; without --resume it is begun anew`);
  }
  const mutate = plan.survivors ? placesOfSurvivors(sources, plan.open) : files;
  if (mutate.length === 0) throw new UsageError('nothing has survived there');
  await runStryker({ mutate, judge: suite, jobs, runner: { most, mostLong, slices, log, head } });
  await record([log], files, plan.again);
}

function placesOfSurvivors(sources: Readonly<Record<string, MutatedFile>>, open: boolean): readonly string[] {
  const explained = indexOf(readExplanations(ROOT));
  const isOpen = (path: string, name: string): boolean => (explained.get(`${path} ${name}`)?.kind ?? 'open') === 'open';
  return Object.entries(sources).flatMap(([path, { source, mutants }]) => {
    if (mutants.size === 0) return [];
    const known = readResults(ROOT, sideOf(path)).files[path];
    if (known?.source !== source) throw new UsageError(`${path} was not measured as it is now`);
    const survived = new Set(known.survivors.map(({ mutant }) => mutant));
    return [...mutants.values()]
      .filter(({ name }) => survived.has(name) && (!open || isOpen(path, name)))
      .map(({ place: { start, end } }) => `${path}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`);
  });
}

async function record(paths: readonly string[], only: readonly string[], again: boolean): Promise<void> {
  const logs = paths.map((path) => {
    const log = readLog(path);
    if (log === undefined) throw new UsageError(`there is no ${path}`);
    return log;
  });
  const measured = new Set(logs.flatMap(({ head }) => Object.keys(head.sources)));
  const files = [...measured].filter((path) => only.length === 0 || only.includes(path));
  for (const side of SIDES) {
    const ofSide = files.filter((path) => sideOf(path) === side);
    if (ofSide.length === 0) continue;
    const sources = await readSources(ofSide);
    for (const path of ofSide) {
      if (logs.every(({ head }) => (head.sources[path] ?? sources[path].source) === sources[path].source)) continue;
      process.stdout.write(`left out, as it has changed since it was measured: ${path}\n`);
      Reflect.deleteProperty(sources, path);
    }
    // A log without any of these sources says nothing of how they were tried.
    const telling = logs.filter(({ head }) => Object.keys(sources).some((path) => path in head.sources));
    await writeResults(ROOT, side, addLogs(readResults(ROOT, side), telling, sources, again));
  }
  await page();
}

async function page(): Promise<void> {
  await writePage(ROOT);
  const stale = staleOf(
    readExplanations(ROOT),
    SIDES.map((side) => readResults(ROOT, side)),
  );
  if (stale.length > 0)
    process.stdout.write(`explained, but no survivor:\n${stale.map((key) => `  ${key}\n`).join('')}`);
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const values = read(argv);
    if (values.help) process.stdout.write(USAGE);
    else if (values.page) await page();
    else if (values.record) {
      if (values.log.length === 0) throw new UsageError('--record needs --log FILE');
      await record(values.log, values.only, values.again);
    } else await measure(planOf(values));
    return 0;
  } catch (error) {
    // parseArgs throws TypeErrors with a code of their own.
    const isUsage =
      error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(isUsage ? `${(error as Error).message}\n\n${USAGE}` : `${String(error)}\n`);
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
