/** Descriptors and slots (P8, P9), and block limits (P11). */
import type { DataRules } from './data-rules.ts';
import type { AttachEvent, CallEvent } from './events.ts';
import { OutcomeRules } from './outcome-rules.ts';
import type { QueueBook, QueueRecord, SlotRecord } from './queue-book.ts';
import type { RestRules } from './rest-rules.ts';
import { isLegacy, type RuleContext } from './setup.ts';
import { walkChain, type Shadow } from './shadow.ts';
import { TransferRules } from './transfer-rules.ts';

const ACCOUNTING = 'netbsd.descriptor-accounting';
/** Header and status of a block request. */
const CONTROL_SEGMENTS = 2;

export class RequestRules {
  readonly #context: RuleContext;
  readonly #book: QueueBook;
  readonly #memory: Shadow;
  readonly #outcomes: OutcomeRules;
  readonly #transfers: TransferRules;
  readonly #data: DataRules;
  readonly #rest: RestRules;

  constructor(context: RuleContext, book: QueueBook, memory: Shadow, data: DataRules, rest: RestRules) {
    this.#context = context;
    this.#book = book;
    this.#memory = memory;
    this.#outcomes = new OutcomeRules(context, book, memory, () => data.idle);
    this.#transfers = new TransferRules(context, memory);
    this.#data = data;
    this.#rest = rest;
  }

  call(event: CallEvent): void {
    this.#outcomes.call(event);
    this.#transfers.call(event);
    const queue = this.#book.of(event);
    if (queue === undefined) return;
    if (event.kind === 'call') this.#begin(event, queue);
    else this.#end(event, queue);
  }

  newInstance(): void {
    this.#outcomes.newInstance();
  }

