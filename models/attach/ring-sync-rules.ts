/**
 * P10 for the rings themselves: what the driver stores into them is synchronised before the device may look, and what the
 * device stores is before the driver believes it.
 */
import type { AttachEvent, CallEvent } from './events.ts';
import type { QueueBook, QueueRecord } from './queue-book.ts';
import type { RuleContext } from './setup.ts';
import type { WireOp } from './wire.ts';

const SYNC = 'netbsd.dma-sync';
const DESCRIPTOR = 16;
const AVAIL_HEADER = 4;
const USED_HEADER = 4;
const USED_ELEMENT = 8;
const WORD = 2;
/** Syncs that are remembered; far more than pass between two that are compared. */
const MOST_SYNCS = 1024;

type SyncEvent = Extract<AttachEvent, { kind: 'sync' }>;

interface Range {
  readonly start: number;
  readonly end: number;
}

const range = (start: number, size: number): Range => ({ start, end: start + size });
const overlap = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

/** Places in rings that are waited for, by address. */
class Pending {
  readonly #ranges = new Map<number, Range>();

  add(place: Range): void {
    this.#ranges.set(place.start, place);
  }

  /** What lies in the synchronised memory is dealt with. */
  synced({ address, size }: SyncEvent): void {
    for (const [start, { end }] of this.#ranges)
      if (start >= address && end <= address + size) this.#ranges.delete(start);
  }

  /** Whether anything is pending there; it is not, from now on. */
  take(place: Range): boolean {
    let any = false;
    for (const [start, pending] of this.#ranges) {
      if (!overlap(pending, place)) continue;
      any = true;
      this.#ranges.delete(start);
    }
    return any;
  }
}

export class RingSyncRules {
  readonly #context: RuleContext;
  readonly #book: QueueBook;
  /** Stored by the driver and not synchronised: flags, indexes, event indexes and indirect descriptors. */
  readonly #stored = new Pending();
  /** Used indexes that the device has stored and the driver has not synchronised. */
  readonly #unseen = new Pending();
  /** Indirect tables that a device has read and that were not synchronised since. */
  readonly #tables = new Pending();
  /** Available rings that were published, so that the device has read them, and not synchronised since. */
  readonly #published = new Pending();
  #syncs: SyncEvent[] = [];
  #eventIdx = false;

  constructor(context: RuleContext, book: QueueBook) {
    this.#context = context;
    this.#book = book;
  }

  store({ address, bytes }: Extract<AttachEvent, { kind: 'store' }>): void {
    const stored = range(address, bytes.length);
    for (const queue of this.#book.queues.values()) {
      const inside = (place: Range): boolean => stored.start >= place.start && stored.end <= place.end;
      if (inside(headerOf(queue)) || inside(usedEventOf(queue)) || inside(tablesOf(queue))) this.#stored.add(stored);
      if (address === queue.avail + WORD && bytes.length === WORD) this.#publishing(queue);
    }
  }

  deviceStore({ address, bytes }: Extract<AttachEvent, { kind: 'device-store' }>): void {
    const stored = range(address, bytes.length);
    for (const queue of this.#book.queues.values()) {
      const index = usedIndexOf(queue);
      if (overlap(stored, index)) this.#unseen.add(index);
    }
  }

  sync(event: SyncEvent): void {
    this.#syncs.push(event);
    if (this.#syncs.length > MOST_SYNCS) this.#syncs = this.#syncs.slice(MOST_SYNCS / 2);
    if (event.op === 'PREWRITE') this.#stored.synced(event);
    else if (event.op === 'POSTREAD') this.#unseen.synced(event);
    else if (event.op === 'POSTWRITE') {
      this.#tables.synced(event);
      this.#published.synced(event);
    }
  }

  /** The device may store into the used ring as soon as it knows of it. */
  setUp({ queue, size, used }: Extract<WireOp, { op: 'setup' }>, eventIdx: boolean): void {
    this.#eventIdx = eventIdx;
    this.#last(
      range(used, USED_HEADER + USED_ELEMENT * size),
      'PREREAD',
      `used ring of queue ${queue} when it is set up`,
    );
  }

