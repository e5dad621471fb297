/** A machine on which the driver stack meets an emulated device: memory, bus, interrupt line, and a record of it all. */
import type { Work } from '../../emulator/driver/child/child.ts';
import { CHILD_NAMES, type ChildName } from '../../emulator/driver/child/index.ts';
import { MAXPHYS, swap32 } from '../../emulator/driver/kernel/host.ts';
import type { RawSpace } from '../../emulator/driver/kernel/bus-space.ts';
import type { CpuMemory } from '../../emulator/driver/kernel/dma.ts';
import type { Shortages } from '../../emulator/driver/kernel/kernel.ts';
import { Profile, type Revisions } from '../../emulator/driver/profile.ts';
import type { Observer } from '../../emulator/driver/observer.ts';
import type { Softc } from '../../emulator/driver/virtio/softc.ts';
import type { Transport } from '../../emulator/driver/transport/transport.ts';
import { DriverStack } from '../../emulator/driver/stack.ts';
import { CommandLineBus } from '../../emulator/driver/transport/cmdline.ts';
import { createPciTransport } from '../../emulator/driver/transport/pci.ts';
import { MmioTransport } from '../../emulator/driver/transport/mmio.ts';
import { createEmulatedDevice, type EmulatedDevice } from '../../emulator/device/mmio-device.ts';
import { createPciDevice, type PciFunction } from '../../emulator/device/pci-device.ts';
import type { EmulatorOptions } from '../../emulator/device/options.ts';
import type { AttachEvent } from '../../models/attach/events.ts';
import type { AttachSetup, DriverTransport } from '../../models/attach/setup.ts';
import { EventKind, EventLog } from '../../models/trace/event-log.ts';
import { SharedMemory } from '../in-process/guest-memory.ts';
import { ordersOf, type HostName } from './byte-orders.ts';
import { PciAsRegisters } from './pci-as-registers.ts';
import { Recorder } from './recorder.ts';

export { CHILD_NAMES, type ChildName, type Work };

/** A revision profile as data. */
export interface ProfileSpec {
  readonly name: string;
  /** Source files that differ from the newest readable ones. */
  readonly revisions?: Partial<Revisions>;
  /** Seeded defects and repairs. */
  readonly switches?: readonly string[];
}

export interface DeviceSpec {
  readonly queueSize?: number;
  /** Feature bits not to be offered. */
  readonly withhold?: readonly number[];
  readonly absentQueues?: readonly number[];
  readonly refuseFeatures?: boolean;
  readonly completion?: EmulatorOptions['completion'];
  readonly seed?: number;
  readonly configBytes?: readonly number[];
  readonly segMax?: number;
  readonly sizeMax?: number;
  /** What makes devices of one type different: emulator/device/options.ts says what these are. */
  readonly mountTag?: string;
  readonly mac?: readonly number[];
  readonly balloonPages?: number;
  readonly cmdPerLun?: number;
  readonly failEvery?: number;
  readonly scsiTarget?: number;
  readonly display?: EmulatorOptions['display'];
  /** It answers later than any driver cares to wait. */
  readonly slow?: boolean;
  /** Block: the medium cannot be written; what it identifies itself as. */
  readonly readOnly?: boolean;
  readonly serial?: string;
  /** MMIO: most entries of queues behind the first one, where they are to be smaller. */
  readonly laterQueueSize?: number;
  /** MMIO: what looks like a device and is none that a driver may use, or none that there is a driver for. */
  readonly identity?: 'wrong-magic' | 'future-version' | 'placeholder' | 'unknown-type';
  /** Seeded defects of the device: what a driver has to withstand. */
  readonly faults?: readonly string[];
}

