/** For tests: guest memory and a small driver that does what it is told, right or wrong, in either layout and byte order. */
import { createEmulatedDevice, type EmulatedDevice } from './mmio-device.ts';
import type { EmulatorOptions } from './options.ts';
import { Register, swap32 } from './registers.ts';
import type { GuestMemory } from './types.ts';

export const BASE = 0x4000_0000;
const MEMORY = 1 << 20;
const PAGE = 4096;
const HEAP = 0x8_0000;
/** Enough for every test that looks at them. */
const MOST_STORES = 4096;

/** A descriptor as a test writes it. */
export interface Desc {
  address: number;
  length: number;
  flags?: number;
  next?: number;
}

/** A part of a chain: device-writable when `write`. */
export interface Part {
  length: number;
  write?: boolean;
  bytes?: Uint8Array;
  address?: number;
}

export interface Store {
  readonly address: number;
  readonly size: number;
}

export interface Ring {
  readonly size: number;
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
  next: number;
  free: number;
}

export class HandDriver {
  readonly device: EmulatedDevice;
  readonly bytes = new Uint8Array(MEMORY);
  readonly view = new DataView(this.bytes.buffer);
  readonly stores: Store[] = [];
  readonly lineChanges: number[] = [];
  readonly rings: Ring[] = [];
  readonly legacy: boolean;
  readonly kind: EmulatorOptions['device'];
  readonly little: boolean;
  line = 0;
  /** What a legacy driver says its page size is; rings lie at multiples of 4096 all the same. */
  pageSize = PAGE;
  /** Digest of everything that the device has shown: register values, stores and the interrupt line, in order. */
  digest = 0;
  private readonly swapped: boolean;
  private heap = HEAP;
  private ringSpace = PAGE;

  constructor(options: Partial<EmulatorOptions> = {}) {
    const full: EmulatorOptions = { device: 'rng', version: 2, ...options };
    this.legacy = full.version === 1;
    this.kind = full.device;
    this.little = !this.legacy || full.believedGuest !== 'big';
    this.swapped = this.legacy && full.registerEndian === 'big';
    this.device = createEmulatedDevice(full, {
      memory: this.memory(),
      setInterrupt: (level) => {
        this.line = level;
        this.see(level + 2);
        this.lineChanges.push(level);
      },
    });
  }

  private memory(): GuestMemory {
    const { bytes, view, stores } = this;
    const note = (address: number, size: number): number => {
      if (address < BASE || address + size > BASE + MEMORY) throw new Error(`device store outside memory: ${address}`);
      if (stores.length < MOST_STORES) stores.push({ address, size });
      this.see(address);
      return address - BASE;
    };
    return {
      base: BASE,
      size: MEMORY,
      bytes,
      store8: (address, value) => view.setUint8(note(address, 1), this.see(value)),
      store16: (address, value, little) => view.setUint16(note(address, 2), this.see(value), this.seeOrder(little)),
      store32: (address, value, little) => view.setUint32(note(address, 4), this.see(value), this.seeOrder(little)),
      storeBytes: (address, data) => {
        bytes.set(data, note(address, data.length));
        for (const byte of data) this.see(byte);
      },
    };
  }

  /** Mixes a value into the digest. */
  see(value: number): number {
    this.digest = (Math.imul(this.digest ^ value, 0x0100_0193) + (this.digest >>> 13)) | 0;
    return value;
  }

  private seeOrder(little: boolean): boolean {
    this.see(little ? 1 : 0);
    return little;
  }

  /** A read of any size, seen as well. */
  readSized(offset: number, size: number): number {
    return this.see(this.device.readRegister(offset, size));
  }

  read(offset: number): number {
    const value = this.see(this.device.readRegister(offset, 4));
    return this.swapped ? swap32(value) : value;
  }

  write(offset: number, value: number): void {
    this.device.writeRegister(offset, 4, this.swapped ? swap32(value) : value);
  }

  offered(): bigint {
    let bits = 0n;
    for (let window = 0; window < 2; window++) {
      this.write(Register.DeviceFeaturesSel, window);
      bits |= BigInt(this.read(Register.DeviceFeatures)) << BigInt(32 * window);
    }
    return bits;
  }

  /** Queues that the device has. */
  queueCount(): number {
    let count = 0;
    for (; count < 64; count++) {
      this.write(Register.QueueSel, count);
      if (this.read(Register.QueueSizeMax) === 0) break;
    }
    return count;
  }

  accept(bits: bigint): void {
    for (let window = 0; window < 4; window++) {
      this.write(Register.DriverFeaturesSel, window);
      this.write(Register.DriverFeatures, Number((bits >> BigInt(32 * window)) & 0xffff_ffffn));
    }
  }

