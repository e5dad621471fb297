/**
 * bus_dma(9) and the memory under it: allocations that a device can reach, loads and stores of the CPU in them, and
 * syncs. Everything is physically contiguous and mapped one to one, as on the machines that virtio is used on.
 */
import type { Observer, SyncOp } from '../observer.ts';
import { PAGE_SIZE, type Order } from './host.ts';
import { KernelPanic } from './panic.ts';

/** Guest memory as the CPU reaches it; addresses are physical. */
export interface CpuMemory {
  readonly base: number;
  readonly size: number;
  load(address: number, size: number): Uint8Array;
  store(address: number, bytes: Uint8Array): void;
}

/** A piece of memory that a device may be given. */
export interface DmaMemory {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

/** A run of memory as a descriptor takes it. */
export interface DmaSegment {
  readonly address: number;
  readonly length: number;
}

/** A loaded map: what a request hands to the device. */
export interface DmaMap {
  readonly name: string;
  readonly segments: readonly DmaSegment[];
}

export class Dma {
  readonly #memory: CpuMemory;
  readonly #observer: Observer;
  readonly #taken: DmaMemory[] = [];
  /** Allocations that still succeed; counts down, for tests of error paths. Infinity: never fails. */
  allowance = Infinity;
  /** Once an allocation has failed, all others succeed. */
  passes = false;

  constructor(memory: CpuMemory, observer: Observer) {
    this.#memory = memory;
    this.#observer = observer;
  }

  /** Null when there is no memory left (or the allowance is used up). What is in it is whatever was there. */
  alloc(name: string, size: number, align = PAGE_SIZE): DmaMemory | null {
    if (this.allowance <= 0) {
      if (this.passes) this.allowance = Infinity;
      return null;
    }
    this.allowance--;
    const address = this.#findRoom(size, align);
    if (address === null) return null;
    const block = { name, address, size };
    this.#taken.push(block);
    this.#taken.sort((a, b) => a.address - b.address);
    this.#observer.observe({ kind: 'dma-alloc', name, address, size });
    return block;
  }

  free(block: DmaMemory): void {
    const at = this.#taken.findIndex((other) => other.address === block.address);
    if (at < 0) throw new KernelPanic('bad-pointer', `free of ${block.name}, which is not allocated`);
    this.#taken.splice(at, 1);
    this.#observer.observe({ kind: 'dma-free', name: block.name, address: block.address, size: block.size });
  }

  sync(name: string, address: number, size: number, op: SyncOp): void {
    if (size > 0) this.#observer.observe({ kind: 'sync', name, address, size, op });
  }

  syncMap(map: DmaMap, op: SyncOp): void {
    for (const { address, length } of map.segments) this.sync(map.name, address, length, op);
  }

  /** The CPU reads a buffer. */
  read(address: number, size: number): Uint8Array {
    this.#observer.observe({ kind: 'cpu', access: 'read', address, size });
    return this.#memory.load(address, size);
  }

  /** The CPU fills a buffer. */
  write(address: number, bytes: Uint8Array): void {
    this.#observer.observe({ kind: 'cpu', access: 'write', address, size: bytes.length });
    this.#memory.store(address, bytes);
  }

  load(address: number, size: number, order: Order): number {
    const bytes = this.#memory.load(address, size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + bytes[order === 'big' ? i : size - 1 - i];
    return value;
  }

  store(address: number, size: number, value: number, order: Order): void {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      bytes[order === 'little' ? i : size - 1 - i] = value % 256;
      value = Math.floor(value / 256);
    }
    this.#memory.store(address, bytes);
  }

  /** Stores bytes that belong to the driver alone. */
  fill(address: number, bytes: Uint8Array): void {
    this.#memory.store(address, bytes);
  }

  zero(address: number, size: number): void {
    this.#memory.store(address, new Uint8Array(size));
  }

  #findRoom(size: number, align: number): number | null {
    const end = this.#memory.base + this.#memory.size;
    let at = this.#memory.base;
    for (const block of this.#taken) {
      if (at + size <= block.address) break;
      at = Math.ceil((block.address + block.size) / align) * align;
    }
    return at + size <= end ? at : null;
  }
}

/** The segments of a buffer, cut at page boundaries and at a largest segment: what loading a map gives. */
export function segmentsOf(address: number, length: number, largest: number): DmaSegment[] {
  const segments: DmaSegment[] = [];
  let at = address;
  const end = address + length;
  while (at < end) {
    const page = (Math.floor(at / PAGE_SIZE) + 1) * PAGE_SIZE;
    const size = Math.min(page, end, at + largest) - at;
    segments.push({ address: at, length: size });
    at += size;
  }
  return segments;
}
