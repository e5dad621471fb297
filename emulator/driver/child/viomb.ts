/** viomb(4): the memory balloon. Page numbers go to the device 256 at a time; one request is under way at most. */
import type { DmaMemory } from '../kernel/dma.ts';
import type { Errno } from '../virtio/bits.ts';
import { readConfig, writeConfig } from '../virtio/config-access.ts';
import { abandonAll } from '../virtio/dequeue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { drain, finishPieces, freeQueues, piece, submit, type Piece } from './request.ts';

const F_MUST_TELL_HOST = 1n;
const PAGES_PER_REQUEST = 256;
const ENTRY = 4;
/** Pages that the system can do without, by number, from here on; the balloon takes them in turn. */
const FIRST_PAGE = 0x8_0000;
const NUM_PAGES = 0;
const ACTUAL = 4;
/** How many balloons this kernel has seen. */
const BALLOONS = 'viomb balloons';

export class Viomb implements Child {
  readonly name = 'viomb';
  readonly #sc: Softc;
  readonly #queues = [new Virtqueue('viomb inflate vq'), new Virtqueue('viomb deflate vq')];
  #list: DmaMemory | null = null;
  #request: { readonly pieces: readonly Piece[]; readonly pages: number } | null = null;
  #actual = 0;

  constructor(sc: Softc) {
    this.#sc = sc;
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    const { statics, profile } = kernel;
    const balloons = statics.get(BALLOONS) ?? 0;
    // Counted up before anything can fail, and never down again.
    statics.set(BALLOONS, balloons + 1);
    if (balloons > 0 && !profile.has('repair-viomb-counter')) {
      kernel.print('balloon already exists');
      return false;
    }
    sc.childAttachStart(this, profile.fault('balloon-must-tell-declined') ? 0n : F_MUST_TELL_HOST, this.#queues);
    if (sc.active === 0n) return this.#fail();
    kernel.tell('wanted pages', readConfig(sc, NUM_PAGES, 4, 'le'));
    kernel.tell('actual pages', readConfig(sc, ACTUAL, 4, 'le'));
    for (const [i, vq] of this.#queues.entries()) {
      initVq(sc, vq, i, () => this.#done(vq));
      if (allocVq(sc, vq, PAGES_PER_REQUEST * ENTRY, 1) !== 0) return this.#fail();
    }
    this.#list = sc.kernel.dma.alloc('viomb page numbers', PAGES_PER_REQUEST * ENTRY);
    if (this.#list === null || sc.childAttachFinish(this.#queues, 2, null, 0) !== 0) return this.#fail();
    return true;
  }

  #fail(): false {
    freeQueues(this.#sc, this.#queues);
    this.#freeList();
    this.#sc.childAttachFailed();
    return false;
  }

  #freeList(): void {
    if (this.#list !== null) this.#sc.kernel.dma.free(this.#list);
    this.#list = null;
  }

  work(work: Work): Outcome | undefined {
    if (work.kind !== 'balloon' || work.pages === 0 || this.#request !== null) return undefined;
    if (work.pages < 0 && this.#actual < -work.pages) return undefined;
    const sc = this.#sc;
    const count = Math.min(PAGES_PER_REQUEST, Math.abs(work.pages));
    const list = this.#list!;
    const { profile } = sc.kernel;
    const next = profile.fault('balloon-pages-repeated') ? 0 : this.#actual - (work.pages < 0 ? count : 0);
    const first = FIRST_PAGE + next;
    for (let i = 0; i < count; i++) sc.kernel.dma.store(list.address + ENTRY * i, ENTRY, first + i, sc.structEndian);
    const pieces = [piece('viomb page numbers', list.address, ENTRY * count, !profile.fault('balloon-list-writable'))];
    const { error } = submit(sc, this.#queues[work.pages > 0 ? 0 : 1], pieces);
    if (error !== 0) return 'retry';
    this.#request = { pieces, pages: Math.sign(work.pages) * count };
    return 'queued';
  }

  #done(vq: Virtqueue): number {
    const sc = this.#sc;
    drain(sc, vq, () => {
      finishPieces(sc, this.#request?.pieces ?? []);
      this.#actual += this.#request?.pages ?? 0;
      this.#request = null;
    });
    const { profile } = sc.kernel;
    if (profile.fault('balloon-size-not-told')) return 1;
    if (profile.fault('balloon-size-by-halves')) {
      for (const at of [0, 2]) writeConfig(sc, ACTUAL + at, 2, at === 0 ? this.#actual : 0, 'le');
    } else writeConfig(sc, ACTUAL, 4, this.#actual, 'le');
    return 1;
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    for (const vq of this.#queues) abandonAll(sc, vq);
    this.#request = null;
    freeQueues(sc, this.#queues);
    sc.childDetach();
    this.#freeList();
    return 0;
  }
}
