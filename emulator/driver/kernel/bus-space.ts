/**
 * bus_space(9): mapped windows onto devices, with the byte order that the machine's accessors have, and a ledger of what
 * is mapped. Every access and every mapping is told to the observer.
 */
import type { Observer } from '../observer.ts';
import { accessorOrder, swapBytes, type HostModel } from './host.ts';
import { KernelPanic } from './panic.ts';

/** A device's window on the bus. Values are the bytes at increasing addresses as a little-endian number. */
export interface RawSpace {
  read(offset: number, size: number): number;
  write(offset: number, size: number, value: number): void;
}

/** A mapped window, or a part of one. */
export interface BusHandle {
  readonly name: string;
  readonly area: string;
  readonly space: RawSpace;
  /** Where this handle starts within the area, in bytes. */
  readonly start: number;
  readonly size: number;
}

export class BusSpace {
  readonly #host: HostModel;
  readonly #observer: Observer;
  readonly #mapped = new Map<string, number>();

  constructor(host: HostModel, observer: Observer) {
    this.#host = host;
    this.#observer = observer;
  }

  map(name: string, area: string, space: RawSpace, size: number): BusHandle {
    this.#mapped.set(name, size);
    this.#observer.observe({ kind: 'map', handle: name, size, part: false });
    return { name, area, space, start: 0, size };
  }

  /** A part of a mapped window; allocates nothing, so it must not be unmapped. */
  subregion(whole: BusHandle, name: string, area: string, start: number, size: number): BusHandle {
    this.#observer.observe({ kind: 'map', handle: name, size, part: true });
    return { name, area, space: whole.space, start: whole.start + start, size };
  }

  unmap(handle: BusHandle, size: number): void {
    this.#observer.observe({ kind: 'unmap', handle: handle.name, size });
    this.#mapped.delete(handle.name);
  }

  /** As the CPU sees it: the machine's accessors interpret the bytes, and `swap` turns them round once more. */
  read(handle: BusHandle, offset: number, size: number, swap = false): number {
    this.#inside(handle, offset, size);
    const raw = handle.space.read(handle.start + offset, size);
    const interpreted = this.#interpret(raw, size);
    const seen = swap ? swapBytes(interpreted, size) : interpreted;
    this.#observer.observe({ kind: 'register', access: 'read', area: handle.area, offset, size, raw, seen });
    return seen;
  }

  write(handle: BusHandle, offset: number, size: number, value: number, swap = false): void {
    this.#inside(handle, offset, size);
    const raw = this.#interpret(swap ? swapBytes(value, size) : value, size);
    this.#observer.observe({ kind: 'register', access: 'write', area: handle.area, offset, size, raw, seen: value });
    handle.space.write(handle.start + offset, size, raw);
  }

  #interpret(value: number, size: number): number {
    return accessorOrder(this.#host) === 'big' ? swapBytes(value, size) : value;
  }

  #inside(handle: BusHandle, offset: number, size: number): void {
    if (offset < 0 || offset + size > handle.size) {
      throw new KernelPanic('out-of-bounds', `access to ${handle.name} at 0x${offset.toString(16)}`);
    }
  }
}
