/** Recorded numbers as the event log has them: the bytes at increasing addresses as a little-endian number. */
import { swap32 } from '../../models/mmio/context.ts';
import type { ByteOrder, Transport } from '../../models/setup.ts';
import type { Notation } from '../../targets/recorded/sink.ts';

export function logged(
  value: number,
  size: number,
  notation: Notation,
  transport: Transport,
  guest: ByteOrder,
): number {
  if (guest === 'little' || notation === 'bytes' || Number.isNaN(value)) return value;
  // Modern registers are little-endian whatever the CPU; legacy ones are in the order of the guest.
  if (notation === 'register' && transport === 'mmio-v2') return value;
  return swapBytes(value, size);
}

export function swapBytes(value: number, size: number): number {
  if (size === 1) return value;
  if (size === 2) return ((value & 0xff) << 8) | (value >>> 8);
  if (size === 4) return swap32(value);
  return swap32(value >>> 0) * 2 ** 32 + swap32(Math.floor(value / 2 ** 32));
}
