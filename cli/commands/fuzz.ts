/** `virtcheck fuzz`: a campaign that looks for what an implementation gets wrong. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { commandLine } from '../../harness/command-line.ts';
import { runCampaign, type CampaignEnd } from '../../fuzz/campaign.ts';
import type { CampaignIdentity, CampaignState } from '../../fuzz/campaign-state.ts';
import { holdsCampaign, JournalError, readJournal } from '../../fuzz/journal.ts';
import type { FuzzResult } from '../../fuzz/result.ts';
import { resultOf } from '../../fuzz/summarise.ts';
import { ExpectationsError, loadExpectations } from '../../harness/expectations.ts';
import type { Expectation } from '../../harness/result.ts';
import type { DeviceKind, Transport } from '../../models/setup.ts';
import { counts, fuzzSummary } from '../../reports/fuzz.ts';
import { DRIVER_PREFIX } from '../../targets/driver-stack/profile-name.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkReadableFile, checkWritableFile, checkWritableFolder, reason, writeWhole } from '../files.ts';
import { checkTargetName, findTarget } from '../find-target.ts';
import { FuzzDisplay } from '../fuzz-display.ts';
import { onInterrupt } from '../interrupt.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { checkFaults, chooseShares } from '../target-choice.ts';

export interface FuzzFlags extends GlobalOptions {
  readonly target?: string;
  readonly against?: string;
  readonly device?: readonly DeviceKind[];
  readonly transport?: readonly Transport[];
  readonly fault?: readonly string[];
  /** Milliseconds. */
  readonly time?: number;
  readonly scenarios?: number;
  readonly jobs?: number;
  readonly seed: number;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly corpus?: string;
  readonly resume?: boolean;
  readonly out?: string;
  readonly json?: string;
  readonly strict?: boolean;
  readonly expect: boolean;
  /** Absent: as is usual for the target. */
  readonly coverage?: boolean;
  readonly describe?: string;
  /** Milliseconds. */
  readonly patience?: number;
}

const DEFAULT_TIME_MS = 60_000;
const DEFAULT_FOLDER = join('virtcheck-out', 'fuzz');
const STDOUT = '-';
/** Folders that are tried before something must be wrong. */
const MOST_FOLDERS = 10_000;

export async function fuzz(flags: FuzzFlags): Promise<ExitCode> {
  await checkFlags(flags);
  const spec = flags.target!;
  const targetOptions = { faults: flags.fault, describe: flags.describe };
  const target = await findTarget(spec, targetOptions);
  chooseShares(spec, target.combinations, flags.device, flags.transport);
  if (flags.against !== undefined) await findTarget(flags.against, {});
  const identity: CampaignIdentity = {
    target: spec,
    against: flags.against ?? null,
    devices: flags.device ?? null,
    transports: flags.transport ?? null,
    faults: flags.fault ?? [],
    seed: flags.seed,
    shard: flags.shard ?? { index: 0, of: 1 },
  };
  const folder = campaignFolder(flags, identity);
  const display = new FuzzDisplay(process.stderr, layoutFor(process.stderr, flags));
  const state = flags.resume ? resumed(folder, identity, (text) => display.note(text)) : undefined;
  const findings = flags.out ?? join(folder, 'findings');
  const jobs = flags.jobs ?? Math.max(1, Math.floor(availableParallelism() / 2));
  const expectations = flags.expect ? recorded(target.name) : [];

  if (!flags.quiet) display.note(opening(flags, jobs, folder, state));
  const interrupt = onInterrupt(() => display.note('Finishing what is being followed; Ctrl-C again ends at once.'));
  display.begin(state);
  let end: CampaignEnd;
  try {
    end = await runCampaign({
      identity,
      target,
      targetOptions,
      folder,
      findings,
      jobs,
      timeMs: flags.time ?? (flags.scenarios === undefined ? DEFAULT_TIME_MS : undefined),
      scenarios: flags.scenarios,
      state,
      expectations,
      coverage: flags.coverage ?? isModule(spec),
      patienceMs: flags.patience,
      signal: interrupt.signal,
      onUpdate: flags.quiet ? undefined : (now, elapsedMs) => display.update(now, elapsedMs),
      onNote: (text) => display.note(`virtcheck: ${text}`),
    });
  } finally {
    display.clear();
    interrupt.dispose();
  }
  const { elapsedMs: durationMs, interrupted } = end;
  await printUnsaved(end);
  return report(resultOf(end.state, { identity, jobs, durationMs, interrupted }), flags, folder, findings);
}

async function checkFlags(flags: FuzzFlags): Promise<void> {
  const { target } = flags;
  if (target === undefined) {
    throw new UsageError(
      'say what to fuzz with --target',
      "for example 'virtcheck fuzz --target emulator --time 1m'; 'virtcheck targets' lists what is here",
    );
  }
  if (target.startsWith(DRIVER_PREFIX)) {
    throw new UsageError(
      `fuzz judges devices, and ${target} is a driver`,
      `'virtcheck run --target ${target}' judges it`,
    );
  }
  if (flags.time !== undefined && flags.scenarios !== undefined) {
    throw new UsageError('--time and --scenarios exclude each other', 'give one of them');
  }
  if (flags.fault !== undefined) {
    if (target !== 'emulator') {
      throw new UsageError(
        `--fault works with --target emulator only: ${target} has no seeded faults`,
        `for example 'virtcheck fuzz --target emulator --fault ${flags.fault[0]}'`,
      );
    }
    await checkFaults(flags.fault, 'device');
  }
  if (flags.coverage === true && target !== 'emulator' && !isModule(target)) {
    throw new UsageError(
      `--coverage counts what of a JavaScript implementation's code is run, and ${target} runs in a process of its own`,
      'leave it out: the fuzzer is guided by what the models see',
    );
  }
  if (flags.against !== undefined) checkTargetName(flags.against);
  if (flags.describe !== undefined) {
    if (!target.startsWith('qtest:')) {
      throw new UsageError(`--describe belongs to qtest: targets; ${target} describes itself`, 'leave it out');
    }
    checkReadableFile('--describe', flags.describe);
  }
  if (flags.json !== undefined && flags.json !== STDOUT) checkWritableFile('--json', flags.json);
  if (flags.out !== undefined) checkWritableFolder('--out', flags.out);
}

