/** A descriptor chain that the driver has made available, as read from memory when it became visible (2.7.13.3). */
import { Buffer } from 'node:buffer';
import type { ClauseIndex } from '../clauses/catalogue.ts';
import { empty } from '../collections.ts';
import type { ShadowMemory } from '../memory/shadow-memory.ts';
import type { ChainView, Segment } from '../seams.ts';

/** What is out of the ordinary about a chain or its queue: explains a chain that never comes back. A bit set. */
export const Special = {
  /** WRITE set on the descriptor of an indirect table. */
  TableWrite: 1,
  /** Ordinary descriptors before the indirect one. */
  DirectThenIndirect: 2,
  /** Boundaries between descriptors fall where no message field ends. */
  OddFraming: 4,
  /** Kicked for after a kick that was not needed. */
  AfterSpuriousKick: 8,
  /** The queue was reset on its own and enabled again. */
  ReEnabled: 16,
  /** ... with other parameters. */
  Reconfigured: 32,
  /** Legacy: made available and kicked for before DRIVER_OK. */
  BeforeDriverOk: 64,
  /** Legacy: used ring placed by a QueueAlign other than 4096. */
  UnusualAlignment: 128,
  BigEndian: 256,
  /** The device has been reset since power-on. */
  AfterReset: 512,
  /** Not kicked for, because the device said that it needs no kick. */
  Promised: 1024,
} as const;

interface MutableSegment {
  address: number;
  length: number;
}

/**
 * Chains are pooled: a reference is good until `completed` or `abandoned` returns. Whoever wants more takes copies.
 */
export class Chain implements ChainView {
  queue = 0;
  head = 0;
  serial = 0;
  readonly readable: MutableSegment[] = [];
  readonly writable: MutableSegment[] = [];
  readableLength = 0;
  writableLength = 0;
  descriptorCount = 0;
  tainted = false;
  explanation: ClauseIndex | undefined = undefined;

  /** Indexes into the descriptor table, head first. */
  readonly direct: number[] = [];
  /** The indirect table, if there is one. */
  tableAddress = 0;
  tableLength = 0;
  /** Log row of the store that made it available. */
  exposedRow = 0;
  /** The device has been told of it, or has said that it need not be. */
  kicked = false;
  special = 0;
  /** Which bytes the device has written isn't known exactly (overlapping buffers, suspension). */
  inexact = false;
  /** Time was given after the kick, and nobody has looked since whether it was used. */
  due = false;
  usedLength = 0;
  /** Neighbours in the list of exposed chains, oldest first. */
  older: Chain | undefined = undefined;
  younger: Chain | undefined = undefined;

  readonly #memory: ShadowMemory;

  constructor(memory: ShadowMemory) {
    this.#memory = memory;
  }

  begin(queue: number, head: number, serial: number, row: number): void {
    this.queue = queue;
    this.head = head;
    this.serial = serial;
    empty(this.readable);
    empty(this.writable);
    this.readableLength = 0;
    this.writableLength = 0;
    this.descriptorCount = 0;
    this.tainted = false;
    this.explanation = undefined;
    empty(this.direct);
    this.tableAddress = 0;
    this.tableLength = 0;
    this.exposedRow = row;
    this.kicked = false;
    this.special = 0;
    this.inexact = false;
    this.due = false;
    this.usedLength = 0;
  }

  add(address: number, length: number, writable: boolean): void {
    this.descriptorCount++;
    if (writable) {
      this.writable.push({ address, length });
      this.writableLength += length;
    } else {
      this.readable.push({ address, length });
      this.readableLength += length;
    }
  }

  read(offset: number, length: number): Buffer {
    return gather(this.#memory, this.readable, offset, length);
  }

  reads(offset: number, bytes: Uint8Array): boolean {
    let skip = offset;
    let at = 0;
    for (const segment of this.readable) {
      if (at === bytes.length) break;
      if (skip >= segment.length) {
        skip -= segment.length;
        continue;
      }
      const size = Math.min(segment.length - skip, bytes.length - at);
      if (!holds(this.#memory, segment.address + skip, bytes, at, size)) return false;
      at += size;
      skip = 0;
    }
    return at === bytes.length;
  }

  written(offset: number, length: number): Buffer {
    return gather(this.#memory, this.writable, offset, length);
  }

  /** Some byte of the device-readable part lies in the range. */
  readableTouches(address: number, size: number): boolean {
    return touches(this.readable, address, size);
  }

  writableTouches(address: number, size: number): boolean {
    return touches(this.writable, address, size);
  }

  tableTouches(address: number, size: number): boolean {
    return this.tableAddress < address + size && address < this.tableAddress + this.tableLength;
  }
}

/** Memory at `address` equals `bytes[at, at + size)`; what lies outside of all memory counts as zeros, as in `gather`. */
function holds(memory: ShadowMemory, address: number, bytes: Uint8Array, at: number, size: number): boolean {
  if (memory.contains(address, size)) return memory.nextDifference(address, bytes, at, size, 0) === size;
  for (let i = at; i < at + size; i++) if (bytes[i] !== 0) return false;
  return true;
}

function gather(memory: ShadowMemory, segments: readonly Segment[], offset: number, length: number): Buffer {
  let total = 0;
  for (const segment of segments) total += segment.length;
  // A tainted chain may claim more bytes than there is memory.
  const wanted = Math.max(0, Math.min(length, total - offset, memory.size));
  // From Node's pool: memory of its own, zeroed first, would cost more than the copying does.
  const bytes = Buffer.allocUnsafe(wanted);
  let skip = offset;
  let at = 0;
  for (const segment of segments) {
    if (at === wanted) break;
    if (skip >= segment.length) {
      skip -= segment.length;
      continue;
    }
    const take = Math.min(segment.length - skip, wanted - at);
    if (memory.contains(segment.address + skip, take)) memory.copyTo(bytes, at, segment.address + skip, take);
    else bytes.fill(0, at, at + take);
    at += take;
    skip = 0;
  }
  // Segments that reach beyond any memory say nothing about what is there.
  if (at < wanted) bytes.fill(0, at);
  return bytes;
}

function touches(segments: readonly Segment[], address: number, size: number): boolean {
  for (const segment of segments) {
    if (segment.address < address + size && address < segment.address + segment.length) return true;
  }
  return false;
}
