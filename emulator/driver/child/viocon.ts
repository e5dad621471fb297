/**
 * viocon(4): the console. One port; queue 0 receives and queue 1 transmits, 128 bytes a slot, buffers of all slots in one
 * DMA area.
 */
import type { DmaMemory } from '../kernel/dma.ts';
import type { SoftInterrupt } from '../kernel/kernel.ts';
import { KernelPanic } from '../kernel/panic.ts';
import { readConfig } from '../virtio/config-access.ts';
import { dequeue, dequeueCommit, isEnqueued, startVqIntr, stopVqIntr } from '../virtio/dequeue.ts';
import { enqueue, enqueueCommit, enqueuePrep, enqueueReserve } from '../virtio/enqueue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { NO_DETACH } from './child.ts';

const F_SIZE = 1n;
const BUFSIZE = 128;
const COLS = 0;
const ROWS = 2;

export class Viocon implements Child {
  readonly name = 'viocon';
  readonly #sc: Softc;
  #queues: Virtqueue[] = [];
  #rx!: Virtqueue;
  #tx!: Virtqueue;
  #area: DmaMemory | null = null;
  #softint: SoftInterrupt | null = null;
  /** Output that has not been put into a buffer. */
  #output: number[] = [];
  #busy = false;
  #stopped = false;

