/** Transfers of disks: the data is the caller's buffer, for the sectors asked for, and the owner hears what came of it. */
import type { CallEvent } from './events.ts';
import type { QueueRecord, SlotRecord } from './queue-book.ts';
import type { RuleContext } from './setup.ts';
import type { Segment, Shadow, WalkedChain } from './shadow.ts';

const WHOLE = 'netbsd.transfer-whole';
const RESULT = 'netbsd.result-told';
const IDENTITY = 'netbsd.identity-whole';

const SECTOR = 512;
const PAGE = 4096;
/** Most bytes of a request in NetBSD (MAXPHYS). */
const MAXPHYS = 65536;
/** Queues that requests go through. */
const QUEUES: Readonly<Record<string, number>> = { blk: 0, scsi: 2 };
/** Where requests have the first sector: in the header of a block request, and in that of READ(10) and WRITE(10). */
const SECTOR_OFFSET = 8;
const ADDRESS_OFFSET = 21;
/** Operations that read and write: types of block requests, and READ(10) and WRITE(10). */
const BLOCK_OPERATIONS = [0, 1] as const;
const SCSI_OPERATIONS = [0x28, 0x2a] as const;
const CDB_OFFSET = 19;
/** Where a response has status and response code. */
const STATUS_OFFSET = 10;
/** Header and status, or command and response. */
const CONTROL_SEGMENTS = 2;

interface Transfer {
  readonly write: boolean;
  readonly length: number;
  readonly misalign: number;
  readonly block: number;
}

export class TransferRules {
  readonly #context: RuleContext;
  readonly #memory: Shadow;
  #transfer: Transfer | undefined;
  /** The request that the caller waits for; what it was answered with. */
  #waited: SlotRecord | undefined;
  readonly #answers = new WeakMap<SlotRecord, boolean>();
  /** The answer to the request that was taken back last: all is well. */
  #last: boolean | undefined;

  constructor(context: RuleContext, memory: Shadow) {
    this.#context = context;
    this.#memory = memory;
  }

  get #type(): string {
    return this.#context.setup.type ?? '';
  }

  call({ api, kind, facts }: CallEvent): void {
    if (api === 'submit' && kind === 'call') {
      this.#waited = undefined;
      const { work, write, length, misalign, block } = facts;
      const [bytes, into, sector] = [length, misalign, block].map(Number);
      this.#transfer =
        work === 'transfer' ? { write: write === true, length: bytes, misalign: into, block: sector } : undefined;
    } else if (api === 'submit') this.#submitted(String(facts.outcome));
    else if (api === 'dump' && kind === 'call') {
      // A panicking kernel's memory goes to the first sector here, from a page of its own.
      this.#transfer = { write: true, length: Number(facts.length), misalign: 0, block: 0 };
    } else if (api === 'dump') this.#transfer = undefined;
    else if (api === 'identify' && kind === 'call') this.#identified();
    else if (api === 'done' && kind === 'call') this.#done(String(facts.result));
  }

  #submitted(outcome: string): void {
    this.#transfer = undefined;
    const answer = this.#waited === undefined ? undefined : this.#answers.get(this.#waited);
    if (answer === undefined || (outcome !== 'done' && outcome !== 'failed')) return;
    this.#check(RESULT, (outcome === 'done') === answer, answer ? 'done' : 'failed', () => outcome);
  }

  /** The name of a disk is kept where the device has told it. */
  #identified(): void {
    this.#check(IDENTITY, this.#last === true, 'a name that the device has told', () => 'one that it has refused');
  }

  #done(result: string): void {
    const last = this.#last;
    if (last === undefined || result === 'timeout') return;
    this.#check(RESULT, (result === 'ok') === last, last ? 'ok' : 'an error', () => result);
  }

  #check(...check: Parameters<RuleContext['check']>): void {
    this.#context.check(...check);
  }

  committed(queue: QueueRecord, record: SlotRecord, { segments }: WalkedChain): void {
    if (queue.index !== QUEUES[this.#type]) return;
    this.#waited = record;
    const transfer = this.#transfer;
    this.#transfer = undefined;
    if (transfer === undefined) return;
    const readable = segments.filter(({ writable }) => !writable);
    const writable = segments.filter((segment) => segment.writable);
    const out = readable.slice(1);
    const back = this.#type === 'blk' ? writable.slice(0, -1) : writable.slice(1);
    const [data, other] = transfer.write ? [out, back] : [back, out];
    const seen = (): string => `${describe(data)}${other.length > 0 ? `, and the other way ${describe(other)}` : ''}`;
    const { length, misalign, block } = transfer;
    const moved = data.reduce((sum, segment) => sum + segment.length, 0);
    const inOrder = data.every(({ address }, i) => i === 0 || address === data[i - 1].address + data[i - 1].length);
    const starts = data.length > 0 && data[0].address % PAGE === misalign % PAGE;
    const least = this.#owed(length, queue.num);
    this.#check(
      WHOLE,
      other.length === 0 && inOrder && starts && moved >= least && moved <= length && moved % SECTOR === 0,
      `${least} of ${length} bytes at least, ${misalign} bytes into a page, in order`,
      seen,
    );
    this.#sector(readable[0], block);
    this.#operation(readable[0], transfer.write);
  }

  #sector(header: Segment | undefined, block: number): void {
    if (header === undefined) return;
    const named =
      this.#type === 'blk'
        ? this.#memory.load(header.address + SECTOR_OFFSET, 8, this.#context.setup.rings)
        : this.#memory.load(header.address + ADDRESS_OFFSET, 4, 'big');
    this.#check(WHOLE, named === block, `sector ${block}`, () => `sector ${named}`);
  }

  /** Reads are asked for as reads, and writes as writes. */
  #operation(header: Segment | undefined, write: boolean): void {
    if (header === undefined) return;
    const block = this.#type === 'blk';
    const { rings } = this.#context.setup;
    const is = block
      ? this.#memory.load(header.address, 4, rings)
      : this.#memory.load(header.address + CDB_OFFSET, 1, 'little');
    const [read, written] = block ? BLOCK_OPERATIONS : SCSI_OPERATIONS;
    const owed = write ? written : read;
    this.#check(WHOLE, is === owed, `operation ${owed}`, () => `operation ${is}`);
  }

  /** Bytes that a request has to move of those asked for: whole sectors, as many as the limits let through. */
  #owed(length: number, queueSize: number): number {
    let most = MAXPHYS;
    if (this.#type === 'blk') {
      const { segMax = 1, sizeMax = MAXPHYS } = this.#context.setup;
      const pieces = Math.max(1, Math.min(segMax, queueSize - CONTROL_SEGMENTS));
      most = Math.min(most, pieces * Math.min(sizeMax, MAXPHYS));
    }
    return Math.floor(Math.min(length, most) / SECTOR) * SECTOR;
  }

  /** A request was taken back: what the device has answered. */
  taken(queue: QueueRecord, record: SlotRecord): void {
    if (queue.index !== QUEUES[this.#type]) return;
    const writable = record.buffers.filter(({ readable }) => !readable);
    const status = this.#type === 'blk' ? writable.at(-1) : writable[0];
    if (status === undefined) return;
    const good =
      this.#type === 'blk'
        ? this.#memory.load(status.address, 1, 'little') === 0
        : this.#memory.load(status.address + STATUS_OFFSET, 2, 'little') === 0;
    this.#last = good;
    this.#answers.set(record, good);
  }
}

function describe(segments: readonly Segment[]): string {
  if (segments.length === 0) return 'no data';
  return segments.map(({ address, length }) => `${length} at 0x${address.toString(16)}`).join(', ');
}