export interface MachineSpec {
  /** The core is used without `child`, by something that hands no bytes on and tells nothing of the device. */
  readonly childless?: boolean;
  readonly child: ChildName;
  readonly transport: DriverTransport;
  readonly host: HostName;
  readonly diagnostic: boolean;
  readonly device: DeviceSpec;
  /** `dmaPasses`: the allocation after `dmaAllocations` is the only one that fails. */
  readonly shortages?: Shortages & { readonly dmaPasses?: boolean };
  /** Memory is not clear when it is allocated, as bus_dmamem_alloc(9) does not promise that it is. */
  readonly dirtyMemory?: boolean;
  /** The kernel has no driver for the device. */
  readonly unconfigured?: boolean;
  /** Instead of one device: what the kernel's command line says about virtio_mmio devices. */
  readonly commandLine?: string;
}

const MEMORY_BASE = 0x4000_0000;
const MEMORY_SIZE = 4 << 20;
const BIG_QUEUE = 512;
const SMALL_MEMORY = 1 << 20;
const MMIO_SIZE = 0x200;
/** Registers that say which queue others are about, and how many entries it may have. */
const QUEUE_SELECTOR = 0x030;
const QUEUE_SIZE_MAX = 0x034;
const DIRT = 0xa5;
/** The register Status of virtio-mmio, and the bit DEVICE_NEEDS_RESET (2.1). */
const STATUS = 0x070;
const NEEDS_RESET = 0x40;
/** Feature bits of a block device's limits. */
const F_SIZE_MAX = 1;
const F_SEG_MAX = 2;
const MOST_SEGMENTS = 1024;
const DEFAULT_SECTORS = 4096;
/** In characters, before a host makes it larger. */
const CONSOLE = { cols: 80, rows: 25 } as const;

/** The register that tells, and what it reads. */
const IDENTITIES = {
  'wrong-magic': { offset: 0x000, value: 0x74726977 },
  'future-version': { offset: 0x004, value: 3 },
  placeholder: { offset: 0x008, value: 0 },
  'unknown-type': { offset: 0x008, value: 63 },
} as const;

const DEVICES: Readonly<Record<ChildName, EmulatorOptions['device']>> = {
  viocon: 'console',
  viornd: 'rng',
  ld: 'blk',
  vioscsi: 'scsi',
  vioif: 'net',
  viomb: 'balloon',
  vio9p: '9p',
  viogpu: 'gpu',
};

/** The device under the driver, on whichever bus. */
interface Device {
  readonly mmio?: EmulatedDevice;
  readonly pci?: PciFunction;
  runPending(): boolean;
  consoleInput(bytes: Uint8Array): void;
  resizeConsole(cols: number, rows: number): void;
  resizeDisk(sectors: number): void;
  needsReset(): boolean;
}

export class DriverMachine {
  readonly log = new EventLog();
  readonly recorder: Recorder;
  readonly stack: DriverStack;
  readonly setup: AttachSetup;
  readonly spec: MachineSpec;
  readonly #device: Device;
  readonly #memory: SharedMemory;
  #level: 0 | 1 = 0;
  #outputs = 0;
  #changes = 0;
  #commandLine: CommandLineBus | undefined;
  #registers: PciAsRegisters | undefined;
  /** MMIO: the queue that registers of queues are about, as the driver has written it last. */
  #selected = 0;

  constructor(spec: MachineSpec, profile: ProfileSpec) {
    this.spec = spec;
    const size = (spec.device.queueSize ?? 0) >= BIG_QUEUE ? MEMORY_SIZE : SMALL_MEMORY;
    this.#memory = new SharedMemory(MEMORY_BASE, size, this.log);
    this.log.push(EventKind.PowerOn, 0, 0, 0);
    this.recorder = new Recorder(this.log);
    const orders = ordersOf(spec.host, spec.transport);
    this.#device = this.#createDevice();
    const behaves = new Profile(profile.name, profile.revisions, profile.switches);
    this.stack = new DriverStack({
      host: {
        ...orders.host,
        diagnostic: spec.diagnostic,
        maxPhys: MAXPHYS,
        cpus: 2,
        // vio9p was missing from several kernels before virtio.config 1.1 (PR 59211).
        configured: CHILD_NAMES.filter(
          (name) => spec.unconfigured !== true && !(name === 'vio9p' && !behaves.since('virtio.config', '1.1')),
        ),
      },
      profile: behaves,
      memory: this.#cpuMemory(),
      observer: spec.dirtyMemory === true ? this.#soiling() : this.recorder,
      shortages: spec.shortages ?? {},
      transport: (sc) => this.#transport(sc),
      interruptLevel: () => this.#level,
      passTime: (patience) => {
        if (patience === 'limited' && spec.device.slow === true) return false;
        this.#memory.refill();
        return this.#device.runPending();
      },
    });
    this.stack.kernel.dma.passes = spec.shortages?.dmaPasses === true;
    this.setup = this.#setup(behaves, orders);
  }

