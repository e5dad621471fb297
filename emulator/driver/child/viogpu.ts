/** viogpu(4): a framebuffer. Commands go one at a time; updates of the screen are a transfer and a flush. */
import type { DmaMemory } from '../kernel/dma.ts';
import { KernelPanic } from '../kernel/panic.ts';
import type { Errno } from '../virtio/bits.ts';
import { ChildFlag } from '../virtio/bits.ts';
import { writeConfig } from '../virtio/config-access.ts';
import { abandonAll, dequeue, dequeueCommit, isEnqueued } from '../virtio/dequeue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { finishPieces, freeQueues, piece, submit, type Piece } from './request.ts';

const Command = {
  getDisplayInfo: 0x100,
  createResource: 0x101,
  setScanout: 0x103,
  flush: 0x104,
  transfer: 0x105,
  attachBacking: 0x106,
} as const;
const OK = 0x1100;
const OK_DISPLAY_INFO = 0x1101;
const HEADER = 24;
/** The longest command and the longest response, in bytes. */
const COMMAND_ROOM = 64;
const RESPONSE_ROOM = 408;
/** Command and response. */
const COMMAND_SEGMENTS = 2;
const WORD = 4;
const FLAG_FENCE = 1;
const BYTES_PER_PIXEL = 4;
const FORMAT = 2;
const LARGEST_SCREEN = 64 * 1024;

export class Viogpu implements Child {
  readonly name = 'viogpu';
  readonly #sc: Softc;
  readonly #queues = [new Virtqueue('viogpu control vq'), new Virtqueue('viogpu cursor vq')];
  #memory: DmaMemory | null = null;
  #screen: DmaMemory | null = null;
  #width = 0;
  #height = 0;
  #fence = 0;
  /** Commands that follow the one under way. */
  #next: (() => void)[] = [];
  #pieces: readonly Piece[] | null = null;
  #updateWanted = false;

