/**
 * One device of a recording: finds out what it is from the first accesses, then has the models judge them, in batches of
 * bounded size.
 */
import { clause, CLAUSES, type ClauseId } from '../../models/clauses/catalogue.ts';
import { Contract } from '../../models/contract.ts';
import { MAGIC, REG } from '../../models/mmio/layout.ts';
import { swap32 } from '../../models/mmio/context.ts';
import { Report, type DriverFault } from '../../models/report.ts';
import { DEVICE_IDS, DEVICE_KINDS, endiannessMode, type ByteOrder } from '../../models/setup.ts';
import type { DeviceKind, EndiannessModeName, JudgedKind, JudgeSetup, Transport } from '../../models/setup.ts';
import { EventKind, EventLog } from '../../models/trace/event-log.ts';
import type { Notation } from '../../targets/recorded/sink.ts';
import { logged } from './notation.ts';

/** What the user says about a recording beyond what it shows. */
export interface RecordingOptions {
  /** Byte order of the guest's CPU. Default: little, unless a register shows otherwise. */
  readonly byteOrder?: ByteOrder;
  /** Register layout. Default: what Version reads, or the registers used tell. */
  readonly transport?: Transport;
  /** Drivers were at work when the recording began: nothing is said of how they found the devices. */
  readonly attached?: boolean;
  /** Memory that the recording shows, if it shows any. */
  readonly memory?: { readonly base: number; readonly size: number };
  readonly mode?: EndiannessModeName;
  /** Device type, where the recording is known to be of one. Default: what DeviceID reads. */
  readonly device?: DeviceKind;
}

/** One kind of mistake, with its first occurrences. */
export interface Mistake {
  readonly clause: ClauseId | undefined;
  times: number;
  readonly occurrences: { readonly line: number; readonly what: string; readonly state: string }[];
}

/** A deviation of the device, seen on the way. */
export interface Deviation {
  times: number;
  readonly clause: ClauseId;
  readonly line: number;
  readonly expected: string;
  readonly seen: string;
}

export type MemoryEvent = typeof EventKind.Store | typeof EventKind.Load | typeof EventKind.DeviceStore;

type Undecided =
  | {
      readonly what: 'access';
      readonly did: 'read' | 'wrote';
      readonly offset: number;
      readonly size: number;
      readonly value: number;
      readonly notation: Notation;
      readonly line: number;
    }
  | {
      readonly what: 'memory';
      readonly kind: MemoryEvent;
      readonly address: number;
      readonly bytes: Uint8Array;
      readonly line: number;
    };

const WROTE_STATUS = 1;
const WROTE_QUEUE = 2;

const BATCH = 1024;
/** Accesses that are kept until it is clear which layout the device has. */
const UNDECIDED = 256;
const KEPT_OCCURRENCES = 3;
/** Kinds of mistakes without a clause that are told apart. */
const KINDS = 64;

const LEGACY_ONLY: readonly number[] = [REG.GuestPageSize, REG.QueueAlign, REG.QueuePFN];
const MODERN_ONLY: readonly number[] = [
  ...[REG.QueueReady, REG.QueueDescLow, REG.QueueDescHigh, REG.QueueDriverLow, REG.QueueDriverHigh],
  ...[REG.QueueDeviceLow, REG.QueueDeviceHigh, REG.QueueReset, REG.ConfigGeneration, REG.SHMSel],
];
/** What a driver may do first with a device that it does not know yet. */
const FIRST: readonly number[] = [
  REG.MagicValue,
  REG.Version,
  REG.DeviceID,
  REG.VendorID,
  REG.Status,
  REG.GuestPageSize,
];

export class RecordedDevice {
  readonly base: number;
  readonly report = new Report();
  readonly mistakes = new Map<string, Mistake>();
  readonly deviations = new Map<ClauseId, Deviation>();
  accesses = 0;
  firstLine = 0;
  lastLine = 0;
  deviceId: number | undefined;
  /** The reading of MagicValue, in the log's convention. */
  magic: number | undefined;
  version: number | undefined;
  /** The recording begins while the device is in use. */
  begunInUse = false;
  setup: JudgeSetup | undefined;
  readonly #options: RecordingOptions;
  #guest: ByteOrder;
  #contract: Contract | undefined;
  readonly #log = new EventLog();
  readonly #lines = new Float64Array(BATCH + 1);
  /** Numbers and notation of accesses that wait for the layout to be known. */
  #undecided: Undecided[] = [];
  #wrote = 0;

  constructor(base: number, options: RecordingOptions) {
    this.base = base;
    this.#options = options;
    this.#guest = options.byteOrder ?? 'little';
    this.report.onDriverFault = (fault) => this.#note(fault);
  }