  get memoryBase(): number {
    return this.#memory.base;
  }

  get memorySize(): number {
    return this.#memory.size;
  }

  get events(): readonly AttachEvent[] {
    return this.recorder.events;
  }

  #createDevice(): Device {
    const { spec } = this;
    const orders = ordersOf(spec.host, spec.transport);
    const { queueSize, ...device } = spec.device;
    const options: EmulatorOptions = {
      device: DEVICES[spec.child],
      version: spec.transport === 'mmio-v2' || spec.transport === 'pci-1.0' ? 2 : 1,
      believedGuest: orders.config,
      registerEndian: orders.registers,
      capacity: DEFAULT_SECTORS,
      leFieldsInGuestOrder: orders.leFields === orders.config,
      ...(queueSize === undefined ? {} : { queueSizeMax: queueSize }),
      ...device,
    };
    const platform = {
      memory: this.#memory,
      setInterrupt: (level: 0 | 1) => {
        if (level === this.#level) return;
        this.#level = level;
        this.log.push(EventKind.Irq, 0, 0, level);
      },
    };
    if (!spec.transport.startsWith('pci')) {
      const mmio = createEmulatedDevice(options, platform);
      return {
        mmio,
        runPending: () => mmio.runPending(),
        consoleInput: (bytes) => mmio.consoleInput(0, bytes),
        resizeConsole: (cols, rows) => mmio.resizeConsole(cols, rows),
        resizeDisk: (sectors) => mmio.resizeDisk(sectors),
        needsReset: () => (this.#inRegisterOrder(mmio.readRegister(STATUS, 4)) & NEEDS_RESET) !== 0,
      };
    }
    const pci = createPciDevice(options, platform);
    return {
      pci,
      runPending: () => pci.runPending(),
      consoleInput: (bytes) => pci.device.host(() => pci.device.type.consoleInput?.(0, bytes)),
      resizeConsole: (cols, rows) => pci.device.host(() => pci.device.type.resizeConsole?.(cols, rows)),
      resizeDisk: (sectors) => pci.device.host(() => pci.device.type.resizeDisk?.(sectors)),
      needsReset: () => pci.device.status.has(NEEDS_RESET),
    };
  }

  /** Whoever had the memory before has left something in it. */
  #soiling(): Observer {
    const memory = this.#cpuMemory();
    return {
      observe: (step) => {
        this.recorder.observe(step);
        if (step.kind === 'dma-alloc') memory.store(step.address, new Uint8Array(step.size).fill(DIRT));
      },
    };
  }

  #transport(sc: Softc): Transport {
    const { pci } = this.#device;
    if (pci === undefined) return new MmioTransport(sc, this.#mmioSpace(), MMIO_SIZE);
    const space = (bar: number): RawSpace => ({
      read: (offset, size) => {
        this.#memory.refill();
        return pci.read(bar, offset, size);
      },
      write: (offset, size, value) => {
        this.#memory.refill();
        pci.write(bar, offset, size, value);
      },
    });
    this.#registers ??= new PciAsRegisters(pci, ordersOf(this.spec.host, this.spec.transport).registers, this.log);
    const watched = this.#registers;
    return createPciTransport(sc, { ...pci, space: (bar) => watched.watch(bar, space(bar)) });
  }

