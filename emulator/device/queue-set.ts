/** All queues of the device: when they may be worked on, notifications from the driver, resets of one or all. */
import { crash } from '../faults/misbehave.ts';
import type { BufferChain } from './descriptor-chain.ts';
import { layoutIsUsable } from './queue-setup.ts';
import type { RingOwner } from './split-ring.ts';
import type { Chain } from './types.ts';
import { Virtqueue } from './virtqueue.ts';
import type { WorkList } from './work-list.ts';

export interface QueueSetOwner extends RingOwner {
  readonly legacy: boolean;
  readonly work: WorkList;
  /** The device may touch its queues at all. */
  readonly running: boolean;
  /** The guest's page size (legacy, 4.2.4). */
  readonly pageSize: number;
  processQueue(queue: number): void;
  /** The type forgets what it knows of a queue. */
  forgetQueue(queue: number): void;
  kickedWhileIdle(): void;
  needsReset(): void;
}

export class QueueSet {
  private readonly owner: QueueSetOwner;
  private readonly queues: Virtqueue[] = [];
  selector = 0;
  private readonly absent: readonly number[];

  constructor(count: number, sizeMax: number, owner: QueueSetOwner, absent: readonly number[] = []) {
    this.owner = owner;
    this.absent = absent;
    for (let index = 0; index < count; index++) this.queues.push(new Virtqueue(index, sizeMax, owner));
  }

  /** The queue that QueueSel selects, or null. */
  get selected(): Virtqueue | null {
    if (this.owner.faults['queue-selector-ignored']) return this.queues[0];
    const queue = this.queues[this.selector];
    if (queue !== undefined && !this.absent.includes(this.selector)) return queue;
    if (this.owner.faults['crash-on-queue-selector-out-of-range']) crash('queue selector out of range');
    return null;
  }

  /** Every device type has at least one queue. */
  get first(): Virtqueue {
    return this.queues[0];
  }

  /** QueueNotify: harmless whatever the driver writes (2.7.10.1). */
  notify(index: number): void {
    const { owner } = this;
    const faults = owner.faults;
    const queue = this.queues[index];
    if (queue === undefined || this.absent.includes(index)) {
      if (faults['crash-on-notify-out-of-range']) crash('notified a queue that does not exist');
      return;
    }
    if (faults['kick-of-later-queues-lost'] && index > 0) return;
    if (!owner.running) {
      // Drivers must not notify yet (3.1.1), but some always have: nothing is lost, only put off.
      queue.kicked = true;
      owner.kickedWhileIdle();
      return;
    }
    queue.ring.kicked();
    this.process(queue, index);
  }

  /** Works on a queue if it can be worked on. */
  private process(queue: Virtqueue, index: number): void {
    const { owner } = this;
    const faults = owner.faults;
    if (!this.open(queue)) return;
    if (faults['spurious-kick-fatal'] && queue.ring.isDrained()) return owner.needsReset();
    if (faults['spurious-kick-interrupts'] && queue.ring.isDrained()) owner.usedBufferNotification();
    if (faults['spurious-kick-replays'] && queue.ring.isDrained()) {
      const again = queue.ring.replay();
      if (again !== null) this.complete(again, again.writableLength);
    }
    owner.processQueue(index);
  }

  /** The device went live or resumed: what was notified in the meantime, or everything. */
  processAll(onlyKicked: boolean): void {
    for (let index = 0; index < this.queues.length && this.owner.running; index++) {
      const queue = this.queues[index];
      if (onlyKicked && !queue.kicked) continue;
      queue.kicked = false;
      queue.ring.kicked();
      this.process(queue, index);
    }
  }

  take(index: number): Chain | null {
    const queue = this.queues[index];
    if (queue === undefined || !this.owner.running || !this.open(queue)) return null;
    const chain = queue.ring.take();
    // An available ring that can't be right (2.7): only a reset gets the two sides in step again.
    if (chain === null && queue.ring.error !== null) this.owner.needsReset();
    return chain;
  }

  complete(chain: Chain, written: number): void {
    this.queues[chain.queue]?.ring.complete(chain as BufferChain, written);
  }

