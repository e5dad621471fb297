/** Where queues lie (P7), and who may touch what when (P10). */
import type { AttachApi, AttachEvent, CallEvent } from './events.ts';
import type { Buffer, QueueBook, QueueRecord } from './queue-book.ts';
import { RingSyncRules } from './ring-sync-rules.ts';
import type { RuleContext } from './setup.ts';
import { isLegacy } from './setup.ts';
import { walkChain, type Shadow } from './shadow.ts';
import type { WireOp } from './wire.ts';

const SYNC = 'netbsd.dma-sync';
const MEMORY = 'netbsd.ring-memory';
/** Syncs that are remembered; far more than a request needs. */
const MOST_SYNCS = 4096;
const DESCRIPTOR = 16;
/** Calls that synchronise parts of their queue only. */
const RING_WORK: readonly AttachApi[] = ['enqueue_commit', 'dequeue'];

interface Range {
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

type SyncEvent = Extract<AttachEvent, { kind: 'sync' }>;

export class MemoryRules {
  readonly #context: RuleContext;
  readonly #book: QueueBook;
  readonly #memory: Shadow;
  readonly #rings: RingSyncRules;
  readonly #allocations = new Map<number, Range>();
  #syncs: SyncEvent[] = [];
  /** The queue that is being worked on by a call which touches nothing else. */
  #working: QueueRecord | undefined;
  /** Ring words that the CPU has stored and not synchronised, by address. */
  readonly #unsynced = new Set<number>();
  /** Words of the used ring that the device has stored and the CPU has not synchronised. */
  readonly #unseen = new Set<number>();

  constructor(context: RuleContext, book: QueueBook, memory: Shadow) {
    this.#context = context;
    this.#book = book;
    this.#memory = memory;
    this.#rings = new RingSyncRules(context, book);
  }

  allocation(event: Extract<AttachEvent, { kind: 'dma-alloc' | 'dma-free' }>): void {
    const { kind, name, address, size } = event;
    if (kind === 'dma-alloc') this.#allocations.set(address, { what: name, start: address, end: address + size });
    else {
      this.#rings.freed(address);
      this.#allocations.delete(address);
    }
  }

  /** Allocations that are still there. */
  get outstanding(): readonly string[] {
    return [...this.#allocations.values()].map(({ what }) => what);
  }

  /** P7: the rings as the device is told of them. */
  setUp(op: Extract<WireOp, { op: 'setup' }>, eventIdx: boolean): void {
    this.#rings.setUp(op, eventIdx);
    const { queue, size, desc, avail, used } = op;
    const header = eventIdx ? 6 : 4;
    const ranges: Range[] = [
      { what: 'descriptor table', start: desc, end: desc + DESCRIPTOR * size },
      { what: 'available ring', start: avail, end: avail + header + 2 * size },
      { what: 'used ring', start: used, end: used + header + 8 * size },
    ];
    const record = this.#book.queues.get(queue);
    if (record !== undefined && record.indirect !== 0) {
      const end = record.indirect + DESCRIPTOR * record.maxNSegs * record.num;
      ranges.push({ what: 'indirect tables', start: record.indirect, end });
    }
    if (record !== undefined && isLegacy(this.#context.setup)) this.#legacyLayout(record, size, used);
    const home = this.#homeOf(desc);
    for (const range of ranges) {
      this.#context.check(
        MEMORY,
        home !== undefined && range.start >= home.start && range.end <= home.end,
        `${range.what} of queue ${queue} inside its allocation`,
        () =>
          `${range.what} ends at +${range.end - (home?.start ?? 0)} of ${home === undefined ? 'nothing' : `${home.end - home.start} bytes`}`,
      );
    }
    for (const [i, a] of ranges.entries()) {
      for (const b of ranges.slice(i + 1)) {
        const overlap = Math.min(a.end, b.end) - Math.max(a.start, b.start);
        this.#context.check(
          MEMORY,
          overlap <= 0,
          `${a.what} and ${b.what} of queue ${queue} apart`,
          () => `${overlap} bytes in common`,
        );
      }
    }
    if (record !== undefined && this.#context.setup.age === 'new') this.#asAllocated(record, op);
  }

  /** The device is told where the driver has its rings. (The old interface sets a queue up before its addresses are told.) */
  #asAllocated(record: QueueRecord, { queue, desc, avail, used }: Extract<WireOp, { op: 'setup' }>): void {
    this.#context.check(
      MEMORY,
      record.desc === desc && record.avail === avail && record.used === used,
      `queue ${queue} set up where it was allocated`,
      () => `${places(desc, avail, used)} told, ${places(record.desc, record.avail, record.used)} used`,
    );
  }

