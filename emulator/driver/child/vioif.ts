/** vioif(4): receive and transmit queue, and a control queue where the device has one. One pair of queues. */
import type { DmaMemory } from '../kernel/dma.ts';
import { VERSION_1, type Errno } from '../virtio/bits.ts';
import { readConfig, writeConfig } from '../virtio/config-access.ts';
import { abandonAll } from '../virtio/dequeue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { drain, finishPieces, freeQueues, piece, submit, type Piece } from './request.ts';
import { enqueueCommit } from '../virtio/enqueue.ts';

const F_MAC = 1n << 5n;
const F_CTRL_VQ = 1n << 17n;
const F_CTRL_RX = 1n << 18n;
const WANTED = F_MAC | F_CTRL_VQ | F_CTRL_RX;
/** Locally administered. */
const LOCAL_ADDRESS = [0xb2, 0xa0, 0, 0, 0, 1];
/** The packet header has two bytes more where VERSION_1 is negotiated. */
const HEADER_LEGACY = 10;
const HEADER_MODERN = 12;
const MTU = 1514;
const SHORTEST_FRAME = 14;
const STRIDE = 2048;
const SEGMENTS = 18;
const MOST_SLOTS = 64;

export class Vioif implements Child {
  readonly name = 'vioif';
  readonly #sc: Softc;
  #queues: Virtqueue[] | null = null;
  #buffers: DmaMemory[] = [];
  readonly #pending = new Map<Virtqueue, Map<number, readonly Piece[]>>();
  #running = false;

