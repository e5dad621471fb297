/** Tells the devices of a recording apart, and names what belongs to none. */
import { MAGIC, REG } from '../../models/mmio/layout.ts';
import { swap32 } from '../../models/mmio/context.ts';
import { EventKind } from '../../models/trace/event-log.ts';
import { OWN_REGION } from '../../targets/recorded/own-log.ts';
import type { Notation, RecordingSink } from '../../targets/recorded/sink.ts';
import { RecordedDevice, type MemoryEvent, type RecordingOptions } from './device.ts';

/** Register windows of virtio-mmio devices are at least this long and aligned to it. */
const WINDOW = 0x200;
/** What QEMU calls the memory region of such a device. */
const REGION = 'virtio-mmio';
/** No machine has more; a hostile file could name millions. */
const MOST_DEVICES = 1024;
/** Places that might be devices, of which too little is known yet. */
const MOST_CANDIDATES = 128;
const KEPT_WARNINGS = 50;
const EARLY_STORES = 256;
const MOST_KINDS = 500;

export interface Window {
  readonly base: number;
  readonly size: number;
}

export interface Warning {
  readonly line: number;
  readonly reason: string;
}

interface EarlyStore {
  readonly kind: MemoryEvent;
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly line: number;
}

/** An access to a place that may turn out to be a device. */
interface Candidate {
  readonly device: RecordedDevice;
  /** Names the place in the list of what was not used. */
  readonly kind: string;
  accesses: number;
}

export class Demultiplexer implements RecordingSink {
  readonly devices = new Map<number, RecordedDevice>();
  readonly warnings: Warning[] = [];
  /** Lines that could not be read, those beyond the kept warnings included. */
  malformedLines = 0;
  /** Lines without use, by kind. */
  readonly others = new Map<string, number>();
  readonly #windows: readonly Window[];
  readonly #options: RecordingOptions;
  readonly #candidates = new Map<number, Candidate>();
  readonly #byName = new Map<string, RecordedDevice>();
  /** What was stored before any device was touched. */
  readonly #early: EarlyStore[] = [];
  /** The device that the last access reached, and where. */
  #current: RecordedDevice | undefined;
  #lastWrite = -1;
  #notifying: RecordedDevice | undefined;

  constructor(windows: readonly Window[], options: RecordingOptions) {
    this.#windows = windows;
    this.#options = options;
  }

  access(
    did: 'read' | 'wrote',
    address: number,
    size: number,
    value: number,
    notation: Notation,
    region: string | undefined,
    line: number,
  ): void {
    this.#current = undefined;
    this.#lastWrite = -1;
    const base = this.#baseOf(address, region);
    if (base === undefined) {
      this.other(placeName(did, region));
      return;
    }
    let device = this.devices.get(base);
    if (device === undefined) {
      device =
        region !== undefined || this.#windows.length > 0
          ? this.#add(base)
          : this.#candidate(base, did, address - base, value);
      if (device === undefined) return this.#undecided(base, did, address, size, value, notation, line);
    }
    this.#current = device;
    if (did === 'wrote') this.#lastWrite = address - base;
    device.access(did, address - base, size, value, notation, line);
  }

