/** `virtcheck replay`: performs a saved trace again. */
import { replayDriver, type DriverReplay } from '../../harness/driver-stack/replay.ts';
import { readDriverTrace } from '../../harness/driver-stack/trace-file.ts';
import { replayReference } from '../../harness/reference-driver/replay.ts';
import { readReferenceTrace, type ReferenceTraceFile } from '../../harness/reference-driver/trace-file.ts';
import { replayFile } from '../../harness/replay.ts';
import type { TraceFile } from '../../harness/trace-file.ts';
import { CLAUSES, findClause } from '../../models/clauses/catalogue.ts';
import { printable, wrap } from '../../reports/text.ts';
import type { ChildName } from '../../targets/driver-stack/machine.ts';
import { DRIVER_PREFIX, type DriverProfile } from '../../targets/driver-stack/profile-name.ts';
import type { Target } from '../../targets/target.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkReadableFile } from '../files.ts';
import { checkTargetName, findDriver, findTarget } from '../find-target.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';

export interface ReplayFlags extends GlobalOptions {
  readonly target?: string;
  readonly describe?: string;
  readonly json?: boolean;
}

/** What `virtcheck replay --json` prints (schema: reports/schemas/replay.schema.json). */
export interface ReplayDocument {
  readonly schema: 'virtcheck-replay/1';
  readonly target: { readonly name: string; readonly version: string };
  /** The clause that the trace was saved for. */
  readonly clause: string;
  /** That clause broke again. */
  readonly reproduced: boolean;
  readonly violations: readonly {
    readonly clause: string;
    readonly expected: string;
    readonly seen: string;
    readonly state: string;
  }[];
  readonly steps: readonly string[];
  /** What happened, one line an event. */
  readonly events: readonly string[];
}

export async function replay(path: string, flags: ReplayFlags): Promise<ExitCode> {
  checkReadableFile('replay', path);
  const driver = flags.target?.startsWith(DRIVER_PREFIX) === true;
  if (flags.target !== undefined && !driver) checkTargetName(flags.target);
  if (flags.describe !== undefined) checkReadableFile('--describe', flags.describe);
  const result = await perform(path, flags);
  if (flags.json) await write(process.stdout, `${JSON.stringify(document(result), null, 2)}\n`);
  else await write(process.stdout, text(path, result, flags));
  return result.violations.length > 0 ? EXIT.deviations : EXIT.conformant;
}

async function perform(path: string, flags: ReplayFlags): Promise<DriverReplay> {
  try {
    const file = readDriverTrace(path);
    if (file !== undefined) return replayDriver(file, otherDriver(file.target.child, flags));
    const reference = readReferenceTrace(path);
    if (reference !== undefined) return replayReference(reference, otherDefects(reference, flags));
    if (flags.target?.startsWith(DRIVER_PREFIX) === true) {
      throw new UsageError(
        `${path} is a trace of a device, which ${flags.target} cannot perform`,
        'name a device with --target',
      );
    }
    return await replayFile(path, (file) => targetOf(file, flags));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'TraceFileError') throw error;
    throw new UsageError(error.message, "replay takes a trace file that 'virtcheck run' saved (*.trace.json)");
  }
}

/** The profile asked for, if any. */
function otherDriver(child: ChildName, { target }: ReplayFlags): DriverProfile | undefined {
  if (target === undefined) return undefined;
  if (!target.startsWith(DRIVER_PREFIX)) {
    throw new UsageError(
      `the trace is one of a driver, and ${target} is a device`,
      `for example --target driver:${child}@HEAD`,
    );
  }
  const other = findDriver(target);
  if (other.child === child) return other;
  throw new UsageError(
    `the trace is one of ${child}, not of ${other.child}`,
    `for example --target driver:${child}@HEAD`,
  );
}

/** No defects where the driver is asked for by its name; else those of the file. */
function otherDefects(
  { target: { name } }: ReferenceTraceFile,
  { target }: ReplayFlags,
): readonly string[] | undefined {
  if (target === undefined) return undefined;
  if (target === name) return [];
  throw new UsageError(`the trace is one of ${name}, and cannot be performed on ${target}`, `try --target ${name}`);
}

/** The target asked for, else the one that the trace was recorded on, with the same seeded faults. */
function targetOf(file: TraceFile, flags: ReplayFlags): Promise<Target> {
  const { describe } = flags;
  if (flags.target !== undefined) return findTarget(flags.target, { describe });
  const { name, faults = [] } = file.target;
  // The emulator's name lists its faults; they are switched on by themselves.
  const spec = faults.length > 0 ? 'emulator' : name;
  try {
    checkTargetName(spec);
  } catch {
    throw new UsageError(
      `the trace was recorded on '${spec}', which has no path here`,
      'name the target with --target PATH',
    );
  }
  return findTarget(spec, { faults, describe });
}

function document(result: DriverReplay): ReplayDocument {
  const { target: name, version, clause, reproduced, steps, events } = result;
  const violations = result.violations.map(({ clause: id, expected, seen, state }) => ({
    clause: id,
    expected,
    seen,
    state,
  }));
  return { schema: 'virtcheck-replay/1', target: { name, version }, clause, reproduced, violations, steps, events };
}

function text(path: string, result: DriverReplay, flags: GlobalOptions): string {
  const { style, width } = layoutFor(process.stdout, flags);
  const { clause, reproduced, target, version, violations } = result;
  const blocks: string[] = [];
  const digits = String(result.steps.length).length;
  const steps = result.steps.map((step, i) => wrap(step, width, `  ${String(i + 1).padStart(digits + 1)}. `));
  if (!flags.quiet) {
    blocks.push(printable(`Replayed ${path} on ${target} ${version}:`) + `\n${steps.join('\n')}`);
    if (flags.verbose) blocks.push(result.events.map((event) => `  ${printable(event)}`).join('\n'));
  }
  // One block a clause: a trace may break the same one again and again.
  const first = new Map(violations.toReversed().map((violation) => [violation.clause, violation]));
  for (const { clause: id, expected, seen, state } of [...first.values()].toReversed()) {
    const row = CLAUSES[findClause(id)!];
    blocks.push(
      [
        `${style.bold(style.red('FAIL'))} ${style.bold(id)}  ${row.level}  section ${row.section}`,
        wrap(row.summary, width, '  '),
        wrap(expected, width, '  Expected: '),
        wrap(seen, width, '  Seen:     '),
        ...(state === '' ? [] : [wrap(state, width, '  State:    ')]),
      ].join('\n'),
    );
  }
  if (reproduced) {
    blocks.push(style.bold(style.red(`Reproduced: ${clause} is broken.`)));
  } else {
    const others = violations.length > 0 ? '; what broke instead stands above' : '';
    blocks.push(style.bold(style.green(`Not reproduced: ${clause} was not broken here${others}.`)));
  }
  return `${blocks.join('\n\n')}\n`;
}
