/** `virtcheck trace`: judges the drivers of a recording. */
import { judgeFile, judgeStream, RecordingError, type JudgeOptions } from '../../harness/recorded/judge.ts';
import type { TraceResult } from '../../harness/result.ts';
import type { ByteOrder, Transport } from '../../models/setup.ts';
import { hasDeviations, traceReport } from '../../reports/trace.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkReadableFile, checkWritableFile, reason, writeWhole } from '../files.ts';
import { onInterrupt } from '../interrupt.ts';
import { layoutFor, styleFor, write, type GlobalOptions } from '../output.ts';

export interface TraceFlags extends GlobalOptions {
  readonly base?: readonly string[];
  readonly byteOrder?: ByteOrder;
  readonly transport?: Transport;
  readonly attached?: boolean;
  readonly strict?: boolean;
  readonly json?: string;
}

/** `-` as the file, and `--json -`. */
const STANDARD = '-';
const WINDOW = 0x200;
const SMALLEST_WINDOW = 0x100;

export async function trace(path: string, flags: TraceFlags): Promise<ExitCode> {
  const options: JudgeOptions = {
    windows: flags.base?.map(window),
    byteOrder: flags.byteOrder,
    transport: flags.transport,
    attached: flags.attached,
  };
  if (flags.json !== undefined && flags.json !== STANDARD) checkWritableFile('--json', flags.json);
  if (path !== STANDARD) checkReadableFile('trace', path);
  const interrupt = onInterrupt(() => process.stderr.write('Judging what was read so far.\n'));
  let result: TraceResult;
  try {
    const signal = interrupt.signal;
    result =
      path === STANDARD
        ? await judgeStream('standard input', process.stdin, { ...options, signal })
        : await judgeFile(path, { ...options, signal });
  } catch (error) {
    return unreadable(error as Error, flags);
  } finally {
    interrupt.dispose();
  }
  const code = await deliver(result, flags);
  return interrupt.signal.aborted ? EXIT.interrupted : code;
}

/** Prints and writes a judged recording. */
export async function deliver(result: TraceResult, flags: TraceFlags): Promise<ExitCode> {
  const { json, strict = false } = flags;
  const document = `${JSON.stringify(result, null, 2)}\n`;
  let written = true;
  if (json === STANDARD) {
    await write(process.stdout, document);
  } else if (json !== undefined) {
    try {
      writeWhole(json, document);
    } catch (error) {
      written = false;
      await write(process.stderr, `error: cannot write ${json}: ${reason(error)}\n`);
    }
  }
  const stream = json === STANDARD ? process.stderr : process.stdout;
  if (result.devices.length === 0 && result.placeholders === 0) {
    await write(stream, traceReport(result, { ...flags, ...layoutFor(stream, flags) }));
    return unreadable(new RecordingError(noDevice(result)), flags);
  }
  await write(stream, traceReport(result, { ...flags, ...layoutFor(stream, flags) }));
  if (!written) return EXIT.usage;
  return hasDeviations(result, strict) ? EXIT.deviations : EXIT.conformant;
}

function noDevice({ source, malformedLines }: TraceResult): string {
  if (source.bytes === 0) return `${source.name} is empty`;
  const broken = malformedLines > 0 ? `; ${String(malformedLines)} lines could not be read` : '';
  return `no virtio-mmio device in ${source.name}${broken}`;
}

async function unreadable(error: Error, flags: GlobalOptions): Promise<ExitCode> {
  if (error.name !== 'RecordingError' && error.name !== 'TraceFileError') throw error;
  const style = styleFor(process.stderr, flags);
  const hint =
    error.name === 'TraceFileError'
      ? ''
      : "  record with QEMU's -trace 'memory_region_ops_*' -trace 'virtio_*' -D FILE; for other recordings say where the registers are: --base ADDRESS\n";
  await write(process.stderr, `${style.bold(style.red('error:'))} ${error.message}\n${hint}`);
  return EXIT.notRun;
}

/** `0x10001000` or `0x10001000:0x1000`. */
function window(text: string): { base: number; size: number } {
  const match = /^(0x[0-9a-f]{1,13}|\d{1,15})(?::(0x[0-9a-f]{1,8}|\d{1,9}))?$/i.exec(text);
  const base = Number(match?.[1]);
  const size = match?.[2] === undefined ? WINDOW : Number(match[2]);
  if (match === null || !Number.isSafeInteger(base) || size < SMALLEST_WINDOW) {
    throw new UsageError(
      `--base takes ADDRESS or ADDRESS:SIZE (at least ${String(SMALLEST_WINDOW)} bytes), not '${text}'`,
      'for example --base 0xfeb02e00 or --base 0x10001000:0x1000',
    );
  }
  return { base, size };
}
