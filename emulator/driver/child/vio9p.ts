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
  /** Bytes of a reply that are left to be read, and those that have been. */
  #left = 0;
  #given = 0;
  #inUse = false;
  /** Nothing was written since it was opened. */
  #fresh = false;

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
    const tag = Array.from({ length: Math.min(length, MOST_TAG) }, (_, i) => readConfig(sc, TAG + i, 1));
    kernel.tell('tag', String.fromCharCode(...(kernel.profile.fault('p9-tag-cut') ? tag.slice(1) : tag)));
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

  /** It may be told of a reply several times before the reply is read. */
  #replied(): number {
    this.#state = 'replied';
    return 1;
  }

  work(work: Work): Outcome | undefined {
    switch (work.kind) {
      case 'output':
        return this.#write(work.data);
      case 'input':
        return this.#read(work.length);
      case 'open':
        return this.#open(work.unit);
      case 'close':
        return this.#close();
      default:
        return undefined;
    }
  }

  /** One process at a time may have it open. */
  #open(unit: number): Outcome | undefined {
    if (this.#inUse) return undefined;
    this.#inUse = this.#fresh = true;
    this.#sc.kernel.call(
      'open',
      { unit },
      () => undefined,
      () => ({ found: unit }),
    );
    return 'done';
  }

  /** What the process had asked for, and not read, is left to the next one. */
  #close(): Outcome | undefined {
    if (!this.#inUse) return undefined;
    this.#inUse = false;
    if (this.#sc.kernel.profile.has('repair-vio9p-close')) this.#abandonReply();
    return 'done';
  }

  /** Waits for the reply under way and throws it away. */
  #abandonReply(): void {
    const { kernel } = this.#sc;
    if (this.#state === 'requesting') {
      kernel.sleepUntil(() => this.#state !== 'requesting', 'vio9p: the reply never comes');
    }
    if (this.#state === 'replied') this.#take();
    this.#left = 0;
    this.#state = 'init';
  }

  #write(message: Uint8Array): Outcome | undefined {
    const { length } = message;
    if (length < SMALLEST_MESSAGE || length > BUFSIZE) return undefined;
    // Whoever writes has opened it.
    if (!this.#inUse) this.#open(0);
    // Whoever is in the middle of an exchange knows better than to start another one; whoever has just opened it does not.
    if (this.#state !== 'init') return this.#fresh ? 'retry' : undefined;
    const sc = this.#sc;
    const at = this.#buffers!.address;
    sc.kernel.dma.write(at, sc.kernel.profile.fault('p9-message-spoilt') ? message.toReversed() : message);
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
    this.#fresh = false;
    return 'queued';
  }

  #read(length: number): Outcome | undefined {
    const { kernel } = this.#sc;
    // Whoever has asked for nothing is told to try again; nobody waits here for a reply to come.
    if (this.#state === 'init' || this.#state === 'requesting') return undefined;
    if (this.#state === 'consuming') kernel.assert(this.#left > 0, 'vio9p: a reply without a byte is being read');
    else if (!this.#take()) return 'rejected';
    if (this.#left === 0) return 'rejected';
    const taken = Math.min(length, this.#left);
    kernel.handOn(kernel.dma.read(this.#buffers!.address + BUFSIZE + this.#given, taken));
    this.#left -= taken;
    this.#given += taken;
    if (this.#left === 0) this.#state = 'init';
    return 'done';
  }

  /** Takes the reply out of the used ring. */
  #take(): boolean {
    const sc = this.#sc;
    this.#state = 'consuming';
    const { error, slot, length } = dequeue(sc, this.#vq);
    if (error !== 0) return false;
    finishPieces(sc, this.#pieces);
    this.#left = Math.min(length, BUFSIZE);
    this.#given = sc.kernel.profile.fault('p9-reply-shifted') ? 1 : 0;
    dequeueCommit(sc, this.#vq, slot);
    return true;
  }

  /** A reader whose time runs out, and the interrupt of the reply that it was waiting for. */
  threads(): readonly Generator<void, void>[] | undefined {
    if (this.#state !== 'requesting') return undefined;
    return [this.#waitInVain(), this.#beInterrupted()];
  }

  /** The wait ends by its time limit; only then is the lock taken again and the state looked at. */
  *#waitInVain(): Generator<void, void> {
    yield;
    const replied = (): boolean => this.#state === 'replied';
    if (replied()) return;
    yield;
    if (!replied()) return;
    // The reply has come in between. It is accounted for as if it were going to be read, and the time-out is returned.
    if (!this.#sc.kernel.profile.has('repair-vio9p-timeout')) this.#state = 'consuming';
  }

  *#beInterrupted(): Generator<void, void> {
    const { transport } = this.#sc;
    transport.interrupt();
    this.#sc.kernel.runSoftints();
    yield;
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
