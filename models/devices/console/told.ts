/**
 * What a multiport console tells of its ports beyond that they exist (5.3.6.2): names, which of them is a console, whether
 * the host's end is open, the size. Judged where the target declares what there is to tell.
 */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { JudgeSetup } from '../../setup.ts';
import { readU16 } from '../bytes.ts';
import { ControlEvent, eventName } from './constants.ts';
import type { ControlMessage } from './control.ts';

const TOLD = clause('untagged.console.5');

/** What is known of the host's side of a port. */
interface HostEnd {
  exists: boolean;
  open: boolean;
  /**
   * Events about the port that have come since the driver said that it is ready for it; undefined before. A device may answer
   * before it returns the driver's message.
   */
  asked: Set<number> | undefined;
  /** The device has read that: it has said what the port is, or owes it. */
  introduced: boolean;
  /** States of the host's end that the device has not told yet, oldest first. It may leave out all but the last. */
  untold: boolean[];
  /** States of the host's end since the last reset: a message that was made earlier may come late. */
  held: Set<boolean>;
  /** Pulled since the driver heard that it was added: older messages may still come. */
  pulled: boolean;
}

export class Told {
  readonly #setup: JudgeSetup;
  readonly #report: Report;
  readonly #ends = new Map<number, HostEnd>();
  /** Messages that the device owes, by event and port. */
  readonly #owed = new Map<string, string>();
  /** Sizes that were not told yet, oldest first, and the present one. */
  #sizes: string[] = [];
  #size: string | undefined;

  constructor(setup: JudgeSetup, report: Report) {
    this.#setup = setup;
    this.#report = report;
    for (const id of setup.claims.ports ?? []) this.#ends.set(id, newEnd());
  }