  constructor(sc: Softc) {
    this.#sc = sc;
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    const repaired = (name: string): boolean => kernel.profile.has(name);
    if (!sc.registersAtFinish) this.#queues = this.#makeQueues();
    const { profile } = kernel;
    if (profile.fault('net-config-written')) writeConfig(sc, 0, 1, LOCAL_ADDRESS[0]);
    sc.childAttachStart(this, profile.fault('net-mac-declined') ? WANTED & ~F_MAC : WANTED, this.#queues);
    if (sc.active === 0n) {
      // H5: the way out walks queues that are not there yet.
      return this.#fail(repaired('repair-h5') ? (this.#queues ?? []) : kernel.deref(this.#queues, 'queues of vioif'));
    }
    kernel.tell('mac', this.#address());
    this.#queues ??= this.#makeQueues();
    const [rx, tx, control] = this.#queues;
    let count = 2;
    for (const [i, vq] of [rx, tx].entries()) {
      initVq(sc, vq, i, i === 0 ? () => this.#received() : () => this.#sent());
      if (allocVq(sc, vq, MTU, i === 0 ? 2 : SEGMENTS) !== 0) return this.#fail(this.#queues);
    }
    if ((sc.active & F_CTRL_VQ) !== 0n && (sc.active & F_CTRL_RX) !== 0n) {
      // H6: counted before it is known to exist.
      if (!repaired('repair-h6')) count++;
      initVq(sc, control, 2, () => 0);
      if (allocVq(sc, control, 1, 1) !== 0) kernel.print('failed to allocate the control queue');
      else if (repaired('repair-h6')) count++;
    }
    for (const vq of [rx, tx]) {
      const block = kernel.dma.alloc(`vioif buffers of queue ${vq.index}`, this.#slots(vq) * STRIDE);
      if (block === null) return this.#fail(this.#queues);
      this.#buffers.push(block);
    }
    if (sc.childAttachFinish(this.#queues, count, null, 0) !== 0) return this.#fail(this.#queues);
    return true;
  }

  /** The device's address, or one of the driver's own. */
  #address(): string {
    const sc = this.#sc;
    const own = (sc.active & F_MAC) === 0n;
    const invented = sc.kernel.profile.fault('net-mac-invented');
    return LOCAL_ADDRESS.map((byte, i) => (own ? byte : readConfig(sc, i, 1)))
      .map((byte, i) => (invented ? LOCAL_ADDRESS[i] : byte))
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join(':');
  }

  #makeQueues(): Virtqueue[] {
    return ['rx', 'tx', 'control'].map((name) => new Virtqueue(`vioif ${name} vq`));
  }

  #slots(vq: Virtqueue): number {
    return Math.max(1, Math.min(vq.num, MOST_SLOTS));
  }

  #fail(queues: readonly Virtqueue[]): false {
    const sc = this.#sc;
    freeQueues(sc, queues);
    for (const block of this.#buffers) sc.kernel.dma.free(block);
    this.#buffers = [];
    sc.childAttachFailed();
    return false;
  }

  get #header(): number {
    return (this.#sc.active & VERSION_1) !== 0n ? HEADER_MODERN : HEADER_LEGACY;
  }

  /** A packet's buffers: header and data in one piece each. */
  #packet(which: 0 | 1, index: number, length: number): readonly Piece[] {
    const at = this.#buffers[which].address + index * STRIDE;
    const { profile } = this.#sc.kernel;
    const readable = which === 1 && !profile.fault('net-transmit-writable');
    if (which === 0 && profile.fault('net-receive-buffers-short')) length = SHORTEST_FRAME;
    const name = readable ? 'vioif transmit' : 'vioif receive';
    return [piece(name, at, this.#header, readable), piece(name, at + this.#header, length, readable)];
  }

  #of(vq: Virtqueue): Map<number, readonly Piece[]> {
    let pending = this.#pending.get(vq);
    if (pending === undefined) this.#pending.set(vq, (pending = new Map()));
    return pending;
  }

  /** Buffers that no packet under way uses. */
  #freeBuffer(which: 0 | 1, vq: Virtqueue): number | undefined {
    const used = new Set([...this.#of(vq).values()].map((pieces) => pieces[0].map.segments[0].address));
    for (let i = 0; i < this.#slots(vq); i++) {
      if (!used.has(this.#buffers[which].address + i * STRIDE)) return i;
    }
    return undefined;
  }

  #fill(): void {
    const sc = this.#sc;
    const [rx] = this.#queues!;
    for (let any = false; ; any = true) {
      const index = this.#freeBuffer(0, rx);
      const pieces = index === undefined ? undefined : this.#packet(0, index, MTU);
      const submitted = pieces === undefined ? undefined : submit(sc, rx, pieces, false);
      if (pieces === undefined || submitted === undefined || submitted.error !== 0) {
        if (any) enqueueCommit(sc, rx, -1, true);
        return;
      }
      this.#of(rx).set(submitted.slot, pieces);
    }
  }

  #received(): number {
    const [rx] = this.#queues!;
    this.#reap(rx);
    if (this.#running) this.#fill();
    return 1;
  }

  #sent(): number {
    if (!this.#sc.kernel.profile.fault('net-completions-left')) this.#reap(this.#queues![1]);
    return 1;
  }

  #reap(vq: Virtqueue): void {
    const sc = this.#sc;
    drain(sc, vq, ({ slot, length }) => {
      const pieces = this.#of(vq).get(slot);
      if (pieces === undefined) return;
      finishPieces(sc, pieces);
      this.#of(vq).delete(slot);
      if (vq.index !== 0) return;
      const data = pieces[1].map.segments[0];
      const came = Math.min(data.length, length - this.#header);
      if (came > 0) sc.kernel.handOn(sc.kernel.dma.read(data.address, came));
    });
  }

  /** ifconfig up: reset, set up again, fill the receive queue, go. */
  #init(): Outcome {
    const sc = this.#sc;
    this.#running = false;
    sc.deviceReset();
    for (const vq of this.#queues!) {
      abandonAll(sc, vq);
      this.#of(vq).clear();
    }
    if (sc.reinitStart() !== 0) return 'rejected';
    if (!sc.kernel.profile.has('repair-reinit-order')) sc.negotiateFeatures(sc.active);
    this.#running = true;
    // The documented order: filling notifies the device before it is live again.
    const late = sc.kernel.profile.has('repair-refill');
    if (!late) this.#fill();
    sc.reinitEnd();
    if (late && !sc.kernel.profile.fault('net-receive-not-filled')) this.#fill();
    return 'queued';
  }

  work(work: Work): Outcome | undefined {
    if (work.kind === 'up') return this.#init();
    if (work.kind !== 'output' || !this.#running) return undefined;
    // No frame is shorter, none longer: those above see to it.
    const { length } = work.data;
    if (length < SHORTEST_FRAME || length > MTU) return undefined;
    const sc = this.#sc;
    const tx = this.#queues![1];
    const index = this.#freeBuffer(1, tx);
    if (index === undefined) return undefined;
    const pieces = this.#packet(1, index, length);
    const [header, data] = pieces.map(({ map }) => map.segments[0]);
    sc.kernel.dma.zero(header.address, header.length);
    this.#spoil(header.address);
    sc.kernel.dma.write(data.address, work.data);
    const { error, slot } = submit(sc, tx, pieces);
    if (error !== 0) return 'retry';
    this.#of(tx).set(slot, pieces);
    return 'queued';
  }

  /** Fields of a packet's header that are none of a driver's that offloads nothing. */
  #spoil(header: number): void {
    const { dma, profile } = this.#sc.kernel;
    if (profile.fault('net-flags-set')) dma.store(header, 1, 1, 'little');
    if (profile.fault('net-gso-type-set')) dma.store(header + 1, 1, 1, 'little');
    if (profile.fault('net-num-buffers-set') && this.#header === HEADER_MODERN) {
      dma.store(header + HEADER_LEGACY, 2, 1, 'little');
    }
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    for (const vq of this.#queues!) abandonAll(sc, vq);
    this.#pending.clear();
    freeQueues(sc, this.#queues!);
    sc.childDetach();
    for (const block of this.#buffers) sc.kernel.dma.free(block);
    this.#buffers = [];
    return 0;
  }
}
