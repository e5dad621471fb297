/** `virtcheck run`: judges an implementation and reports. */
import { availableParallelism } from 'node:os';
import { ExpectationsError, loadExpectations, loadExpectationsFile } from '../../harness/expectations.ts';
import type { PlainTargetOptions, Share } from '../../harness/parallel-protocol.ts';
import { runParallel } from '../../harness/parallel.ts';
import type { Effort, Expectation, RunResult } from '../../harness/result.ts';
import { TRANSPORTS, type DeviceKind, type Transport } from '../../models/setup.ts';
import { resultJson } from '../../reports/json.ts';
import { junitXml } from '../../reports/junit.ts';
import { summary } from '../../reports/terminal.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { DRIVER_DEVICES, DRIVER_TRANSPORTS } from '../../harness/driver-stack/space.ts';
import { frontEndOf } from '../../targets/reference-driver/name.ts';
import { DRIVER_PREFIX } from '../../targets/driver-stack/profile-name.ts';
import { plural } from '../../reports/text.ts';
import { conclude } from '../../reports/verdicts.ts';
import { packageVersion } from '../../targets/package-version.ts';
import { checkClausePrefix } from '../clause-prefixes.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import {
  checkReadableFile,
  checkWritableFile,
  checkWritableFolder,
  couldWriteFolder,
  reason,
  writeWhole,
} from '../files.ts';
import { onInterrupt } from '../interrupt.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { ProgressDisplay } from '../progress.ts';
import { checkFaults, chooseShares } from '../target-choice.ts';
import { findDriver, findTarget } from '../find-target.ts';

export interface RunFlags extends GlobalOptions {
  readonly target?: string;
  readonly device?: readonly DeviceKind[];
  readonly transport?: readonly (Transport | DriverTransport)[];
  readonly only?: readonly string[];
  readonly fault?: readonly string[];
  readonly strict?: boolean;
  readonly seed: number;
  readonly effort: Effort;
  readonly jobs?: number;
  readonly json?: string;
  readonly junit?: string;
  readonly out?: string;
  readonly expect: boolean;
  readonly expectations?: string;
  readonly describe?: string;
}

const DEFAULT_OUT = 'virtcheck-out';
/** `--json -` and `--junit -` */
const STDOUT = '-';

export async function run(flags: RunFlags): Promise<ExitCode> {
  await checkFlags(flags);
  const spec = flags.target!;
  const targetOptions = { faults: flags.fault, describe: flags.describe };
  const { shares, expectations } = spec.startsWith(DRIVER_PREFIX)
    ? { shares: driverShares(spec, flags), expectations: [] }
    : await deviceShares(spec, flags, targetOptions);
  const jobs = Math.min(flags.jobs ?? Math.max(1, Math.floor(availableParallelism() / 2)), shares.length);
  const outDir = outFolder(flags);

  const display = new ProgressDisplay(process.stderr, layoutFor(process.stderr, flags), flags.verbose === true);
  if (!flags.quiet) display.note(opening(flags, shares, jobs, outDir));
  const interrupt = onInterrupt(() => display.note('Finishing the current scenarios; Ctrl-C again ends at once.'));
  let runs: readonly RunResult[];
  try {
    const { only, strict, seed, effort } = flags;
    runs = await runParallel({
      target: spec,
      targetOptions,
      run: { only, strict, seed, effort, outDir, expectations },
      shares,
      jobs,
      signal: interrupt.signal,
      onProgress: flags.quiet ? undefined : (progress) => display.update(progress),
    });
  } finally {
    display.clear();
    interrupt.dispose();
  }
  return report(runs, flags, interrupt.signal.aborted);
}

interface Planned {
  readonly shares: readonly Share[];
  readonly expectations: readonly Expectation[];
}

async function deviceShares(spec: string, flags: RunFlags, options: PlainTargetOptions): Promise<Planned> {
  const target = await findTarget(spec, options);
  const shares = chooseShares(spec, target.combinations, flags.device, flags.transport);
  return { shares, expectations: flags.expect ? recorded(target.name, flags.expectations) : [] };
}

/** A driver is judged on each bus that it has a front end for. */
function driverShares(spec: string, flags: RunFlags): readonly Share[] {
  if (flags.device !== undefined) {
    throw new UsageError(`--device does not go with ${spec}: the driver decides that`, 'leave it out');
  }
  const frontEnd = frontEndOf(spec.slice(DRIVER_PREFIX.length));
  if (frontEnd !== undefined) {
    const offered = TRANSPORTS.map((transport) => ({ device: frontEnd, transport }));
    const lacking = (flags.transport ?? []).filter((one) => !offered.some(({ transport }) => transport === one));
    if (lacking.length > 0)
      throw new UsageError(`${spec} does not offer ${lacking.join(', ')}`, `it offers ${TRANSPORTS.join(', ')}`);
    return offered.filter(({ transport }) => flags.transport?.includes(transport) ?? true);
  }
  const { child } = findDriver(spec, flags.fault);
  const device = DRIVER_DEVICES[child];
  return (flags.transport ?? DRIVER_TRANSPORTS).map((transport) => ({ device, transport }));
}

