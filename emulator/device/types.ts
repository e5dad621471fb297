/**
 * The inner interfaces of the emulator: guest memory and interrupt line as a device sees them, and the seam between the
 * transport (registers, rings) and a device type (block, console, entropy).
 */

import type { DeviceFaults } from '../faults/switches.ts';

export type Endian = 'little' | 'big';

/** Guest memory as a device reaches it. Addresses are guest-physical; all accesses are bounds-checked by the device first. */
export interface GuestMemory {
  readonly base: number;
  readonly size: number;
  /** The bytes themselves; index 0 is `base`. Read through this; write only through `store*` so that stores are seen. */
  readonly bytes: Uint8Array;
  store8(address: number, value: number): void;
  store16(address: number, value: number, littleEndian: boolean): void;
  store32(address: number, value: number, littleEndian: boolean): void;
  /** Stores a run of bytes as one store. */
  storeBytes(address: number, bytes: Uint8Array): void;
}

/** What the platform lends the device. */
export interface Platform {
  readonly memory: GuestMemory;
  /** Level of the one interrupt line. Called only on changes. */
  setInterrupt(level: 0 | 1): void;
}

/** A run of guest memory inside a buffer. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/** A descriptor chain that the device has taken from the available ring. */
export interface Chain {
  readonly queue: number;
  readonly head: number;
  /** Device-readable and device-writable parts, each in chain order; indirect tables are already resolved. */
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
  readonly readableLength: number;
  readonly writableLength: number;
}

/** What the transport lends a device type. */
export interface QueueHost {
  readonly memory: GuestMemory;
  /** The seeded defects that are switched on; all false in a conforming device. */
  readonly faults: DeviceFaults;
  /** Byte order of configuration fields and of request structures (little when modern). */
  readonly endian: Endian;
  /** Accepted features. */
  hasFeature(bit: number): boolean;
  /** Copies from the chain's readable part, starting `offset` bytes in. */
  readFrom(chain: Chain, offset: number, length: number): Uint8Array;
  /** Copies into the chain's writable part, starting `offset` bytes in. Returns how many bytes fitted. */
  writeTo(chain: Chain, offset: number, bytes: Uint8Array): number;
  /** Returns a chain to the driver. `written` is the used length in bytes. */
  complete(chain: Chain, written: number): void;
  /** The next available chain of a queue, or null; used by types that wait for something before using a buffer. */
  take(queue: number): Chain | null;
  /** Runs `work` now, or later and in the configured order when the emulator defers completions. */
  schedule(queue: number, work: () => void): void;
  /** The configuration space changed: bump the generation and notify. */
  configChanged(): void;
  /** An error that only a reset cures: DEVICE_NEEDS_RESET. */
  needsReset(): void;
}

/** A device type behind the transport. */
export interface DeviceType {
  readonly deviceId: number;
  readonly queueCount: number;
  /** Feature bits of this type that it offers (0-23 and 50-127), as bit numbers. */
  readonly features: readonly number[];
  /** Size in bytes of the configuration space. */
  readonly configSize: number;
  /** Configuration space byte at `offset`, in the host's byte order; beyond `configSize` reads 0. */
  readConfig(offset: number): number;
  writeConfig(offset: number, bytes: readonly number[]): void;
  /** The driver made buffers available on `queue`: take chains with `host.take` and process them. */
  process(queue: number): void;
  /** Whether a set of accepted features is acceptable to the type (dependencies among its own bits). */
  acceptsFeatures(has: (bit: number) => boolean): boolean;
  /** DRIVER_OK was set. */
  started(): void;
  reset(): void;
  queueReset(queue: number): void;
  /** Host-side actions; a type implements those that make sense for it. They may change the configuration space. */
  resizeDisk?(sectors: number): void;
  consoleInput?(port: number, bytes: Uint8Array): void;
  takeConsoleOutput?(port: number): Uint8Array;
  resizeConsole?(cols: number, rows: number): void;
  port?(port: number, action: PortAction): void;
}

/** What the host does to a console port. */
export type PortAction = 'add' | 'remove' | 'open' | 'close';
