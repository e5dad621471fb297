/**
 * The session of every implementation that runs in this process: the emulator and users' own modules. It answers at
 * function-call speed and logs what happens in the order in which it happens.
 */
import { EventKind, EventLog, type HostEvent } from '../../models/trace/event-log.ts';
import type { SessionInfo, SyncSession } from '../target.ts';
import { AccessClock } from './access-clock.ts';
import { RunawayDevice, SharedMemory } from './guest-memory.ts';

const STACK_FRAMES = 4;

/** What the session lends an implementation. */
export interface InProcessPlatform {
  readonly memory: SharedMemory;
  setInterrupt(level: 0 | 1): void;
}

/** Register accesses: offsets from the device's base, sizes in bytes, values as little-endian numbers of the bytes. */
export interface RegisterFile {
  readRegister(offset: number, size: number): number;
  writeRegister(offset: number, size: number, value: number): void;
}

/** An implementation at power-on. */
export interface InProcessDevice {
  readonly registers: RegisterFile;
  /** Finishes everything that the device can finish on its own. */
  settle(): void;
  /** Performs a host action; returns the bytes for `console-output`. */
  host(event: HostEvent): readonly number[] | Uint8Array | undefined;
}

export interface InProcessOptions {
  readonly info: SessionInfo;
  /** Makes a device at power-on. Called at opening and at every restart. */
  create(platform: InProcessPlatform): InProcessDevice;
  /** Milliseconds of processor time after which an access that has come back counts as a hang. Default 1000. */
  readonly hungAfter?: number;
  /** The device may write to memory without `store*`, so a restart clears all of it. */
  readonly clearEverything?: boolean;
}

/**
 * Opens an in-process session; the initial log starts with PowerOn. Whatever the implementation throws becomes an
 * Outcome event, after which register accesses answer 0 and are not logged until `restart`.
 */
export class InProcessSession implements SyncSession {
  readonly kind = 'sync';
  readonly info: SessionInfo;
  private currentLog = new EventLog();
  private readonly memory: SharedMemory;
  private readonly options: InProcessOptions;
  private readonly platform: InProcessPlatform;
  private readonly hungAfter: number;
  private readonly clock: AccessClock;
  private device!: InProcessDevice;
  private registers!: RegisterFile;
  private level: 0 | 1 = 0;
  private dead = false;

  constructor(options: InProcessOptions) {
    this.options = options;
    this.info = options.info;
    this.hungAfter = options.hungAfter ?? 1000;
    this.clock = new AccessClock(this.hungAfter);
    this.memory = new SharedMemory(options.info.memory.base, options.info.memory.size, this.currentLog);
    this.platform = { memory: this.memory, setInterrupt: (level) => this.setInterrupt(level) };
    this.restart();
  }

  get log(): EventLog {
    return this.currentLog;
  }

  set log(log: EventLog) {
    this.currentLog = log;
    this.memory.log = log;
  }

  readRegister(offset: number, size: number): number {
    if (this.dead) return 0;
    this.memory.refill();
    const log = this.currentLog;
    // The row goes in first: what the device does because of the read comes after it.
    const row = log.push(EventKind.RegRead, offset, size, 0);
    try {
      const value = this.registers.readRegister(offset, size);
      // A module in JavaScript may forget to return something. NaN stands for what nobody recorded, and nothing would be judged.
      if (!Number.isInteger(value))
        throw new TypeError(`a read of register 0x${offset.toString(16)} returned ${value}`);
      log.value[row] = value;
      return value;
    } catch (error) {
      this.fail(error);
      return 0;
    }
  }

  writeRegister(offset: number, size: number, value: number): void {
    if (this.dead) return;
    this.memory.refill();
    this.currentLog.push(EventKind.RegWrite, offset, size, value);
    try {
      if (mayTakeLong(offset)) {
        const started = this.clock.start();
        this.registers.writeRegister(offset, size, value);
        const took = this.clock.exceeded(started);
        if (took !== undefined)
          this.hung(took, `write of 0x${value.toString(16)} to register 0x${offset.toString(16)}`);
      } else {
        this.registers.writeRegister(offset, size, value);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  store(address: number, bytes: Uint8Array): void {
    this.memory.fromDriver(address, bytes);
    this.currentLog.pushBytes(EventKind.Store, address, bytes, 0, bytes.length);
  }

  load(address: number, size: number): number {
    const memory = this.memory;
    memory.requireInside(address, size);
    return this.currentLog.pushBytes(EventKind.Load, address, memory.bytes, address - memory.base, size);
  }

  interrupt(): number {
    if (this.dead) return 0;
    this.currentLog.push(EventKind.Irq, 0, 0, this.level);
    return this.level;
  }

  settle(): void {
    if (this.dead) return;
    this.memory.refill();
    try {
      const started = this.clock.start();
      this.device.settle();
      const took = this.clock.exceeded(started);
      if (took !== undefined) this.hung(took, 'settling');
    } catch (error) {
      this.fail(error);
    }
    if (!this.dead) this.currentLog.push(EventKind.Settled, 0, 0, 1);
  }

  host(event: HostEvent): void {
    if (this.dead) return;
    if (!this.info.hostActions.includes(event.action)) {
      throw new RangeError(`${this.info.target} (${this.info.device}) has no host action ${event.action}`);
    }
    this.memory.refill();
    const collects = event.action === 'console-output';
    if (!collects) this.currentLog.pushHost(event);
    try {
      const bytes = this.device.host(event);
      if (collects) this.currentLog.pushHost({ ...event, bytes: listOf(bytes) });
    } catch (error) {
      this.fail(error);
    }
  }

  restart(): void {
    this.memory.clear(this.options.clearEverything === true);
    this.memory.refill();
    this.level = 0;
    this.dead = false;
    this.currentLog.push(EventKind.PowerOn, 0, 0, 0);
    try {
      this.device = this.options.create(this.platform);
      this.registers = this.device.registers;
    } catch (error) {
      this.fail(error);
    }
  }

  close(): void {
    this.dead = true;
  }

  private setInterrupt(level: 0 | 1): void {
    const now = level ? 1 : 0;
    if (now === this.level) return;
    this.level = now;
    this.currentLog.push(EventKind.Irq, 0, 0, now);
  }

  private hung(took: number, what: string): void {
    this.die('hung', `${what} took ${took} ms (patience ${this.hungAfter} ms)`);
  }

  private fail(error: unknown): void {
    if (error instanceof RunawayDevice) this.die('hung', error.message);
    else this.die('threw', describe(error));
  }

  private die(outcome: 'hung' | 'threw', evidence: string): void {
    this.dead = true;
    this.currentLog.pushOutcome({ outcome, evidence });
  }
}

/** An exception with the frames that say where it came from, but not those of whoever drove the device there. */
function describe(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return text
    .split('\n')
    .slice(0, 1 + STACK_FRAMES)
    .join('\n');
}

/** Kicks, queue set-up and status writes: where a device does its work, so only these are timed. */
function mayTakeLong(offset: number): boolean {
  return offset === 0x50 || offset === 0x70 || offset === 0x44 || offset === 0x40;
}

/** Tens of thousands of bytes may come at once: `Array.from` would go through an iterator and grow the list on the way. */
function listOf(bytes: readonly number[] | Uint8Array = []): number[] {
  const list = new Array<number>(bytes.length);
  for (let i = 0; i < bytes.length; i++) list[i] = bytes[i];
  return list;
}
