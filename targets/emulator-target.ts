/**
 * The in-tree emulator as a target: three device types on both register layouts, in variants that exercise the choices a
 * specification leaves to a device (deferred completion, queue sizes, withheld features) and in every byte order.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEmulatedDevice, type EmulatedDevice } from '../emulator/device/mmio-device.ts';
import { switchDeviceFaults } from '../emulator/faults/switches.ts';
import type { EmulatorOptions } from '../emulator/device/options.ts';
import {
  DEVICE_KINDS,
  TRANSPORTS,
  endiannessMode,
  type Claims,
  type DeviceKind,
  type EndiannessModeName,
} from '../models/setup.ts';
import type { HostActionKind, HostEvent } from '../models/trace/event-log.ts';
import { importCounted, type CountedModule } from './code-counters/load.ts';
import { InProcessSession, type InProcessDevice } from './in-process/session.ts';
import { packageVersion } from './package-version.ts';
import { TargetUnavailable, type Combination, type SessionInfo, type SyncSession, type Target } from './target.ts';

const MEMORY_BASE = 0x4000_0000;
/** Above 4 GiB, so that the high halves of addresses count. */
const HIGH_MEMORY_BASE = 0x5_4000_0000;
const IN_HIGH_MEMORY: readonly string[] = ['no-ring-features', 'armeb'];
const MEMORY_SIZE = 1 << 20;
/** Split rings of 32768 entries take 832 KiB each and need room for buffers beside them. */
const BIG_MEMORY_SIZE = 8 << 20;

/** QueueSizeMax where a variant does not say otherwise. */
const QUEUE_SIZE = 256;
const SERIAL = 'VIRTCHECK';
const SECTORS = 128;
const MULTIPORT_PORTS = 2;
/** Ports that there may be once more are plugged in. */
const MULTIPORT_ROOM = 8;

/** Indirect descriptors, event index, packed ring, in-order, queue reset: everything optional about rings. */
const RING_FEATURES = [28, 29, 34, 35, 40, 43];

/** Every big-endian mode that differs from `le` as the device sees it; on the modern layout none does. */
const BIG_ENDIAN_MODES: readonly EndiannessModeName[] = ['be-legacy', 'armeb', 'aarch64eb', 'be-swapping-bus'];

const VARIANTS: Record<string, Partial<EmulatorOptions>> = {
  default: {},
  deferred: { completion: 'shuffled', seed: 1, wearMetrics: true },
  'read-only': { readOnly: true },
  multiport: { ports: MULTIPORT_PORTS },
  'be-legacy-multiport': { ports: MULTIPORT_PORTS, completion: 'shuffled', seed: 1 },
  // Bytes that were told and not delivered yet are there when something is reset.
  'deferred-multiport': { ports: MULTIPORT_PORTS, completion: 'fifo' },
  'small-queue': { queueSizeMax: 4 },
  // Both halves of the capacity count, and the limits of a request are not the usual ones.
  'big-queue': { queueSizeMax: 32768, capacity: 2 ** 33 + 3 * 2 ** 20 + 7, segMax: 120, sizeMax: 1 << 18 },
  'no-ring-features': { withhold: RING_FEATURES },
  // Limits have a byte order too.
  'be-swapping-bus': { segMax: 120, sizeMax: 1 << 18 },
};

const VARIANTS_OF: Record<DeviceKind, readonly string[]> = {
  blk: ['default', 'deferred', 'read-only', 'small-queue', 'big-queue', 'no-ring-features'],
  console: ['default', 'deferred', 'multiport', 'deferred-multiport', 'no-ring-features'],
  rng: ['default', 'deferred', 'small-queue', 'big-queue', 'no-ring-features'],
};

const HOST_ACTIONS: Record<DeviceKind, readonly HostActionKind[]> = {
  blk: ['resize-disk', 'break-device'],
  console: ['console-input', 'console-output', 'resize-console', 'port', 'break-device'],
  rng: ['break-device'],
};

