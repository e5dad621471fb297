/** A driver, a bus and a clock of rows for the tests of the queue model: everything around the device. */
import { CLAUSES, type ClauseId, type ClauseIndex } from '../../clauses/catalogue.ts';
import { ShadowMemory, poison } from '../../memory/shadow-memory.ts';
import { Report } from '../../report.ts';
import type { ChainView, InterruptSink, QueueLife, TransportState } from '../../seams.ts';
import { endiannessMode, type JudgeSetup } from '../../setup.ts';
import { USED_INDEX, USED_RING, legacyLayout, modernLayout, type QueueLayout } from '../layout.ts';
import { QueueSet } from '../queue-set.ts';

export const BASE = 0x10000;
const SIZE = 0x10000;
/** Where the rings begin, and where buffers lie: 64 bytes a descriptor, so that guard bytes follow each buffer. */
const RINGS = BASE + 0x1000;
const BUFFERS = BASE + 0x8000;
const STRIDE = 0x100;
export const BUFFER = 40;

export interface BenchOptions {
  readonly size: number;
  readonly observing: boolean;
  readonly legacy?: boolean;
  readonly big?: boolean;
  readonly features?: readonly number[];
  readonly queueAlign?: number;
}

export class Bench implements TransportState, InterruptSink {
  readonly options: BenchOptions;
  readonly ram = new Uint8Array(SIZE);
  readonly report = new Report();
  readonly memory: ShadowMemory;
  readonly queues: QueueSet;
  readonly legacy: boolean;
  readonly big: boolean;
  readonly features: { has(bit: number): boolean };
  layout: QueueLayout;
  size: number;
  life: QueueLife = 'live';
  voided = false;
  driverOk = true;
  featuresOk = false;
  quiescing = false;
  /** Chains as the device-type model would see them. */
  readonly exposed: number[] = [];
  readonly completed: { head: number; length: number; data: Uint8Array }[] = [];
  abandonedCount = 0;
  mustComplete = true;
  /** Interrupts: what the model says is due, and whether the device has raised one since the driver last looked. */
  owed: ClauseIndex | undefined;
  unwanted: ClauseIndex | undefined;
  allowed = false;
  dueBySuspend = false;
  raised = false;
  owedEarliest = -1;
  /** The driver's own state. */
  free: number[] = [];
  available = 0;
  seenUsed = 0;
  readonly inFlight = new Map<number, { descriptors: number[]; writable: { address: number; length: number }[] }>();

  constructor(options: BenchOptions) {
    this.options = options;
    this.legacy = options.legacy ?? false;
    this.big = options.big ?? false;
    this.size = options.size;
    const features = new Set(options.features ?? []);
    this.features = features;
    const setup: JudgeSetup = {
      device: 'rng',
      transport: this.legacy ? 'mmio-v1' : 'mmio-v2',
      mode: endiannessMode(this.big ? 'be-legacy' : 'le', this.legacy ? 'mmio-v1' : 'mmio-v2'),
      memory: { base: BASE, size: SIZE },
      observesDeviceStores: options.observing,
      observesInterrupt: true,
      claims: {},
    };
    this.memory = new ShadowMemory(setup);
    this.queues = new QueueSet(setup, this.report, this.memory, this, this, {
      exposed: (chain: ChainView) => {
        this.exposed.push(chain.head);
      },
      mustComplete: () => this.mustComplete,
      completed: (chain: ChainView, length: number) => {
        this.completed.push({ head: chain.head, length, data: chain.written(0, length) });
      },
      abandoned: () => {
        this.abandonedCount++;
      },
    });
    this.layout = this.#layoutFor(this.size);
    this.powerOn();
  }

  powerOn(): void {
    this.ram.fill(0);
    this.memory.powerOn();
    this.queues.powerOn();
    this.#freshDriver();
  }

