/** The machine as the kernel's configuration describes it: byte order, bus, limits. */

export type Order = 'little' | 'big';

/** Ports of NetBSD that treat byte order differently (virtio_mmio.c and virtio_pci.c name them one by one). */
export type Port = 'generic' | 'aarch64' | 'arm';

export interface HostModel {
  readonly order: Order;
  readonly port: Port;
  /** The bus's multi-byte accessors swap on a big-endian CPU, so that drivers see little-endian registers as numbers. */
  readonly busSwaps: boolean;
  /** A DIAGNOSTIC kernel: assertions are checked, and a broken one panics. */
  readonly diagnostic: boolean;
  /** Largest transfer of a block device in bytes. */
  readonly maxPhys: number;
  readonly cpus: number;
  /** Names of the drivers in the kernel's configuration. */
  readonly configured: readonly string[];
}

export const MAXPHYS = 65536;
export const PAGE_SIZE = 4096;

/** The order in which a multi-byte access reads the bytes of the bus. */
export function accessorOrder(host: HostModel): Order {
  return host.order === 'big' && !host.busSwaps ? 'big' : 'little';
}

export function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

export function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** Swaps the bytes of a 1, 2 or 4 byte number. */
export function swapBytes(value: number, size: number): number {
  if (size === 2) return swap16(value);
  return size === 4 ? swap32(value) : value;
}
