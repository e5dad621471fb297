/**
 * All virtqueues of a device: routes what crosses the boundary to the queue it concerns. Queues are few but their numbers
 * may be anything up to 65535 (untagged.basic.3), so they are found through the short list of those that are set up.
 */
import { clause } from '../clauses/catalogue.ts';
import { empty } from '../collections.ts';
import type { ShadowMemory } from '../memory/shadow-memory.ts';
import type { Report } from '../report.ts';
import type { DisableCause, InterruptSink, QueueConfig, TransportState } from '../seams.ts';
import type { JudgeSetup } from '../setup.ts';
import { attribute } from './attribution.ts';
import { QueueContext, type ChainObserver } from './context.ts';
import { beforeBufferStore, beforeDescriptorStore } from './exposure.ts';
import { judgeSettled, judgeSuspended } from './progress.ts';
import { SplitQueue } from './split-queue.ts';
import { buffersLoaded } from './unread.ts';

const RESET_SILENT = clause('basic.device.device-reset.2');

export class QueueSet {
  readonly #context: QueueContext;
  readonly #memory: ShadowMemory;
  /** Every queue that ever was set up or kicked since power-on. */
  readonly #known: SplitQueue[] = [];
  readonly #enabled: readonly SplitQueue[];

  constructor(
    setup: JudgeSetup,
    report: Report,
    memory: ShadowMemory,
    transport: TransportState,
    interrupts: InterruptSink,
    device: ChainObserver,
  ) {
    this.#context = new QueueContext(setup, report, memory, transport, interrupts, device);
    this.#memory = memory;
    this.#enabled = this.#context.enabled;
  }