  #begin({ api, facts }: CallEvent, queue: QueueRecord): void {
    const slot = Number(facts.slot);
    if (api === 'enqueue_commit' && slot >= 0) this.#commit(queue, slot);
    else if (api === 'enqueue_abort') this.#giveBack(queue, slot, ['prepared', 'reserved'], 'aborted');
    else if (api === 'dequeue_commit') {
      this.#giveBack(queue, slot, ['used'], 'given back');
      const record = queue.slots.get(slot);
      if (record !== undefined) record.state = 'freeing';
    }
  }

  #end(event: CallEvent, queue: QueueRecord): void {
    const { api, facts, thread } = event;
    const slot = Number(facts.slot);
    const result = facts.result;
    switch (api) {
      case 'enqueue_prep':
        return this.#prepared(queue, slot, result === 0, thread);
      case 'enqueue_reserve':
        return this.#reserved(queue, slot, Number(facts.nsegs), result === 0, facts.indirect === true);
      case 'enqueue': {
        const record = queue.slots.get(slot);
        if (facts.segment === true && record !== undefined) {
          record.buffers.push({
            address: Number(facts.address),
            length: Number(facts.length),
            readable: facts.write === true,
            synced: false,
          });
        }
        return;
      }
      case 'enqueue_abort':
        queue.slots.delete(slot);
        return;
      case 'dequeue':
        if (result === 0) this.#taken(queue, slot, facts.abandoned === true ? undefined : Number(facts.length));
        return;
      case 'dequeue_commit':
        if (queue.slots.get(slot)?.state === 'freeing') queue.slots.delete(slot);
        return;
      case 'free_vq': {
        const held = this.#book.held(queue);
        this.#context.check(
          ACCOUNTING,
          result !== 'EBUSY' || held > 0,
          'an idle queue is freed',
          () => `queue ${queue.index} called busy with no descriptor in use`,
        );
        if (result === 0) this.#book.queues.delete(queue.index);
        return;
      }
      default:
        return;
    }
  }

  /** `length`: bytes that the device has written; undefined: a reset brought it back, so it has not touched the buffers. */
  #taken(queue: QueueRecord, slot: number, length: number | undefined): void {
    if (length !== undefined) queue.taken++;
    const record = queue.slots.get(slot);
    if (record === undefined) return;
    record.state = 'used';
    this.#outcomes.takenBack(record);
    if (length === undefined) {
      for (const buffer of record.buffers) buffer.synced = true;
      return;
    }
    this.#transfers.taken(queue, record);
    this.#data.taken(queue, record, length);
  }

  #prepared(queue: QueueRecord, slot: number, ok: boolean, thread: number): void {
    const held = this.#book.held(queue);
    if (!ok) {
      this.#context.check(
        ACCOUNTING,
        held >= queue.num,
        `a descriptor, as ${held} of ${queue.num} are in use`,
        () => 'EAGAIN',
      );
      return;
    }
    const before = queue.slots.get(slot);
    this.#context.check(
      ACCOUNTING,
      before === undefined || before.state === 'freeing',
      'a free descriptor',
      () => `slot ${slot} handed out while a request has it`,
    );
    queue.slots.set(slot, { state: 'prepared', thread, nsegs: 1, indirect: false, buffers: [] });
  }

  #reserved(queue: QueueRecord, slot: number, nsegs: number, ok: boolean, indirect: boolean): void {
    const free = queue.num - this.#book.held(queue);
    if (!ok) {
      this.#context.check(
        ACCOUNTING,
        free < nsegs - 1,
        `${nsegs - 1} more descriptors, as ${free} are free`,
        () => `EAGAIN for ${nsegs} segments`,
      );
      queue.slots.delete(slot);
      return;
    }
    const record = queue.slots.get(slot);
    if (record === undefined) return;
    record.state = 'reserved';
    record.nsegs = nsegs;
    record.indirect = indirect;
  }

  #commit(queue: QueueRecord, slot: number): void {
    const record = queue.slots.get(slot);
    this.#context.check(
      ACCOUNTING,
      record?.state === 'reserved' || record?.state === 'prepared',
      'a request that was prepared',
      () => `slot ${slot} committed while it is ${record?.state ?? 'free'}`,
    );
    if (record === undefined) return;
    record.state = 'committed';
    queue.committed++;
    this.#outcomes.handedOver(record);
    const { rings } = this.#context.setup;
    const chain = walkChain(this.#memory, rings, queue.desc, queue.num, slot);
    const expected = record.indirect ? 1 : record.nsegs;
    this.#endianness(queue, slot, chain.direct.length === expected && chain.segments.length === record.nsegs, record);
    this.#context.check(
      ACCOUNTING,
      chain.direct.length === expected && chain.segments.length === record.nsegs,
      `${expected} descriptors for ${record.nsegs} segments`,
      () => `${chain.direct.length} descriptors with ${chain.segments.length} segments in memory`,
    );
    this.#limits(queue, chain.segments.slice(1, -1));
    this.#transfers.committed(queue, record, chain);
    this.#data.committed(queue, chain);
    this.#rest.committed(queue, chain);
  }

  /** 2.7.3: a chain that makes sense only when it is read in the other byte order. */
  #endianness(queue: QueueRecord, slot: number, sensible: boolean, { indirect, nsegs }: SlotRecord): void {
    const { setup } = this.#context;
    if (!isLegacy(setup)) return;
    const id = 'split.driver.legacy-virtqueue-endianness.1';
    if (sensible && nsegs > 1) this.#context.exercise(id);
    if (sensible) return;
    const chain = walkChain(this.#memory, setup.rings === 'big' ? 'little' : 'big', queue.desc, queue.num, slot);
    const swapped = chain.direct.length === (indirect ? 1 : nsegs) && chain.segments.length === nsegs;
    if (swapped)
      this.#context.check(id, false, `descriptors in the guest's order, ${setup.rings}-endian`, () => 'the other');
  }

  #limits({ maxNSegs }: QueueRecord, data: readonly { readonly length: number }[]): void {
    const { type, segMax, sizeMax } = this.#context.setup;
    if (type === 'blk') {
      // What ld_virtio.c makes its queue for: SEG_MAX, or one where that is not offered, with header and status.
      this.#context.check(
        'netbsd.segment-limits',
        data.length + CONTROL_SEGMENTS <= maxNSegs,
        `no more than the ${maxNSegs} segments that the queue was made for`,
        () => `${data.length} of data`,
      );
    }
    if (segMax !== undefined) {
      this.#context.check(
        'netbsd.segment-limits',
        data.length <= segMax,
        `at most ${segMax} data segments`,
        () => `${data.length}`,
      );
    }
    if (sizeMax !== undefined) {
      const longest = data.reduce((most, { length }) => Math.max(most, length), 0);
      this.#context.check(
        'netbsd.segment-limits',
        longest <= sizeMax,
        `segments of at most ${sizeMax} bytes`,
        () => `${longest} bytes`,
      );
    }
  }

  #giveBack(queue: QueueRecord, slot: number, from: readonly SlotRecord['state'][], how: string): void {
    const state = queue.slots.get(slot)?.state;
    this.#context.check(
      ACCOUNTING,
      state !== undefined && from.includes(state),
      `a slot that is ${from.join(' or ')}`,
      () => `slot ${slot} ${how} while it is ${state ?? 'free'}`,
    );
  }

  /** P9: the slot's own bookkeeping changes. */
  slot(event: Extract<AttachEvent, { kind: 'slot' }>): void {
    const record = this.#book.queues.get(event.queue)?.slots.get(event.slot);
    if (record === undefined) return;
    this.#context.check(
      'netbsd.slot-owner',
      record.thread === event.thread ||
        record.state === 'used' ||
        record.state === 'freeing' ||
        record.state === 'committed',
      `slot ${event.slot} changed by its owner, thread ${record.thread}`,
      () => `thread ${event.thread} ${event.owned ? 'sets' : 'clears'} it while it is ${record.state}`,
    );
  }
}
