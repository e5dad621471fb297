/** vioscsi(4): control, event and request queue; a request is a command, data in or out, and a response. */
import type { DmaMemory } from '../kernel/dma.ts';
import { PAGE_SIZE } from '../kernel/host.ts';
import type { Errno } from '../virtio/bits.ts';
import { readConfig, writeConfig } from '../virtio/config-access.ts';
import { abandonAll } from '../virtio/dequeue.ts';
import { enqueueAbort } from '../virtio/enqueue.ts';
import { allocVq, initVq } from '../virtio/queue-memory.ts';
import type { Softc } from '../virtio/softc.ts';
import { Virtqueue } from '../virtio/virtqueue.ts';
import type { Child, Outcome, Work } from './child.ts';
import { drain, finishPieces, freeQueues, loadBuffer, piece, submit, type Piece } from './request.ts';

const QUEUES = 3;
const REQUEST = 2;
/** MAXPHYS in pages, and two for command and response. */
const SEGMENTS = 18;
const Config = { segMax: 4, maxSectors: 8, cmdPerLun: 12, maxChannel: 28, maxTarget: 30, maxLun: 32 } as const;
const COMMAND = 51;
const RESPONSE = 108;
/** Bytes of sense data at the end of it. */
const SENSE = 96;
const STRIDE = 256;
const DATA_PAGES = 18;
const READ_10 = 0x28;
const WRITE_10 = 0x2a;
const CDB = 19;
/** Where READ(10) and WRITE(10) have the first block and the number of blocks, in bytes. */
const ADDRESS = 2;
const BLOCKS = 7;
/** Where a response has the status of the command and what the host makes of it, in bytes. */
const STATUS = 10;
const SECTOR = 512;

/** A transfer of `length` bytes from block `block` on. */
interface Asked {
  readonly write: boolean;
  readonly block: number;
  readonly length: number;
}

export class Vioscsi implements Child {
  readonly name = 'vioscsi';
  readonly #sc: Softc;
  readonly #queues = Array.from({ length: QUEUES }, (_, i) => new Virtqueue(`vioscsi vq ${i}`));
  #commands: DmaMemory | null = null;
  #data: DmaMemory | null = null;
  readonly #requests = new Map<number, { readonly transfer: number; readonly pieces: readonly Piece[] }>();
  #transfers = 0;
  /** The transfer that is or was waited for, and what it has come to. */
  #polled = 0;
  #answered: 'ok' | 'error' = 'ok';
  #openings = 0;

