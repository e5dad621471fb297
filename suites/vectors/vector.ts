/** Portable vectors: traces with their verdict as plain JSON, for projects in other languages (vectors/README.md). */
import { CLAUSES, findClause, isMust, type ClauseId } from '../../models/clauses/catalogue.ts';
import { endiannessMode, type EndiannessModeName } from '../../models/setup.ts';
import { EventKind, EventLog } from '../../models/trace/event-log.ts';
import { parseEvent } from '../../models/trace/text.ts';
import type { TraceFile } from '../../harness/trace-file.ts';

export const VECTOR_SCHEMA = 'virtcheck-vectors/1';

/** One event: a tag and its operands (vectors/vectors.schema.json says which). */
export type VectorEvent = readonly (string | number | object | null)[];

export interface Vector {
  /** Stays the same as long as what it shows is the same. */
  readonly id: string;
  /** `invalid`: breaks a MUST. `acceptable`: breaks a SHOULD. `valid`: breaks nothing. */
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly party: 'device' | 'driver';
  /** The obligation that is broken, or that the invalid twin of a valid trace breaks. */
  readonly clause: string;
  readonly level: string;
  readonly section: string;
  readonly requirement: string;
  readonly notes: string;
  readonly expected?: string;
  readonly seen?: string;
  /** Number of the event, from 0, at which it is seen. */
  readonly brokeAt?: number;
  readonly device: string;
  readonly transport: string;
  readonly byteOrder?: {
    readonly guest: string;
    readonly registers: string;
    readonly config: string;
    readonly rings: string;
  };
  readonly events: readonly VectorEvent[];
}

export interface VectorFile {
  readonly schema: typeof VECTOR_SCHEMA;
  readonly spec: 'VIRTIO 1.4 CS01';
  readonly area: string;
  readonly vectors: readonly Vector[];
}

/** What stands in the catalogue about a clause. */
export function clauseFields(id: string): Pick<Vector, 'clause' | 'level' | 'section' | 'requirement'> {
  const { level, section, summary } = CLAUSES[findClause(id)!];
  return { clause: id, level, section, requirement: summary };
}

export function resultOf(id: ClauseId): Vector['result'] {
  return isMust(CLAUSES[findClause(id)!].level) ? 'invalid' : 'acceptable';
}

/** Neighbouring zero bytes from which on they are counted instead of written out. */
const WORTH_COUNTING = 8;

/** A payload as operands: bytes in hexadecimal and numbers of zero bytes, in their order. */
export function payloadOf(bytes: Uint8Array): readonly (string | number)[] {
  if (bytes.length === 0) return [''];
  const digits = Buffer.from(bytes).toString('hex');
  const parts: (string | number)[] = [];
  let [from, run] = [0, 0];
  const flush = (to: number): void => {
    if (to > from) parts.push(digits.slice(2 * from, 2 * to));
  };
  for (let i = 0; i <= bytes.length; i++) {
    if (bytes[i] === 0) {
      run++;
      continue;
    }
    if (run >= WORTH_COUNTING) {
      flush(i - run);
      parts.push(run);
      from = i;
    }
    run = 0;
  }
  flush(bytes.length);
  return parts;
}

/** The events of a saved trace, up to the one at which the obligation was seen broken. */
export function deviceVector(id: string, notes: string, trace: TraceFile): Vector {
  const { device, transport, mode } = trace.target;
  const end = trace.row === undefined ? trace.events.length : trace.row + 1;
  return {
    id,
    result: resultOf(trace.clause),
    party: 'device',
    ...clauseFields(trace.clause),
    notes,
    expected: trace.expected,
    seen: trace.seen,
    brokeAt: end - 1,
    device,
    transport,
    byteOrder: byteOrderOf(endiannessMode(mode as EndiannessModeName, transport)),
    events: eventsOf(trace.events.slice(0, end)),
  };
}

/** The same scenario where nothing is broken. */
export function validTwin(vector: Vector, events: readonly string[]): Vector {
  const nothing = { brokeAt: undefined, expected: undefined, seen: undefined };
  return { ...vector, ...nothing, id: `${vector.id}/valid`, result: 'valid', events: eventsOf(events) };
}

export function byteOrderOf({
  guest,
  registers,
  config,
  rings,
}: NonNullable<Vector['byteOrder']>): Vector['byteOrder'] {
  return { guest, registers, config, rings };
}

function eventsOf(lines: readonly string[]): readonly VectorEvent[] {
  const log = new EventLog();
  for (const line of lines) parseEvent(line, log);
  return logEvents(log);
}

/** The events of a log before row `end`. */
export function logEvents(log: EventLog, end = log.length): readonly VectorEvent[] {
  return Array.from({ length: end }, (_, row) => eventOf(log, row));
}

function eventOf(log: EventLog, row: number): VectorEvent {
  const { address, size, value } = log;
  switch (log.kind[row] as EventKind) {
    case EventKind.RegRead:
      return ['r', address[row], size[row], Number.isNaN(value[row]) ? null : value[row]];
    case EventKind.RegWrite:
      return ['w', address[row], size[row], value[row]];
    case EventKind.Store:
      return ['store', address[row], ...payloadOf(log.payload(row))];
    case EventKind.Load:
      return ['load', address[row], ...payloadOf(log.payload(row))];
    case EventKind.DeviceStore:
      return ['dstore', address[row], ...payloadOf(log.payload(row))];
    case EventKind.Irq:
      return ['irq', value[row]];
    case EventKind.Host:
      return ['host', log.host(row)];
    case EventKind.Settled:
      return ['settled', value[row]];
    case EventKind.Outcome:
      return ['outcome', log.outcome(row)];
    case EventKind.PowerOn:
      return ['power-on'];
  }
}

/** A file of vectors: a vector a line, so that a change shows as one. */
export function vectorsJson(area: string, vectors: readonly Vector[]): string {
  const file: VectorFile = { schema: VECTOR_SCHEMA, spec: 'VIRTIO 1.4 CS01', area, vectors: [] };
  const head = JSON.stringify(file).slice(0, -'[]}'.length);
  return `${head}[\n${vectors.map((vector) => JSON.stringify(vector, plain)).join(',\n')}\n]}\n`;
}

/** JSON has no numbers that are large and exact. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