  get #judges(): boolean {
    return this.#setup.claims.portMessages !== undefined && this.#setup.claims.ports !== undefined;
  }

  /** Device reset: the driver forgets, and nothing that waited for it comes any more. The host's side stays. */
  reset(): void {
    if (this.#owed.size > 0) this.#owed.clear();
    this.#sizes = [];
    for (const end of this.#ends.values()) {
      end.introduced = end.pulled = false;
      end.asked = undefined;
      end.untold = [];
      end.held = new Set([end.open]);
    }
  }

  /** Whether the port is there on the host's side. */
  has(id: number): boolean {
    return this.#ends.get(id)?.exists === true;
  }

  plugged(id: number): void {
    const end = this.#ends.get(id);
    if (end === undefined) this.#ends.set(id, newEnd());
    else if (!end.exists) {
      end.exists = end.open = true;
      end.held.add(true);
    }
  }

  /** `known`: the driver has been told of the port. */
  unplugged(id: number, known: boolean): void {
    const end = this.#ends.get(id);
    if (end?.exists !== true) return;
    end.exists = end.introduced = false;
    end.asked = undefined;
    end.pulled = true;
    for (const event of [
      ControlEvent.CONSOLE_PORT,
      ControlEvent.PORT_NAME,
      ControlEvent.PORT_OPEN,
      ControlEvent.RESIZE,
    ])
      this.#owed.delete(key(event, id));
    if (known) this.#owe(ControlEvent.DEVICE_REMOVE, id);
  }

  hostEnd(id: number, open: boolean): void {
    const end = this.#ends.get(id);
    if (end?.exists !== true || end.open === open) return;
    end.open = open;
    end.held.add(open);
    if (end.asked !== undefined) end.untold.push(open);
    if (end.introduced) this.#owe(ControlEvent.PORT_OPEN, id);
  }

  resized(cols: number, rows: number): void {
    const size = `${cols} x ${rows}`;
    const changed = this.#size !== undefined && this.#size !== size;
    this.#size = size;
    const end = this.#ends.get(0);
    if (end?.asked !== undefined && this.#sizes.at(-1) !== size) this.#sizes.push(size);
    // Of a size that nobody has set before it is not known whether it is new.
    if (changed && end?.introduced === true) this.#owe(ControlEvent.RESIZE, 0);
  }

  /** The driver says that it is ready for a port that it knows. */
  askedFor(id: number): void {
    const end = this.#ends.get(id);
    if (end?.exists !== true || end.asked !== undefined) return;
    end.asked = new Set();
    if (end.open) end.untold.push(true);
  }

  /** The device has read that. */
  ready(id: number): void {
    const declared = this.#setup.claims.portMessages;
    const end = this.#ends.get(id);
    if (declared === undefined || end?.asked === undefined || end.introduced) return;
    end.introduced = true;
    const events = declared.consoles.includes(id) ? [ControlEvent.CONSOLE_PORT] : [];
    for (const event of [...events, ControlEvent.PORT_NAME]) if (!end.asked.has(event)) this.#owe(event, id);
    if (end.open && !end.asked.has(ControlEvent.PORT_OPEN)) this.#owe(ControlEvent.PORT_OPEN, id);
  }

  #owe(event: number, id: number): void {
    if (this.#judges) this.#owed.set(key(event, id), `${eventName(event)} for port ${id}`);
  }

  /** A message of the device has come, in its turn; `rest`: what follows the header. */
  message(message: ControlMessage, rest: Uint8Array): void {
    const { id, event } = message;
    const wasOwed = this.#owed.delete(key(event, id));
    const declared = this.#setup.claims.portMessages;
    if (declared === undefined || !this.#judges) return;
    if (wasOwed) this.#report.exercise(TOLD);
    const end = this.#ends.get(id);
    if (event === ControlEvent.DEVICE_ADD) {
      this.#check(end !== undefined, 'DEVICE_ADD for a port that the host has', `port ${id}`);
      if (end === undefined) return;
      end.pulled = false;
      if (end.asked === undefined) end.untold = [];
    }
    if (end === undefined || end.pulled) return;
    end.asked?.add(event);
    switch (event) {
      case ControlEvent.CONSOLE_PORT:
        this.#check(declared.consoles.includes(id), 'CONSOLE_PORT for a console', `port ${id}`);
        return;
      case ControlEvent.PORT_NAME: {
        const name = declared.names[id] as string | undefined;
        if (name === undefined) return;
        const seen = String.fromCharCode(...rest);
        this.#check(seen === name, `PORT_NAME ${JSON.stringify(name)} for port ${id}`, JSON.stringify(seen));
        return;
      }
      case ControlEvent.PORT_OPEN:
        this.#opened(message, end);
        return;
      case ControlEvent.RESIZE:
        this.#resize(rest);
        return;
      default:
    }
  }

  #opened({ id, value }: ControlMessage, end: HostEnd): void {
    const at = end.untold.indexOf(value === 1);
    const told = value <= 1 && end.held.has(value === 1);
    this.#check(told, `PORT_OPEN for port ${id} with value ${[...end.held].map(Number).join(' or ')}`, String(value));
    end.untold.splice(0, at + 1);
    // The last state is the one that counts.
    if ((value === 1) !== end.open && end.untold.length > 0 && end.introduced) this.#owe(ControlEvent.PORT_OPEN, id);
  }

  #resize(rest: Uint8Array): void {
    if (this.#size === undefined) return;
    const order = this.#setup.mode.config;
    const seen = rest.length < 4 ? `${rest.length} bytes` : `${readU16(rest, 0, order)} x ${readU16(rest, 2, order)}`;
    const at = this.#sizes.indexOf(seen);
    this.#check(
      at >= 0 || seen === this.#size,
      `RESIZE to ${[...new Set([...this.#sizes, this.#size])].join(' or ')}`,
      seen,
    );
    this.#sizes.splice(0, at + 1);
    if (seen !== this.#size && this.#sizes.length > 0) this.#owe(ControlEvent.RESIZE, 0);
  }

  #check(kept: boolean, expected: string, seen: string): void {
    this.#report.check(
      TOLD,
      kept,
      () => expected,
      () => seen,
    );
  }

  /** The device was given time and has buffers for messages: what it owed has not come. */
  overdue(): void {
    if (this.#owed.size === 0) return;
    this.#check(false, [...this.#owed.values()].join(', '), 'no message, though buffers are free');
    this.#owed.clear();
  }
}

const key = (event: number, id: number): string => `${event} ${id}`;

/** The host's end of a port is open until the host closes it. */
function newEnd(): HostEnd {
  return {
    exists: true,
    open: true,
    asked: undefined,
    introduced: false,
    untold: [],
    held: new Set([true]),
    pulled: false,
  };
}