  /** A queue that is set up gets its ring on first use, when the driver is through with setting up. */
  private open(queue: Virtqueue): boolean {
    const { owner } = this;
    if (queue.resetting && !owner.faults['queue-reset-keeps-processing']) return false;
    if (queue.ring.isOpen) return true;
    const { setup } = queue;
    if (!setup.ready && !(owner.faults['queue-used-while-not-ready'] && setup.deviceLow !== 0)) return false;
    const layout = owner.legacy ? setup.legacyLayout(owner.pageSize, owner.faults) : setup.modernLayout(owner.faults);
    if (
      (owner.legacy && !this.legacySetupUsable(setup.alignUsable)) ||
      !layoutIsUsable(layout, setup.sizeMax, owner.view)
    ) {
      if (owner.faults['crash-on-ring-out-of-range']) crash('ring outside memory');
      owner.needsReset();
      return false;
    }
    queue.firstLayout ??= layout;
    queue.ring.open(owner.faults['queue-reset-reuses-old-setup'] ? queue.firstLayout : layout);
    return true;
  }

  private legacySetupUsable(alignUsable: boolean): boolean {
    if (!alignUsable && this.owner.faults['crash-on-queue-align-zero']) crash('alignment of 0');
    return alignUsable && this.owner.pageSize > 0;
  }

  /** The driver stops or starts using the selected queue (QueueReady, QueuePFN): a ring always starts afresh. */
  setReady(queue: Virtqueue, ready: boolean): void {
    const { faults } = this.owner;
    const stopIgnored = !ready && (faults['queue-ready-zero-ignored'] || faults['legacy-pfn-zero-ignored']);
    if (stopIgnored && queue.setup.ready) this.open(queue);
    else if (queue.setup.ready !== ready) this.letGo(queue);
    queue.setup.ready = ready;
    if (ready) queue.resetRegister = faults['queue-reset-reads-one-when-enabled'] ? 1 : 0;
  }

  /** QueueReset (2.6.1): drops what is under way. With deferred requests under way it takes until those would have run. */
  resetSelected(): void {
    const { owner, queues } = this;
    const faults = owner.faults;
    const queue = this.selected;
    if (queue === null || queue.resetting || faults['queue-reset-ignored']) return;
    if (faults['queue-reset-notifies']) owner.usedBufferNotification();
    queue.resetting = true;
    const index = queues.indexOf(queue);
    if (!owner.work.has(index)) this.finishReset(queue, index);
    if (faults['queue-reset-resets-all']) queues.forEach((other, i) => this.finishReset(other, i));
  }

  /** Ends queue resets in progress. True if there were any. */
  finishResets(): boolean {
    let any = false;
    for (let index = 0; index < this.queues.length; index++) {
      if (!this.queues[index].resetting) continue;
      any = true;
      this.finishReset(this.queues[index], index);
    }
    return any;
  }

  private finishReset(queue: Virtqueue, index: number): void {
    const { owner } = this;
    const { faults } = owner;
    queue.resetting = false;
    queue.kicked = false;
    if (faults['queue-reset-keeps-processing']) {
      queue.setup.ready = false;
      return;
    }
    if (faults['queue-reset-finishes-requests']) this.leak(queue, () => queue.setup.reset());
    else {
      owner.work.drop(index);
      owner.forgetQueue(index);
      if (faults['queue-reset-keeps-indices']) queue.ring.closeKeepingIndices();
      else queue.ring.close();
      if (faults['queue-reset-keeps-ready']) return;
      queue.setup.reset();
    }
    if (faults['queue-reset-reads-one-forever']) queue.resetRegister = 1;
  }

  /** For faults: forgets the setup, but lets requests under way finish into memory. */
  private leak(queue: Virtqueue, forget: () => void): void {
    const open = queue.ring.isOpen;
    queue.ring.close();
    forget();
    if (open) queue.ring.adoptOldChains();
  }

  private letGo(queue: Virtqueue): void {
    const index = this.queues.indexOf(queue);
    this.owner.work.drop(index);
    this.owner.forgetQueue(index);
    if (this.owner.faults['reset-keeps-indices'] || this.owner.faults['queue-reset-keeps-indices']) {
      queue.ring.closeKeepingIndices();
    } else queue.ring.close();
  }

  /** Device reset. */
  reset(): void {
    const { faults } = this.owner;
    this.selector = 0;
    for (const queue of this.queues) {
      const { ready, pfn } = queue.setup;
      if (faults['reset-leaks-requests']) this.leak(queue, () => queue.setup.reset());
      else if (faults['reset-keeps-indices']) {
        queue.ring.closeKeepingIndices();
        queue.setup.reset();
      } else queue.reset();
      queue.kicked = queue.resetting = false;
      if (faults['reset-keeps-queue-ready']) queue.setup.ready = ready;
      if (faults['reset-keeps-queue-pfn']) queue.setup.pfn = pfn;
      queue.resetRegister = faults['reset-leaves-queue-reset-set'] ? 1 : 0;
    }
  }

  /** For the fault `resume-restarts-rings`. */
  restartRings(): void {
    for (const queue of this.queues) queue.ring.close();
  }
}