/** Everything that can be wrong with the flags themselves, before anything is started. */
async function checkFlags(flags: RunFlags): Promise<void> {
  if (flags.target === undefined) {
    throw new UsageError(
      'say what to judge with --target',
      "for example 'virtcheck run --target emulator'; 'virtcheck targets' lists what is here",
    );
  }
  for (const prefix of flags.only ?? []) checkClausePrefix(prefix, '--only');
  if (flags.fault !== undefined) {
    const judgesDriver = flags.target.startsWith(DRIVER_PREFIX);
    if (flags.target !== 'emulator' && !judgesDriver) {
      throw new UsageError(
        `--fault works with --target emulator and driver:... only: ${flags.target} has no seeded faults`,
        `for example 'virtcheck run --target emulator --fault ${flags.fault[0]}'`,
      );
    }
    await checkFaults(flags.fault, judgesDriver ? 'driver' : 'device');
  }
  if (flags.describe !== undefined) {
    if (!flags.target.startsWith('qtest:')) {
      throw new UsageError(`--describe belongs to qtest: targets; ${flags.target} describes itself`, 'leave it out');
    }
    checkReadableFile('--describe', flags.describe);
  }
  if (flags.expectations !== undefined) {
    if (!flags.expect) throw new UsageError('--expectations and --no-expect exclude each other', 'leave one out');
    checkReadableFile('--expectations', flags.expectations);
  }
  if (flags.json === STDOUT && flags.junit === STDOUT) {
    throw new UsageError('--json and --junit cannot both go to stdout', 'name a file for one of them');
  }
  if (flags.json !== undefined && flags.json === flags.junit) {
    throw new UsageError('--json and --junit name the same file', 'name two files');
  }
  if (flags.json !== undefined && flags.json !== STDOUT) checkWritableFile('--json', flags.json);
  if (flags.junit !== undefined && flags.junit !== STDOUT) checkWritableFile('--junit', flags.junit);
  if (flags.out !== undefined) checkWritableFolder('--out', flags.out);
}

function recorded(targetName: string, file: string | undefined): readonly Expectation[] {
  try {
    return file === undefined ? loadExpectations(targetName) : loadExpectationsFile(file, targetName);
  } catch (error) {
    if (!(error instanceof ExpectationsError)) throw error;
    throw new UsageError(error.message, 'mend the file, or judge without it: --no-expect');
  }
}

/** Traces are worth having unasked, but a folder that cannot be written to is no reason not to judge. */
function outFolder(flags: RunFlags): string | undefined {
  return flags.out ?? (couldWriteFolder(DEFAULT_OUT) ? DEFAULT_OUT : undefined);
}

function opening(flags: RunFlags, shares: readonly Share[], jobs: number, outDir: string | undefined): string {
  const faults = flags.fault === undefined ? '' : ` with ${flags.fault.join(', ')}`;
  const traces = outDir === undefined ? 'traces are not saved (the folder is read-only)' : `traces go to ${outDir}/`;
  return `Judging ${flags.target}${faults}: ${plural(shares.length, 'combination')}, seed ${flags.seed}, effort ${flags.effort}, ${plural(jobs, 'worker')}; ${traces}`;
}

async function report(runs: readonly RunResult[], flags: RunFlags, interrupted: boolean): Promise<ExitCode> {
  const toStdout = flags.json === STDOUT || flags.junit === STDOUT;
  const { strict } = flags;
  let written = true;
  if (flags.json !== undefined) written = await deliver(flags.json, resultJson(runs, packageVersion()));
  if (flags.junit !== undefined) written = (await deliver(flags.junit, junitXml({ runs }, { strict }))) && written;
  const stream = toStdout ? process.stderr : process.stdout;
  await write(stream, summary(runs, { ...flags, ...layoutFor(stream, flags), interrupted }));
  if (interrupted) return EXIT.interrupted;
  if (!written) return EXIT.usage;
  switch (conclude(runs, strict === true)) {
    case 'conformant':
      return EXIT.conformant;
    case 'deviations':
      return EXIT.deviations;
    case 'not-run':
      return EXIT.notRun;
  }
}

/** False when the file could not be written after all; the summary is still worth printing. */
async function deliver(path: string, content: string): Promise<boolean> {
  if (path === STDOUT) {
    await write(process.stdout, content);
    return true;
  }
  try {
    writeWhole(path, content);
    return true;
  } catch (error) {
    await write(process.stderr, `error: cannot write ${path}: ${reason(error)}\n`);
    return false;
  }
}
