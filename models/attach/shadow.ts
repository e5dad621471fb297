/** Guest memory as the stores of driver and device leave it. Bytes never stored to read 0. */
import type { ByteOrder } from '../setup.ts';

const PAGE = 4096;
/** Stores up to this many bytes are copied by hand. */
const SMALL = 16;

export class Shadow {
  readonly #pages = new Map<number, Uint8Array>();

  store(address: number, bytes: Uint8Array): void {
    const offset = address % PAGE;
    if (bytes.length <= SMALL && offset + bytes.length <= PAGE) {
      const into = this.#page(address);
      for (let i = 0; i < bytes.length; i++) into[offset + i] = bytes[i];
      return;
    }
    for (let i = 0; i < bytes.length;) {
      const into = this.#page(address + i);
      const at = (address + i) % PAGE;
      const run = Math.min(PAGE - at, bytes.length - i);
      into.set(bytes.subarray(i, i + run), at);
      i += run;
    }
  }

  #page(address: number): Uint8Array {
    const page = Math.floor(address / PAGE);
    let bytes = this.#pages.get(page);
    if (bytes === undefined) this.#pages.set(page, (bytes = new Uint8Array(PAGE)));
    return bytes;
  }

  /** A copy. */
  bytes(address: number, length: number): Uint8Array {
    const copy = new Uint8Array(length);
    for (let i = 0; i < length;) {
      const at = (address + i) % PAGE;
      const run = Math.min(PAGE - at, length - i);
      const page = this.#pages.get(Math.floor((address + i) / PAGE));
      if (page !== undefined) copy.set(page.subarray(at, at + run), i);
      i += run;
    }
    return copy;
  }

  load(address: number, size: number, order: ByteOrder): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const at = address + (order === 'big' ? i : size - 1 - i);
      value = value * 256 + (this.#pages.get(Math.floor(at / PAGE))?.[at % PAGE] ?? 0);
    }
    return value;
  }
}

export interface Segment {
  readonly address: number;
  readonly length: number;
  readonly writable: boolean;
}

/** A descriptor chain in memory: its own descriptors, and the buffers that it or its indirect table describes. */
export interface WalkedChain {
  readonly direct: readonly number[];
  /** Address of the indirect table, if the head refers to one. */
  readonly table: number | undefined;
  readonly segments: readonly Segment[];
}

const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;

/** Follows a chain from its head; a loop ends at the queue's size. */
export function walkChain(memory: Shadow, order: ByteOrder, desc: number, size: number, head: number): WalkedChain {
  const direct: number[] = [];
  const segments: Segment[] = [];
  let table: number | undefined;
  let at = head;
  for (let count = 0; count < size; count++) {
    direct.push(at);
    const base = desc + 16 * at;
    const flags = memory.load(base + 12, 2, order);
    const address = memory.load(base, 8, order);
    const length = memory.load(base + 8, 4, order);
    if ((flags & INDIRECT) !== 0) {
      table = address;
      walkTable(memory, order, address, length, segments);
    } else segments.push({ address, length, writable: (flags & WRITE) !== 0 });
    if ((flags & NEXT) === 0) break;
    at = memory.load(base + 14, 2, order);
  }
  return { direct, table, segments };
}

function walkTable(memory: Shadow, order: ByteOrder, table: number, length: number, into: Segment[]): void {
  const entries = Math.floor(length / 16);
  let at = 0;
  for (let count = 0; count < entries; count++) {
    const base = table + 16 * at;
    const flags = memory.load(base + 12, 2, order);
    into.push({
      address: memory.load(base, 8, order),
      length: memory.load(base + 8, 4, order),
      writable: (flags & WRITE) !== 0,
    });
    if ((flags & NEXT) === 0) break;
    at = memory.load(base + 14, 2, order);
  }
}
