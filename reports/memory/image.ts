/** Guest memory as a trace shows it: what is known of each byte, and who put it there. */

/** Who wrote a byte last, as far as the trace tells. `unknown`: nobody was seen to. */
export type Writer = 'unknown' | 'driver' | 'device';

export interface KnownByte {
  readonly value: number;
  readonly writer: Writer;
}

const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;
const DRIVER = 1;
const DEVICE = 2;
const WRITERS: readonly Writer[] = ['unknown', 'driver', 'device'];

/** Pages are made when something is stored there; a trace of a few hundred events touches a handful. */
export class MemoryImage {
  readonly #pages = new Map<number, { readonly bytes: Uint8Array; readonly writers: Uint8Array }>();

  clear(): void {
    this.#pages.clear();
  }

  /** The driver or the device stored `bytes` at physical address `address`. */
  store(address: number, bytes: Uint8Array, writer: 'driver' | 'device'): void {
    const mark = writer === 'driver' ? DRIVER : DEVICE;
    bytes.forEach((byte, i) => this.#put(address + i, byte, mark));
  }

  /**
   * The driver loaded `bytes`. Where they differ from what was known, the device has stored them: not every target can be
   * watched doing so.
   */
  load(address: number, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      if (this.at(address + i).value !== byte) this.#put(address + i, byte, DEVICE);
    });
  }

  at(address: number): KnownByte {
    const page = this.#pages.get(Math.floor(address / PAGE));
    const offset = address % PAGE;
    return page === undefined
      ? { value: 0, writer: 'unknown' }
      : { value: page.bytes[offset], writer: WRITERS[page.writers[offset]] };
  }

  /** An unsigned number of 1 to 8 bytes, exact up to 2^53. */
  number(address: number, size: number, big: boolean): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 0x100 + this.at(address + (big ? i : size - 1 - i)).value;
    return value;
  }

  #put(address: number, byte: number, mark: number): void {
    const index = Math.floor(address / PAGE);
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = { bytes: new Uint8Array(PAGE), writers: new Uint8Array(PAGE) };
      this.#pages.set(index, page);
    }
    page.bytes[address % PAGE] = byte;
    page.writers[address % PAGE] = mark;
  }
}