  #freshDriver(): void {
    this.free = Array.from({ length: this.size }, (_, i) => i);
    this.available = this.seenUsed = 0;
    this.inFlight.clear();
    this.owed = this.unwanted = undefined;
    this.allowed = this.raised = false;
    this.completed.length = 0;
    this.exposed.length = 0;
  }

  #layoutFor(size: number): QueueLayout {
    const at = this.legacy ? legacyLayout(size, this.options.queueAlign ?? 4096) : modernLayout(size);
    return {
      descriptors: RINGS + at.descriptors,
      available: RINGS + at.available,
      used: RINGS + at.used,
      bytes: at.bytes,
    };
  }

  // TransportState and InterruptSink

  queueLife(): QueueLife {
    return this.life;
  }

  usedOwed(index: ClauseIndex, earliestRow: number): void {
    this.owed = index;
    this.owedEarliest = earliestRow;
  }

  usedBeforeSuspend(): void {
    this.dueBySuspend = true;
  }

  usedAllowed(): void {
    this.allowed = true;
  }

  usedUnwanted(index: ClauseIndex): void {
    this.unwanted = index;
  }

  configOwed(): void {
    return;
  }

  configAllowed(): void {
    return;
  }

  /** What the interrupt model would make of it: looks at the interrupt, judges and acknowledges it. */
  lookAtInterrupt(): void {
    if (this.owed !== undefined && !this.raised) this.report.violate(this.owed, 'interrupt', 'none');
    if (this.unwanted !== undefined && this.raised && this.owed === undefined && !this.allowed) {
      this.report.violate(this.unwanted, 'no interrupt', 'one');
    }
    this.owed = this.unwanted = undefined;
    this.raised = this.allowed = false;
  }

  // The bus

  row(): void {
    this.report.row++;
  }

  /** Driver store. */
  store(address: number, bytes: Uint8Array): void {
    this.row();
    this.ram.set(bytes, address - BASE);
    this.queues.driverStore(address, bytes, 0, bytes.length);
  }

  store16(address: number, value: number): void {
    this.store(address, this.encode(2, value));
  }

  load(address: number, size: number): Uint8Array {
    this.row();
    const bytes = this.ram.slice(address - BASE, address - BASE + size);
    this.queues.driverLoad(address, bytes, 0, size);
    return bytes;
  }

  load16(address: number): number {
    return this.decode(this.load(address, 2), 0, 2);
  }

  /** Device store. */
  deviceStore(address: number, bytes: Uint8Array): void {
    this.ram.set(bytes, address - BASE);
    if (!this.options.observing) return;
    this.row();
    this.queues.deviceStore(address, bytes, 0, bytes.length);
  }

  encode(width: number, value: number): Uint8Array {
    const bytes = new Uint8Array(width);
    for (let i = 0; i < width; i++) bytes[this.big ? width - 1 - i : i] = Math.floor(value / 2 ** (8 * i)) & 0xff;
    return bytes;
  }

  decode(bytes: Uint8Array, at: number, width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) value += bytes[at + (this.big ? width - 1 - i : i)] * 2 ** (8 * i);
    return value;
  }

  /** The device's view of memory. */
  read(address: number, width: number): number {
    return this.decode(this.ram, address - BASE, width);
  }

  // The driver

  setUp(size = this.size): void {
    this.size = size;
    this.layout = this.#layoutFor(size);
    const { descriptors, available, used } = this.layout;
    this.store(descriptors, new Uint8Array(this.layout.bytes));
    this.#freshDriver();
    this.row();
    this.queues.queueEnabled({ index: 0, size, descriptors, available, used, order: this.big ? 'big' : 'little' });
  }

  descriptor(index: number, address: number, length: number, flags: number, next: number, table?: number): void {
    const bytes = new Uint8Array(16);
    bytes.set(this.encode(8, address), 0);
    bytes.set(this.encode(4, length), 8);
    bytes.set(this.encode(2, flags), 12);
    bytes.set(this.encode(2, next), 14);
    this.store((table ?? this.layout.descriptors) + 16 * index, bytes);
  }

  buffer(descriptor: number): number {
    return BUFFERS + STRIDE * descriptor;
  }

  /** Puts a head into the available ring and moves avail.idx. */
  publish(head: number): void {
    this.store16(this.layout.available + 4 + 2 * (this.available & (this.size - 1)), head);
    this.available = (this.available + 1) & 0xffff;
    this.store16(this.layout.available + 2, this.available);
  }

  /** Exposes a chain of `readable` and then `writable` one-descriptor buffers; returns its head. */
  expose(readable: number, writable: number): number {
    const descriptors = this.free.splice(0, readable + writable);
    const segments: { address: number; length: number }[] = [];
    descriptors.forEach((index, i) => {
      const address = this.buffer(index);
      const isWritable = i >= readable;
      const content = new Uint8Array(BUFFER);
      for (let at = 0; at < BUFFER; at++) content[at] = isWritable ? poison(address + at) : at + index;
      this.store(address, content);
      if (isWritable) segments.push({ address, length: BUFFER });
      const more = i + 1 < descriptors.length;
      this.descriptor(index, address, BUFFER, (isWritable ? 2 : 0) | (more ? 1 : 0), more ? descriptors[i + 1] : 0);
    });
    this.inFlight.set(descriptors[0], { descriptors, writable: segments });
    this.publish(descriptors[0]);
    return descriptors[0];
  }

  kick(): void {
    this.row();
    this.queues.notified(0);
  }

  /** Reads the used ring and the returned buffers; frees the descriptors. */
  poll(): void {
    const { used } = this.layout;
    const index = this.load16(used + USED_INDEX);
    while (this.seenUsed !== index) {
      const element = this.load(used + USED_RING + 8 * (this.seenUsed & (this.size - 1)), 8);
      const id = this.decode(element, 0, 4);
      const chain = this.inFlight.get(id);
      if (chain === undefined) return;
      this.inFlight.delete(id);
      for (const { address, length } of chain.writable) this.load(address, length);
      this.free.push(...chain.descriptors);
      this.seenUsed = (this.seenUsed + 1) & 0xffff;
    }
  }

  settled(certain = this.options.observing): void {
    this.row();
    this.queues.settled(certain);
  }

  reset(): void {
    this.row();
    this.queues.deviceReset();
    this.row();
    this.queues.resetConfirmed();
  }

  /** Ids of the clauses that were found broken. */
  get findings(): ClauseId[] {
    return this.report.violations.map((violation) => violation.clause);
  }

  exercisedCount(id: ClauseId): number {
    return this.report.exercised[CLAUSES.findIndex((row) => row.id === id)];
  }
}

/** The device status or the queue changes: the queue is in this life now. */
export function become(bench: Bench, life: QueueLife): void {
  bench.row();
  bench.life = life;
  bench.queues.lifeChanged();
}

const UMBRELLAS = new Set<ClauseId>(['basic.device.legacy-feature-bits.3', 'init.device.device-suspend.8']);

/** The distinct clauses found broken, umbrella clauses aside. */
export function broken(bench: Bench): ClauseId[] {
  return [...new Set(bench.findings)].filter((id) => !UMBRELLAS.has(id));
}