  /** Reset to FEATURES_OK; true if the features were taken. */
  negotiate(...features: number[]): boolean {
    this.write(Register.Status, 0);
    this.write(Register.Status, 1);
    this.write(Register.Status, 3);
    if (!this.legacy) features = [32, ...features];
    this.accept(features.reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n));
    if (this.legacy) return true;
    this.write(Register.Status, 11);
    return (this.read(Register.Status) & 8) !== 0;
  }

  live(): void {
    this.write(Register.Status, this.read(Register.Status) | 4);
  }

  /** Reset to DRIVER_OK with queue 0 of 8 entries. */
  start(...features: number[]): void {
    this.negotiate(...features);
    this.queue(0, 8);
    this.live();
  }

  queue(index: number, size: number, align = PAGE): Ring {
    const desc = BASE + this.ringSpace;
    const avail = desc + 16 * size;
    const unit = this.legacy ? align : 4;
    const used = Math.ceil((avail + 6 + 2 * size) / unit) * unit;
    this.ringSpace = Math.ceil((used + 6 + 8 * size - BASE) / PAGE) * PAGE;
    this.bytes.fill(0, desc - BASE, this.ringSpace);
    return this.place(index, { size, desc, avail, used, next: 0, free: 0 }, align);
  }

  /** Sets a queue up at given places. */
  place(index: number, ring: Ring, align = PAGE): Ring {
    this.rings[index] = ring;
    this.write(Register.QueueSel, index);
    this.write(Register.QueueSize, ring.size);
    if (this.legacy) {
      this.write(Register.GuestPageSize, this.pageSize);
      this.write(Register.QueueAlign, align);
      this.write(Register.QueuePFN, ring.desc / this.pageSize);
    } else {
      this.write(Register.QueueDescLow, ring.desc);
      this.write(Register.QueueDriverLow, ring.avail);
      this.write(Register.QueueDeviceLow, ring.used);
      this.write(Register.QueueReady, 1);
    }
    return ring;
  }

  get16(address: number): number {
    return this.view.getUint16(address - BASE, this.little);
  }

  set16(address: number, value: number): void {
    this.view.setUint16(address - BASE, value, this.little);
  }

  get32(address: number): number {
    return this.view.getUint32(address - BASE, this.little);
  }

  describe(table: number, index: number, { address, length, flags = 0, next = 0 }: Desc): void {
    const at = table - BASE + 16 * index;
    this.view.setBigUint64(at, BigInt(address), this.little);
    this.view.setUint32(at + 8, length, this.little);
    this.view.setUint16(at + 12, flags, this.little);
    this.view.setUint16(at + 14, next, this.little);
  }

  /** Room for a buffer, with contents. */
  buffer(part: Part): number {
    if (part.address !== undefined) return part.address;
    if (this.heap + part.length > MEMORY) this.heap = HEAP;
    const address = BASE + this.heap;
    // A gap between buffers shows writes that run over an end.
    this.heap += part.length + 32;
    if (part.bytes) this.bytes.set(part.bytes, address - BASE);
    return address;
  }

  /** Writes a chain into consecutive descriptors; returns its head and the addresses of its parts. */
  chain(parts: readonly Part[], queue = 0): { head: number; at: number[] } {
    const ring = this.rings[queue];
    const head = ring.free;
    const at = this.fill(ring.desc, ring.size, head, parts);
    ring.free = (ring.free + parts.length) % ring.size;
    return { head, at };
  }

  /** Makes an indirect table of the parts and returns where it is. */
  table(parts: readonly Part[]): { address: number; length: number; at: number[] } {
    const address = this.buffer({ length: 16 * parts.length });
    return { address, length: 16 * parts.length, at: this.fill(address, parts.length, 0, parts) };
  }

  private fill(table: number, size: number, first: number, parts: readonly Part[]): number[] {
    return parts.map((part, i) => {
      const address = this.buffer(part);
      const last = i === parts.length - 1;
      const flags = (part.write ? 2 : 0) | (last ? 0 : 1);
      this.describe(table, (first + i) % size, { address, length: part.length, flags, next: (first + i + 1) % size });
      return address;
    });
  }

  expose(head: number, queue = 0): void {
    const ring = this.rings[queue];
    this.set16(ring.avail + 4 + 2 * (ring.next % ring.size), head);
    ring.next = (ring.next + 1) & 0xffff;
    this.set16(ring.avail + 2, ring.next);
  }

  kick(queue = 0): void {
    this.write(Register.QueueNotify, queue);
  }

  /** Chain, exposed and notified. */
  submit(parts: readonly Part[], queue = 0): { head: number; at: number[] } {
    const chain = this.chain(parts, queue);
    this.expose(chain.head, queue);
    this.kick(queue);
    return chain;
  }

  usedIndex(queue = 0): number {
    return this.get16(this.rings[queue].used + 2);
  }

  usedElement(index: number, queue = 0): { id: number; length: number } {
    const ring = this.rings[queue];
    const at = ring.used + 4 + 8 * (index % ring.size);
    return { id: this.get32(at), length: this.get32(at + 4) };
  }

  ack(): number {
    const status = this.read(Register.InterruptStatus);
    this.write(Register.InterruptACK, status);
    return status;
  }

  contents(address: number, length: number): Uint8Array {
    return this.bytes.slice(address - BASE, address - BASE + length);
  }
}
