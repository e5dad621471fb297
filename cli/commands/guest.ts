/** `virtcheck guest`: boots an operating system on QEMU and judges its drivers by what they do to the registers. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExpectationsError, loadExpectations } from '../../harness/expectations.ts';
import { judgeFile } from '../../harness/recorded/judge.ts';
import { GUEST_RESULT_SCHEMA, type Expectation, type GuestResult, type GuestRun } from '../../harness/result.ts';
import { TRANSPORTS, type Transport } from '../../models/setup.ts';
import { hasDeviations, traceReport } from '../../reports/trace.ts';
import { plural, printable } from '../../reports/text.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory } from '../../targets/child.ts';
import { bootGuest } from '../../targets/linux-guest/boot.ts';
import { IMPOSTORS } from '../../targets/linux-guest/impostors.ts';
import { initramfs } from '../../targets/linux-guest/initramfs.ts';
import { findGuestParts } from '../../targets/linux-guest/kernel.ts';
import { packageVersion } from '../../targets/package-version.ts';
import { readFileSync } from 'node:fs';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkReadableFile, checkWritableFile, checkWritableFolder, reason, writeWhole } from '../files.ts';
import { onInterrupt } from '../interrupt.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';

export interface GuestFlags extends GlobalOptions {
  readonly transport?: readonly Transport[];
  readonly kernel?: string;
  readonly modules?: string;
  readonly initrd?: string;
  readonly out?: string;
  readonly timeout: number;
  readonly strict?: boolean;
  readonly expect: boolean;
  readonly json?: string;
}

const SYSTEMS = ['linux'];
const DEFAULT_OUT = 'virtcheck-out';
const STDOUT = '-';
const SECOND = 1000;

export async function guest(system: string, flags: GuestFlags): Promise<ExitCode> {
  if (!SYSTEMS.includes(system)) {
    throw new UsageError(
      `no guest is called '${system}'; there is ${SYSTEMS.join(', ')}`,
      "record any other with QEMU's -trace and judge the log with 'virtcheck trace' (docs/judging-a-driver.md)",
    );
  }
  for (const name of ['kernel', 'initrd'] as const) {
    const path = flags[name];
    if (path !== undefined) checkReadableFile(`--${name}`, path);
  }
  const out = flags.out ?? DEFAULT_OUT;
  checkWritableFolder('--out', out);
  if (flags.json !== undefined && flags.json !== STDOUT) checkWritableFile('--json', flags.json);
  return boot(resolve(out), flags);
}

async function boot(out: string, flags: GuestFlags): Promise<ExitCode> {
  const parts = findGuestParts({ kernel: absolute(flags.kernel), modules: absolute(flags.modules) });
  // An initramfs of one's own knows nothing of them.
  const impostors = flags.initrd === undefined ? IMPOSTORS : [];
  const archive = flags.initrd === undefined ? initramfs(parts, impostors) : readFileSync(flags.initrd);
  const expectations = flags.expect ? recorded() : [];
  const tell = (text: string): unknown => !flags.quiet && process.stderr.write(`${text}\n`);
  const interrupt = onInterrupt(() => tell('Ending the guest.'));
  const runs: GuestRun[] = [];
  try {
    for (const transport of flags.transport ?? TRANSPORTS) {
      if (interrupt.signal.aborted) break;
      const log = join(out, `linux-${transport}.log`);
      tell(`Booting Linux ${parts.version} on ${transport}; the log goes to ${log}`);
      mkdirSync(out, { recursive: true });
      const directory = makeTemporaryDirectory();
      try {
        const ended = await bootGuest({
          kernel: parts.kernel,
          initramfs: archive,
          impostors,
          transport,
          directory,
          log,
          patience: flags.timeout * SECOND,
          signal: interrupt.signal,
          onStep: ({ name, ok }) => (flags.verbose || !ok) && tell(`  ${ok ? 'ok    ' : 'failed'} ${printable(name)}`),
        });
        const result = await judgeFile(log, { expectations, version: parts.version });
        runs.push({ transport, ...ended, log, result });
      } finally {
        removeTemporaryDirectory(directory);
      }
    }
  } finally {
    interrupt.dispose();
  }
  return report(
    { schema: GUEST_RESULT_SCHEMA, virtcheck: packageVersion(), system: 'linux', version: parts.version, runs },
    flags,
  );
}

async function report(result: GuestResult, flags: GuestFlags): Promise<ExitCode> {
  const toStdout = flags.json === STDOUT;
  const document = `${JSON.stringify(result, null, 2)}\n`;
  if (toStdout) await write(process.stdout, document);
  const stream = toStdout ? process.stderr : process.stdout;
  const layout = layoutFor(stream, flags);
  for (const { transport, outcome, steps, evidence, result: judged } of result.runs) {
    const failed = steps.filter((step) => !step.ok);
    const done = `${plural(steps.length, 'step')}${failed.length > 0 ? `, ${String(failed.length)} failed` : ''}`;
    const lines = [layout.style.bold(`Linux ${result.version} on ${transport}: ${WORDS[outcome]} (${done})`)];
    for (const { name } of failed) lines.push(layout.style.yellow(`  failed: ${printable(name)}`));
    if (outcome === 'hung' || outcome === 'died') {
      lines.push(`  ${printable(evidence).replaceAll('\n', '\n  ')}`);
    }
    if (!flags.quiet || outcome !== 'finished' || failed.length > 0) await write(stream, `${lines.join('\n')}\n`);
    await write(stream, `${traceReport(judged, { ...flags, ...layout })}\n`);
  }
  if (flags.json !== undefined && !toStdout) {
    try {
      writeWhole(flags.json, document);
    } catch (error) {
      await write(process.stderr, `error: cannot write ${flags.json}: ${reason(error)}\n`);
      return EXIT.usage;
    }
  }
  return exitCode(result, flags.strict === true);
}

const WORDS: Readonly<Record<GuestRun['outcome'], string>> = {
  finished: 'finished',
  hung: 'did not finish in time and was ended',
  died: 'ended before it was through',
  interrupted: 'was interrupted',
};

/** Deviations count whatever became of the guest; without any, a guest that did not do all its work proves nothing. */
function exitCode({ runs }: GuestResult, strict: boolean): ExitCode {
  if (runs.some(({ result }) => hasDeviations(result, strict))) return EXIT.deviations;
  if (runs.length === 0 || runs.some(({ outcome }) => outcome === 'interrupted')) return EXIT.interrupted;
  const complete = runs.every(
    ({ outcome, steps, result }) =>
      outcome === 'finished' && steps.every((step) => step.ok) && result.devices.length > 0,
  );
  return complete ? EXIT.conformant : EXIT.notRun;
}

function recorded(): readonly Expectation[] {
  try {
    return loadExpectations('linux');
  } catch (error) {
    if (!(error instanceof ExpectationsError)) throw error;
    throw new UsageError(error.message, 'mend the file, or judge without it: --no-expect');
  }
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