  access(did: 'read' | 'wrote', offset: number, size: number, value: number, notation: Notation, line: number): void {
    if (this.accesses++ === 0) this.firstLine = line;
    this.lastLine = line;
    if (did === 'wrote' && offset === REG.Status) this.#wrote |= WROTE_STATUS;
    if (did === 'wrote' && offset === REG.QueueSel) this.#wrote |= WROTE_QUEUE;
    if (this.#contract !== undefined) {
      this.#push(did, offset, size, value, notation, line);
      return;
    }
    this.#undecided.push({ what: 'access', did, offset, size, value, notation, line });
    if (did === 'read' && size === 4) this.#identify(offset, value, notation);
    if (this.#decided(offset) || this.#undecided.length >= UNDECIDED) this.#begin();
  }

  /** The driver, or the device, stored or loaded memory. */
  memory(kind: MemoryEvent, address: number, bytes: Uint8Array, line: number): void {
    if (this.#contract === undefined) {
      if (this.#undecided.length < UNDECIDED) {
        this.#undecided.push({ what: 'memory', kind, address, bytes: Uint8Array.from(bytes), line });
        return;
      }
      this.#begin();
    }
    this.#room(line);
    this.#log.pushBytes(kind, address, bytes, 0, bytes.length);
  }

  interrupt(level: 0 | 1, line: number): void {
    if (this.#contract === undefined) return;
    this.#room(line);
    this.#log.push(EventKind.Irq, 0, 0, level);
  }

  powerOn(line: number): void {
    if (this.#contract === undefined) return;
    this.#room(line);
    this.#log.push(EventKind.PowerOn, 0, 0, 0);
  }

  /** No more accesses. */
  end(): void {
    if (this.#contract === undefined) this.#begin();
    this.#flush();
  }

  /** The registers written are those that a virtio driver brings a device up with. */
  get usedLikeVirtio(): boolean {
    return this.#wrote === (WROTE_STATUS | WROTE_QUEUE);
  }

  get kind(): JudgedKind {
    return this.setup?.device ?? 'other';
  }

  #identify(offset: number, value: number, notation: Notation): void {
    if (Number.isNaN(value)) return;
    if (offset === REG.MagicValue) {
      // A CPU of the other byte order sees it reversed.
      if (notation === 'cpu' && value === swap32(MAGIC) && this.#options.byteOrder === undefined) this.#guest = 'big';
      this.magic = logged(value, 4, notation, 'mmio-v2', this.#guest);
    } else if (offset === REG.Version) {
      this.version = logged(value, 4, notation, 'mmio-v2', this.#guest);
    } else if (offset === REG.DeviceID) {
      this.deviceId = logged(value, 4, notation, 'mmio-v2', this.#guest);
    }
  }

  #decided(offset: number): boolean {
    if (offset <= REG.Version) return false;
    // DeviceID, the third register of every probe, completes what there is to know.
    if (offset === REG.DeviceID) return this.version !== undefined || this.#options.transport !== undefined;
    if (offset === REG.VendorID) return false;
    if (this.version !== undefined || this.#options.transport !== undefined) return true;
    return LEGACY_ONLY.includes(offset) || MODERN_ONLY.includes(offset);
  }

  #begin(): void {
    const waiting = this.#undecided;
    this.#undecided = [];
    const transport = this.#options.transport ?? this.#layout(waiting);
    const device = this.#options.device ?? DEVICE_KINDS.find((kind) => DEVICE_IDS[kind] === this.deviceId) ?? 'other';
    const { memory, mode } = this.#options;
    this.setup = {
      device,
      deviceId: this.deviceId,
      transport,
      mode: endiannessMode(mode ?? (this.#guest === 'big' ? 'be-legacy' : 'le'), transport),
      memory: memory ?? { base: 0, size: 0 },
      observesMemory: memory !== undefined,
      observesDeviceStores: false,
      observesInterrupt: false,
      claims: {},
    };
    this.#contract = new Contract(this.setup, this.report);
    const first = waiting.find((entry) => entry.what === 'access');
    this.begunInUse = this.#options.attached === true || (first !== undefined && !FIRST.includes(first.offset));
    if (this.begunInUse) this.#contract.beginUnknown();
    for (const entry of waiting) {
      if (entry.what === 'memory') this.memory(entry.kind, entry.address, entry.bytes, entry.line);
      else this.#push(entry.did, entry.offset, entry.size, entry.value, entry.notation, entry.line);
    }
  }

  #layout(waiting: readonly Undecided[]): Transport {
    if (this.version === 1) return 'mmio-v1';
    if (this.version !== undefined) return 'mmio-v2';
    return waiting.some((entry) => entry.what === 'access' && LEGACY_ONLY.includes(entry.offset))
      ? 'mmio-v1'
      : 'mmio-v2';
  }

  #push(did: 'read' | 'wrote', offset: number, size: number, value: number, notation: Notation, line: number): void {
    this.#room(line);
    const { transport } = this.setup!;
    const kind = did === 'read' ? EventKind.RegRead : EventKind.RegWrite;
    this.#log.push(kind, offset, size, logged(value, size, notation, transport, this.#guest));
  }

  #room(line: number): void {
    if (this.#log.length === BATCH) this.#flush();
    this.#lines[this.#log.length] = line;
  }

  #flush(): void {
    this.#contract!.judge(this.#log, 0, this.#lines);
    this.#log.clear();
    for (const { clause: id, row, expected, seen } of this.report.violations) {
      const known = this.deviations.get(id);
      if (known !== undefined) known.times++;
      else this.deviations.set(id, { clause: id, times: 1, line: row, expected, seen });
    }
    this.report.clearFindings();
  }

  #note(fault: DriverFault): void {
    const key = fault.clause ?? fault.what.replaceAll(/0x[0-9a-f]+|\d+/g, '#');
    let mistake = this.mistakes.get(key);
    if (mistake === undefined) {
      if (fault.clause === undefined && this.mistakes.size >= CLAUSES.length + KINDS) return;
      mistake = { clause: fault.clause, times: 0, occurrences: [] };
      this.mistakes.set(key, mistake);
    }
    mistake.times++;
    if (mistake.occurrences.length >= KEPT_OCCURRENCES) return;
    mistake.occurrences.push({ line: fault.row, what: fault.what, state: this.report.describeState() });
  }

  /** How often the driver broke a clause, umbrella clauses through those they stand for. */
  broken(id: ClauseId): number {
    return this.report.brokenByDriver[clause(id)];
  }
}
