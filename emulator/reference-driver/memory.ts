/** Guest memory for rings and buffers, and fields in it in the byte order in use. */
import { FOUR_GIB } from './bits.ts';
import type { ByteOrder, ReferencePlatform } from './platform.ts';

export class DriverMemory {
  readonly #platform: ReferencePlatform;
  readonly #order: () => ByteOrder;
  #next: number;

  constructor(platform: ReferencePlatform, order: () => ByteOrder) {
    this.#platform = platform;
    this.#order = order;
    this.#next = platform.memory.base;
  }

  /**
   * Fresh memory, never used before in the life of the machine: what a device that was not stopped may still write to is
   * never given away. Undefined when there is none left.
   */
  allocate(size: number, alignment: number): number | undefined {
    const { base, size: total } = this.#platform.memory;
    const address = Math.ceil(this.#next / alignment) * alignment;
    if (address + size > base + total) return undefined;
    this.#next = address + size;
    return address;
  }

  load(address: number, size: number): Uint8Array {
    return this.#platform.load(address, size);
  }

  store(address: number, bytes: Uint8Array): void {
    this.#platform.store(address, bytes);
  }

  load16(address: number): number {
    return view(this.load(address, 2)).getUint16(0, this.#little);
  }

  load32(address: number): number {
    return view(this.load(address, 4)).getUint32(0, this.#little);
  }

  store16(address: number, value: number): void {
    this.store(address, this.bytes([[2, value]]));
  }

  /** Numbers of given widths in bytes, one after the other. */
  bytes(fields: readonly (readonly [width: 1 | 2 | 4 | 8, value: number])[], little = this.#little): Uint8Array {
    const result = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
    const into = view(result);
    let at = 0;
    for (const [width, value] of fields) {
      if (width === 1) into.setUint8(at, value);
      else if (width === 2) into.setUint16(at, value, little);
      else if (width === 4) into.setUint32(at, value, little);
      else {
        into.setUint32(little ? at : at + 4, value % FOUR_GIB, little);
        into.setUint32(little ? at + 4 : at, Math.floor(value / FOUR_GIB), little);
      }
      at += width;
    }
    return result;
  }

  get little(): boolean {
    return this.#little;
  }

  get #little(): boolean {
    return this.#order() === 'little';
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
