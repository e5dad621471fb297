/**
 * Guest memory of an in-process implementation: one byte array that driver and device share, with every device store
 * logged as an event of its own and only the touched pages cleared at power-on.
 */
import { EventKind, type EventLog } from '../../models/trace/event-log.ts';

const PAGE_SHIFT = 12;
const PAGE = 1 << PAGE_SHIFT;

/**
 * Device stores that one access, settling or host action may cause. Far above what any conforming device needs for the
 * memory it is given; a device that exceeds it never ends.
 */
const STORE_BUDGET = 1 << 20;

/** Thrown into a device that keeps storing without end, so that the session gets control back. */
export class RunawayDevice extends Error {
  override readonly name = 'RunawayDevice';
}

/** Structurally the emulator's `GuestMemory` and the `TargetMemory` of user modules. */
export class SharedMemory {
  /** Guest-physical address of `bytes[0]`. */
  readonly base: number;
  /** Size in bytes. */
  readonly size: number;
  readonly bytes: Uint8Array;
  /** Where device stores are logged. */
  log: EventLog;
  /** Device stores left until the device counts as running away; the session refills it before every access. */
  budget = STORE_BUDGET;
  private readonly dirty: Uint8Array;
  private readonly dirtyPages: number[] = [];
  private readonly scratch = new Uint8Array(4);

  constructor(base: number, size: number, log: EventLog) {
    this.base = base;
    this.size = size;
    this.bytes = new Uint8Array(size);
    this.log = log;
    this.dirty = new Uint8Array((size + PAGE - 1) >> PAGE_SHIFT);
  }

  refill(): void {
    this.budget = STORE_BUDGET;
  }

  store8(address: number, value: number): void {
    this.scratch[0] = value;
    this.fromDevice(address, this.scratch, 1);
  }

  store16(address: number, value: number, littleEndian: boolean): void {
    const scratch = this.scratch;
    scratch[littleEndian ? 0 : 1] = value;
    scratch[littleEndian ? 1 : 0] = value >>> 8;
    this.fromDevice(address, scratch, 2);
  }

  store32(address: number, value: number, littleEndian: boolean): void {
    const scratch = this.scratch;
    if (littleEndian) {
      scratch[0] = value;
      scratch[1] = value >>> 8;
      scratch[2] = value >>> 16;
      scratch[3] = value >>> 24;
    } else {
      scratch[0] = value >>> 24;
      scratch[1] = value >>> 16;
      scratch[2] = value >>> 8;
      scratch[3] = value;
    }
    this.fromDevice(address, scratch, 4);
  }

  storeBytes(address: number, bytes: Uint8Array): void {
    this.fromDevice(address, bytes, bytes.length);
  }

  /**
   * A store by the driver; not logged here. Throws a RangeError outside the memory: that is a mistake of whoever
   * drives, never the device's.
   */
  fromDriver(address: number, bytes: Uint8Array): void {
    this.requireInside(address, bytes.length);
    this.write(address - this.base, bytes, bytes.length);
  }

  /** Throws a RangeError unless `[address, address + size)` lies inside the memory. */
  requireInside(address: number, size: number): void {
    const offset = address - this.base;
    if (offset >= 0 && offset + size <= this.size) return;
    throw new RangeError(
      `driver access to ${size} bytes at 0x${address.toString(16)} is outside guest memory ` +
        `[0x${this.base.toString(16)}, 0x${(this.base + this.size).toString(16)})`,
    );
  }

  /** Back to zeros. `everything` for devices that may have written to `bytes` behind our back. */
  clear(everything: boolean): void {
    const pages = this.dirtyPages;
    for (const page of pages) {
      this.dirty[page] = 0;
      if (!everything) this.bytes.fill(0, page << PAGE_SHIFT, (page + 1) << PAGE_SHIFT);
    }
    pages.length = 0;
    if (everything) this.bytes.fill(0);
  }

  private fromDevice(address: number, source: Uint8Array, size: number): void {
    if (--this.budget < 0) throw new RunawayDevice(`more than ${STORE_BUDGET} device stores in one access`);
    // Logged even when it misses the memory: where a device stores is the judge's business, and nothing is harmed.
    this.log.pushBytes(EventKind.DeviceStore, address, source, 0, size);
    const offset = address - this.base;
    if (offset >= 0 && offset + size <= this.size) this.write(offset, source, size);
  }

  private write(offset: number, source: Uint8Array, size: number): void {
    const bytes = this.bytes;
    if (size <= 16) for (let i = 0; i < size; i++) bytes[offset + i] = source[i];
    else bytes.set(source, offset);
    const last = (offset + size - 1) >> PAGE_SHIFT;
    for (let page = offset >> PAGE_SHIFT; page <= last; page++) {
      if (this.dirty[page] === 0) {
        this.dirty[page] = 1;
        this.dirtyPages.push(page);
      }
    }
  }
}