  memory(did: 'read' | 'wrote' | 'device', address: number, bytes: Uint8Array, line: number): void {
    if (this.#options.memory === undefined) {
      this.other(did === 'read' ? 'memory read' : 'memory write');
      return;
    }
    const kind = { read: EventKind.Load, wrote: EventKind.Store, device: EventKind.DeviceStore }[did];
    for (const device of this.devices.values()) device.memory(kind, address, bytes, line);
    if (this.devices.size > 0 || this.#early.length >= EARLY_STORES) return;
    this.#early.push({ kind, address, bytes: Uint8Array.from(bytes), line });
  }

  named(name: string): void {
    const device = this.#current;
    // QEMU says so while it handles the write of Status or QueueNotify; anything else would prove nothing.
    if (device === undefined || (this.#lastWrite !== REG.Status && this.#lastWrite !== REG.QueueNotify)) return;
    if (this.#byName.size < MOST_DEVICES || this.#byName.has(name)) this.#byName.set(name, device);
  }

  notifying(name: string): void {
    this.#notifying = this.#byName.get(name);
  }

  interrupt(level: 0 | 1, line: number): void {
    // Its causes are a notification, announced just before, and what the driver wrote last: InterruptACK or a reset.
    const written = this.#lastWrite === REG.InterruptACK || this.#lastWrite === REG.Status;
    const device = this.#notifying ?? (written ? this.#current : undefined) ?? this.#only();
    this.#notifying = undefined;
    device?.interrupt(level, line);
  }

  powerOn(line: number): void {
    for (const device of this.devices.values()) device.powerOn(line);
  }

  other(kind: string): void {
    const known = this.others.get(kind);
    if (known !== undefined) this.others.set(kind, known + 1);
    else if (this.others.size < MOST_KINDS) this.others.set(kind, 1);
    else this.others.set('(more kinds)', (this.others.get('(more kinds)') ?? 0) + 1);
  }

  malformed(reason: string, line: number): void {
    this.malformedLines++;
    if (this.warnings.length < KEPT_WARNINGS) this.warnings.push({ line, reason });
  }

  /** The recording has ended: what never showed a MagicValue becomes a device only if it was used like one. */
  end(): void {
    for (const [base, { device, kind, accesses }] of this.#candidates) {
      // Without a single answer only the driver's writes can tell.
      if (device.magic === undefined && device.usedLikeVirtio) {
        this.devices.set(base, device);
      } else {
        this.others.set(kind, (this.others.get(kind) ?? 0) + accesses);
      }
    }
    this.#candidates.clear();
    for (const device of this.devices.values()) device.end();
  }

  /** Base of the window that an address lies in, if it may be a device's. */
  #baseOf(address: number, region: string | undefined): number | undefined {
    if (region === OWN_REGION) return 0;
    if (this.#windows.length > 0) {
      return this.#windows.find(({ base, size }) => address >= base && address < base + size)?.base;
    }
    if (region !== undefined && region !== REGION) return undefined;
    return address - (address % WINDOW);
  }

  #add(base: number): RecordedDevice | undefined {
    if (this.devices.size >= MOST_DEVICES) return undefined;
    const device = this.#create(base);
    this.devices.set(base, device);
    return device;
  }

  /** A device knows what was stored before its driver first turned to it. */
  #create(base: number): RecordedDevice {
    const device = new RecordedDevice(base, this.#options);
    for (const { kind, address, bytes, line } of this.#early) device.memory(kind, address, bytes, line);
    return device;
  }

  /** A place without a name is a device once MagicValue was read there. */
  #candidate(base: number, did: 'read' | 'wrote', offset: number, value: number): RecordedDevice | undefined {
    if (did !== 'read' || offset !== REG.MagicValue || (value !== MAGIC && value !== swap32(MAGIC))) return undefined;
    if (this.devices.size >= MOST_DEVICES) return undefined;
    const device = this.#candidates.get(base)?.device ?? this.#create(base);
    this.#candidates.delete(base);
    this.devices.set(base, device);
    return device;
  }

  #undecided(
    base: number,
    did: 'read' | 'wrote',
    address: number,
    size: number,
    value: number,
    notation: Notation,
    line: number,
  ): void {
    const kind = `${placeName(did, undefined)} near 0x${base.toString(16)}`;
    let candidate = this.#candidates.get(base);
    if (candidate === undefined) {
      if (this.#candidates.size >= MOST_CANDIDATES || this.devices.size >= MOST_DEVICES) {
        this.other('access beyond the devices that are told apart');
        return;
      }
      candidate = { device: this.#create(base), kind, accesses: 0 };
      this.#candidates.set(base, candidate);
    }
    candidate.accesses++;
    candidate.device.access(did, address - base, size, value, notation, line);
  }

  #only(): RecordedDevice | undefined {
    if (this.devices.size !== 1) return undefined;
    for (const device of this.devices.values()) return device;
    return undefined;
  }
}

function placeName(did: 'read' | 'wrote', region: string | undefined): string {
  return region === undefined
    ? `access to no virtio device`
    : `memory_region_ops_${did === 'read' ? 'read' : 'write'} ${region}`;
}
