/** Registers (4.2.2, 4.2.4) and bit assignments (2.1, 2.7, 6) as the reference driver uses them. */

export const Reg = {
  magic: 0x000,
  version: 0x004,
  deviceId: 0x008,
  deviceFeatures: 0x010,
  deviceFeaturesSel: 0x014,
  driverFeatures: 0x020,
  driverFeaturesSel: 0x024,
  guestPageSize: 0x028,
  queueSel: 0x030,
  queueSizeMax: 0x034,
  queueSize: 0x038,
  queueAlign: 0x03c,
  queuePfn: 0x040,
  queueReady: 0x044,
  queueNotify: 0x050,
  interruptStatus: 0x060,
  interruptAck: 0x064,
  status: 0x070,
  descriptors: 0x080,
  available: 0x090,
  used: 0x0a0,
  shmLenLow: 0x0b0,
  queueReset: 0x0c0,
  configGeneration: 0x0fc,
  config: 0x100,
} as const;

export const MAGIC = 0x74726976;
export const PAGE_SIZE = 4096;
export const FOUR_GIB = 0x1_0000_0000;

export const Status = {
  acknowledge: 1,
  driver: 2,
  driverOk: 4,
  featuresOk: 8,
  suspend: 16,
  needsReset: 64,
  failed: 128,
} as const;

/** Feature bit numbers of chapter 6. */
export const Feature = {
  anyLayout: 27,
  indirect: 28,
  eventIdx: 29,
  unused: 30,
  version1: 32,
  accessPlatform: 33,
  inOrder: 35,
  orderPlatform: 36,
  srIov: 37,
  notifConfigData: 39,
  ringReset: 40,
  suspend: 43,
} as const;

/** Bits of InterruptStatus. */
export const Interrupt = { used: 1, config: 2, defined: 3 } as const;

export const Descriptor = { next: 1, write: 2, indirect: 4, size: 16 } as const;
/** Avail.flags and used.flags: no notifications, please. */
export const NO_NOTIFICATIONS = 1;

/** A 32-bit value with its bytes reversed. */
export function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** A value of `size` bytes with its bytes reversed. */
export function swapped(value: number, size: number): number {
  return size === 4 ? swap32(value) : size === 2 ? ((value & 0xff) << 8) | (value >>> 8) : value;
}
