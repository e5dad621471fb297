/** ld(4) at virtio: the block device. A request is a header, the data, and a status byte. */
import type { DmaMemory } from '../kernel/dma.ts';
import type { DmaSegment } from '../kernel/dma.ts';
import { PAGE_SIZE } from '../kernel/host.ts';
import type { Errno } from '../virtio/bits.ts';
import { readConfig, readConfig8, writeConfig } from '../virtio/config-access.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import { abandonAll, dequeue, dequeueCommitSteps, isEnqueued } from '../virtio/dequeue.ts';
import { enqueue, enqueueCommit, enqueuePrepSteps, enqueueReserveSteps } from '../virtio/enqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { LdType, LdWaiting } from './ld-waiting.ts';
import { drain, finishPieces, freeQueues, loadBuffer, piece, submit, type Piece, type Submitted } from './request.ts';

const F_SIZE_MAX = 1n << 1n;
const F_SEG_MAX = 1n << 2n;
const F_BLK_SIZE = 1n << 6n;
const F_RO = 1n << 5n;
const F_FLUSH = 1n << 9n;
const WANTED = F_SIZE_MAX | F_SEG_MAX | (1n << 4n) | F_RO | F_BLK_SIZE | F_FLUSH;

const Config = { capacity: 0, sizeMax: 8, segMax: 12, blkSize: 20, writeback: 32 } as const;
const HEADER = 16;
const STATUS = 1;
/** Header and status. */
const CTRL_SEGMENTS = 2;
const SECTOR = 512;
/** Room for the header and status of a request. */
const COMMAND_STRIDE = 32;
/** Data buffers that tests write through; requests share them, as user processes' buffers are none of the driver's. */
const DATA_PAGES = 18;
/** The last page is out of reach of a largest transfer, so that a request which races with others has a buffer of its own. */
const OWN_PAGE = (DATA_PAGES - 1) * PAGE_SIZE;

interface Request {
  /** Which header and status it uses. */
  readonly command: number;
  readonly pieces: readonly Piece[];
  /** Its answer is waited for. */
  readonly waits: boolean;
}

/** A sector that no disk here has. */
const BEYOND = 2 ** 40;

/** Without the last byte. */
function shortened(segments: readonly DmaSegment[]): readonly DmaSegment[] {
  return segments.map((segment, i) => (i < segments.length - 1 ? segment : { ...segment, length: segment.length - 1 }));
}

export class Ld implements Child {
  readonly name = 'ld';
  readonly #sc: Softc;
  readonly #vq = new Virtqueue('ld vq');
  #commands: DmaMemory | null = null;
  #data: DmaMemory | null = null;
  /** In flight, by slot. */
  #requests: (Request | null)[] = [];
  readonly #waiting: LdWaiting;
  #readOnly = false;
  #maxXfer = 0;
  /** Of the payload's map. */
  #mapSegments = 0;
  #mapSegmentSize = 0;

