/** A block request as the device has to read it (5.2.6): header, data and status in whatever framing (2.7.4). */
import type { ChainView } from '../../seams.ts';
import type { ByteOrder } from '../../setup.ts';
import { readU32, readU64, swapU32 } from '../bytes.ts';
import { BARRIER_BIT, HEADER, RequestType, SEGMENT, ZONE_TYPES } from './constants.ts';

/** One record of a discard, write-zeroes or secure-erase request. */
export interface RangeSegment {
  readonly sector: number;
  readonly sectors: number;
  readonly flags: number;
}

export interface BlkRequest {
  readonly chain: ChainView;
  readonly header: Uint8Array;
  readonly type: number;
  readonly sector: number;
  /** Bytes of the readable part after the header. */
  readonly dataOut: number;
  /** Bytes of the writable part before the status byte. */
  readonly dataIn: number;
  /** Contents of a write, or the records of a discard, write-zeroes or secure-erase request. */
  readonly payload: Uint8Array | undefined;
  readonly ranges: readonly RangeSegment[];
  /** The framing that the legacy interface demands: header alone, data, status alone (5.2.6.4). */
  readonly canonical: boolean;
  /** Data buffers (descriptors), and the longest of them in bytes. */
  readonly dataSegments: number;
  readonly longestSegment: number;
}

const NO_RANGES: readonly RangeSegment[] = [];

/** The request in a chain, or undefined if the chain has no room for header and status. */
export function parseRequest(chain: ChainView, order: ByteOrder): BlkRequest | undefined {
  if (chain.readableLength < HEADER || chain.writableLength < 1) return undefined;
  const header = chain.read(0, HEADER);
  const type = readU32(header, 0, order);
  const dataOut = chain.readableLength - HEADER;
  const base = baseType(type);
  const takesRanges = isRangeType(base);
  const payload = dataOut > 0 && (base === RequestType.OUT || takesRanges) ? chain.read(HEADER, dataOut) : undefined;
  const { readable, writable } = chain;
  const canonical = readable[0].length === HEADER && writable[writable.length - 1].length === 1;
  let longestSegment = 0;
  for (const segment of readable) if (segment.length > longestSegment) longestSegment = segment.length;
  for (const segment of writable) if (segment.length > longestSegment) longestSegment = segment.length;
  return {
    chain,
    header,
    type,
    sector: readU64(header, 8, order),
    dataOut,
    dataIn: chain.writableLength - 1,
    payload,
    ranges: takesRanges && payload !== undefined ? parseRanges(payload, order) : NO_RANGES,
    canonical,
    dataSegments: readable.length + writable.length - 2,
    longestSegment,
  };
}

function parseRanges(bytes: Uint8Array, order: ByteOrder): readonly RangeSegment[] {
  const ranges: RangeSegment[] = [];
  for (let at = 0; at + SEGMENT <= bytes.length; at += SEGMENT) {
    ranges.push({
      sector: readU64(bytes, at, order),
      sectors: readU32(bytes, at + 8, order),
      flags: readU32(bytes, at + 12, order),
    });
  }
  return ranges;
}

export function isRangeType(type: number): boolean {
  return type === RequestType.DISCARD || type === RequestType.WRITE_ZEROES || type === RequestType.SECURE_ERASE;
}

const TYPES: ReadonlySet<number> = new Set([
  RequestType.IN,
  RequestType.OUT,
  RequestType.FLUSH,
  RequestType.GET_ID,
  RequestType.GET_LIFETIME,
  RequestType.DISCARD,
  RequestType.WRITE_ZEROES,
  RequestType.SECURE_ERASE,
]);

/** A type that 5.2.6 defines for every block device. */
export function isDefinedType(type: number): boolean {
  return TYPES.has(type);
}

/**
 * The defined type that a device may take an undefined one for, or the type itself: historically bit 0 was the direction
 * of a request, and bit 31 made it a barrier (5.2.6.3). Devices that treat these as modifiers support more than 5.2.6
 * lists, which it doesn't forbid.
 */
export function baseType(type: number): number {
  if (TYPES.has(type) || ZONE_TYPES.has(type)) return type;
  const plain = (type & ~BARRIER_BIT) >>> 0;
  if (TYPES.has(plain) || ZONE_TYPES.has(plain)) return plain;
  const twin = (plain ^ 1) >>> 0;
  return TYPES.has(twin) || ZONE_TYPES.has(twin) ? twin : type;
}

/** The request as a device sees it that gets the byte order wrong. */
export function swappedHeader(request: BlkRequest, order: ByteOrder): { type: number; sector: number } {
  const sector = readU64(request.header, 8, order === 'little' ? 'big' : 'little');
  return { type: swapU32(request.type), sector };
}