/** Where the campaign lives: the folder asked for, else that of the last one with the same options (--resume), else a new one. */
function campaignFolder(flags: FuzzFlags, identity: CampaignIdentity): string {
  const { corpus, resume } = flags;
  if (corpus === undefined) {
    const nth = (n: number): string => (n === 1 ? DEFAULT_FOLDER : `${DEFAULT_FOLDER}-${n}`);
    let n = 1;
    while (existsSync(nth(n)) && n < MOST_FOLDERS) n++;
    if (resume === true && n === 1) {
      throw new UsageError(`there is no campaign in ${DEFAULT_FOLDER} to go on with`, 'name its folder with --corpus');
    }
    const begun = Array.from({ length: n - 1 }, (_, i) => nth(n - 1 - i));
    const folder = resume === true ? (begun.find((path) => isAbout(path, identity)) ?? begun[0]) : nth(n);
    checkWritableFolder('--corpus', folder);
    return folder;
  }
  const holds = holdsCampaign(corpus);
  if (holds && resume !== true) {
    throw new UsageError(
      `${corpus} holds a campaign already`,
      'add --resume to go on with it, or name another folder with --corpus',
    );
  }
  if (!holds && resume === true)
    throw new UsageError(`there is no campaign in ${corpus}`, 'leave out --resume to begin one');
  checkWritableFolder('--corpus', corpus);
  return corpus;
}

/** Whether a folder holds a campaign that the same options began. */
function isAbout(folder: string, identity: CampaignIdentity): boolean {
  try {
    return isDeepStrictEqual(readJournal(folder).identity, identity);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return false;
  }
}

/** The campaign so far. What it is about must not have changed. */
function resumed(folder: string, identity: CampaignIdentity, note: (text: string) => void): CampaignState {
  try {
    const { identity: before, state, damaged } = readJournal(folder);
    for (const key of Object.keys(identity) as (keyof CampaignIdentity)[]) {
      const [was, is] = [JSON.stringify(before[key]), JSON.stringify(identity[key])];
      if (was === is) continue;
      throw new UsageError(
        `the campaign in ${folder} has ${key} ${was}, not ${is}`,
        'give the same options, or begin another one',
      );
    }
    if (damaged > 0) note(`virtcheck: ${damaged} lines of the journal in ${folder} cannot be read; the rest is used`);
    return state;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    throw new UsageError(error.message, 'begin another campaign with --corpus');
  }
}

function recorded(targetName: string): readonly Expectation[] {
  try {
    return loadExpectations(targetName);
  } catch (error) {
    if (!(error instanceof ExpectationsError)) throw error;
    throw new UsageError(error.message, 'mend the file, or fuzz without it: --no-expect');
  }
}

function opening(flags: FuzzFlags, jobs: number, folder: string, state: CampaignState | undefined): string {
  const faults = flags.fault === undefined ? '' : ` with ${flags.fault.join(', ')}`;
  const against = flags.against === undefined ? '' : ` against ${flags.against}`;
  const verb = state === undefined ? 'Fuzzing' : 'Going on fuzzing';
  return `${verb} ${flags.target}${faults}${against}: seed ${flags.seed}, ${jobs} worker${jobs === 1 ? '' : 's'}; the campaign lives in ${folder}/`;
}

/** What no file holds is told here, so that it is not lost. */
async function printUnsaved({ unsaved, unwritten, state }: CampaignEnd): Promise<void> {
  for (const { files } of unsaved) {
    await write(process.stderr, `--- not saved: ${files.stem}\n${files.text}${files.trace ?? ''}`);
  }
  if (unwritten === 0) return;
  await write(process.stderr, 'virtcheck: the journal could not be written to its end; the findings as JSON:\n');
  for (const finding of state.findings.values()) await write(process.stderr, `${JSON.stringify(finding)}\n`);
}

async function report(result: FuzzResult, flags: FuzzFlags, folder: string, findings: string): Promise<ExitCode> {
  const json = `${JSON.stringify(result, null, 1)}\n`;
  let written = true;
  for (const path of new Set([join(folder, 'result.json'), ...(flags.json === undefined ? [] : [flags.json])])) {
    if (path === STDOUT) {
      await write(process.stdout, json);
      continue;
    }
    try {
      writeWhole(path, json);
    } catch (error) {
      written &&= path !== flags.json;
      await write(process.stderr, `error: cannot write ${path}: ${reason(error)}\n`);
    }
  }
  const stream = flags.json === STDOUT ? process.stderr : process.stdout;
  const describe = flags.describe === undefined ? [] : ['--describe', flags.describe];
  const resume = commandLine('fuzz', '--target', flags.target!, ...describe, '--corpus', folder, '--resume');
  await write(stream, fuzzSummary(result, { ...flags, ...layoutFor(stream, flags), findings, resume }));
  if (result.interrupted) return EXIT.interrupted;
  if (!written) return EXIT.usage;
  return result.findings.some((finding) => counts(finding, flags.strict === true)) ? EXIT.deviations : EXIT.conformant;
}

/** Whether a target is a module of the user's. */
function isModule(target: string): boolean {
  return target !== 'emulator' && !/^(qemu|qtest):/.test(target);
}