/** How the emulator is to differ from a plain conforming one. */
export interface EmulatorTargetOptions {
  /** Names of seeded faults to switch on in every combination (emulator/faults). */
  readonly faults?: readonly string[];
  /** Seed of the completion order in the `deferred` variants. Default 1. */
  readonly seed?: number;
  /** Milliseconds after which an access counts as a hang. Default 1000. */
  readonly hungAfter?: number;
}

/** All combinations of the emulator: devices x layouts x variants, and the byte orders on the legacy layout. */
export function emulatorCombinations(): readonly Combination[] {
  const combinations: Combination[] = [];
  for (const device of DEVICE_KINDS) {
    for (const transport of TRANSPORTS) {
      const mode = endiannessMode('le', transport);
      for (const variant of VARIANTS_OF[device]) combinations.push({ device, transport, mode, variant });
      if (transport === 'mmio-v2') continue;
      for (const name of BIG_ENDIAN_MODES) {
        combinations.push({ device, transport, mode: endiannessMode(name, transport), variant: name });
      }
      // Control messages have a byte order too.
      const bigEndian = endiannessMode('be-legacy', transport);
      if (device === 'console')
        combinations.push({ device, transport, mode: bigEndian, variant: 'be-legacy-multiport' });
    }
  }
  return combinations;
}

/** The options that make the emulator the implementation which a combination describes. */
export function emulatorOptions(combination: Combination, options: EmulatorTargetOptions = {}): EmulatorOptions {
  const { device, transport, mode, variant } = combination;
  const specific = VARIANTS[variant] ?? (variant === mode.name ? {} : undefined);
  if (specific === undefined) throw new TargetUnavailable(`the emulator has no variant ${variant}`);
  return {
    device,
    version: transport === 'mmio-v1' ? 1 : 2,
    believedGuest: mode.rings,
    registerEndian: mode.registers,
    capacity: SECTORS,
    serial: SERIAL,
    ...specific,
    ...(specific.seed !== undefined && options.seed !== undefined ? { seed: options.seed } : {}),
    faults: options.faults ?? [],
  };
}

/**
 * The emulator, with seeded faults if asked for; then its name lists them. Opening fails only on unknown variants.
 *
 * @throws TargetUnavailable for a fault that is not in the catalogue.
 */
export function createEmulatorTarget(options: EmulatorTargetOptions = {}): Target {
  const faults = options.faults ?? [];
  try {
    switchDeviceFaults(faults);
  } catch (error) {
    throw new TargetUnavailable((error as Error).message);
  }
  return emulatorTarget(faults, options, createEmulatedDevice);
}

/** Loaded once: the counters are of code, and every device of this thread is made of the same. */
let counted: Promise<CountedModule> | undefined;

/** The same, loaded a second time with code counters in its devices. */
export async function createCountedEmulator(options: EmulatorTargetOptions = {}): Promise<Target> {
  // Complains about faults that there are none of.
  createEmulatorTarget(options);
  // Built or not, the devices lie in the same place.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`../emulator/device/mmio-device.${extension}`, import.meta.url));
  counted ??= importCounted(file, dirname(file));
  const { exports, counters } = await counted;
  const create = exports.createEmulatedDevice as typeof createEmulatedDevice;
  return { ...emulatorTarget(options.faults ?? [], options, create), code: counters };
}

function emulatorTarget(
  faults: readonly string[],
  options: EmulatorTargetOptions,
  create: typeof createEmulatedDevice,
): Target {
  const name = faults.length > 0 ? `emulator+${faults.join('+')}` : 'emulator';
  return {
    name,
    combinations: emulatorCombinations(),
    open: async (combination) => openEmulator(name, combination, options, create),
  };
}

/** Opens the emulator without a promise, for benchmarks and for the qtest server. */
export function openEmulator(
  target: string,
  combination: Combination,
  options: EmulatorTargetOptions = {},
  createDevice = createEmulatedDevice,
): SyncSession {
  const emulator = emulatorOptions(combination, options);
  return new InProcessSession({
    info: sessionInfo(target, combination, emulator),
    create: (platform) => adapt(createDevice(emulator, platform)),
    hungAfter: options.hungAfter,
  });
}

