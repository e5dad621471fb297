/** The MMIO register layouts as data: the modern table of 4.2.2 and the legacy table of 4.2.4. */
import type { Transport } from '../setup.ts';

export type Access = 'R' | 'W' | 'RW';

/** What a device reset does to a register (2.4, 4.2.2.1, 4.2.4): `unspecified` where no sentence says. */
export type OnReset = 'constant' | 'zero' | 'unspecified';

export interface Register {
  readonly name: string;
  readonly offset: number;
  readonly access: Access;
  /** The register means the queue that QueueSel selects. */
  readonly perQueue: boolean;
  readonly reset: OnReset;
}

/** Offsets by name. `Config` is where the configuration space starts. */
export const REG = {
  MagicValue: 0x000,
  Version: 0x004,
  DeviceID: 0x008,
  VendorID: 0x00c,
  DeviceFeatures: 0x010,
  DeviceFeaturesSel: 0x014,
  DriverFeatures: 0x020,
  DriverFeaturesSel: 0x024,
  GuestPageSize: 0x028,
  QueueSel: 0x030,
  QueueSizeMax: 0x034,
  QueueSize: 0x038,
  QueueAlign: 0x03c,
  QueuePFN: 0x040,
  QueueReady: 0x044,
  QueueNotify: 0x050,
  InterruptStatus: 0x060,
  InterruptACK: 0x064,
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
  Config: 0x100,
} as const;
export type RegisterName = keyof typeof REG;

/** What MagicValue reads (4.2.2.1): "virt" as a little-endian number. */
export const MAGIC = 0x74726976;

/** Largest queue that a ring format allows (2.7, 2.8). */
export const LARGEST_QUEUE = 32768;

function row(name: RegisterName, access: Access, reset: OnReset, perQueue = false, shownAs: string = name): Register {
  return { name: shownAs, offset: REG[name], access, perQueue, reset };
}

const IDENTITY = [
  row('MagicValue', 'R', 'constant'),
  row('Version', 'R', 'constant'),
  row('DeviceID', 'R', 'constant'),
  row('VendorID', 'R', 'constant'),
];

const COMMON = [
  row('QueueSel', 'W', 'unspecified'),
  row('QueueSizeMax', 'R', 'constant', true),
  row('QueueSize', 'W', 'unspecified', true),
  row('QueueNotify', 'W', 'unspecified'),
  row('InterruptStatus', 'R', 'zero'),
  row('InterruptACK', 'W', 'unspecified'),
  row('Status', 'RW', 'zero'),
];

const MODERN: readonly Register[] = [
  ...IDENTITY,
  row('DeviceFeatures', 'R', 'constant'),
  row('DeviceFeaturesSel', 'W', 'unspecified'),
  row('DriverFeatures', 'W', 'unspecified'),
  row('DriverFeaturesSel', 'W', 'unspecified'),
  ...COMMON,
  row('QueueReady', 'RW', 'zero', true),
  row('QueueDescLow', 'W', 'unspecified', true),
  row('QueueDescHigh', 'W', 'unspecified', true),
  row('QueueDriverLow', 'W', 'unspecified', true),
  row('QueueDriverHigh', 'W', 'unspecified', true),
  row('QueueDeviceLow', 'W', 'unspecified', true),
  row('QueueDeviceHigh', 'W', 'unspecified', true),
  row('SHMSel', 'W', 'unspecified'),
  row('SHMLenLow', 'R', 'constant'),
  row('SHMLenHigh', 'R', 'constant'),
  row('SHMBaseLow', 'R', 'constant'),
  row('SHMBaseHigh', 'R', 'constant'),
  row('QueueReset', 'RW', 'zero', true),
  row('ConfigGeneration', 'R', 'unspecified'),
];

const LEGACY: readonly Register[] = [
  ...IDENTITY,
  row('DeviceFeatures', 'R', 'constant', false, 'HostFeatures'),
  row('DeviceFeaturesSel', 'W', 'unspecified', false, 'HostFeaturesSel'),
  row('DriverFeatures', 'W', 'unspecified', false, 'GuestFeatures'),
  row('DriverFeaturesSel', 'W', 'unspecified', false, 'GuestFeaturesSel'),
  row('GuestPageSize', 'W', 'unspecified'),
  ...COMMON,
  row('QueueAlign', 'W', 'unspecified', true),
  row('QueuePFN', 'RW', 'zero', true),
];

/** The control registers of each layout, by offset. */
export const REGISTERS: Readonly<Record<Transport, readonly Register[]>> = {
  'mmio-v1': [...LEGACY].sort((a, b) => a.offset - b.offset),
  'mmio-v2': [...MODERN].sort((a, b) => a.offset - b.offset),
};

const BY_OFFSET: Readonly<Record<Transport, ReadonlyMap<number, Register>>> = {
  'mmio-v1': new Map(LEGACY.map((register) => [register.offset, register])),
  'mmio-v2': new Map(MODERN.map((register) => [register.offset, register])),
};

const BY_WORD: Readonly<Record<Transport, readonly (Register | undefined)[]>> = {
  'mmio-v1': wordTable('mmio-v1'),
  'mmio-v2': wordTable('mmio-v2'),
};

function wordTable(transport: Transport): readonly (Register | undefined)[] {
  return Array.from({ length: REG.Config / 4 }, (_, word) => BY_OFFSET[transport].get(4 * word));
}

/** The control registers of a layout by a quarter of their offset, for whoever looks up one at every access. */
export function registersByWord(transport: Transport): readonly (Register | undefined)[] {
  return BY_WORD[transport];
}

/** The control register at exactly this offset, if the layout has one there. */
export function registerAt(transport: Transport, offset: number): Register | undefined {
  return BY_OFFSET[transport].get(offset);
}

/** The control registers that an access of `size` bytes at `offset` touches, whatever its alignment. */
export function registersTouched(transport: Transport, offset: number, size: number): readonly Register[] {
  return REGISTERS[transport].filter((r) => r.offset < offset + size && offset < r.offset + 4);
}

/** `QueueReady`, `Config+0x8`, `0x02c?` (not in the layout), `Status+1` (inside a register). */
export function registerName(transport: Transport, offset: number): string {
  if (offset >= REG.Config) return `Config+0x${(offset - REG.Config).toString(16)}`;
  const inside = BY_OFFSET[transport].get(offset - (offset % 4));
  if (inside === undefined) return `0x${offset.toString(16).padStart(3, '0')}?`;
  return offset % 4 === 0 ? inside.name : `${inside.name}+${String(offset % 4)}`;
}