  constructor(sc: Softc) {
    this.#sc = sc;
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    sc.childAttachStart(this, 0n, this.#queues);
    if (sc.refused && kernel.profile.has('repair-h4')) return this.#fail();
    const perLun = readConfig(sc, Config.cmdPerLun, 4);
    for (const offset of [Config.segMax, Config.maxSectors]) readConfig(sc, offset, 4);
    readConfig(sc, Config.maxChannel, 2);
    kernel.tell('last target', readConfig(sc, Config.maxTarget, 2));
    kernel.tell('last unit', readConfig(sc, Config.maxLun, 4));
    for (const [i, vq] of this.#queues.entries()) {
      initVq(sc, vq, i, i === REQUEST ? () => this.#done() : () => 0);
      if (allocVq(sc, vq, kernel.host.maxPhys, SEGMENTS) !== 0) return this.#fail();
    }
    const depth = this.#queues[REQUEST].num;
    this.#openings = kernel.profile.fault('scsi-openings-unlimited') ? depth : Math.min(depth, perLun);
    kernel.tell('openings', Math.min(depth, perLun));
    if (kernel.profile.fault('scsi-config-written')) writeConfig(sc, Config.maxSectors, 4, 1);
    this.#commands = kernel.dma.alloc('vioscsi commands', depth * STRIDE);
    this.#data = kernel.dma.alloc('vioscsi data', DATA_PAGES * PAGE_SIZE);
    if (this.#commands === null || this.#data === null) return this.#fail();
    if (sc.childAttachFinish(this.#queues, QUEUES, null, 0) !== 0) return this.#fail();
    return true;
  }

  #fail(): false {
    freeQueues(this.#sc, this.#queues);
    this.#freeBuffers();
    this.#sc.childAttachFailed();
    return false;
  }

  #freeBuffers(): void {
    for (const block of [this.#commands, this.#data]) if (block !== null) this.#sc.kernel.dma.free(block);
    this.#commands = this.#data = null;
  }

  work(work: Work): Outcome | undefined {
    if (work.kind !== 'transfer') return undefined;
    if (this.#requests.size >= this.#openings) return undefined;
    // A disk is asked for whole blocks only.
    const length = Math.floor(Math.min(work.length, this.#sc.kernel.host.maxPhys) / SECTOR) * SECTOR;
    if (length === 0) return undefined;
    const { write, block = 0 } = work;
    return this.#transfer({ write, block, length }, work.misalign % PAGE_SIZE, work.poll === true);
  }

  #transfer(asked: Asked, misalign: number, poll: boolean): Outcome | undefined {
    const { write, length } = asked;
    const sc = this.#sc;
    const { profile } = sc.kernel;
    const vq = this.#queues[REQUEST];
    // Until 1.35 a shortage was reported as one of resources, which nobody tries again.
    const short: Outcome = profile.since('vioscsi.c', '1.35') ? 'retry' : 'rejected';
    const segments = loadBuffer(this.#data!.address + misalign, length, SEGMENTS, sc.kernel.host.maxPhys) ?? [];
    if (segments.length + 2 > vq.num) return undefined;
    const at = this.#commands!.address + this.#freeCommand() * STRIDE;
    this.#fillCommand(at, asked);
    const command = piece('vioscsi command', at, COMMAND, true);
    const room = profile.fault('scsi-no-room-for-sense') ? RESPONSE - SENSE : RESPONSE;
    const response = piece('vioscsi response', at + STRIDE / 2, room, false);
    const data: Piece = { map: { name: 'vioscsi data', segments }, readable: write };
    const pieces = write ? [command, data, response] : [command, response, data];
    const { error, slot, step } = submit(sc, vq, pieces);
    if (error !== 0) {
      // 1.8 gave the slot back a second time.
      if (step === 'reserve' && !profile.since('vioscsi.c', '1.9')) enqueueAbort(sc, vq, slot);
      return short;
    }
    const transfer = ++this.#transfers;
    this.#requests.set(slot, { transfer, pieces });
    return poll ? this.#poll(slot, transfer) : 'queued';
  }

  /** Waits a second, with interrupts off. */
  #poll(slot: number, transfer: number): Outcome {
    const sc = this.#sc;
    this.#polled = transfer;
    const waits = (): boolean => this.#requests.get(slot)?.transfer === transfer;
    for (sc.scanQueues(); waits(); sc.scanQueues()) {
      if (sc.kernel.passTime('limited')) continue;
      // The transfer is over for its owner, and still the device's.
      if (sc.kernel.profile.has('repair-vioscsi-poll'))
        this.#requests.set(slot, { ...this.#requests.get(slot)!, transfer: 0 });
      this.#tell(transfer, 'timeout');
      return 'failed';
    }
    return this.#answered === 'ok' ? 'done' : 'failed';
  }

  /** What became of the command at `at`: its status and the response of the host are both 0 if all is well. */
  #result(at: number): 'ok' | 'error' {
    const answer = this.#sc.kernel.dma.read(at + STRIDE / 2, RESPONSE);
    if (this.#sc.kernel.profile.fault('scsi-status-ignored')) return 'ok';
    return answer[STATUS] === 0 && answer[STATUS + 1] === 0 ? 'ok' : 'error';
  }

  /** scsipi_done: the transfer goes back to its owner. */
  #tell(transfer: number, result: string): void {
    if (transfer > 0) this.#sc.kernel.call('done', { transfer, result }, () => undefined);
  }

  /** Room for a command that no request under way uses. */
  #freeCommand(): number {
    const base = this.#commands!.address;
    const used = new Set(
      [...this.#requests.values()].map(({ pieces }) => (pieces[0].map.segments[0].address - base) / STRIDE),
    );
    let index = 0;
    while (used.has(index)) index++;
    return index;
  }

  #fillCommand(at: number, { write, block, length }: Asked): void {
    const { dma } = this.#sc.kernel;
    dma.zero(at, COMMAND);
    const { profile } = this.#sc.kernel;
    dma.store(at, 1, profile.fault('scsi-unit-unmarked') ? 0 : 1, 'little');
    if (profile.fault('scsi-task-attribute-set')) dma.store(at + CDB - 3, 1, 1, 'little');
    if (profile.fault('scsi-block-zero')) block = 0;
    dma.store(at + CDB, 1, write ? WRITE_10 : READ_10, 'little');
    dma.store(at + CDB + ADDRESS, 4, block, 'big');
    dma.store(at + CDB + BLOCKS, 2, length / SECTOR, 'big');
  }

  #done(): number {
    const sc = this.#sc;
    drain(sc, this.#queues[REQUEST], ({ slot }) => {
      const request = this.#requests.get(slot);
      if (request === undefined) return;
      finishPieces(sc, request.pieces);
      this.#requests.delete(slot);
      const result = this.#result(request.pieces[0].map.segments[0].address);
      if (request.transfer === this.#polled) this.#answered = result;
      this.#tell(request.transfer, result);
    });
    return 1;
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    for (const vq of this.#queues) abandonAll(sc, vq);
    this.#requests.clear();
    freeQueues(sc, this.#queues);
    sc.childDetach();
    this.#freeBuffers();
    return 0;
  }
}
