/**
 * What a driver does over PCI, written down as the accesses to virtio-mmio that mean the same, so that the one contract
 * judges both. Where a bus tells in one access what the other tells in two (reading the ISR acknowledges it; a legacy
 * queue needs no size to be written), the second is made up, and no driver is judged by it: `isJudgedOnPci` leaves out the
 * clauses that speak of those accesses, which are those of virtio-mmio itself.
 *
 * A queue is notified at an address of its own (4.1.4.4), and a device may tell queues apart by nothing else: what a driver
 * writes elsewhere notifies nobody.
 */
import type { PciCapability } from '../../emulator/device/pci-device.ts';
import { swap32, swapBytes } from '../../emulator/driver/kernel/host.ts';
import type { RawSpace } from '../../emulator/driver/kernel/bus-space.ts';
import type { Clause } from '../../models/clauses/catalogue.ts';
import { EventKind, type EventLog } from '../../models/trace/event-log.ts';

const Mmio = {
  magic: 0x000,
  version: 0x004,
  deviceId: 0x008,
  deviceFeatures: 0x010,
  deviceFeaturesSel: 0x014,
  driverFeatures: 0x020,
  driverFeaturesSel: 0x024,
  guestPageSize: 0x028,
  queueSel: 0x030,
  queueSizeMax: 0x034,
  queueSize: 0x038,
  queueAlign: 0x03c,
  queuePfn: 0x040,
  queueReady: 0x044,
  queueNotify: 0x050,
  interruptStatus: 0x060,
  interruptAck: 0x064,
  status: 0x070,
  generation: 0x0fc,
  config: 0x100,
} as const;

/** queue_notify_off of the common configuration, which no register of virtio-mmio stands for. */
const QUEUE_NOTIFY_OFF = 0x1e;

const MAGIC = 0x7472_6976;
/** Legacy queues are laid out in pages of this size, and their addresses count them (4.1.5.1.3.1). */
const PAGE = 4096;

/** Fields of the common configuration (4.1.4.3) by offset. Those that say nothing of a device's state are left out. */
const COMMON: Readonly<Record<number, number>> = {
  0x00: Mmio.deviceFeaturesSel,
  0x04: Mmio.deviceFeatures,
  0x08: Mmio.driverFeaturesSel,
  0x0c: Mmio.driverFeatures,
  0x14: Mmio.status,
  0x15: Mmio.generation,
  0x16: Mmio.queueSel,
  0x18: Mmio.queueSize,
  0x1c: Mmio.queueReady,
  0x20: 0x080,
  0x24: 0x084,
  0x28: 0x090,
  0x2c: 0x094,
  0x30: 0x0a0,
  0x34: 0x0a4,
};

/** Fields of the legacy I/O region (4.1.4.10), without MSI-X. */
const IO: Readonly<Record<number, number>> = {
  0x00: Mmio.deviceFeatures,
  0x04: Mmio.driverFeatures,
  0x08: Mmio.queuePfn,
  0x0c: Mmio.queueSizeMax,
  0x0e: Mmio.queueSel,
  0x10: Mmio.queueNotify,
  0x12: Mmio.status,
  0x13: Mmio.interruptStatus,
};
const IO_CONFIG = 0x14;

/** The register that an access to PCI means, and its offset in it; undefined: none. */
type Place = (bar: number, offset: number) => number | undefined;

export interface PciPlaces {
  readonly revision: 0 | 1;
  readonly deviceId: number;
  readonly capabilities: readonly PciCapability[];
  /** Bytes from one queue_notify_off to the next (notify_off_multiplier). */
  readonly notifyMultiplier: number;
}

export class PciAsRegisters {
  readonly #log: EventLog;
  readonly #legacy: boolean;
  readonly #order: 'little' | 'big';
  readonly #place: Place;
  readonly #capabilities: readonly PciCapability[];
  readonly #notifyMultiplier: number;
  #queue = 0;
  /** Where each queue is notified, in bytes from the beginning of the structure, as far as the driver has read it. */
  readonly #notifyAt = new Map<number, number>();
  /** Sizes that queues were read to have, and those that a driver has set. */
  readonly #sizes = new Map<number, number>();
  readonly #set = new Set<number>();