  constructor(sc: Softc) {
    this.#sc = sc;
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    sc.childAttachStart(this, 0n, this.#queues);
    if (sc.refused && kernel.profile.has('repair-h4')) return this.#fail();
    if (!sc.version1) {
      kernel.print('viogpu requires VIRTIO version 1');
      return this.#fail();
    }
    for (const [i, vq] of this.#queues.entries()) {
      initVq(sc, vq, i, () => (i === 0 ? this.#done() : 0));
      if (allocVq(sc, vq, COMMAND_ROOM + RESPONSE_ROOM, 1) !== 0) return this.#fail();
    }
    // A command takes two descriptors; that the queue has them is not asked.
    const enough = this.#queues[0].num >= COMMAND_SEGMENTS || !kernel.profile.has('repair-viogpu-busy');
    if (!enough || sc.childAttachFinish(this.#queues, 2, null, ChildFlag.MPSAFE | ChildFlag.SOFTINT) !== 0) {
      return this.#fail();
    }
    return this.#postInterrupts();
  }

  /** The rest of attaching, once interrupts work. */
  #postInterrupts(): boolean {
    const { kernel } = this.#sc;
    this.#memory = kernel.dma.alloc('viogpu command', COMMAND_ROOM + RESPONSE_ROOM);
    if (this.#memory === null) {
      // The device is live, and its queues are freed all the same.
      if (kernel.profile.has('repair-viogpu-failure')) this.#sc.deviceReset();
      return this.#fail();
    }
    if (kernel.profile.fault('gpu-config-written')) writeConfig(this.#sc, 0, 4, 1);
    this.#command(Command.getDisplayInfo, [], () => kernel.wake(() => this.#createScreen()));
    return true;
  }

  /** Gives up after the first commands. The address of the pointer is handed to be unmapped, not the pointer. */
  #giveUp(): void {
    const sc = this.#sc;
    if (!sc.kernel.profile.has('repair-viogpu-failure')) {
      throw new KernelPanic('bad-pointer', 'viogpu: unmapping the variable that holds the command buffer');
    }
    sc.deviceReset();
    for (const vq of this.#queues) abandonAll(sc, vq);
    this.#fail();
  }

  #fail(): false {
    freeQueues(this.#sc, this.#queues);
    this.#freeMemory();
    this.#sc.childAttachFailed();
    return false;
  }

  #freeMemory(): void {
    for (const block of [this.#memory, this.#screen]) if (block !== null) this.#sc.kernel.dma.free(block);
    this.#memory = this.#screen = null;
  }

  /** Sends a command of 32-bit words behind the header; `then` runs when it has succeeded. */
  #command(type: number, words: readonly number[], then: () => void): void {
    const sc = this.#sc;
    const { dma } = sc.kernel;
    const at = sc.kernel.deref(this.#memory, 'viogpu command').address;
    dma.store(at, 4, type, 'little');
    dma.store(at + 4, 4, FLAG_FENCE, 'little');
    dma.store(at + 8, 8, ++this.#fence, 'little');
    dma.store(at + 16, 8, 0, 'little');
    words.forEach((word, i) => dma.store(at + HEADER + 4 * i, 4, word, 'little'));
    const pieces = [
      piece('viogpu command', at, this.#sizeOf(words.length), true),
      piece('viogpu response', at + COMMAND_ROOM, RESPONSE_ROOM, false),
    ];
    if (submit(sc, this.#queues[0], pieces).error !== 0) sc.kernel.panic('viogpu: control vq busy');
    this.#pieces = pieces;
    this.#next.push(then);
  }

  /** Of a command of so many words behind the header, in bytes. */
  #sizeOf(words: number): number {
    const size = HEADER + WORD * words;
    return words > 0 && this.#sc.kernel.profile.fault('gpu-command-short') ? size - WORD : size;
  }

  /** Counts on there being something: it tries until there is. */
  #done(): number {
    const sc = this.#sc;
    const [vq] = this.#queues;
    if (sc.kernel.profile.has('repair-viogpu-spin') && !isEnqueued(sc, vq)) return 1;
    const { error, slot } = dequeue(sc, vq);
    if (error !== 0) {
      // Where a command is under way, its end ends the wait as well.
      if (this.#pieces !== null) return 1;
      throw new KernelPanic('hang', 'viogpu: waits for a completion that has been taken');
    }
    finishPieces(sc, this.#pieces ?? []);
    this.#pieces = null;
    const header = sc.kernel.dma.read(this.#memory!.address + COMMAND_ROOM, 4);
    const response = new DataView(header.buffer).getUint32(0, true);
    const then = this.#next.shift();
    dequeueCommit(sc, vq, slot);
    if (response === OK || response === OK_DISPLAY_INFO) then?.();
    return 1;
  }

  /** The software interrupt on two processors at once, as when the hard interrupt moves from one to the other. */
  threads(): readonly Generator<void, void>[] | undefined {
    if (this.#queues[0].memory === null) return undefined;
    return [this.#scan(), this.#scan()];
  }

  *#scan(): Generator<void, void> {
    if (!isEnqueued(this.#sc, this.#queues[0])) return;
    yield;
    // The lock is held from here on.
    this.#done();
  }

  #createScreen(): void {
    const { dma } = this.#sc.kernel;
    // The device was taken away before the thread came to run.
    if (this.#memory === null) return;
    const mode = this.#memory.address + COMMAND_ROOM + HEADER;
    this.#width = dma.load(mode + 8, 4, 'little');
    this.#height = dma.load(mode + 12, 4, 'little');
    const bytes = this.#width * this.#height * BYTES_PER_PIXEL;
    if (dma.load(mode + 16, 4, 'little') === 0 || bytes === 0) return this.#giveUp();
    const { profile } = this.#sc.kernel;
    if (profile.fault('gpu-mode-invented')) this.#height = Math.max(1, this.#height - 1);
    if (bytes > LARGEST_SCREEN) return;
    this.#screen = dma.alloc('viogpu framebuffer', bytes);
    if (this.#screen === null) return this.#giveUp();
    const { address } = this.#screen;
    const area = [0, 0, this.#width, this.#height];
    if (profile.fault('gpu-scanout-first')) return this.#command(Command.setScanout, [...area, 0, 1], () => undefined);
    this.#command(Command.createResource, [1, FORMAT, this.#width, this.#height], () =>
      this.#command(Command.attachBacking, [1, 1, address, 0, bytes, 0], () =>
        this.#command(Command.setScanout, [...area, 0, 1], () => undefined),
      ),
    );
  }

  work(work: Work): Outcome | undefined {
    if (work.kind !== 'output' || this.#screen === null) return undefined;
    if (this.#pieces !== null) this.#updateWanted = true;
    else this.#update();
    return 'queued';
  }

  #update(): void {
    const area = [0, 0, this.#width, this.#height];
    this.#updateWanted = false;
    this.#command(Command.transfer, [...area, 0, 0, 1, 0], () =>
      this.#command(Command.flush, [...area, 1, 0], () => {
        if (this.#updateWanted) this.#update();
      }),
    );
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    for (const vq of this.#queues) abandonAll(sc, vq);
    this.#next = [];
    this.#pieces = null;
    freeQueues(sc, this.#queues);
    sc.childDetach();
    this.#freeMemory();
    return 0;
  }
}
