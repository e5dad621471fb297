/** The register window in the byte order that the layout in use has (4.2.2, 4.2.4). */
import { Reg, swap32, swapped } from './bits.ts';
import type { ByteOrder, ReferencePlatform } from './platform.ts';

export class Registers {
  readonly #platform: ReferencePlatform;
  #legacy = false;

  constructor(platform: ReferencePlatform) {
    this.#platform = platform;
  }

  /** The layout that Version tells. Until it is known, registers are read in either order. */
  set legacy(legacy: boolean) {
    this.#legacy = legacy;
  }

  get legacy(): boolean {
    return this.#legacy;
  }

  /** Byte order of rings, requests and configuration: the guest's where legacy, else little (2.4, 2.5.3, 2.7.3). */
  get order(): ByteOrder {
    return this.#legacy ? this.#platform.cpu : 'little';
  }

  read(offset: number): number {
    const value = this.#platform.readRegister(offset, 4);
    return this.#swaps ? swap32(value) : value;
  }

  write(offset: number, value: number): void {
    this.#platform.writeRegister(offset, 4, this.#swaps ? swap32(value) : value);
  }

  /** One access of 1, 2 or 4 bytes to the configuration space. */
  readConfig(offset: number, size: number): number {
    const value = this.#platform.readRegister(Reg.config + offset, size);
    return this.order === 'big' ? swapped(value, size) : value;
  }

  writeConfig(offset: number, size: number, value: number): void {
    const raw = this.order === 'big' ? swapped(value, size) : value;
    this.#platform.writeRegister(Reg.config + offset, size, raw);
  }

  get #swaps(): boolean {
    return this.#legacy && this.#platform.registers === 'big';
  }
}
