/**
 * A complete entropy device on the modern MMIO layout, written the way a user of virtcheck would write one:
 *
 *     virtcheck run --target ./docs/examples/my-rng.ts
 */
import { defineTarget, type TargetDevice, type TargetMemory, type TargetPlatform } from 'virtcheck';

const QUEUE_SIZE_MAX = 64;
/** A device may give fewer random bytes than the buffer holds; this bounds the work of one request. */
const MAX_BYTES = 4096;

const Status = { FEATURES_OK: 8, DRIVER_OK: 4, NEEDS_RESET: 64 } as const;
const Interrupt = { USED_BUFFER: 1, CONFIG_CHANGE: 2 } as const;
const Descriptor = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;
const NO_INTERRUPT = 1;
/** VERSION_1 is feature bit 32: bit 0 of the second window of 32 bits. */
const OFFERED = [0, 1];

/** What the driver broke can only be cured by a reset. */
class DriverError extends Error {}

/** Device status and features: how a driver introduces itself (VIRTIO 1.4, sections 2.1 and 2.2). */
class MyRng implements TargetDevice {
  private readonly platform: TargetPlatform;
  private readonly queue: SplitQueue;
  private status = 0;
  private featuresSel = 0;
  private driverFeaturesSel = 0;
  private driverFeatures = [0, 0];
  private queueSel = 0;
  private interruptStatus = 0;

  constructor(platform: TargetPlatform) {
    this.platform = platform;
    this.queue = new SplitQueue(platform.memory);
  }

  /** Registers are 32 bits wide; there is no configuration space, so everything else reads as 0. */
  read(offset: number, size: number): number {
    if (size !== 4) return 0;
    switch (offset) {
      case 0x000:
        return 0x74726976; // "virt"
      case 0x004:
        return 2; // modern register layout
      case 0x008:
        return 4; // entropy device
      case 0x00c:
        return 0x4b434556; // "VECK"
      case 0x010:
        return OFFERED[this.featuresSel] ?? 0;
      case 0x034:
        return this.queueSel === 0 ? QUEUE_SIZE_MAX : 0;
      case 0x044:
        return this.queueSel === 0 && this.queue.ready ? 1 : 0;
      case 0x060:
        return this.interruptStatus;
      case 0x070:
        return this.status;
      case 0x0b0: // SHMLenLow, SHMLenHigh, SHMBaseLow, SHMBaseHigh: there are no shared memory regions
      case 0x0b4:
      case 0x0b8:
      case 0x0bc:
        return 0xffffffff;
      default:
        return 0;
    }
  }

  write(offset: number, size: number, value: number): void {
    if (size !== 4) return;
    switch (offset) {
      case 0x014:
        this.featuresSel = value;
        break;
      case 0x020:
        // Once accepted, features are fixed until a reset.
        if (!(this.status & Status.FEATURES_OK) && this.driverFeaturesSel < 2) {
          this.driverFeatures[this.driverFeaturesSel] = value;
        }
        break;
      case 0x024:
        this.driverFeaturesSel = value;
        break;
      case 0x030:
        this.queueSel = value;
        break;
      case 0x050:
        if (value === 0) this.serve();
        break;
      case 0x064:
        this.interruptStatus &= ~value;
        this.updateInterrupt();
        break;
      case 0x070:
        this.writeStatus(value);
        break;
      default:
        if (this.queueSel === 0) this.queue.configure(offset, value);
    }
  }

  private writeStatus(value: number): void {
    if (value === 0) {
      this.status = 0;
      this.featuresSel = this.driverFeaturesSel = this.queueSel = 0;
      this.driverFeatures = [0, 0];
      this.interruptStatus = 0;
      this.queue.reset();
      this.updateInterrupt();
      return;
    }
    const { FEATURES_OK, NEEDS_RESET } = Status;
    let accepted = value & 0xff & ~NEEDS_RESET;
    if (accepted & FEATURES_OK && !(this.status & FEATURES_OK) && !this.acceptsFeatures()) accepted &= ~FEATURES_OK;
    this.status = accepted | (this.status & NEEDS_RESET);
  }

  /** Nothing that was not offered, and no driver of the legacy interface. */
  private acceptsFeatures(): boolean {
    return this.driverFeatures[0] === OFFERED[0] && this.driverFeatures[1] === OFFERED[1];
  }

  private serve(): void {
    if (!(this.status & Status.DRIVER_OK) || this.status & Status.NEEDS_RESET || !this.queue.ready) return;
    try {
      if (this.queue.serve()) this.interrupt(Interrupt.USED_BUFFER);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      this.status |= Status.NEEDS_RESET;
      this.interrupt(Interrupt.CONFIG_CHANGE);
    }
  }