function sessionInfo(target: string, combination: Combination, emulator: EmulatorOptions): SessionInfo {
  const size = (emulator.queueSizeMax ?? 0) > 4096 ? BIG_MEMORY_SIZE : MEMORY_SIZE;
  return {
    ...combination,
    target,
    version: packageVersion(),
    memory: { base: IN_HIGH_MEMORY.includes(combination.variant) ? HIGH_MEMORY_BASE : MEMORY_BASE, size },
    observesDeviceStores: true,
    observesInterrupt: true,
    hostActions: HOST_ACTIONS[combination.device],
    claims: { queueSizeMax: emulator.queueSizeMax ?? QUEUE_SIZE, ...claimsOf(emulator) },
    ...(emulator.faults?.length ? { faults: emulator.faults } : {}),
  };
}

function claimsOf(emulator: EmulatorOptions): Claims {
  switch (emulator.device) {
    case 'blk':
      return {
        config: blockFields(emulator),
        readOnly: emulator.readOnly === true,
        serial: SERIAL,
        capacity: emulator.capacity ?? SECTORS,
        zoned: false,
        wearMetrics: emulator.wearMetrics === true,
        deallocates: false,
      };
    case 'console':
      return {
        config: { cols: 80, rows: 25, max_nr_ports: (emulator.ports ?? 1) > 1 ? MULTIPORT_ROOM : 1 },
        ports: Array.from({ length: emulator.ports ?? 1 }, (_, port) => port),
        portMessages: {
          names: Array.from({ length: MULTIPORT_ROOM }, (_, port) => `virtcheck.${port}`),
          consoles: [0],
        },
        emergencyOutput: true,
      };
    default:
      return {};
  }
}

/** The emulated block device as its documentation would have it (5.2.4). */
function blockFields({ capacity = SECTORS, segMax, sizeMax, queueSizeMax = 256 }: EmulatorOptions): Claims['config'] {
  // 4 heads of 32 sectors: a cylinder is 128 sectors, and there are at most 65,535 of them.
  const cylinders = Math.min(0xffff, Math.floor(capacity / 128));
  return {
    capacity,
    size_max: sizeMax ?? 1 << 20,
    // Header and status have descriptors of their own.
    seg_max: segMax ?? Math.max(1, Math.min(254, queueSizeMax - 2)),
    'geometry.cylinders': cylinders,
    'geometry.heads': 4,
    'geometry.sectors': 32,
    blk_size: 512,
    'topology.physical_block_exp': 3,
    'topology.alignment_offset': 0,
    'topology.min_io_size': 8,
    'topology.opt_io_size': 64,
    max_discard_sectors: 96,
    max_discard_seg: 8,
    discard_sector_alignment: 1,
    max_write_zeroes_sectors: 80,
    max_write_zeroes_seg: 6,
    max_secure_erase_sectors: 64,
    max_secure_erase_seg: 4,
    secure_erase_sector_alignment: 1,
  };
}

function adapt(device: EmulatedDevice): InProcessDevice {
  return {
    registers: device,
    settle() {
      while (device.runPending());
    },
    host: (event) => performHostAction(device, event),
  };
}

function performHostAction(device: EmulatedDevice, event: HostEvent): Uint8Array | undefined {
  switch (event.action) {
    case 'resize-disk':
      device.resizeDisk(event.sectors);
      return undefined;
    case 'console-input':
      device.consoleInput(event.port, Uint8Array.from(event.bytes));
      return undefined;
    case 'console-output':
      return device.takeConsoleOutput(event.port);
    case 'resize-console':
      device.resizeConsole(event.cols, event.rows);
      return undefined;
    case 'port':
      device.port(event.port, event.change);
      return undefined;
    case 'break-device':
      device.breakDevice();
      return undefined;
  }
}
