/** Register offsets of tables 4.2.2 (modern) and 4.2.4 (legacy). */
export const Register = {
  MagicValue: 0x000,
  Version: 0x004,
  DeviceID: 0x008,
  VendorID: 0x00c,
  DeviceFeatures: 0x010,
  DeviceFeaturesSel: 0x014,
  DriverFeatures: 0x020,
  DriverFeaturesSel: 0x024,
  /** Legacy only. */
  GuestPageSize: 0x028,
  QueueSel: 0x030,
  QueueSizeMax: 0x034,
  QueueSize: 0x038,
  /** Legacy only. */
  QueueAlign: 0x03c,
  /** Legacy only. */
  QueuePFN: 0x040,
  /** From here on only modern where not said otherwise. */
  QueueReady: 0x044,
  /** Both layouts. */
  QueueNotify: 0x050,
  /** Both layouts. */
  InterruptStatus: 0x060,
  /** Both layouts. */
  InterruptACK: 0x064,
  /** Both layouts. */
  Status: 0x070,
  QueueDescLow: 0x080,
  QueueDescHigh: 0x084,
  QueueDriverLow: 0x090,
  QueueDriverHigh: 0x094,
  QueueDeviceLow: 0x0a0,
  QueueDeviceHigh: 0x0a4,
  SHMSel: 0x0ac,
  SHMLenLow: 0x0b0,
  SHMLenHigh: 0x0b4,
  SHMBaseLow: 0x0b8,
  SHMBaseHigh: 0x0bc,
  QueueReset: 0x0c0,
  ConfigGeneration: 0x0fc,
  /** Both layouts. */
  Config: 0x100,
} as const;

export const MAGIC = 0x74726976;
/** "vchk" as bytes; the register has no assigned values. */
export const VENDOR = 0x6b686376;

/** Turns a register value of a big-endian device into the value whose little-endian bytes lie the same way, and back. */
export function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
