/**
 * Requests of ld(4) that it waits for itself: the disk's identification when it attaches, flushes of the cache, and what a
 * panicking kernel dumps. All but dumps share one place for the answer, which is free, busy or done.
 */
import type { DmaMap } from '../kernel/dma.ts';
import { KernelPanic } from '../kernel/panic.ts';
import { dequeue, dequeueCommit, isEnqueued } from '../virtio/dequeue.ts';
import { enqueuePrep } from '../virtio/enqueue.ts';
import type { Softc } from '../virtio/softc.ts';
import type { Virtqueue } from '../virtio/virtqueue.ts';
import type { Outcome } from './child.ts';
import type { Submitted } from './request.ts';

/** Types of requests (5.2.6) and the status of a good one. */
export const LdType = { in: 0, out: 1, flush: 4, getId: 8 } as const;
const STATUS_OK = 0;

const ID_LENGTH = 20;
/** The size of a pointer, which stands where that of the buffer is meant. */
const POINTER_SIZE = 8;
const HEADER_AND_STATUS = 2;

/** What the driver lends. */
export interface LdQueue {
  readonly sc: Softc;
  readonly vq: Virtqueue;
  /** Hands a request over. `waits`: its answer goes to whoever waits. */
  send(type: number, map: DmaMap | null, waits: boolean, slot?: number): Submitted;
  /** Deals with a used slot; its status. */
  finish(slot: number): number;
}

export class LdWaiting {
  readonly #queue: LdQueue;
  #use: 'free' | 'busy' | 'done' = 'free';
  #status = STATUS_OK;

  constructor(queue: LdQueue) {
    this.#queue = queue;
  }

  answered(status: number): void {
    this.#status = status;
    this.#use = 'done';
  }

  /** Asks for the identification while attaching, when interrupts do not work yet. */
  identify(buffer: number): void {
    const { sc, vq } = this.#queue;
    const { kernel } = sc;
    const repaired = kernel.profile.has('repair-ld-get-id');
    const segments = HEADER_AND_STATUS + 1;
    if (repaired && vq.num < segments) return;
    this.#use = 'busy';
    const map = { name: 'ld identification', segments: [{ address: buffer, length: ID_LENGTH }] };
    const { error } = this.#queue.send(LdType.getId, map, true);
    if (error !== 0 && repaired) {
      this.#use = 'free';
      return;
    }
    // It waits for the answer whether or not it could ask.
    for (this.#reap(); !this.#isDone(); this.#reap()) {
      if (!kernel.passTime('endless')) throw new KernelPanic('hang', 'ld: the identification never comes');
    }
    this.#use = 'free';
    if (this.#status !== STATUS_OK) return;
    const bytes = kernel.dma.read(buffer, ID_LENGTH);
    const taken = bytes.subarray(0, kernel.profile.has('repair-ld-serial') ? ID_LENGTH : POINTER_SIZE);
    const kept = String.fromCharCode(...taken).replace(/\0.*$/s, '');
    kernel.call('identify', { address: buffer, length: ID_LENGTH, kept }, () => undefined);
  }

  #isDone(): boolean {
    return this.#use === 'done';
  }

  flush(): Outcome {
    const { kernel } = this.#queue.sc;
    kernel.sleepUntil(() => this.#use === 'free', 'ld: waits for a flush that was never sent');
    this.#use = 'busy';
    const { error } = this.#queue.send(LdType.flush, null, true);
    if (error !== 0) {
      // The place stays busy.
      if (kernel.profile.has('repair-ld-flush')) this.#use = 'free';
      return 'retry';
    }
    kernel.sleepUntil(() => this.#isDone(), 'ld: a flush is never answered');
    this.#use = 'free';
    return this.#status === STATUS_OK ? 'done' : 'failed';
  }

  /** Interrupts are off and nothing else runs any more. */
  dump(map: DmaMap): Outcome {
    const { sc, vq } = this.#queue;
    const { kernel } = sc;
    let prepared = enqueuePrep(sc, vq);
    if (prepared.error !== 0) {
      kernel.passTime('limited');
      this.#reap();
      prepared = enqueuePrep(sc, vq);
      if (prepared.error !== 0) return 'retry';
      // The slot is there now, and the result of having got it is returned as that of the dump.
      if (!kernel.profile.has('repair-ld-dump')) return 'done';
    }
    const { error, slot } = this.#queue.send(LdType.out, map, false, prepared.slot);
    if (error !== 0) return 'retry';
    for (;;) {
      if (kernel.profile.has('repair-ld-poll-sync')) isEnqueued(sc, vq);
      const used = dequeue(sc, vq);
      if (used.error !== 0) {
        if (!kernel.passTime('endless')) throw new KernelPanic('hang', 'ld: a dump is never answered');
        continue;
      }
      const status = this.#queue.finish(used.slot);
      dequeueCommit(sc, vq, used.slot);
      if (used.slot === slot) return status === STATUS_OK ? 'done' : 'failed';
    }
  }

  /** Looks for used buffers without synchronising the used ring first. */
  #reap(): void {
    const { sc, vq, finish } = this.#queue;
    if (sc.kernel.profile.has('repair-ld-poll-sync')) isEnqueued(sc, vq);
    for (;;) {
      const used = dequeue(sc, vq);
      if (used.error !== 0) return;
      finish(used.slot);
      dequeueCommit(sc, vq, used.slot);
    }
  }
}