  #setup(profile: Profile, orders: ReturnType<typeof ordersOf>): AttachSetup {
    const { spec } = this;
    const { device } = spec;
    const withheld = device.withhold ?? [];
    const limited = (bit: number, value: number | undefined) => (withheld.includes(bit) ? undefined : value);
    const block = DEVICES[spec.child] === 'blk';
    return {
      age: profile.since('virtio.c', '1.66') ? 'new' : 'old',
      transport: spec.transport,
      registers: orders.registers,
      config: orders.config,
      rings: orders.rings,
      leFields: orders.leFields,
      healthy:
        (device.absentQueues ?? []).length === 0 &&
        device.refuseFeatures !== true &&
        device.identity === undefined &&
        device.faults === undefined &&
        device.configBytes === undefined &&
        spec.shortages === undefined &&
        // A disk that takes no data is none.
        !(block && limited(F_SEG_MAX, device.segMax) === 0) &&
        // Indirect tables for so many segments do not fit into the memory here.
        !(block && (limited(F_SEG_MAX, device.segMax) ?? 0) > MOST_SEGMENTS) &&
        // vio9p cannot do without a tag to mount.
        !(spec.child === 'vio9p' && withheld.includes(0)) &&
        isShown(device.display) &&
        // There is no legacy graphics device, nor one whose commands do not fit its queue.
        !(
          spec.child === 'viogpu' &&
          (spec.transport === 'mmio-v1' || spec.transport === 'pci-0.9' || device.queueSize === 1)
        ),
      ...(spec.childless === true ? {} : { type: DEVICES[spec.child] }),
      hasDriver: spec.unconfigured !== true && spec.commandLine === undefined && device.identity !== 'unknown-type',
      ...(block ? { device: 'blk' as const } : spec.child === 'viocon' ? { device: 'console' as const } : {}),
      ...(block ? { segMax: limited(F_SEG_MAX, device.segMax), sizeMax: limited(F_SIZE_MAX, device.sizeMax) } : {}),
    };
  }

  #mmioSpace(): RawSpace {
    const { log } = this;
    const mmio = this.#device.mmio!;
    return {
      read: (offset, size) => {
        this.#memory.refill();
        const row = log.push(EventKind.RegRead, offset, size, 0);
        const value = this.#identity(offset) ?? this.#smaller(offset, mmio.readRegister(offset, size));
        log.value[row] = value;
        return value;
      },
      write: (offset, size, value) => {
        this.#memory.refill();
        if (offset === QUEUE_SELECTOR) this.#selected = value;
        log.push(EventKind.RegWrite, offset, size, value);
        mmio.writeRegister(offset, size, value);
      },
    };
  }

  /** What an identification register reads instead of the device's own value, in the order of the registers. */
  #identity(offset: number): number | undefined {
    const { identity } = this.spec.device;
    if (identity === undefined || IDENTITIES[identity].offset !== offset) return undefined;
    const { value } = IDENTITIES[identity];
    return this.#inRegisterOrder(value);
  }

  /** The size of a queue that is to be smaller than the device can have it. */
  #smaller(offset: number, value: number): number {
    const { laterQueueSize } = this.spec.device;
    if (laterQueueSize === undefined || offset !== QUEUE_SIZE_MAX || this.#selected === 0) return value;
    return this.#inRegisterOrder(Math.min(laterQueueSize, this.#inRegisterOrder(value)));
  }

  /** A register's value as it is on the bus, of one as it is meant, and the other way round. */
  #inRegisterOrder(value: number): number {
    return this.setup.registers === 'big' ? swap32(value) : value;
  }

  #cpuMemory(): CpuMemory {
    const memory = this.#memory;
    return {
      base: memory.base,
      size: memory.size,
      load: (address, size) => {
        memory.requireInside(address, size);
        this.log.pushBytes(EventKind.Load, address, memory.bytes, address - memory.base, size);
        return memory.bytes.slice(address - memory.base, address - memory.base + size);
      },
      store: (address, bytes) => {
        memory.fromDriver(address, bytes);
        this.log.pushBytes(EventKind.Store, address, bytes, 0, bytes.length);
        this.recorder.push({ kind: 'store', address, bytes: bytes.slice() });
      },
    };
  }

  attach(): void {
    const { commandLine } = this.spec;
    if (commandLine === undefined) return this.stack.attach();
    if (this.#commandLine !== undefined) return;
    this.recorder.push({ kind: 'command-line', text: commandLine });
    this.#commandLine = new CommandLineBus(this.stack.kernel, commandLine);
    this.#look(this.#commandLine);
  }

  /** The bus looks again: for drivers, or, where devices stand in the command line, for devices. */
  rescan(): void {
    if (this.spec.commandLine === undefined) return this.stack.rescan();
    if (this.#commandLine !== undefined) this.#look(this.#commandLine);
  }

  #look(bus: CommandLineBus): void {
    this.stack.unlessPanicked(() => bus.look());
    this.recorder.push({ kind: 'settled' });
  }

  /** Lets device and driver finish whatever they can finish by themselves. */
  settle(): void {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      this.#memory.refill();
      const worked = this.#device.runPending();
      const served = this.stack.serveInterrupts();
      this.recorder.drain();
      if (!worked && !served) break;
    }
    this.log.push(EventKind.Settled, 0, 0, 1);
    this.recorder.push({ kind: 'settled' });
  }

  /** Two threads on a queue of the child; `order` picks the thread that takes the next step. */
  race(order: readonly number[]): void {
    this.#memory.refill();
    this.#device.runPending();
    this.stack.race(order);
  }

  /** Bytes for a driver's device, other ones each time; a 9P message where it takes those, every other one a Tversion. */
  outputOf(length: number): Uint8Array {
    const serial = ++this.#outputs;
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + serial * 31) & 0xff);
    if (this.spec.child !== 'vio9p' || length < SMALLEST_MESSAGE) return bytes;
    new DataView(bytes.buffer).setUint32(0, length, true);
    bytes[4] = serial % 2 === 1 ? TVERSION : TATTACH;
    return bytes;
  }

  /** Bytes from the host's side of a console. */
  hostInput(length: number): void {
    this.#memory.refill();
    const bytes = Uint8Array.from({ length }, (_, i) => 0x30 + (i % 10));
    this.log.pushHost({ action: 'console-input', port: 0, bytes: [...bytes] });
    this.#device.consoleInput(bytes);
  }

  /** The device has met with an error that only a reset cures, of which it tells as of a changed configuration (2.1.2). */
  get needsReset(): boolean {
    return this.#device.needsReset();
  }

  /**
   * The host makes a console or a disk larger, and the device tells its driver with a configuration change notification
   * (2.5, 4.1.5.4, 4.2.3.4). False where the device is neither, and its configuration stays.
   */
  changeConfig(): boolean {
    const { child } = this.spec;
    if (child !== 'viocon' && child !== 'ld') return false;
    this.#memory.refill();
    const change = ++this.#changes;
    if (child === 'ld') {
      const sectors = DEFAULT_SECTORS + change;
      this.log.pushHost({ action: 'resize-disk', sectors });
      this.#device.resizeDisk(sectors);
    } else {
      const [cols, rows] = [CONSOLE.cols + change, CONSOLE.rows + change];
      this.log.pushHost({ action: 'resize-console', cols, rows });
      this.#device.resizeConsole(cols, rows);
    }
    return true;
  }
}

/** Pixels of the largest screen that the driver here has memory for. */
const MOST_PIXELS = 128 * 128;

/** A display that is on, has pixels, and not too many. */
function isShown(display: DeviceSpec['display']): boolean {
  const { width = 1, height = 1, enabled = true } = display ?? {};
  return enabled && width > 0 && height > 0 && width * height <= MOST_PIXELS;
}

/** 9P: the size of a message's fixed part, and types. */
const SMALLEST_MESSAGE = 7;
const TVERSION = 100;
const TATTACH = 104;

/** Rounds of device and driver answering each other before a machine counts as busy for ever. */
const MOST_ROUNDS = 100;
