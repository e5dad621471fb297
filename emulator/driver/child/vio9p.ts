/** vio9p(4): 9P messages. A write starts a request, a read takes its reply; one at a time. */
import type { DmaMemory } from '../kernel/dma.ts';
import type { Errno } from '../virtio/bits.ts';
import { readConfig } from '../virtio/config-access.ts';
import { abandonAll, dequeue, dequeueCommit } from '../virtio/dequeue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { finishPieces, freeQueues, loadBuffer, submit, type Piece } from './request.ts';

const F_MOUNT_TAG = 1n;
const TAG_LENGTH = 0;
const TAG = 2;
const MOST_TAG = 31;
const BUFSIZE = 16 * 1024;
/** Segments of either direction. */
const SEGMENTS = 4;
const SMALLEST_MESSAGE = 7;

type State = 'init' | 'requesting' | 'replied' | 'consuming';

export class Vio9p implements Child {
  readonly name = 'vio9p';
  readonly #sc: Softc;
  readonly #vq = new Virtqueue('vio9p vq');
  #buffers: DmaMemory | null = null;
  #state: State = 'init';
  #pieces: readonly Piece[] = [];
  #left = 0;

  constructor(sc: Softc) {
    this.#sc = sc;
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    const asks = kernel.profile.since('vio9p.c', '1.9');
    sc.childAttachStart(this, asks ? F_MOUNT_TAG : 0n, [this.#vq]);
    if (sc.active === 0n || (asks && (sc.active & F_MOUNT_TAG) === 0n)) return this.#fail();
    initVq(sc, this.#vq, 0, () => this.#replied());
    if (allocVq(sc, this.#vq, BUFSIZE, 2 * SEGMENTS) !== 0) return this.#fail();
    this.#buffers = kernel.dma.alloc('vio9p buffers', 2 * BUFSIZE);
    if (this.#buffers === null) return this.#fail();
    const length = readConfig(sc, TAG_LENGTH, 2, 'le');
    if (length > MOST_TAG) kernel.print(`warning: the tag is trimmed from ${length} to ${MOST_TAG} bytes`);
    for (let i = 0; i < Math.min(length, MOST_TAG); i++) readConfig(sc, TAG + i, 1);
    if (sc.childAttachFinish([this.#vq], 1, null, 0) !== 0) return this.#fail();
    return true;
  }

  #fail(): false {
    freeQueues(this.#sc, [this.#vq]);
    this.#freeBuffers();
    this.#sc.childAttachFailed();
    return false;
  }

  #freeBuffers(): void {
    if (this.#buffers !== null) this.#sc.kernel.dma.free(this.#buffers);
    this.#buffers = null;
  }

  #replied(): number {
    if (this.#state === 'requesting') this.#state = 'replied';
    return 1;
  }

  work(work: Work): Outcome | undefined {
    if (work.kind === 'output') return this.#write(Math.min(BUFSIZE, work.length));
    return work.kind === 'input' ? this.#read(work.length) : undefined;
  }

  #write(length: number): Outcome | undefined {
    if (this.#state !== 'init' || length < SMALLEST_MESSAGE) return undefined;
    const sc = this.#sc;
    const at = this.#buffers!.address;
    const message = new Uint8Array(length);
    new DataView(message.buffer).setUint32(0, length, true);
    sc.kernel.dma.write(at, message);
    const load = (address: number, bytes: number) => loadBuffer(address, bytes, SEGMENTS, BUFSIZE) ?? [];
    const pieces: readonly Piece[] = [
      { map: { name: 'vio9p request', segments: load(at, length) }, readable: true },
      { map: { name: 'vio9p reply', segments: load(at + BUFSIZE, BUFSIZE) }, readable: false },
    ];
    const segments = pieces.reduce((sum, { map }) => sum + map.segments.length, 0);
    if (segments > this.#vq.num) return undefined;
    if (submit(sc, this.#vq, pieces).error !== 0) return 'retry';
    this.#pieces = pieces;
    this.#state = 'requesting';
    return 'queued';
  }

  #read(length: number): Outcome | undefined {
    const sc = this.#sc;
    const { kernel } = sc;
    if (this.#state === 'init' || this.#state === 'requesting') return undefined;
    if (this.#state === 'replied') {
      const { error, slot, length: written } = dequeue(sc, this.#vq);
      if (error !== 0) return undefined;
      finishPieces(sc, this.#pieces);
      this.#left = Math.min(written, BUFSIZE);
      dequeueCommit(sc, this.#vq, slot);
      this.#state = 'consuming';
    }
    const taken = Math.min(length, this.#left);
    if (taken > 0) kernel.dma.read(this.#buffers!.address + BUFSIZE, taken);
    this.#left -= taken;
    if (this.#left === 0) this.#state = 'init';
    return 'queued';
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    abandonAll(sc, this.#vq);
    freeQueues(sc, [this.#vq]);
    sc.childDetach();
    this.#freeBuffers();
    return 0;
  }
}