  private interrupt(cause: number): void {
    this.interruptStatus |= cause;
    this.updateInterrupt();
  }

  private updateInterrupt(): void {
    this.platform.setInterrupt(this.interruptStatus === 0 ? 0 : 1);
  }
}

/** The split virtqueue (section 2.7). Every address comes from the driver, so none is followed before it is checked. */
class SplitQueue {
  ready = false;
  private readonly memory: TargetMemory;
  private readonly view: DataView;
  private size = 0;
  /** Low and high halves of the addresses of descriptor table, available ring and used ring. */
  private readonly halves = new Uint32Array(6);
  private availIndex = 0;
  private usedIndex = 0;

  constructor(memory: TargetMemory) {
    this.memory = memory;
    this.view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.size);
  }

  reset(): void {
    this.ready = false;
    this.size = this.availIndex = this.usedIndex = 0;
    this.halves.fill(0);
  }

  configure(offset: number, value: number): void {
    if (offset === 0x044) {
      if (value === 1 && !this.ready) this.availIndex = this.usedIndex = 0;
      this.ready = value === 1;
      return;
    }
    // A queue in use keeps its layout.
    if (this.ready) return;
    if (offset === 0x038) this.size = value;
    const half = [0x080, 0x084, 0x090, 0x094, 0x0a0, 0x0a4].indexOf(offset);
    if (half >= 0) this.halves[half] = value;
  }

  /** Serves everything that is available. True if the driver is to be interrupted. */
  serve(): boolean {
    const { size } = this;
    if (size === 0 || size > QUEUE_SIZE_MAX || (size & (size - 1)) !== 0) throw new DriverError('queue size');
    const descriptors = this.area(0, 16 * size, 16);
    const available = this.area(1, 6 + 2 * size, 2);
    const used = this.area(2, 6 + 8 * size, 4);
    const target = this.view.getUint16(available + 2, true);
    if (((target - this.availIndex) & 0xffff) > size) throw new DriverError('more chains than descriptors');
    if (target === this.availIndex) return false;
    while (this.availIndex !== target) {
      const head = this.view.getUint16(available + 4 + 2 * (this.availIndex % size), true);
      const written = this.fill(descriptors, head);
      const entry = this.memory.base + used + 4 + 8 * (this.usedIndex % size);
      this.memory.store32(entry, head, true);
      this.memory.store32(entry + 4, written, true);
      // The index goes last: it is what tells the driver that the entry is there.
      this.usedIndex = (this.usedIndex + 1) & 0xffff;
      this.memory.store16(this.memory.base + used + 2, this.usedIndex, true);
      this.availIndex = (this.availIndex + 1) & 0xffff;
    }
    return (this.view.getUint16(available, true) & NO_INTERRUPT) === 0;
  }

  /** Fills the writable buffers of a chain; returns how many bytes were written. */
  private fill(descriptors: number, head: number): number {
    let written = 0;
    let index = head;
    for (let steps = 0; ; steps++) {
      if (index >= this.size || steps >= this.size) throw new DriverError('descriptor index or loop');
      const at = descriptors + 16 * index;
      const flags = this.view.getUint16(at + 12, true);
      if (flags & Descriptor.INDIRECT) throw new DriverError('indirect descriptors were not offered');
      if (flags & Descriptor.WRITE) {
        const length = this.view.getUint32(at + 8, true);
        const low = this.view.getUint32(at, true);
        const start = this.inMemory(low, this.view.getUint32(at + 4, true), length);
        const count = Math.min(length, MAX_BYTES - written);
        this.memory.storeBytes(this.memory.base + start, crypto.getRandomValues(new Uint8Array(count)));
        written += count;
      }
      if (!(flags & Descriptor.NEXT)) return written;
      index = this.view.getUint16(at + 14, true);
    }
  }

  /** Offset in memory of one of the queue's three areas. */
  private area(which: number, length: number, alignment: number): number {
    const low = this.halves[2 * which];
    if (low % alignment !== 0) throw new DriverError('alignment');
    return this.inMemory(low, this.halves[2 * which + 1], length);
  }

  private inMemory(low: number, high: number, length: number): number {
    const offset = high * 2 ** 32 + low - this.memory.base;
    if (offset < 0 || offset + length > this.memory.size) throw new DriverError('address outside memory');
    return offset;
  }
}

export default defineTarget({
  name: 'my-rng',
  version: '1.0',
  device: 'rng',
  transport: 'mmio-v2',
  claims: { requiresVersion1: true },
  create: (platform) => new MyRng(platform),
});