  constructor(sc: Softc) {
    this.#sc = sc;
    const finish = (slot: number): number => this.#finish(slot);
    this.#waiting = new LdWaiting({ sc, vq: this.#vq, send: (...request) => this.#send(...request), finish });
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    const { profile } = kernel;
    if (profile.fault('cache-mode-read-early')) readConfig(sc, Config.writeback, 1);
    if (profile.fault('cache-mode-set-early')) writeConfig(sc, Config.writeback, 1, 1);
    sc.childAttachStart(this, profile.fault('read-only-declined') ? WANTED & ~F_RO : WANTED, [this.#vq]);
    if (sc.active === 0n) return this.#fail();
    this.#readOnly = (sc.active & F_RO) !== 0n;
    kernel.tell('sector size', (sc.active & F_BLK_SIZE) !== 0n ? readConfig(sc, Config.blkSize, 4) : SECTOR);
    if (profile.fault('config-read-unasked')) readConfig(sc, Config.blkSize, 4);
    kernel.tell('sectors', readConfig8(sc, Config.capacity));
    const limits = this.#limits();
    if (limits === null) return this.#fail();
    initVq(sc, this.#vq, 0, () => this.#done());
    if (allocVq(sc, this.#vq, limits.sizeMax, limits.queueSegments) !== 0) return this.#fail();
    // No revision limits requests to what the queue can hold; SEG_MAX does where the device is well advised.
    if (profile.has('repair-queue-limit')) {
      this.#mapSegments = Math.max(1, Math.min(this.#mapSegments, this.#vq.num - CTRL_SEGMENTS));
      this.#maxXfer = Math.min(this.#maxXfer, this.#mapSegments * this.#mapSegmentSize);
    }
    // 1.31 read the queue's size where it was not known any more.
    const depth = kernel.profile.since('ld_virtio.c', '1.32') ? this.#vq.num : 0;
    this.#requests = Array.from({ length: depth }, () => null);
    if (sc.childAttachFinish([this.#vq], 1, null, 0) !== 0) return this.#fail();
    this.#commands = kernel.dma.alloc('ld commands', Math.max(1, this.#vq.num) * COMMAND_STRIDE);
    this.#data = kernel.dma.alloc('ld data', DATA_PAGES * PAGE_SIZE);
    if (this.#commands === null || this.#data === null) return this.#fail();
    // 1.32 did not ask yet; the revisions in between could not be read.
    if (profile.since('ld_virtio.c', '1.43')) this.#waiting.identify(this.#data.address);
    return true;
  }

  /** What SEG_MAX and SIZE_MAX come to: for the queue, and for the map of a request's data. Null: not usable. */
  #limits(): { readonly sizeMax: number; readonly queueSegments: number } | null {
    const { kernel, active } = this.#sc;
    const { profile } = kernel;
    const { maxPhys } = kernel.host;
    const sizeMaxOffered = (active & F_SIZE_MAX) !== 0n ? readConfig(this.#sc, Config.sizeMax, 4) : undefined;
    const segMaxOffered = (active & F_SEG_MAX) !== 0n ? readConfig(this.#sc, Config.segMax, 4) : undefined;
    if (!profile.since('ld_virtio.c', '1.35')) {
      // Host limits below MAXPHYS were raised, and the data's map had two segments more than it needed (PR 58338).
      const sizeMax = Math.max(maxPhys, sizeMaxOffered ?? maxPhys);
      let segMax = segMaxOffered ?? 1;
      // The number of the other segments served as a lower bound, too (PR 57981).
      if (!profile.since('ld_virtio.c', '1.34') && segMaxOffered !== undefined && segMax < CTRL_SEGMENTS) {
        segMax = maxPhys / PAGE_SIZE;
      }
      this.#maxXfer = maxPhys;
      this.#mapSegments = segMax + CTRL_SEGMENTS === 3 ? 1 : maxPhys / PAGE_SIZE + CTRL_SEGMENTS;
      this.#mapSegmentSize = maxPhys;
      return { sizeMax, queueSegments: segMax + CTRL_SEGMENTS };
    }
    const segMax = segMaxOffered ?? 1;
    if (segMax === 0) return null;
    let sizeMax = sizeMaxOffered ?? maxPhys;
    if (sizeMax < Math.floor(maxPhys / segMax)) {
      // The latent half of PR 58338: the host's limit is raised all the same.
      if (!profile.has('repair-ld-size-max')) {
        kernel.print(`size_max ${sizeMax} is too small`);
        sizeMax = Math.floor(maxPhys / segMax);
      }
    }
    sizeMax = Math.min(sizeMax, maxPhys);
    const product = profile.has('repair-ld-product') ? sizeMax * segMax : (sizeMax * segMax) % 0x1_0000_0000;
    this.#maxXfer = Math.min(maxPhys, product);
    this.#mapSegments = segMax;
    this.#mapSegmentSize = Math.min(sizeMax, maxPhys);
    return { sizeMax, queueSegments: segMax + CTRL_SEGMENTS };
  }

  /** The queue's memory is never freed here (H7). */
  #fail(): false {
    const sc = this.#sc;
    if (sc.kernel.profile.has('repair-h7')) {
      // Its buffers are allocated when the device is live already.
      if (sc.childState === 'finished') sc.deviceReset();
      freeQueues(sc, [this.#vq]);
    }
    this.#freeBuffers();
    sc.childAttachFailed();
    return false;
  }

  #freeBuffers(): void {
    for (const block of [this.#commands, this.#data]) if (block !== null) this.#sc.kernel.dma.free(block);
    this.#commands = this.#data = null;
  }

  work(work: Work): Outcome | undefined {
    // A disk is asked for whole sectors only.
    if (work.kind === 'flush') return (this.#sc.active & F_FLUSH) === 0n ? undefined : this.#waiting.flush();
    if (work.kind === 'dump') {
      const { length } = work;
      return this.#sc.kernel.call(
        'dump',
        { length },
        () => (this.#readOnly ? undefined : this.#dump(length)),
        (outcome) => ({ outcome: outcome ?? 'none' }),
      );
    }
    if (work.kind !== 'transfer' || work.length < SECTOR || (this.#readOnly && work.write)) return undefined;
    return this.#transfer(work.write, work.length, work.misalign % PAGE_SIZE, work.block ?? 0);
  }

  #dump(wanted: number): Outcome | undefined {
    const length = Math.floor(Math.min(wanted, this.#maxXfer) / SECTOR) * SECTOR;
    const segments = loadBuffer(this.#buffer.address, length, this.#mapSegments, this.#mapSegmentSize);
    return length === 0 || segments === null ? undefined : this.#waiting.dump({ name: 'ld dump', segments });
  }

  #transfer(write: boolean, wanted: number, misalign: number, block: number): Outcome {
    // Whoever asks for more than the largest transfer is given it in parts; one part will do here.
    const length = Math.floor(Math.min(wanted, this.#maxXfer) / SECTOR) * SECTOR;
    if (length === 0) return 'rejected';
    const segments = loadBuffer(this.#buffer.address + misalign, length, this.#mapSegments, this.#mapSegmentSize);
    if (segments === null) return 'rejected';
    const map = { name: 'ld data', segments };
    const { error } = this.#send(write ? LdType.out : LdType.in, map, false, undefined, block);
    return error === 0 ? 'queued' : 'retry';
  }

  /** The first header that no request in flight uses. */
  /** Memory that requests are made with; it is gone once attaching has failed, and whoever asks for it then is the kernel. */
  get #buffer(): DmaMemory {
    return this.#sc.kernel.deref(this.#data, 'ld data');
  }

  #freeCommand(): number | undefined {
    const used = new Set(this.#requests.map((request) => request?.command));
    const free = this.#requests.findIndex((_, command) => !used.has(command));
    return free < 0 ? undefined : free;
  }

  /** `slot`: one that has been prepared. */
  #send(type: number, map: Piece['map'] | null, waits: boolean, slot?: number, block = 0): Submitted {
    const command = this.#freeCommand();
    if (command === undefined) return { error: 'EAGAIN', slot: -1, step: 'prep' };
    const pieces = this.#pieces(command, type, map, block);
    const submitted = submit(this.#sc, this.#vq, pieces, true, slot);
    if (submitted.error === 0) this.#requests[submitted.slot] = { command, pieces, waits };
    return submitted;
  }

  #pieces(command: number, type: number, map: Piece['map'] | null, block = 0): readonly Piece[] {
    const { dma, profile } = this.#sc.kernel;
    const at = this.#sc.kernel.deref(this.#commands, 'ld commands').address + command * COMMAND_STRIDE;
    const order = this.#sc.structEndian;
    const write = type === LdType.out;
    dma.store(at, 4, type, order);
    dma.store(at + 4, 4, 0, order);
    dma.store(at + 8, 8, profile.fault('sector-beyond-the-end') ? BEYOND : block, order);
    if (map !== null && type !== LdType.getId && profile.fault('data-not-whole-sectors')) {
      map = { ...map, segments: shortened(map.segments) };
    }
    const data = map === null ? [] : [{ map, readable: write }];
    const status = piece('ld status', at + HEADER, STATUS, false);
    if (!profile.fault('header-in-two-parts')) return [piece('ld header', at, HEADER, true), ...data, status];
    const half = HEADER / 2;
    const halves = { name: 'ld header', segments: [at, at + half].map((address) => ({ address, length: half })) };
    return [{ map: halves, readable: true }, ...data, status];
  }

  #done(): number {
    drain(this.#sc, this.#vq, ({ slot }) => this.#finish(slot));
    return 1;
  }

  /** Takes a used request's buffers back. Its status; that of a slot which nothing was asked with is 0. */
  #finish(slot: number): number {
    const request = this.#requests[slot];
    if (request === null || request === undefined) return 0;
    finishPieces(this.#sc, request.pieces);
    const [{ address, length }] = request.pieces.at(-1)!.map.segments;
    const [status] = this.#sc.kernel.dma.read(address, length);
    this.#requests[slot] = null;
    if (request.waits) this.#waiting.answered(status);
    return status;
  }

  /** One thread gives a finished request's slot back while another starts a request. */
  threads(): readonly Generator<void, void>[] | undefined {
    const busy = this.#requests.findIndex((request) => request !== null);
    if (busy < 0 || this.#vq.memory === null) return undefined;
    return [this.#finishOne(), this.#startOne()];
  }

  *#finishOne(): Generator<void, void> {
    const sc = this.#sc;
    if (!isEnqueued(sc, this.#vq)) return;
    const { error, slot: used } = dequeue(sc, this.#vq);
    if (error !== 0) return;
    finishPieces(sc, this.#requests[used]?.pieces ?? []);
    this.#requests[used] = null;
    yield* dequeueCommitSteps(sc, this.#vq, used);
  }

  *#startOne(): Generator<void, void> {
    const sc = this.#sc;
    const { kernel } = sc;
    const thread = kernel.thread;
    const prepared = yield* enqueuePrepSteps(sc, this.#vq);
    if (prepared.error !== 0) return;
    const { slot } = prepared;
    const command = this.#freeCommand() ?? slot;
    const pieces = this.#pieces(command, LdType.in, {
      name: 'ld data',
      segments: [{ address: this.#buffer.address + OWN_PAGE, length: SECTOR }],
    });
    kernel.thread = thread;
    const reserved = yield* enqueueReserveSteps(sc, this.#vq, slot, pieces.length);
    if (reserved !== 0) return;
    kernel.thread = thread;
    for (const { map, readable } of pieces) kernel.dma.syncMap(map, readable ? 'PREWRITE' : 'PREREAD');
    for (const { map, readable } of pieces) {
      enqueue(sc, this.#vq, slot, map, readable);
      yield;
      kernel.thread = thread;
    }
    enqueueCommit(sc, this.#vq, slot, true);
    this.#requests[slot] = { command, pieces, waits: false };
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    abandonAll(sc, this.#vq);
    this.#requests.fill(null);
    freeQueues(sc, [this.#vq]);
    sc.childDetach();
    this.#freeBuffers();
    return 0;
  }
}