  #publishing(queue: QueueRecord): void {
    this.#published.add(availOf(queue));
    this.#last(
      range(queue.used, USED_HEADER),
      'PREREAD',
      `used index of queue ${queue.index} before more is published`,
    );
  }

  call({ api, kind, facts }: CallEvent): void {
    const queue = this.#book.queues.get(Number(facts.queue));
    if (queue === undefined) return;
    if (api === 'dequeue_commit' && kind === 'call') return this.#retired(queue, Number(facts.slot));
    if (kind !== 'return') return;
    if (api === 'enqueue_commit') this.#committed(queue, Number(facts.slot), facts.notify === true);
    else if (api === 'dequeue' && facts.result === 0) {
      // What a reset brings back, the device need not have looked at.
      if (facts.abandoned === true) this.#tables.take(tableOf(queue, Number(facts.slot)));
      else this.#dequeued(queue);
    } else if (api === 'stop_vq_intr' || api === 'start_vq_intr') {
      this.#flushed(queue);
      if (api === 'start_vq_intr') {
        this.#last(usedIndexOf(queue), 'POSTREAD', `used index of queue ${queue.index} when interrupts start`);
      }
    }
  }

  #committed(queue: QueueRecord, slot: number, notify: boolean): void {
    this.#flushed(queue);
    const record = queue.slots.get(slot);
    if (record?.indirect === true) {
      const table = tableOf(queue, slot);
      this.#clean(table, `indirect table of slot ${slot}`);
      this.#tables.add(range(table.start, DESCRIPTOR * record.nsegs));
    }
    if (!notify) return;
    const says = this.#eventIdx
      ? range(queue.used + USED_HEADER + USED_ELEMENT * queue.num, WORD)
      : range(queue.used, WORD);
    this.#last(says, 'POSTREAD', `word that says whether queue ${queue.index} is to be notified`);
  }

  #flushed(queue: QueueRecord): void {
    this.#clean(headerOf(queue), `flags and index of the available ring of queue ${queue.index}`);
    this.#clean(usedEventOf(queue), `event index of queue ${queue.index}`);
  }

  #clean(place: Range, what: string): void {
    const dirty = this.#stored.take(place);
    this.#context.check(SYNC, !dirty, `${what} synchronised for the device`, () => 'stored without PREWRITE');
  }

  /** The memory that begins there is given back. */
  freed(address: number): void {
    for (const queue of this.#book.queues.values()) if (queue.desc === address) this.#readBack(queue, 'freed');
  }

  /** The device may have read the available ring at any time since it was published. */
  #readBack(queue: QueueRecord, when: string): void {
    const missed = this.#published.take(availOf(queue));
    this.#context.check(
      SYNC,
      !missed,
      'available ring synchronised after the device has had it',
      () => `ring of queue ${queue.index} without POSTWRITE when it is ${when}`,
    );
  }

  #dequeued(queue: QueueRecord): void {
    this.#readBack(queue, 'dequeued from');
    const stale = this.#unseen.take(usedIndexOf(queue));
    this.#context.check(
      SYNC,
      !stale,
      'used index synchronised before it is read',
      () => `index of queue ${queue.index} read without POSTREAD`,
    );
  }

  #retired(queue: QueueRecord, slot: number): void {
    const record = queue.slots.get(slot);
    if (record?.indirect !== true) return;
    const missed = this.#tables.take(tableOf(queue, slot));
    this.#context.check(
      SYNC,
      !missed,
      'indirect table synchronised before its slot is given back',
      () => `table of slot ${slot} without POSTWRITE`,
    );
  }

  #last(place: Range, owed: SyncEvent['op'], what: string): void {
    const last = this.#syncs.findLast(({ address, size }) => address <= place.start && address + size >= place.end);
    this.#context.check(SYNC, last?.op === owed, `${owed} on the ${what}`, () => last?.op ?? 'no sync at all');
  }
}

const headerOf = ({ avail }: QueueRecord): Range => range(avail, AVAIL_HEADER);
const availOf = ({ avail, num }: QueueRecord): Range => range(avail, AVAIL_HEADER + WORD * num);
const usedEventOf = ({ avail, num }: QueueRecord): Range => range(avail + AVAIL_HEADER + WORD * num, WORD);
const usedIndexOf = ({ used }: QueueRecord): Range => range(used + WORD, WORD);
const tablesOf = ({ indirect, maxNSegs, num }: QueueRecord): Range =>
  range(indirect, indirect === 0 ? 0 : DESCRIPTOR * maxNSegs * num);
const tableOf = ({ indirect, maxNSegs }: QueueRecord, slot: number): Range =>
  range(indirect + DESCRIPTOR * maxNSegs * slot, DESCRIPTOR * maxNSegs);
