/** Fields of the structures that devices and drivers exchange, in either byte order. */
import { Buffer } from 'node:buffer';
import type { ByteOrder } from '../setup.ts';

export function readU16(bytes: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little' ? bytes[at] | (bytes[at + 1] << 8) : (bytes[at] << 8) | bytes[at + 1];
}

export function readU32(bytes: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little'
    ? (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
    : ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** A 64-bit field as a number. Above 2^53 it is rounded, which no judgement here minds: such a sector exists nowhere. */
export function readU64(bytes: Uint8Array, at: number, order: ByteOrder): number {
  const low = readU32(bytes, order === 'little' ? at : at + 4, order);
  return readU32(bytes, order === 'little' ? at + 4 : at, order) * 0x1_0000_0000 + low;
}

export function swapU16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

export function swapU32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}

/** The value with its first `width` bytes in the other order. */
export function swapField(value: bigint, width: number): bigint {
  let swapped = 0n;
  for (let i = 0; i < width; i++) swapped = (swapped << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return swapped;
}

/** A Buffer over the same bytes (no copy), for its native compare with offsets. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The first bytes, for people. */
export function hexBytes(bytes: Uint8Array | readonly number[]): string {
  const shown = Array.from(bytes.slice(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  return shown.join(' ') + (bytes.length > 8 ? ' ...' : '');
}
