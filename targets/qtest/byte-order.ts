/**
 * Register values as the project logs them (bytes at increasing addresses, read as a little-endian number) against
 * register values as the guest CPU sees them (what qtest speaks): on a big-endian CPU every access is swapped by its width.
 */

/** Swaps the lowest `size` bytes (1, 2 or 4) of `value`; the result is unsigned. */
export function swapBytes(value: number, size: number): number {
  if (size === 1) return value & 0xff;
  if (size === 2) return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}

/** The logged value of a register that the CPU read as the halves `high` and `low`. Exact up to 53 bits. */
export function fromCpu(high: number, low: number, size: number, bigEndian: boolean): number {
  if (size === 8) {
    return bigEndian ? swapBytes(low, 4) * 2 ** 32 + swapBytes(high, 4) : high * 2 ** 32 + low;
  }
  return bigEndian ? swapBytes(low, size) : low;
}

/** The halves that the CPU has to write so that `value` is what gets logged. */
export function toCpu(value: number, size: number, bigEndian: boolean): { high: number; low: number } {
  const low = value >>> 0;
  if (size !== 8) return { high: 0, low: bigEndian ? swapBytes(low, size) : low };
  const high = Math.floor(value / 2 ** 32) >>> 0;
  return bigEndian ? { high: swapBytes(low, 4), low: swapBytes(high, 4) } : { high, low };
}
