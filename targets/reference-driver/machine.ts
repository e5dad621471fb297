/** A machine on which the reference driver meets an emulated device: memory, bus, interrupt line, and a log of it all. */
import { createEmulatedDevice, type EmulatedDevice } from '../../emulator/device/mmio-device.ts';
import type { EmulatorOptions } from '../../emulator/device/options.ts';
import { ReferenceDriver } from '../../emulator/reference-driver/driver.ts';
import type { ReferencePlatform } from '../../emulator/reference-driver/platform.ts';
import {
  endiannessMode,
  type DeviceKind,
  type EndiannessModeName,
  type JudgeSetup,
  type Transport,
} from '../../models/setup.ts';
import { EventKind, EventLog, type HostEvent } from '../../models/trace/event-log.ts';
import { SharedMemory } from '../in-process/guest-memory.ts';

export interface ReferenceMachineSpec {
  readonly frontEnd: DeviceKind;
  readonly transport: Transport;
  readonly host: EndiannessModeName;
  readonly driver: { readonly requires: readonly number[]; readonly flushes: boolean; readonly queueSize?: number };
  readonly device: Omit<EmulatorOptions, 'device' | 'version' | 'queueSizeMax'> & { readonly queueSize: number };
  readonly configPadding?: number;
}

const MEMORY_BASE = 0x4000_0000;
const MEMORY_SIZE = 1 << 20;
const CONFIG = 0x100;
const QUEUE_NOTIFY = 0x050;
const INTERRUPT_STATUS = 0x060;
const INTERRUPT_ACK = 0x064;
const USED_EVENT = 1;
const CAPACITY_BYTES = 8;
const USED_ELEMENT = 8;
const RING_HEADER = 4;
/** Bytes of configuration that each device type has fields in. */
const CONFIG_SIZES: Readonly<Record<DeviceKind, number>> = { blk: 96, console: 12, rng: 0 };
/** Rounds of device and driver answering each other before a machine counts as busy for ever. */
const MOST_ROUNDS = 100;
const FEATURE_VERSION_1 = 32;
const FEATURE_EVENT_IDX = 29;
const FEATURE_FLUSH = 9;
const FEATURE_ZONED = 17;

export class ReferenceDriverMachine {
  readonly log = new EventLog();
  readonly driver: ReferenceDriver;
  readonly setup: JudgeSetup;
  readonly #memory = new SharedMemory(MEMORY_BASE, MEMORY_SIZE, this.log);
  readonly #device: EmulatedDevice;
  /** What the device's line says, and an interrupt for which there is no reason. */
  #level: 0 | 1 = 0;
  #spurious = false;
  #shownLevel: 0 | 1 = 0;
  /** Queues whose driver was told not to notify: the device looks for itself. */
  readonly #polled = new Set<number>();
  #resizeAtRead: number | undefined;

  constructor(spec: ReferenceMachineSpec, switches: readonly string[]) {
    const { frontEnd, transport, configPadding = 0 } = spec;
    const mode = endiannessMode(spec.host, transport);
    const { queueSize, ...device } = spec.device;
    this.#device = createEmulatedDevice(
      {
        device: frontEnd,
        version: transport === 'mmio-v1' ? 1 : 2,
        believedGuest: mode.config,
        registerEndian: mode.registers,
        ...device,
        queueSizeMax: queueSize,
      },
      {
        memory: this.#memory,
        setInterrupt: (level) => {
          this.#level = level;
          this.#showLevel();
        },
      },
    );
    this.log.push(EventKind.PowerOn, 0, 0, 0);
    const configSize = CONFIG_SIZES[frontEnd] + configPadding;
    const { requires, flushes } = spec.driver;
    this.setup = {
      device: frontEnd,
      transport,
      mode,
      memory: { base: MEMORY_BASE, size: MEMORY_SIZE },
      observesDeviceStores: true,
      observesInterrupt: true,
      claims: {},
      driver: {
        requires: transport === 'mmio-v1' ? requires : [FEATURE_VERSION_1, ...requires],
        incapable: [...(flushes ? [] : [FEATURE_FLUSH]), FEATURE_ZONED],
      },
      configSize,
    };
    this.driver = new ReferenceDriver(this.#platform(configSize), { frontEnd, ...spec.driver, switches });
  }

