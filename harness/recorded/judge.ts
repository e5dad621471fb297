/** Judges the drivers of a recording: reads it as a stream, whatever its size, and keeps the verdicts up to where it ends. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { packageVersion } from '../../targets/package-version.ts';
import { RecordingReader } from '../../targets/recorded/reader.ts';
import { readTraceFile, TRACE_SCHEMA, type TraceFile } from '../trace-file.ts';
import { applicableExpectations } from '../expectations.ts';
import { SPECIFICATION, TRACE_RESULT_SCHEMA } from '../result.ts';
import type { Expectation, RecordedDeviceResult, TraceResult } from '../result.ts';
import type { EndiannessModeName } from '../../models/setup.ts';
import { Demultiplexer, type Window } from './demultiplexer.ts';
import type { RecordedDevice, RecordingOptions } from './device.ts';
import { MemoryExtent } from './memory-extent.ts';
import { countVerdicts, driverVerdicts } from './verdicts.ts';

export interface JudgeOptions extends RecordingOptions {
  /** Register windows of devices, for recordings that don't name them. */
  readonly windows?: readonly Window[];
  /** Recorded deviations of the drivers, and the version of the operating system they are part of. */
  readonly expectations?: readonly Expectation[];
  readonly version?: string;
  /** Ends the reading early; the verdicts until then are kept. */
  readonly signal?: AbortSignal;
}

/** The recording cannot be read, or there is no virtio device in it. Exit code 3. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

const CHUNK = 1 << 20;
/** As much of a file is looked at to see what it is. */
const HEAD = 512;

/** Judges a file. Throws RecordingError, or TraceFileError for a broken trace file of ours. */
export async function judgeFile(path: string, options: JudgeOptions = {}): Promise<TraceResult> {
  let head: string;
  try {
    head = await readHead(path);
  } catch (error) {
    throw new RecordingError(`${path}: cannot be read: ${(error as Error).message}`);
  }
  if (head.trimStart().startsWith('{') && head.includes(TRACE_SCHEMA)) {
    return judgeTraceFile(path, await readTraceFile(path), options);
  }
  const stream = (): Readable => createReadStream(path, { highWaterMark: CHUNK });
  // Whether it holds memory, and where, has to be known before the first device is judged.
  const memory = options.memory ?? (options.attached ? undefined : await memoryOf(head, stream, options));
  return judgeStream(path, stream(), { ...options, memory });
}

/** Judges what a stream holds. A stream that fails midway is judged up to there. */
export async function judgeStream(name: string, stream: Readable, options: JudgeOptions = {}): Promise<TraceResult> {
  const started = performance.now();
  const demultiplexer = new Demultiplexer(options.windows ?? [], options);
  const reader = new RecordingReader(demultiplexer);
  const ended = await pump(stream, reader, options.signal);
  demultiplexer.end();
  return result(name, reader, demultiplexer, ended, performance.now() - started, options);
}

async function pump(stream: Readable, reader: RecordingReader, signal?: AbortSignal): Promise<string | null> {
  let ended: string | null = null;
  try {
    for await (const chunk of stream) {
      reader.push(chunk as Buffer);
      if (signal?.aborted !== true) continue;
      ended = 'interrupted';
      break;
    }
  } catch (error) {
    ended = `cannot be read further: ${(error as Error).message}`;
  }
  reader.end();
  return ended;
}

/** A trace file of ours: what it is of stands in its head. */
function judgeTraceFile(path: string, file: TraceFile, options: JudgeOptions): TraceResult {
  const started = performance.now();
  const text = Buffer.from(file.events.join('\n') + '\n');
  const extent = new MemoryExtent();
  feed(text, new RecordingReader(extent));
  const { device, transport, mode } = file.target;
  const demultiplexer = new Demultiplexer([], {
    ...options,
    device,
    transport,
    mode: mode as EndiannessModeName,
    memory: options.memory ?? extent.found,
  });
  const reader = new RecordingReader(demultiplexer);
  feed(text, reader);
  demultiplexer.end();
  return result(path, reader, demultiplexer, null, performance.now() - started, options);
}

function feed(text: Buffer, reader: RecordingReader): void {
  reader.push(text);
  reader.end();
}

async function readHead(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Only scripts of qtest and our own traces hold memory, and they say so in no particular place. */
async function memoryOf(
  head: string,
  stream: () => Readable,
  options: JudgeOptions,
): Promise<RecordingOptions['memory']> {
  if (/memory_region_ops_|virtio_mmio_/.test(head)) return undefined;
  const extent = new MemoryExtent();
  await pump(stream(), new RecordingReader(extent), options.signal);
  return extent.found;
}

function result(
  name: string,
  reader: RecordingReader,
  demultiplexer: Demultiplexer,
  ended: string | null,
  durationMs: number,
  options: JudgeOptions,
): TraceResult {
  const { devices, others, warnings, malformedLines } = demultiplexer;
  const judged = [...devices.values()].sort((a, b) => a.base - b.base).map((device) => deviceResult(device, options));
  const idle = (device: RecordedDeviceResult): boolean => device.deviceId === 0 && device.mistakes.length === 0;
  const unused = [...others].map(([kind, lines]) => ({ kind, lines })).sort((a, b) => b.lines - a.lines);
  return {
    schema: TRACE_RESULT_SCHEMA,
    virtcheck: packageVersion(),
    spec: SPECIFICATION,
    source: { name, bytes: reader.bytes, lines: reader.lines, formats: Object.fromEntries(reader.formats), ended },
    devices: judged.filter((device) => !idle(device)),
    placeholders: judged.filter(idle).length,
    unused,
    malformedLines,
    warnings,
    durationMs,
  };
}

function deviceResult(device: RecordedDevice, options: JudgeOptions): RecordedDeviceResult {
  const setup = device.setup!;
  const { clauses, stale } = driverVerdicts(device, expectationsFor(device, options));
  return {
    name: nameOf(device),
    base: device.base,
    deviceId: device.deviceId ?? null,
    transport: setup.transport,
    byteOrder: setup.mode.guest,
    accesses: device.accesses,
    firstLine: device.firstLine,
    lastLine: device.lastLine,
    memory: setup.observesMemory === true,
    begunInUse: device.begunInUse,
    clauses,
    mistakes: [...device.mistakes.values()].map(({ clause, times, occurrences }) => ({
      clause: clause ?? null,
      times,
      occurrences,
    })),
    deviceDeviations: [...device.deviations.values()],
    staleExpectations: stale,
    totals: countVerdicts(clauses),
  };
}

function expectationsFor(
  { setup }: RecordedDevice,
  { expectations = [], version = '' }: JudgeOptions,
): readonly Expectation[] {
  if (setup === undefined) return [];
  return applicableExpectations(expectations, { device: setup.device, transport: setup.transport, version });
}

function nameOf({ kind, deviceId }: RecordedDevice): string {
  if (kind !== 'other') return kind;
  if (deviceId === undefined) return 'device of unknown type';
  return deviceId === 0 ? 'placeholder' : `device type ${String(deviceId)}`;
}
