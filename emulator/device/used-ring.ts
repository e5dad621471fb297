/** The used ring (2.7.8): returning chains, in order where promised (2.7.9), and saying so where wanted (2.7.7). */
import type { DeviceFaults } from '../faults/switches.ts';
import { AVAIL_NO_INTERRUPT, RING_HEADER_SIZE, USED_ELEMENT_SIZE } from './bits.ts';
import type { BufferChain } from './descriptor-chain.ts';
import type { RingLayout } from './queue-setup.ts';
import type { RingOwner } from './split-ring.ts';

/** For the fault `interrupt-lost-sometimes`: how many notifications are due for each one that is forgotten. */
const LOSS_PERIOD = 4;

export class UsedRing {
  /** Where the next element goes; starts at 0 and wraps at 2^16 (2.7.8). */
  index = 0;
  private readonly owner: RingOwner;
  private layout: RingLayout = { size: 0, desc: 0, avail: 0, used: 0 };
  private usedEventAddress = 0;
  private availEventAddress = 0;
  /** Chains taken and not yet returned. */
  private inFlight = 0;
  /** With IN_ORDER: those chains, in the order in which they were made available. */
  private order: BufferChain[] = [];
  private returned = 0;
  private due = 0;
  private lastWritten = 0;
  private firstUsedEvent = -1;

  constructor(owner: RingOwner) {
    this.owner = owner;
  }

  open(layout: RingLayout): void {
    const { view, faults, littleEndian, ringFeatures } = this.owner;
    this.layout = layout;
    this.usedEventAddress = layout.avail + RING_HEADER_SIZE + 2 * layout.size;
    this.availEventAddress = layout.used + RING_HEADER_SIZE + USED_ELEMENT_SIZE * layout.size;
    this.firstUsedEvent = -1;
    let flags = 0;
    if (faults['used-flags-undefined-bit'] && !ringFeatures.eventIdx) flags = 2;
    if (faults['used-flags-set-with-event-idx'] && ringFeatures.eventIdx) flags = 1;
    if (faults['kicks-declined-without-polling'] && !ringFeatures.eventIdx) flags = 1;
    // 2.7.10.1: 0 throughout, as this device always wants notifications. Drivers write that 0 themselves as a rule.
    if (view.load16(layout.used, littleEndian) !== flags) view.memory.store16(layout.used, flags, littleEndian);
  }

  close(): void {
    this.index = 0;
    this.inFlight = 0;
    if (this.order.length > 0) this.order = [];
  }

  chainTaken(chain: BufferChain): void {
    this.inFlight++;
    if (this.owner.ringFeatures.inOrder) this.order.push(chain);
  }

  /** Returns a chain, or with IN_ORDER as many chains as it is the turn of (2.7.9). */
  use(chain: BufferChain, written: number): void {
    const { faults, ringFeatures } = this.owner;
    if (!ringFeatures.inOrder || faults['in-order-ignored']) return this.put(chain, written);
    chain.finished = true;
    chain.written = written;
    let ready = 0;
    while (ready < this.order.length && this.order[ready].finished) ready++;
    if (ready === 0) return;
    const batch = this.order.splice(0, ready);
    if (ready > 1 && this.putBatchWrongly(batch, faults)) return;
    for (const each of batch) this.put(each, each.written);
  }

  /** 2.7.10: a notification is wanted once the driver makes the buffer with this index available. */
  publishAvailEvent(next: number): void {
    const { view, faults, littleEndian } = this.owner;
    if (faults['avail-event-stuck']) return;
    if (faults['avail-event-ahead']) next = (next + 1) & 0xffff;
    if (view.load16(this.availEventAddress, littleEndian) === next) return;
    view.memory.store16(this.availEventAddress, next, littleEndian);
  }

  /** Whether the step of the used index from `before` to now wants a used buffer notification (2.7.7.2). */
  mustNotify(before: number, ring: { isDrained(): boolean }): boolean {
    const { view, faults, ringFeatures } = this.owner;
    const little = this.owner.littleEndian && !faults['modern-suppression-big-endian'];
    // 6.3: running out of buffers outranks both kinds of suppression.
    if (ringFeatures.notifyOnEmpty && !faults['notify-on-empty-ignored'] && this.inFlight === 0 && ring.isDrained()) {
      return true;
    }
    const flags = view.load16(this.layout.avail, little);
    const silenced = (flags & AVAIL_NO_INTERRUPT) !== 0;
    if (ringFeatures.eventIdx) {
      if (faults['no-interrupt-flag-honoured-with-event-idx'] && silenced) return false;
      if (faults['used-event-ignored']) return true;
      if (faults['used-event-never']) return false;
      return this.passedUsedEvent(before, little);
    }
    if (faults['used-event-honoured-without-feature']) return this.passedUsedEvent(before, little);
    if (faults['no-interrupt-flag-ignored']) return true;
    if (faults['no-interrupt-flag-inverted']) return silenced;
    if (faults['interrupt-lost-sometimes'] && !silenced && ++this.due % LOSS_PERIOD === 0) return false;
    return !silenced;
  }