  /** `order`: of multi-byte registers, as the device has them. */
  constructor(pci: PciPlaces, order: 'little' | 'big', log: EventLog) {
    this.#log = log;
    this.#legacy = pci.revision === 0;
    this.#order = this.#legacy ? order : 'little';
    this.#capabilities = pci.capabilities;
    this.#notifyMultiplier = pci.notifyMultiplier;
    this.#place = this.#legacy ? legacyPlace : modernPlace(pci.capabilities);
    this.#made(EventKind.RegRead, Mmio.magic, MAGIC);
    this.#made(EventKind.RegRead, Mmio.version, this.#legacy ? 1 : 2);
    this.#made(EventKind.RegRead, Mmio.deviceId, pci.deviceId);
    if (this.#legacy) this.#made(EventKind.RegWrite, Mmio.guestPageSize, PAGE);
  }

  /** The same space, whose accesses are written down. */
  watch(bar: number, space: RawSpace): RawSpace {
    return {
      read: (offset, size) => {
        const value = this.#read(this.#place(bar, offset), size, () => space.read(offset, size));
        if (this.#within('common', bar, offset) === QUEUE_NOTIFY_OFF) {
          this.#notifyAt.set(this.#queue, this.#notifyMultiplier * this.#number(value, size));
        }
        return value;
      },
      write: (offset, size, value) => {
        if (this.#reaches(bar, offset, this.#number(value, size))) this.#write(this.#place(bar, offset), size, value);
        space.write(offset, size, value);
      },
    };
  }

  /** An offset in a structure; undefined: outside of it. */
  #within(structure: PciCapability['structure'], bar: number, offset: number): number | undefined {
    const found = this.#capabilities.find((one) => one.structure === structure && one.bar === bar);
    if (found === undefined || offset < found.offset || offset >= found.offset + found.length) return undefined;
    return offset - found.offset;
  }

  /** False for a notification that is written where the queue has none. */
  #reaches(bar: number, offset: number, value: number): boolean {
    const at = this.#within('notify', bar, offset);
    return at === undefined || at === (this.#notifyAt.get(value) ?? at);
  }

  #read(register: number | undefined, size: number, read: () => number): number {
    if (register === undefined) return read();
    if (register >= Mmio.config) {
      const row = this.#log.push(EventKind.RegRead, register, size, 0);
      return (this.#log.value[row] = read());
    }
    if (this.#legacy && register === Mmio.deviceFeatures) this.#made(EventKind.RegWrite, Mmio.deviceFeaturesSel, 0);
    // The size that is offered, until the driver has set another.
    const asks = register === Mmio.queueSize && !this.#set.has(this.#queue) ? Mmio.queueSizeMax : register;
    const row = this.#log.push(EventKind.RegRead, asks, 4, 0);
    const acknowledged =
      register === Mmio.interruptStatus ? this.#log.push(EventKind.RegWrite, Mmio.interruptAck, 4, 0) : undefined;
    const raw = read();
    const value = this.#number(raw, size);
    this.#log.value[row] = this.#bus(value);
    if (acknowledged !== undefined) this.#log.value[acknowledged] = this.#bus(value);
    if (asks === Mmio.queueSizeMax) this.#sizes.set(this.#queue, value);
    return raw;
  }

  #write(register: number | undefined, size: number, raw: number): void {
    if (register === undefined) return;
    if (register >= Mmio.config) {
      this.#log.push(EventKind.RegWrite, register, size, raw);
      return;
    }
    const value = this.#number(raw, size);
    if (register === Mmio.queueSel) this.#queue = value;
    if (register === Mmio.queueSize) this.#set.add(this.#queue);
    if (register === Mmio.status && value === 0) this.#set.clear();
    if (this.#legacy && register === Mmio.driverFeatures) this.#made(EventKind.RegWrite, Mmio.driverFeaturesSel, 0);
    if (value !== 0 && (register === Mmio.queuePfn || register === Mmio.queueReady)) this.#sized();
    this.#made(EventKind.RegWrite, register, value);
  }

  /** A queue has the size that it offers unless the driver has set another. */
  #sized(): void {
    if (!this.#set.has(this.#queue)) this.#made(EventKind.RegWrite, Mmio.queueSize, this.#sizes.get(this.#queue) ?? 0);
    if (this.#legacy) this.#made(EventKind.RegWrite, Mmio.queueAlign, PAGE);
  }

  #made(kind: typeof EventKind.RegRead | typeof EventKind.RegWrite, register: number, value: number): void {
    this.#log.push(kind, register, 4, this.#bus(value));
  }

  #number(raw: number, size: number): number {
    return this.#order === 'big' ? swapBytes(raw, size) : raw;
  }

  #bus(value: number): number {
    return this.#order === 'big' ? swap32(value) : value;
  }
}

const legacyPlace: Place = (_bar, offset) => (offset >= IO_CONFIG ? Mmio.config + offset - IO_CONFIG : IO[offset]);

const modernPlace =
  (capabilities: readonly PciCapability[]): Place =>
  (bar, at) => {
    const found = capabilities.find((one) => one.bar === bar && at >= one.offset && at < one.offset + one.length);
    switch (found?.structure) {
      case 'common':
        return COMMON[at - found.offset];
      case 'notify':
        return Mmio.queueNotify;
      case 'isr':
        return Mmio.interruptStatus;
      case 'device':
        return Mmio.config + at - found.offset;
      case undefined:
        return undefined;
    }
  };

/** Clauses outside of virtio-mmio's own that accesses decide which are made up for PCI. */
const MADE_UP: readonly string[] = [
  'untagged.legacy.8',
  'split.driver.legacy-virtqueue-layout.1',
  'split.driver.legacy-virtqueue-layout.2',
];

/** Whether a driver can be judged by a clause of the contract where what it did went over PCI. */
export function isJudgedOnPci({ id, area }: Pick<Clause, 'id' | 'area'>): boolean {
  return area !== 'mmio' && !id.startsWith('untagged.mmio.') && !MADE_UP.includes(id);
}