  constructor(sc: Softc) {
    this.#sc = sc;
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    const { profile } = kernel;
    const structures = this.#unused ? 4 : 2;
    this.#queues = Array.from({ length: structures }, (_, i) => new Virtqueue(`viocon vq ${i}`));
    [this.#rx, this.#tx] = this.#queues;
    sc.childAttachStart(this, F_SIZE, this.#queues);
    if (sc.refused && profile.has('repair-h4')) {
      this.#fail();
      return false;
    }
    if (!this.#createPort()) {
      this.#fail();
      return false;
    }
    const fillsLate =
      (profile.since('viocon.c', '1.10') || profile.has('repair-58555')) &&
      !profile.fault('receive-filled-before-finish');
    if (!fillsLate) this.#fillReceive();
    if (sc.childAttachFinish(this.#queues, structures, null, 0) !== 0) {
      this.#fail();
      return false;
    }
    if (fillsLate) this.#fillReceive();
    return true;
  }

  /** Until 1.7 there were twice the structures that were used. */
  get #unused(): boolean {
    const { profile } = this.#sc.kernel;
    return !profile.since('viocon.c', '1.7') && !profile.has('repair-viocon-queues');
  }

  /** False where it gave up, which only a repaired driver does; the others panic. */
  #createPort(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    if (!this.#unused || !sc.registersAtFinish) {
      initVq(sc, this.#rx, 0, () => this.#receiveInterrupt());
    } else {
      this.#queues.forEach((vq, i) =>
        initVq(sc, vq, i, i === 0 ? () => this.#receiveInterrupt() : () => this.#transmitInterrupt()),
      );
    }
    if (!this.#have(allocVq(sc, this.#rx, BUFSIZE, 1) === 0, "can't allocate the receive queue")) return false;
    this.#softint = kernel.establishSoftint(() => this.#receive());
    if (!this.#have(this.#softint !== null, "can't establish a software interrupt")) return false;
    initVq(sc, this.#tx, 1, () => this.#transmitInterrupt());
    if (!this.#have(allocVq(sc, this.#tx, BUFSIZE, 1) === 0, "can't allocate the transmit queue")) return false;
    this.#area = kernel.dma.alloc('viocon buffers', (this.#rx.num + this.#tx.num) * BUFSIZE);
    if (!this.#have(this.#area !== null, "can't allocate buffers")) return false;
    if ((sc.active & F_SIZE) !== 0n || kernel.profile.fault('config-read-unasked')) {
      kernel.tell('columns', readConfig(sc, COLS, 2));
      kernel.tell('rows', readConfig(sc, ROWS, 2));
    }
    startVqIntr(sc, this.#rx);
    startVqIntr(sc, this.#tx);
    return true;
  }

  /** The driver panics where it cannot create its port, until someone teaches it to unwind. */
  #have(holds: boolean, reason: string): boolean {
    const { kernel } = this.#sc;
    if (!holds && !kernel.profile.has('repair-viocon-port')) kernel.panic(`viocon: ${reason}`);
    return holds;
  }

  /** The memory of the queues stays behind (H7). */
  #fail(): void {
    const sc = this.#sc;
    if (sc.kernel.profile.has('repair-h7')) this.#release();
    this.#queues = [];
    sc.childAttachFailed();
  }

  #release(): void {
    const { kernel } = this.#sc;
    for (const vq of this.#queues) {
      if (vq.memory !== null) kernel.dma.free(vq.memory);
      vq.clear();
    }
    if (this.#area !== null) kernel.dma.free(this.#area);
    if (this.#softint !== null) kernel.disestablishSoftint(this.#softint);
  }

  #buffer(vq: Virtqueue, slot: number): number {
    const first = vq === this.#rx ? 0 : this.#rx.num;
    return this.#area!.address + (first + slot) * BUFSIZE;
  }

  #fillReceive(): void {
    const sc = this.#sc;
    const vq = this.#rx;
    let filled = false;
    let count = 0;
    for (;;) {
      const { error, slot } = enqueuePrep(sc, vq);
      if (error !== 0) break;
      if (enqueueReserve(sc, vq, slot, 1) !== 0) break;
      const segment = { address: this.#buffer(vq, slot), length: BUFSIZE };
      const map = { name: 'viocon receive', segments: [segment] };
      sc.kernel.dma.syncMap(map, 'PREREAD');
      enqueue(sc, vq, slot, map, sc.kernel.profile.fault('console-receive-readable'));
      enqueueCommit(sc, vq, slot, false);
      filled = true;
      if (++count > vq.num) throw new KernelPanic('hang', 'viocon: there is always another free slot');
    }
    if (filled) enqueueCommit(sc, vq, -1, true);
  }

  #receiveInterrupt(): number {
    if (this.#softint !== null) this.#softint.pending = true;
    return 1;
  }

  #receive(): void {
    const sc = this.#sc;
    const vq = this.#rx;
    // Where input flows again it is called without an interrupt, which would have synchronised what the device has used.
    if (sc.kernel.profile.has('repair-viocon-drain')) isEnqueued(sc, vq);
    while (!this.#stopped) {
      const { error, slot, length } = dequeue(sc, vq);
      if (error !== 0) break;
      const address = this.#buffer(vq, slot);
      sc.kernel.dma.sync('viocon receive', address, BUFSIZE, 'POSTREAD');
      this.#take(address, length);
      dequeueCommit(sc, vq, slot);
    }
    if (!this.#stopped) this.#fillReceive();
  }

  /** Hands received bytes on, as many as the device says (an int), whatever the size of the buffer. */
  #take(address: number, length: number): void {
    const { kernel } = this.#sc;
    const { dma, profile } = kernel;
    const area = this.#area!;
    const count = profile.has('repair-viocon-length') ? Math.min(length, BUFSIZE) : length | 0;
    if (count <= 0) return;
    const mapped = Math.min(count, area.address + area.size - address);
    kernel.handOn(dma.read(address, mapped));
    if (mapped < count) throw new KernelPanic('out-of-bounds', 'viocon: reading on behind its receive buffers');
  }

  /** Takes completed transmissions back. True if there were any. */
  #drain(): boolean {
    const sc = this.#sc;
    const vq = this.#tx;
    // From start it is called without having looked, and synchronised, what the device has used.
    if (sc.kernel.profile.has('repair-viocon-drain')) isEnqueued(sc, vq);
    let any = false;
    for (;;) {
      const { error, slot } = dequeue(sc, vq);
      if (error !== 0) return any;
      any = true;
      // Until 1.4 the wrong direction.
      const { profile } = sc.kernel;
      const op = profile.since('viocon.c', '1.4') || profile.has('sync-repaired') ? 'POSTWRITE' : 'POSTREAD';
      sc.kernel.dma.sync('viocon transmit', this.#buffer(vq, slot), BUFSIZE, op);
      dequeueCommit(sc, vq, slot);
    }
  }

  #start(): void {
    const sc = this.#sc;
    const vq = this.#tx;
    if (!this.#drain() && this.#busy) return;
    this.#busy = false;
    let any = false;
    while (this.#output.length > 0) {
      const { error, slot } = enqueuePrep(sc, vq);
      if (error !== 0) {
        this.#busy = true;
        break;
      }
      sc.kernel.assert(enqueueReserve(sc, vq, slot, 1) === 0, 'viocon: reserve');
      const bytes = Uint8Array.from(this.#output.splice(0, BUFSIZE));
      const { length } = bytes;
      const address = this.#buffer(vq, slot);
      sc.kernel.dma.write(address, bytes);
      if (!sc.kernel.profile.fault('transmit-not-synced')) {
        sc.kernel.dma.sync('viocon transmit', address, BUFSIZE, 'PREWRITE');
      }
      enqueue(
        sc,
        vq,
        slot,
        { name: 'viocon transmit', segments: [{ address, length }] },
        !sc.kernel.profile.fault('console-transmit-writable'),
      );
      enqueueCommit(sc, vq, slot, false);
      any = true;
    }
    if (any) enqueueCommit(sc, vq, -1, true);
  }

  #transmitInterrupt(): number {
    if (this.#drain() && this.#busy) {
      this.#busy = false;
      this.#start();
    }
    return 1;
  }

  /** Stops the flow of input, or lets it flow again: what has come meanwhile is fetched without an interrupt. */
  #hwiflow(stop: boolean): void {
    this.#stopped = stop;
    if (stop) {
      stopVqIntr(this.#sc, this.#rx);
      return;
    }
    startVqIntr(this.#sc, this.#rx);
    if (this.#softint !== null) this.#softint.pending = true;
  }

  work(work: Work): Outcome | undefined {
    const sc = this.#sc;
    switch (work.kind) {
      case 'output':
        this.#output = [...this.#output, ...work.data];
        this.#start();
        return 'queued';
      case 'flow':
        sc.kernel.call('hwiflow', { stop: work.stopped }, () => this.#hwiflow(work.stopped));
        return 'queued';
      case 'open': {
        // 1.1 numbered its terminals another way than its device nodes; the exact form is not known.
        const minor = (work.unit << 4) | 0;
        const expected = sc.kernel.profile.since('viocon.c', '1.2') ? minor >> 4 : minor;
        sc.kernel.call(
          'open',
          { unit: work.unit, minor },
          () => expected,
          (unit) => ({ found: unit }),
        );
        return expected === work.unit ? 'queued' : 'rejected';
      }
      default:
        return undefined;
    }
  }

  /** There is no way to detach a console. */
  detach() {
    return NO_DETACH;
  }
}
