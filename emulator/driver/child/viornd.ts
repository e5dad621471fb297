/** viornd(4): one queue, one buffer of 32 bytes, one request at a time. */
import type { DmaMemory } from '../kernel/dma.ts';
import type { Errno } from '../virtio/bits.ts';
import { abandonAll } from '../virtio/dequeue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { drain, finishPieces, freeQueues, piece, submit, type Piece } from './request.ts';

const BUFSIZE = 32;

export class Viornd implements Child {
  readonly name = 'viornd';
  readonly #sc: Softc;
  readonly #vq = new Virtqueue('viornd vq');
  #buffer: DmaMemory | null = null;
  #busy: readonly Piece[] | null = null;

  constructor(sc: Softc) {
    this.#sc = sc;
  }

  attach(): boolean {
    const sc = this.#sc;
    this.#buffer = sc.kernel.dma.alloc('viornd buffer', BUFSIZE);
    sc.childAttachStart(this, 0n, [this.#vq]);
    if (this.#buffer === null || (sc.refused && sc.kernel.profile.has('repair-h4'))) return this.#fail();
    initVq(sc, this.#vq, 0, () => this.#done());
    if (allocVq(sc, this.#vq, BUFSIZE, 1) !== 0) return this.#fail();
    const early = sc.kernel.profile.fault('request-before-finish');
    if (early) this.#ask();
    if (sc.childAttachFinish([this.#vq], 1, null, 0) !== 0) return this.#fail();
    if (!early) this.#ask();
    return true;
  }

  #fail(): false {
    freeQueues(this.#sc, [this.#vq]);
    this.#freeBuffer();
    this.#sc.childAttachFailed();
    return false;
  }

  #freeBuffer(): void {
    if (this.#buffer !== null) this.#sc.kernel.dma.free(this.#buffer);
    this.#buffer = null;
  }

  /** For a buffer full, however many bytes are wanted. */
  #ask(): Outcome {
    const buffer = this.#sc.kernel.deref(this.#buffer, 'viornd buffer');
    const pieces = [
      piece('viornd buffer', buffer.address, BUFSIZE, this.#sc.kernel.profile.fault('entropy-buffer-readable')),
    ];
    if (submit(this.#sc, this.#vq, pieces).error !== 0) return 'retry';
    this.#busy = pieces;
    return 'queued';
  }

  #done(): number {
    const sc = this.#sc;
    drain(sc, this.#vq, ({ length }) => {
      finishPieces(sc, this.#busy ?? []);
      this.#busy = null;
      if (length > 0) sc.kernel.handOn(sc.kernel.dma.read(this.#buffer!.address, Math.min(length, BUFSIZE)));
    });
    return 1;
  }

  work(work: Work): Outcome | undefined {
    return work.kind === 'input' && this.#busy === null ? this.#ask() : undefined;
  }

  detach(): Errno {
    const sc = this.#sc;
    if (!sc.kernel.profile.fault('child-detach-without-reset')) sc.deviceReset();
    if (this.#busy !== null) this.#abandon();
    freeQueues(sc, [this.#vq]);
    sc.childDetach();
    if (!sc.kernel.profile.fault('child-buffers-kept')) this.#freeBuffer();
    return 0;
  }

  /** The device is reset: what it had comes back unused. */
  #abandon(): void {
    this.#busy = null;
    abandonAll(this.#sc, this.#vq);
  }
}