  /** The element with index `used_event` was among those written. */
  private passedUsedEvent(before: number, little: boolean): boolean {
    const { view, faults } = this.owner;
    let event = view.load16(this.usedEventAddress, little);
    if (faults['used-event-read-once']) {
      if (this.firstUsedEvent < 0) this.firstUsedEvent = event;
      event = this.firstUsedEvent;
    }
    if (faults['used-event-off-by-one']) event = (event + 1) & 0xffff;
    if (faults['used-event-compared-unwrapped']) return event >= before && event < this.index;
    return ((this.index - event - 1) & 0xffff) < ((this.index - before) & 0xffff);
  }

  private put(chain: BufferChain, written: number): void {
    this.inFlight--;
    const step = this.owner.faults['used-index-double-step'] && ++this.returned % 16 === 0 ? 2 : 1;
    this.store(this.index, this.usedId(chain), this.usedLength(chain, written), step);
    this.flushLate(chain);
    this.lastWritten = written;
    if (this.owner.faults['descriptor-table-modified']) {
      this.owner.view.memory.store16(this.layout.desc + 16 * chain.head + 12, 0, this.owner.littleEndian);
    }
  }

  /** Element first, index last: once the driver sees the index, everything before it is true (2.7.8.2). */
  private store(slotIndex: number, id: number, length: number, step: number): void {
    const { view, faults } = this.owner;
    const memory = view.memory;
    const little = this.elementLittle();
    const slot = faults['used-ring-not-wrapped'] ? slotIndex : slotIndex & (this.layout.size - 1);
    const element = this.layout.used + RING_HEADER_SIZE + USED_ELEMENT_SIZE * slot;
    if (!view.contains(element, USED_ELEMENT_SIZE)) return;
    if (faults['used-index-before-element']) this.publish(step);
    memory.store32(element, id, little);
    if (faults['used-index-before-length']) this.publish(step);
    memory.store32(element + 4, length, little);
    if (!faults['used-index-before-element'] && !faults['used-index-before-length']) this.publish(step);
  }

  private publish(step: number): void {
    const { view, faults } = this.owner;
    const little = this.elementLittle();
    const address = this.layout.used + 2;
    let next = (this.index + step) & 0xffff;
    if (faults['used-index-skips-zero'] && next === 0) next = 1;
    this.index = next;
    if (faults['used-index-wraps-at-size']) next &= this.layout.size - 1;
    if (faults['used-index-stored-bytewise']) {
      view.memory.store8(address, little ? next & 0xff : next >> 8);
      view.memory.store8(address + 1, little ? next >> 8 : next & 0xff);
    } else {
      view.memory.store16(address, next, little);
    }
  }

  private elementLittle(): boolean {
    const { faults, littleEndian } = this.owner;
    if (faults['modern-used-ring-big-endian']) return false;
    return littleEndian || faults['legacy-used-ring-little-endian'];
  }

  private usedId(chain: BufferChain): number {
    const faults = this.owner.faults;
    if (faults['used-id-last-descriptor']) return chain.last;
    if (faults['used-id-ring-slot']) return this.index & (this.layout.size - 1);
    return chain.head;
  }

  private usedLength(chain: BufferChain, written: number): number {
    const faults = this.owner.faults;
    if (faults['used-length-zero']) return 0;
    if (faults['used-length-whole-buffer']) return chain.writableLength;
    if (faults['used-length-includes-readable']) return chain.readableLength + written;
    if (faults['used-length-one-more']) return written + 1;
    if (faults['used-length-one-less']) return Math.max(0, written - 1);
    if (faults['used-length-of-previous']) return this.lastWritten;
    if (faults['used-length-byte-swapped']) return ((written & 0xff) << 24) | ((written & 0xff00) << 8);
    return written;
  }

  /** 2.7.9: how a batch may go wrong. True if the batch has been returned. */
  private putBatchWrongly(batch: BufferChain[], faults: DeviceFaults): boolean {
    const first = batch[0];
    const last = batch[batch.length - 1];
    const at = this.index;
    if (faults['in-order-batch-names-first']) this.store(at, first.head, first.written, batch.length);
    else if (faults['in-order-batch-in-last-slot']) {
      this.store((at + batch.length - 1) & 0xffff, last.head, last.written, batch.length);
    } else if (faults['in-order-batch-index-by-one']) this.store(at, last.head, last.written, 1);
    else if (faults['in-order-batch-reversed']) {
      for (const chain of batch.reverse()) this.put(chain, chain.written);
      return true;
    } else return false;
    this.inFlight -= batch.length;
    batch.forEach((chain) => this.flushLate(chain));
    return true;
  }

  /** For the fault `data-after-used-index`. */
  private flushLate(chain: BufferChain): void {
    if (chain.late === null) return;
    for (const { address, bytes } of chain.late) this.owner.view.memory.storeBytes(address, bytes);
    chain.late = null;
  }
}
