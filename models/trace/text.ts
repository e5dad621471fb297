/**
 * Trace files' events as text, one line an event, for people, diffs and replays without the implementation. `format` and
 * `parse` are inverse.
 *
 *   r 070 4 = 0x0000000b      driver read a register (offset, width in bytes, value)
 *   w 070 4 0x0000000f        driver wrote a register
 *   store 0x40001000 0102     driver stored bytes to guest memory
 *   load 0x40001000 = 0102    driver loaded bytes
 *   dstore 0x40001000 0102    device stored bytes (only where it can be observed)
 *   irq 1                     level of the interrupt line
 *   host {"action":...}       host side
 *   settled idle | timeout    the device was given time
 *   outcome {"outcome":...}   it died, hung, ...
 *   power-on
 */
import { EventKind, type EventLog, type HostEvent, type OutcomeEvent } from './event-log.ts';

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** A number as 0x... with at least two digits a byte. */
export function hexNumber(value: number, bytes: number): string {
  return `0x${value.toString(16).padStart(2 * bytes, '0')}`;
}

export function formatEvent(log: EventLog, row: number): string {
  const kind = log.kind[row] as EventKind;
  const offset = log.address[row].toString(16).padStart(3, '0');
  const at = hexNumber(log.address[row], 4);
  switch (kind) {
    case EventKind.RegRead:
      return `r ${offset} ${log.size[row]} = ${hexNumber(log.value[row], log.size[row])}`;
    case EventKind.RegWrite:
      return `w ${offset} ${log.size[row]} ${hexNumber(log.value[row], log.size[row])}`;
    case EventKind.Store:
      return `store ${at} ${hex(log.payload(row))}`;
    case EventKind.Load:
      return `load ${at} = ${hex(log.payload(row))}`;
    case EventKind.DeviceStore:
      return `dstore ${at} ${hex(log.payload(row))}`;
    case EventKind.Irq:
      return `irq ${log.value[row]}`;
    case EventKind.Host:
      return `host ${JSON.stringify(log.host(row))}`;
    case EventKind.Settled:
      return `settled ${log.value[row] === 1 ? 'idle' : 'timeout'}`;
    case EventKind.Outcome:
      return `outcome ${JSON.stringify(log.outcome(row))}`;
    case EventKind.PowerOn:
      return 'power-on';
  }
}

/** A line that is no event. `column` counts from 1. */
export class TraceSyntaxError extends Error {
  override readonly name = 'TraceSyntaxError';
}

function number(text: string | undefined, what: string): number {
  const value = text === undefined ? NaN : Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new TraceSyntaxError(`${what} expected, found ${JSON.stringify(text ?? '')}`);
  return value;
}

function bytesOf(text: string | undefined): Uint8Array {
  if (text === undefined || text.length % 2 !== 0 || /[^0-9a-f]/i.test(text)) {
    throw new TraceSyntaxError(`an even number of hexadecimal digits expected, found ${JSON.stringify(text ?? '')}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function width(text: string | undefined): number {
  const size = number(text, 'a width of 1, 2, 4 or 8 bytes');
  if (![1, 2, 4, 8].includes(size)) throw new TraceSyntaxError(`a width of 1, 2, 4 or 8 bytes expected, found ${size}`);
  return size;
}

/** Parses one line and appends it. Throws TraceSyntaxError with the reason. */
export function parseEvent(line: string, log: EventLog): void {
  const words = line.trim().split(/\s+/);
  switch (words[0]) {
    case 'r':
      log.push(
        EventKind.RegRead,
        number(`0x${words[1]}`, 'a register offset'),
        width(words[2]),
        number(words[4], 'a value'),
      );
      return;
    case 'w':
      log.push(
        EventKind.RegWrite,
        number(`0x${words[1]}`, 'a register offset'),
        width(words[2]),
        number(words[3], 'a value'),
      );
      return;
    case 'store':
    case 'dstore':
    case 'load': {
      const kind =
        words[0] === 'store' ? EventKind.Store : words[0] === 'load' ? EventKind.Load : EventKind.DeviceStore;
      const bytes = bytesOf(words[0] === 'load' ? words[3] : words[2]);
      log.pushBytes(kind, number(words[1], 'an address'), bytes, 0, bytes.length);
      return;
    }
    case 'irq':
      log.push(EventKind.Irq, 0, 0, number(words[1], 'a level') === 0 ? 0 : 1);
      return;
    case 'host':
      log.pushHost(parseJson<HostEvent>(line.trim().slice(5), 'action'));
      return;
    case 'outcome':
      log.pushOutcome(parseJson<OutcomeEvent>(line.trim().slice(8), 'outcome'));
      return;
    case 'settled':
      if (words[1] !== 'idle' && words[1] !== 'timeout')
        throw new TraceSyntaxError('"settled idle" or "settled timeout" expected');
      log.push(EventKind.Settled, 0, 0, words[1] === 'idle' ? 1 : 0);
      return;
    case 'power-on':
      log.push(EventKind.PowerOn, 0, 0, 0);
      return;
    default:
      throw new TraceSyntaxError(`unknown event ${JSON.stringify(words[0] ?? '')}`);
  }
}

function parseJson<T>(text: string, key: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TraceSyntaxError('the rest of the line is not JSON');
  }
  if (typeof value !== 'object' || value === null || !(key in value))
    throw new TraceSyntaxError(`an object with "${key}" expected`);
  return value as T;
}
