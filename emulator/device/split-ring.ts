/** The device's side of a split virtqueue (2.7): taking chains from the available ring. */
import { crash, hang } from '../faults/misbehave.ts';
import type { DeviceFaults } from '../faults/switches.ts';
import { RING_HEADER_SIZE } from './bits.ts';
import { BufferChain, walkChain } from './descriptor-chain.ts';
import type { GuestView } from './guest-view.ts';
import type { RingLayout } from './queue-setup.ts';
import { UsedRing } from './used-ring.ts';

/** Accepted features that change how a ring works. */
export interface RingFeatures {
  eventIdx: boolean;
  indirect: boolean;
  inOrder: boolean;
  notifyOnEmpty: boolean;
}

/** For the fault `chain-limit-too-low`. */
const SMALL_CHAIN = 5;

/** What a ring needs of its device. */
export interface RingOwner {
  readonly view: GuestView;
  readonly faults: DeviceFaults;
  /** Byte order of every ring field: little, but the guest's where legacy (2.7.3). */
  readonly littleEndian: boolean;
  readonly ringFeatures: RingFeatures;
  usedBufferNotification(): void;
}

export class SplitRing {
  readonly index: number;
  readonly used: UsedRing;
  /** Why the ring can't be worked on any more. */
  error: string | null = null;
  private readonly owner: RingOwner;
  private opened = false;
  private epoch = 0;
  private layout: RingLayout = { size: 0, desc: 0, avail: 0, used: 0 };
  /** Index in the available ring of the next chain to take; starts at 0 and wraps at 2^16 (2.7.6). */
  private lastAvail = 0;
  private taken = 0;
  private takenThisKick = 0;
  private previous: BufferChain | null = null;

  constructor(index: number, owner: RingOwner) {
    this.index = index;
    this.owner = owner;
    this.used = new UsedRing(owner);
  }

  get isOpen(): boolean {
    return this.opened;
  }

  /** Starts on a ring whose layout has been checked: every index at its default. */
  open(layout: RingLayout): void {
    this.layout = layout;
    this.opened = true;
    this.used.open(layout);
  }

  /** Lets go of the ring. Chains taken before belong to nobody afterwards. */
  close(): void {
    this.opened = false;
    this.error = null;
    this.epoch++;
    this.lastAvail = 0;
    this.previous = null;
    this.used.close();
  }

  /** For the faults that keep progress over a reset. */
  closeKeepingIndices(): void {
    const { lastAvail } = this;
    const index = this.used.index;
    this.close();
    this.lastAvail = lastAvail;
    this.used.index = index;
  }

  /** For the faults that let requests under way finish after a reset. */
  adoptOldChains(): void {
    this.epoch--;
    this.opened = true;
  }

  /** The driver notified: nothing but some faults tells that from any other moment. */
  kicked(): void {
    this.takenThisKick = 0;
  }

  /** Nothing is available that has not been taken. */
  isDrained(): boolean {
    const { owner, layout } = this;
    return owner.view.load16(layout.avail + 2, owner.littleEndian) === this.lastAvail;
  }

  /** The next available chain; null when there is none, or when `error` has been set. */
  take(): BufferChain | null {
    const { owner, layout } = this;
    const faults = owner.faults;
    const little = owner.littleEndian;
    const index = this.findAvailable(little);
    if (index < 0) return null;
    const slot = this.lastAvail & (layout.size - 1);
    const head = owner.view.load16(layout.avail + RING_HEADER_SIZE + 2 * slot, little);
    if (head >= layout.size) {
      if (faults['crash-on-head-out-of-range']) crash('descriptor head out of range');
      return this.fail('descriptor head out of range');
    }
    const chain = new BufferChain(this.index, head, this.epoch);
    const error = walkChain(owner, chain, layout.desc, layout.size, owner.ringFeatures.indirect);
    if (error !== null) return this.fail(error);
    this.lastAvail = (this.lastAvail + 1) & 0xffff;
    this.taken++;
    this.takenThisKick++;
    if (faults['chain-dropped'] && this.taken % 8 === 0) return this.take();
    const descriptors = chain.readable.length + chain.writable.length;
    if (faults['chain-limit-too-low'] && descriptors > SMALL_CHAIN) return this.take();
    if (faults['readable-buffer-modified'] && chain.readableLength > 0) scribble(owner, chain);
    this.previous = chain;
    this.used.chainTaken(chain);
    return chain;
  }

  /** Returns a chain to the driver. One that was taken before the last reset is none of its business. */
  complete(chain: BufferChain, written: number): void {
    if (!this.opened || chain.epoch !== this.epoch) return;
    const before = this.used.index;
    this.used.use(chain, written);
    if (this.owner.faults['chain-used-twice'] && this.taken % 8 === 0) this.used.use(chain, written);
    if (this.used.index !== before && this.used.mustNotify(before, this)) this.owner.usedBufferNotification();
  }

  /** For the fault `spurious-kick-replays`. */
  replay(): BufferChain | null {
    return this.previous;
  }

  /** The available index if something is available, or -1. */
  private findAvailable(little: boolean): number {
    const { owner, layout } = this;
    const faults = owner.faults;
    const address = layout.avail + 2;
    let index = owner.view.load16(address, little);
    if (index === this.lastAvail) {
      if (!owner.ringFeatures.eventIdx) return -1;
      // 2.7.10: ask for a notification at the next buffer, then look again, since one may have come in between.
      this.used.publishAvailEvent(this.lastAvail);
      index = owner.view.load16(address, little);
      if (index === this.lastAvail) return -1;
    }
    // Never more than the queue holds: with a jump beyond that the driver has overwritten entries not yet read.
    const available = (index - this.lastAvail) & 0xffff;
    if (available > layout.size) {
      if (faults['crash-on-available-index-jump']) crash('available index jumped');
      if (faults['hang-on-available-index-jump']) hang();
      this.fail('available index jumped');
      return -1;
    }
    if (faults['available-index-wrap-stalls'] && index < this.lastAvail) return -1;
    if (faults['kick-takes-one'] && this.takenThisKick > 0) return -1;
    if (faults['kick-leaves-last'] && this.takenThisKick > 0 && available === 1) return -1;
    return index;
  }

  private fail(reason: string): null {
    this.error = reason;
    return null;
  }
}

/** For the fault `readable-buffer-modified`. */
function scribble(owner: RingOwner, chain: BufferChain): void {
  const segment = chain.readable[chain.readable.length - 1];
  if (segment.length > 0) owner.view.memory.store8(segment.address + segment.length - 1, 0xdb);
}
