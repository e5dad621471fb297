/**
 * The interface for a device of your own: `export default defineTarget({ ... })` in a module, then
 * `virtcheck run --target ./that-module.ts`. docs/writing-a-target.md explains it, docs/examples/my-rng.ts is a complete one.
 *
 * Everything is synchronous and in-process: the driver side calls `read` and `write`, the device answers at once and
 * reaches guest memory and the interrupt line through the platform it was given.
 */
import type { Claims, DeviceKind, EndiannessModeName, PortMessages, Transport } from '../models/setup.ts';
import type { HostActionKind, HostEvent } from '../models/trace/event-log.ts';

export type { Claims, DeviceKind, EndiannessModeName, HostActionKind, HostEvent, PortMessages, Transport };

/** Guest memory as a device reaches it. Addresses are guest-physical, in bytes. */
export interface TargetMemory {
  /** Address of the first byte; `bytes[0]` is the byte there. */
  readonly base: number;
  /** Size in bytes. */
  readonly size: number;
  /** For reading. A write to this array works but goes unseen, so the order of your stores can't be judged. */
  readonly bytes: Uint8Array;
  /** Stores one byte. Stores outside the memory change nothing and are held against the device. */
  store8(address: number, value: number): void;
  /** Stores 16 bits as one store, in the byte order asked for. */
  store16(address: number, value: number, littleEndian: boolean): void;
  /** Stores 32 bits as one store, in the byte order asked for. */
  store32(address: number, value: number, littleEndian: boolean): void;
  /** Stores a run of bytes as one store. */
  storeBytes(address: number, bytes: Uint8Array): void;
}

/** What a device is given. */
export interface TargetPlatform {
  readonly memory: TargetMemory;
  /** Sets the level of the device's interrupt line; setting the level it has already is harmless. Starts at 0. */
  setInterrupt(level: 0 | 1): void;
}

/**
 * A device at power-on. Whatever a method throws is recorded as the death of the device, and a fresh one is made by
 * `create`.
 */
export interface TargetDevice {
  /**
   * Reads `size` (1, 2, 4 or 8) bytes of the register window, `offset` bytes from its start. The result is the bytes at
   * increasing addresses taken as a little-endian number: for a little-endian register simply its value.
   */
  read(offset: number, size: number): number;
  /** Writes `size` bytes of the register window; `value` as in `read`. */
  write(offset: number, size: number, value: number): void;
  /** Finishes all work that the device has put off. Needed only if it does put work off. */
  settle?(): void;
  /** Performs a host-side action listed in `hostActions`; returns the bytes that came out for `console-output`. */
  host?(event: HostEvent): readonly number[] | Uint8Array | undefined;
}

/** A device implementation to be judged. */
export interface TargetDefinition {
  /** Shown in reports; also names the file of known deviations in expectations/. */
  readonly name: string;
  readonly version: string;
  readonly device: DeviceKind;
  /** Register layout: `mmio-v2` is the modern one (Version register 2), `mmio-v1` the legacy one. */
  readonly transport: Transport;
  /** Byte orders, `le` unless said otherwise; only a legacy device can be different. */
  readonly mode?: EndiannessModeName;
  /** Guest memory to be provided. Default: 1 MiB at 0x40000000. */
  readonly memory?: { readonly base: number; readonly size: number };
  /** Choices that the specification leaves to the implementation. */
  readonly claims?: Claims;
  /** Configurations to judge one after another, with the claims in which they differ. Default: only `default`. */
  readonly variants?: Readonly<Record<string, { readonly claims?: Claims }>>;
  /** Host actions that `host` can perform. Default: none. */
  readonly hostActions?: readonly HostActionKind[];
  /** Makes a device at power-on; called for every fresh start, so it should be quick. */
  create(platform: TargetPlatform, variant: string): TargetDevice;
}

/** Declares a target; returns its argument, so that an editor can check and complete it. */
export function defineTarget(definition: TargetDefinition): TargetDefinition {
  return definition;
}
