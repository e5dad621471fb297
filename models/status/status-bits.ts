/** Device status bits (2.1). */
export const STATUS = {
  ACKNOWLEDGE: 1,
  DRIVER: 2,
  DRIVER_OK: 4,
  FEATURES_OK: 8,
  SUSPEND: 16,
  DEVICE_NEEDS_RESET: 64,
  FAILED: 128,
} as const;

/** The bits that 2.1 defines. */
export const DEFINED_STATUS = 1 | 2 | 4 | 8 | 16 | 64 | 128;

/** `ACKNOWLEDGE|DRIVER`, `0`, `DRIVER|0x20`: a device status for people. */
export function statusNames(bits: number): string {
  if (bits === 0) return '0';
  const names: string[] = [];
  let rest = bits;
  for (const [name, bit] of Object.entries(STATUS)) {
    if ((rest & bit) === 0) continue;
    names.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.join('|');
}