  /** 2.7.2, 2.7.3: the driver looks for the rings where a legacy device computes them from its own queue size. */
  #legacyLayout(record: QueueRecord, size: number, used: number): void {
    const { index, num } = record;
    this.#context.check(
      'split.driver.legacy-virtqueue-layout.1',
      num === size,
      `queue ${index} of ${size} entries, as the device says`,
      () => `${num} entries`,
    );
    if (num !== size) return;
    this.#context.check(
      'split.driver.legacy-virtqueue-layout.3',
      record.used === used,
      `used ring of queue ${index} at 0x${used.toString(16)}`,
      () => `0x${record.used.toString(16)}`,
    );
  }

  #homeOf(address: number): Range | undefined {
    for (const range of this.#allocations.values()) if (address >= range.start && address < range.end) return range;
    return undefined;
  }

  /** It lies within one allocation. */
  #isWhole(address: number, size: number): boolean {
    const home = this.#homeOf(address);
    return home !== undefined && address + size <= home.end;
  }

  deviceStore(event: Extract<AttachEvent, { kind: 'device-store' }>): void {
    this.#rings.deviceStore(event);
    const { address, bytes } = event;
    this.#context.check(
      MEMORY,
      this.#isWhole(address, bytes.length),
      'device stores inside memory that was allocated for it',
      () => `${bytes.length} bytes at 0x${address.toString(16)}`,
    );
    for (const queue of this.#book.queues.values()) {
      if (address >= queue.used + 4 && address < queue.used + 4 + 8 * queue.num) this.#unseen.add(address);
    }
  }

  /** The CPU stores; what it stores into a ring has to be synchronised before the device may look. */
  store(event: Extract<AttachEvent, { kind: 'store' }>): void {
    this.#rings.store(event);
    const { address, bytes } = event;
    this.#context.check(
      MEMORY,
      this.#isWhole(address, bytes.length),
      'stores inside memory that the driver has allocated',
      () => `${bytes.length} bytes at 0x${address.toString(16)}`,
    );
    this.#leavesUsedRings(address, address + bytes.length);
    for (const queue of this.#book.queues.values()) {
      if (address >= queue.avail + 4 && address < queue.avail + 4 + 2 * queue.num) this.#unsynced.add(address);
      else if (address === queue.avail + 2 && bytes.length === 2) this.#published(queue);
      else if (address >= queue.desc && address < queue.desc + DESCRIPTOR * queue.num) {
        this.#unsynced.add(address - ((address - queue.desc) % DESCRIPTOR));
      }
    }
  }

  /** The used ring is the device's, and nobody has business in what is left of its pages before the indirect tables. */
  #leavesUsedRings(start: number, end: number): void {
    for (const queue of this.#book.queues.values()) {
      const { desc, used, indirect } = queue;
      // The memory of a queue is made ready as a whole.
      if (start === desc || end <= used) continue;
      const limit = indirect === 0 ? (this.#homeOf(desc)?.end ?? used) : indirect;
      if (start >= limit) continue;
      this.#context.check(
        MEMORY,
        false,
        `the used ring of queue ${queue.index}, and what lies behind it, left to the device`,
        () => `the driver stores ${end - start} bytes at 0x${start.toString(16)}`,
      );
    }
  }

  #published(queue: QueueRecord): void {
    const late = [...this.#unsynced].filter((at) => at >= queue.avail + 4 && at < queue.avail + 4 + 2 * queue.num);
    this.#context.check(
      SYNC,
      late.length === 0,
      'entries of the available ring synchronised before its index is published',
      () => `${late.length} of queue ${queue.index} without PREWRITE`,
    );
    for (const at of late) this.#unsynced.delete(at);
  }

  sync(event: SyncEvent): void {
    this.#rings.sync(event);
    this.#syncs.push(event);
    if (this.#syncs.length > MOST_SYNCS) this.#syncs = this.#syncs.slice(MOST_SYNCS / 2);
    const { address, size, op } = event;
    // bus_dmamap_sync(9) takes an offset and a length inside the map.
    this.#context.check(
      SYNC,
      this.#isWhole(address, size),
      'syncs inside memory that the driver has allocated',
      () => `${op} of ${size} bytes at 0x${address.toString(16)}`,
    );
    if (this.#working !== undefined) this.#ofItsOwn(this.#working, address);
    const covered = (at: number): boolean => at >= address && at < address + size;
    if (op === 'PREWRITE') for (const at of this.#unsynced) if (covered(at)) this.#unsynced.delete(at);
    if (op === 'POSTREAD') for (const at of this.#unseen) if (covered(at)) this.#unseen.delete(at);
    if (op === 'POSTREAD' || op === 'POSTWRITE') this.#afterUse(event);
  }

  /** What a commit or a dequeue synchronises is the memory of its queue: one map is loaded with all of that. */
  #ofItsOwn(queue: QueueRecord, address: number): void {
    this.#context.check(
      SYNC,
      this.#homeOf(address) === this.#homeOf(queue.desc),
      'syncs of a queue inside its own memory',
      () => `queue ${queue.index} at 0x${queue.desc.toString(16)}, and a sync at 0x${address.toString(16)}`,
    );
  }

  /** A sync behind the device's back or after its use: the direction has to be that of the buffer. */
  #afterUse({ address, size, op }: SyncEvent): void {
    this.#eachBuffer((buffer, state) => {
      if (buffer.address < address || buffer.address + buffer.length > address + size) return;
      if (state !== 'used') return;
      const owed = buffer.readable ? 'POSTWRITE' : 'POSTREAD';
      this.#context.check(
        SYNC,
        op === owed,
        `${owed} on a buffer that the device ${buffer.readable ? 'reads' : 'writes'}`,
        () => op,
      );
      buffer.synced = true;
    });
  }

  cpu({ access, address, size }: Extract<AttachEvent, { kind: 'cpu' }>): void {
    this.#eachBuffer((buffer, state) => {
      if (access === 'read' && state === 'used' && buffer.address === address && !buffer.readable) {
        this.#context.check(
          'netbsd.used-length-bounded',
          size <= buffer.length,
          `at most the ${buffer.length} bytes of the buffer`,
          () => `${size} bytes read`,
        );
      }
      if (buffer.address >= address + size || address >= buffer.address + buffer.length) return;
      this.#context.check(
        SYNC,
        state !== 'committed' && (state !== 'used' || buffer.synced),
        'the CPU leaves buffers of the device alone',
        () => `${access} of ${size} bytes at 0x${address.toString(16)} while the buffer is ${state}`,
      );
    });
  }

  #eachBuffer(visit: (buffer: Buffer, state: string) => void): void {
    for (const queue of this.#book.queues.values()) {
      for (const slot of queue.slots.values()) for (const buffer of slot.buffers) visit(buffer, slot.state);
    }
  }

  call(event: CallEvent): void {
    this.#rings.call(event);
    const { api, kind, facts } = event;
    const queue = this.#book.of(event);
    if (queue === undefined) return;
    if (RING_WORK.includes(api)) this.#working = kind === 'call' ? queue : undefined;
    const slot = Number(facts.slot);
    if (api === 'enqueue' && kind === 'return' && facts.segment === true) this.#enqueued(event);
    else if (api === 'enqueue_commit' && kind === 'return' && slot >= 0) this.#committed(queue, slot);
    else if (api === 'dequeue' && kind === 'return' && facts.result === 0 && facts.abandoned !== true)
      this.#dequeued(queue);
    else if (api === 'dequeue_commit' && kind === 'call') this.#retired(queue, slot);
  }

  #enqueued({ facts }: CallEvent): void {
    const start = Number(facts.address);
    const length = Number(facts.length);
    const end = start + length;
    this.#context.check(
      MEMORY,
      this.#isWhole(start, length),
      'buffers inside memory that the driver has allocated',
      () => `${length} bytes at 0x${start.toString(16)} enqueued`,
    );
    const owed = facts.write === true ? 'PREWRITE' : 'PREREAD';
    const last = this.#syncs.findLast(({ address, size }) => address <= start && address + size >= end);
    this.#context.check(
      SYNC,
      last?.op === owed,
      `${owed} before the buffer is enqueued`,
      () => last?.op ?? 'no sync at all',
    );
  }

  #committed(queue: QueueRecord, slot: number): void {
    const chain = walkChain(this.#memory, this.#context.setup.rings, queue.desc, queue.num, slot);
    const late = chain.direct.filter((i) => this.#unsynced.has(queue.desc + DESCRIPTOR * i));
    this.#context.check(
      SYNC,
      late.length === 0,
      'descriptors synchronised when they are committed',
      () => `descriptors ${late.join(', ')} are not`,
    );
    for (const i of late) this.#unsynced.delete(queue.desc + DESCRIPTOR * i);
  }

  #dequeued(queue: QueueRecord): void {
    const element = queue.used + 4 + 8 * ((queue.taken - 1) % queue.num);
    const stale = this.#unseen.has(element) || this.#unseen.has(element + 4);
    this.#context.check(
      SYNC,
      !stale,
      'used elements synchronised before they are read',
      () => `element of queue ${queue.index} read without POSTREAD`,
    );
    this.#unseen.delete(element);
    this.#unseen.delete(element + 4);
  }

  #retired(queue: QueueRecord, slot: number): void {
    const record = queue.slots.get(slot);
    if (record === undefined) return;
    const missed = record.buffers.filter((buffer) => !buffer.synced);
    this.#context.check(
      SYNC,
      missed.length === 0,
      'buffers synchronised before their slot is given back',
      () => `${missed.length} of slot ${slot} are not`,
    );
  }
}

function places(...rings: readonly number[]): string {
  return rings.map((address) => `0x${address.toString(16)}`).join(', ');
}
