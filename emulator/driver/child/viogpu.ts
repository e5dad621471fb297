/** viogpu(4): a framebuffer. Commands go one at a time; updates of the screen are a transfer and a flush. */
import type { DmaMemory } from '../kernel/dma.ts';
import type { Errno } from '../virtio/bits.ts';
import { ChildFlag } from '../virtio/bits.ts';
import { abandonAll } from '../virtio/dequeue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { drain, finishPieces, freeQueues, piece, submit, type Piece } from './request.ts';

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
    this.#memory = kernel.dma.alloc('viogpu command', COMMAND_ROOM + RESPONSE_ROOM);
    if (this.#memory === null) return this.#fail();
    if (sc.childAttachFinish(this.#queues, 2, null, ChildFlag.MPSAFE | ChildFlag.SOFTINT) !== 0) return this.#fail();
    if (this.#queues[0].num >= 2) this.#command(Command.getDisplayInfo, [], () => this.#createScreen());
    return true;
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
      piece('viogpu command', at, HEADER + 4 * words.length, true),
      piece('viogpu response', at + COMMAND_ROOM, RESPONSE_ROOM, false),
    ];
    if (submit(sc, this.#queues[0], pieces).error !== 0) return;
    this.#pieces = pieces;
    this.#next.push(then);
  }

  #done(): number {
    const sc = this.#sc;
    let then: (() => void) | undefined;
    drain(sc, this.#queues[0], () => {
      finishPieces(sc, this.#pieces ?? []);
      this.#pieces = null;
      const response = new DataView(sc.kernel.dma.read(this.#memory!.address + COMMAND_ROOM, 4).buffer).getUint32(
        0,
        true,
      );
      const next = this.#next.shift();
      if (response === OK || response === OK_DISPLAY_INFO) then = next;
    });
    then?.();
    return 1;
  }

  #createScreen(): void {
    const { dma } = this.#sc.kernel;
    const mode = this.#memory!.address + COMMAND_ROOM + HEADER;
    this.#width = dma.load(mode + 8, 4, 'little');
    this.#height = dma.load(mode + 12, 4, 'little');
    const bytes = this.#width * this.#height * BYTES_PER_PIXEL;
    if (dma.load(mode + 16, 4, 'little') === 0 || bytes === 0 || bytes > LARGEST_SCREEN) return;
    this.#screen = dma.alloc('viogpu framebuffer', bytes);
    if (this.#screen === null) return;
    const { address } = this.#screen;
    const area = [0, 0, this.#width, this.#height];
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
