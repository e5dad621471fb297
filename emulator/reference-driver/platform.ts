/** What a machine lends the reference driver: a window of registers, memory, an interrupt line, and time. */

export type ByteOrder = 'little' | 'big';

export interface ReferencePlatform {
  /**
   * Register and configuration values are the bytes at increasing addresses, packed with the first byte lowest,
   * whatever the byte order of CPU or device.
   */
  readRegister(offset: number, size: number): number;
  writeRegister(offset: number, size: number, value: number): void;
  load(address: number, size: number): Uint8Array;
  store(address: number, bytes: Uint8Array): void;
  /** Guest-physical base address and size in bytes. */
  readonly memory: { readonly base: number; readonly size: number };
  /** Bytes of configuration space, as the platform describes the device's window. */
  readonly configSize: number;
  /** Byte order of the CPU, which legacy rings, requests and configuration spaces have. */
  readonly cpu: ByteOrder;
  /** Byte order of a legacy device's registers. */
  readonly registers: ByteOrder;
  interruptLevel(): 0 | 1;
  /** Lets the device work while the driver waits for it. */
  relax(): void;
}