  #platform(configSize: number): ReferencePlatform {
    const { mode } = this.setup;
    return {
      readRegister: (offset, size) => this.#read(offset, size),
      writeRegister: (offset, size, value) => this.#write(offset, size, value),
      load: (address, size) => this.#load(address, size),
      store: (address, bytes) => {
        this.#memory.fromDriver(address, bytes);
        this.log.pushBytes(EventKind.Store, address, bytes, 0, bytes.length);
      },
      memory: this.setup.memory,
      configSize,
      cpu: mode.guest,
      registers: mode.registers,
      interruptLevel: () => this.#shownLevel,
      relax: () => this.#work(),
    };
  }

  /** Lets device and driver finish whatever they can finish by themselves. */
  settle(): void {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const worked = this.#work();
      const served = this.driver.serve();
      const found = this.driver.poll();
      if (!worked && !served && !found) break;
    }
    this.log.push(EventKind.Settled, 0, 0, 1);
  }

  /** An action of the host, as the log has it. */
  host(event: HostEvent): void {
    const device = this.#device;
    this.#memory.refill();
    this.log.pushHost(event);
    switch (event.action) {
      case 'resize-disk':
        return device.resizeDisk(event.sectors);
      case 'console-input':
        return device.consoleInput(event.port, Uint8Array.from(event.bytes));
      case 'resize-console':
        return device.resizeConsole(event.cols, event.rows);
      case 'port':
        return device.port(event.port, event.change);
      case 'break-device':
        return device.breakDevice();
      case 'console-output':
        return;
    }
  }

  /** The disk will change its size while the driver is at reading the capacity the next time. */
  resizeAtRead(sectors: number): void {
    this.#resizeAtRead = sectors;
  }

  /** The line is asserted for a used buffer although there is none. */
  interruptSpuriously(): void {
    this.#spurious = true;
    this.#showLevel();
  }

  /**
   * The device changes what it says about notifications of a queue, and looks for buffers by itself where it wants none.
   * `event`: entries from the last one exposed up to that at which it wants to be notified.
   */
  deviceSays(queue: number, silent: boolean, event: number): void {
    const layout = this.driver.queues.find(({ index }) => index === queue);
    if (layout === undefined) return;
    const little = this.setup.mode.rings === 'little';
    const { used, size } = layout;
    this.#memory.refill();
    // Only what counts is a promise to look without being notified (2.7.10).
    if (this.driver.has(FEATURE_EVENT_IDX) ? event > 0 : silent) this.#polled.add(queue);
    else this.#polled.delete(queue);
    this.#memory.store16(used, silent ? 1 : 0, little);
    const at = (this.driver.availableIndex(queue) + event) & 0xffff;
    this.#memory.store16(used + RING_HEADER + USED_ELEMENT * size, at, little);
  }

  #work(): boolean {
    this.#memory.refill();
    const before = this.log.length;
    // What the device does of its own accord is no access of the driver, and is not logged as one.
    for (const queue of this.#polled) this.#device.writeRegister(QUEUE_NOTIFY, 4, this.#register(queue));
    return this.#device.runPending() || this.log.length > before;
  }

  #read(offset: number, size: number): number {
    this.#memory.refill();
    const row = this.log.push(EventKind.RegRead, offset, size, 0);
    let value = this.#device.readRegister(offset, size);
    if (offset === INTERRUPT_STATUS && this.#spurious) value = (value | this.#register(USED_EVENT)) >>> 0;
    this.log.value[row] = value;
    const sectors = this.#resizeAtRead;
    if (sectors !== undefined && offset >= CONFIG && offset < CONFIG + CAPACITY_BYTES) {
      this.#resizeAtRead = undefined;
      this.host({ action: 'resize-disk', sectors });
    }
    return value;
  }

  #write(offset: number, size: number, value: number): void {
    this.#memory.refill();
    this.log.push(EventKind.RegWrite, offset, size, value);
    this.#device.writeRegister(offset, size, value);
    if (offset !== INTERRUPT_ACK || (this.#register(value) & USED_EVENT) === 0) return;
    this.#spurious = false;
    this.#showLevel();
  }

  #load(address: number, size: number): Uint8Array {
    const memory = this.#memory;
    memory.requireInside(address, size);
    this.log.pushBytes(EventKind.Load, address, memory.bytes, address - memory.base, size);
    return memory.bytes.slice(address - memory.base, address - memory.base + size);
  }

  #showLevel(): void {
    const level = this.#level === 1 || this.#spurious ? 1 : 0;
    if (level === this.#shownLevel) return;
    this.#shownLevel = level;
    this.log.push(EventKind.Irq, 0, 0, level);
  }

  /** A register's value as the bus has it, and back. */
  #register(value: number): number {
    if (this.setup.mode.registers === 'little') return value;
    return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
  }
}
