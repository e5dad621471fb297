/** Vectors of drivers: what they did with a defect, up to the event at which it shows, and all they did without. */
import type { Judged } from '../../harness/driver-stack/perform.ts';
import type { ReferenceJudged } from '../../harness/reference-driver/perform.ts';
import type { AttachEvent } from '../../models/attach/events.ts';
import type { ClauseId } from '../../models/clauses/catalogue.ts';
import type { DriverFault } from '../../models/report.ts';
import type { EventLog } from '../../models/trace/event-log.ts';
import { byteOrderOf, clauseFields, logEvents, payloadOf, resultOf, type Vector, type VectorEvent } from './vector.ts';

/** What is told of a pair of vectors besides their events. */
export interface Told {
  readonly id: string;
  readonly notes: string;
}

/**
 * The first of the clauses that NetBSD's stack breaks in a run, and its twin from a run without the defect, where there is one. Empty
 * if it breaks none of them.
 */
export function stackVectors(
  told: (clause: string) => Told,
  clauses: readonly string[],
  buggy: Judged,
  fixed: Judged | undefined,
): readonly Vector[] {
  const { child, transport } = buggy.machine.spec;
  const finding = buggy.findings.find(({ clause }) => clauses.includes(clause));
  const subject = { device: child, transport };
  if (finding !== undefined) {
    const { clause, expected, seen, event } = finding;
    const events = attachEvents(buggy.events.slice(0, event + 1));
    return pair(told(clause), clause, { ...subject, expected, seen }, events, fixed && attachEvents(fixed.events));
  }
  return logVectors(
    told,
    clauses,
    { ...subject, ...orders(buggy) },
    buggy.mistakes,
    buggy.machine.log,
    fixed?.machine.log,
  );
}

/** The same of the reference driver. */
export function referenceVectors(
  told: (clause: string) => Told,
  clauses: readonly string[],
  buggy: ReferenceJudged,
  fixed: ReferenceJudged,
): readonly Vector[] {
  const { device, transport, mode } = buggy.machine.setup;
  const subject = { device, transport, byteOrder: byteOrderOf(mode) };
  return logVectors(told, clauses, subject, buggy.mistakes, buggy.machine.log, fixed.machine.log);
}

type Subject = Pick<Vector, 'device' | 'transport' | 'byteOrder' | 'expected' | 'seen'>;

function logVectors(
  told: (clause: string) => Told,
  clauses: readonly string[],
  subject: Subject,
  mistakes: readonly DriverFault[],
  buggy: EventLog,
  fixed: EventLog | undefined,
): readonly Vector[] {
  const mistake = mistakes.find(({ clause }) => clause !== undefined && clauses.includes(clause));
  if (mistake?.clause === undefined) return [];
  const { clause, row, what } = mistake;
  return pair(told(clause), clause, { ...subject, seen: what }, logEvents(buggy, row + 1), fixed && logEvents(fixed));
}

function pair(
  { id, notes }: Told,
  clause: string,
  { expected, seen, ...subject }: Subject,
  events: readonly VectorEvent[],
  validEvents: readonly VectorEvent[] | undefined,
): readonly Vector[] {
  const common = { party: 'driver' as const, ...clauseFields(clause), notes, ...subject };
  const shown = { ...(expected === undefined ? {} : { expected }), ...(seen === undefined ? {} : { seen }) };
  const broken = { id, result: resultOf(clause as ClauseId), ...common, ...shown, brokeAt: events.length - 1, events };
  if (validEvents === undefined) return [broken];
  return [broken, { id: `${id}/valid`, result: 'valid', ...common, events: validEvents }];
}

function orders({ machine }: Judged): Pick<Vector, 'byteOrder'> {
  const { registers, config, rings } = machine.setup;
  return { byteOrder: { guest: machine.stack.kernel.host.order, registers, config, rings } };
}

function attachEvents(events: readonly AttachEvent[]): readonly VectorEvent[] {
  return events.map(eventOf);
}

/** Accesses to registers and memory as with devices, with the name of the area; all else as an object, by its kind. */
function eventOf(event: AttachEvent): VectorEvent {
  if (event.kind === 'register') {
    return [event.access === 'read' ? 'r' : 'w', event.offset, event.size, event.raw, event.area];
  }
  if (event.kind === 'store' || event.kind === 'device-store') {
    return [event.kind === 'store' ? 'store' : 'dstore', event.address, ...payloadOf(event.bytes)];
  }
  if (event.kind === 'settled') return ['settled', 1];
  const { kind, ...rest } = event;
  return [kind, rest];
}