  /** A fresh implementation: forgets everything. The shadow memory is powered on by its owner. */
  powerOn(): void {
    for (const { owned, returned, fresh } of this.#known) {
      this.#context.returnBytes(owned);
      this.#context.returnBytes(returned);
      this.#context.returnBytes(fresh);
    }
    empty(this.#known);
    this.#context.powerOn();
  }

  /** The driver broke a rule since the last reset that lets the device as a whole give up (2.1.2). */
  get shaken(): boolean {
    return this.#context.shaken;
  }

  // What the register model reports (TransportListener).

  queueEnabled(config: QueueConfig): void {
    if (!this.#context.shaken) this.#memory.endWild(false);
    this.#queue(config.index).enable(config);
  }

  queueDisabled(index: number, cause: DisableCause): void {
    this.#queue(index).disable(cause);
  }

  /**
   * The driver has seen that the disabling is done (QueueReady, QueuePFN or QueueReset read back as it should). Until then
   * the device may still be finishing.
   */
  queueDisabledConfirmed(index: number): void {
    this.#find(index)?.confirmDisabled();
  }

  deviceReset(): void {
    const context = this.#context;
    // Only of a device that worked before, or that was mistreated, is the reset the thing to look at.
    if (context.shaken || context.worked) context.resets++;
    for (const queue of this.#known) {
      queue.disable('device-reset');
      if (queue.life !== 'not-ready' || queue.size > 0) queue.life = 'after-reset';
      queue.deadKick = false;
    }
    context.shaken = false;
    if (!context.observing) this.#memory.endWild(true);
  }

  /** The driver has read Status as 0 after its reset: the device must be silent now (2.4.1). */
  resetConfirmed(): void {
    this.#context.report.exercise(RESET_SILENT);
    this.#memory.endWild(false);
    for (const queue of this.#known) queue.confirmDisabled();
  }

  featuresFixed(): void {
    for (const queue of this.#enabled) queue.refresh();
  }

  driverOk(): void {
    this.featuresFixed();
    this.lifeChanged();
  }

  lifeChanged(): void {
    for (const queue of this.#enabled) {
      const before = queue.life;
      queue.lifeChanged();
      if (queue.life === 'suspended' && before !== 'suspended') judgeSuspended(queue);
    }
  }

  notified(index: number): void {
    this.#queue(index).notified();
  }

  /** Queues may be set up unseen from now on: nothing is known of what the device may write. */
  deviceVoided(): void {
    this.#context.shaken = true;
    this.#memory.wild = true;
    for (const queue of this.#enabled) queue.taint();
  }

  /** The queue may lie anywhere from now on. */
  queueVoided(index: number): void {
    this.#context.shaken = true;
    this.#memory.wild = true;
    const queue = this.#find(index);
    if (queue?.isEnabled === true) queue.taint();
  }

  // Memory.

  /** The driver stored `source[from, from + size)` at `address`. */
  driverStore(address: number, source: Uint8Array, from: number, size: number): void {
    const end = address + size;
    const memory = this.#memory;
    const enabled = this.#enabled;
    let overwritten: SplitQueue | undefined;
    let touched = false;
    for (let i = 0; i < enabled.length; i++) {
      const queue = enabled[i];
      if (address < queue.areaEnd && end > queue.areaStart) {
        touched = true;
        if (address < queue.descriptorsEnd && end > queue.descriptors) {
          beforeDescriptorStore(queue, address, source, from, size);
        }
        if (address < queue.usedEnd && end > queue.used && this.#changes(address, source, from, size)) {
          overwritten = queue;
        }
      }
      if (queue.exposed > 0 && address < queue.high && end > queue.low) {
        beforeBufferStore(queue, address, source, from, size);
      }
      if (queue.unread.length > 0) queue.dropUnread(address, size);
    }
    memory.driverStore(address, source, from, size);
    if (!touched) return;
    overwritten?.usedRingOverwritten();
    for (let i = 0; i < enabled.length; i++) {
      const queue = enabled[i];
      if (address < queue.areaEnd && end > queue.areaStart) queue.driverStored(address, size);
    }
  }

  #changes(address: number, source: Uint8Array, from: number, size: number): boolean {
    const memory = this.#memory;
    return memory.contains(address, size) && memory.nextDifference(address, source, from, size, 0) < size;
  }

  /** The driver loaded these bytes. Where they differ from the copy, the device has stored them since. */
  driverLoad(address: number, source: Uint8Array, from: number, size: number): void {
    const memory = this.#memory;
    if (!memory.contains(address, size)) return;
    let start = memory.nextDifference(address, source, from, size, 0);
    while (start < size) {
      const end = memory.endOfDifference(address, source, from, size, start);
      this.#deviceStored(address + start, source, from + start, end - start, false);
      start = memory.nextDifference(address, source, from, size, end);
    }
    memory.loaded(address, size);
    const enabled = this.#enabled;
    for (let i = 0; i < enabled.length; i++) {
      const queue = enabled[i];
      if (address < queue.usedEnd && address + size > queue.used && queue.size > 0) queue.loaded(address, size);
      if (queue.unread.length > 0) buffersLoaded(queue, address, size);
    }
  }

  /** The device stored these bytes: an event of its own. */
  deviceStore(address: number, source: Uint8Array, from: number, size: number): void {
    this.#deviceStored(address, source, from, size, true);
  }

  /** The device was given time. `certain`: it is known to be idle. */
  settled(certain: boolean): void {
    for (const queue of this.#known) {
      // An idle device has no unfinished business with a queue that it lost.
      if (certain) queue.confirmDisabled();
      judgeSettled(queue);
    }
  }

  describe(): string {
    return this.#known.map((queue) => queue.describe()).join('; ');
  }

  #find(index: number): SplitQueue | undefined {
    for (const queue of this.#known) if (queue.index === index) return queue;
    return undefined;
  }

  #queue(index: number): SplitQueue {
    let queue = this.#find(index);
    if (queue === undefined) {
      queue = new SplitQueue(index, this.#context);
      this.#known.push(queue);
    }
    return queue;
  }

  #deviceStored(address: number, source: Uint8Array, from: number, size: number, observed: boolean): void {
    const memory = this.#memory;
    if (!memory.contains(address, size)) {
      if (this.#context.taintedQueues === 0 && !memory.wild) this.#trespass(address, address, source, from, size);
      return;
    }
    const forbidden = memory.firstForbidden(address, size);
    if (forbidden >= 0) {
      this.#trespass(forbidden, address, source, from, size);
      // One defect, one finding: what it did once isn't reported again.
      memory.permit(address, size);
    }
    memory.deviceStore(address, source, from, size);
    const enabled = this.#enabled;
    for (let i = 0; i < enabled.length; i++) {
      const queue = enabled[i];
      if (address < queue.usedEnd && address + size > queue.used && queue.size > 0) {
        queue.deviceStored(address, size, observed);
      }
    }
  }

  #trespass(forbidden: number, address: number, source: Uint8Array, from: number, size: number): void {
    const { report } = this.#context;
    const { index, what, queue, also } = attribute(this.#context, this.#known, forbidden, address, size);
    if (queue?.deadReported === true) return;
    const shown = Array.from(source.subarray(from, from + Math.min(size, 16)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join(' ');
    report.exercise(index);
    const seen = `device stored ${size} bytes at 0x${address.toString(16)}: ${shown}${size > 16 ? ' ...' : ''}`;
    report.violate(index, what, seen);
    if (also !== undefined) report.violate(also, what, seen);
    if (queue === undefined) return;
    if (queue.life !== 'live') queue.deadReported = true;
    queue.lose();
  }
}
