/** Requests as bytes: what a driver puts into the device-readable part and how much room it gives the device. */
import type { ByteOrder } from '../../models/setup.ts';
import type { Request } from '../../generators/scenario.ts';
import { fillPattern, put16, put32, put64 } from './bytes.ts';

export const SECTOR = 512;

/** Request types of the block device (5.2.6). */
export const BLK = {
  In: 0,
  Out: 1,
  Flush: 4,
  GetId: 8,
  GetLifetime: 10,
  Discard: 11,
  WriteZeroes: 13,
  SecureErase: 14,
};

export interface EncodedRequest {
  readonly outLength: number;
  readonly inLength: number;
  /** Whether a conforming device completes it on its own. */
  readonly completes: boolean;
}

/** Sizes of a request, before its bytes are needed. */
export function measure(request: Request): EncodedRequest {
  switch (request.kind) {
    case 'blk': {
      const data = request.sectors * SECTOR;
      if (request.type === BLK.Out) return { outLength: 16 + data, inLength: 1, completes: true };
      if (request.type === BLK.In) return { outLength: 16, inLength: data + 1, completes: true };
      if (request.type === BLK.GetId) return { outLength: 16, inLength: 21, completes: true };
      if (request.type === BLK.GetLifetime) return { outLength: 16, inLength: 7, completes: true };
      return { outLength: 16, inLength: 1, completes: true };
    }
    case 'blk-ranges':
      return { outLength: 16 + 16 * request.ranges.length, inLength: 1, completes: true };
    case 'entropy':
      return { outLength: 0, inLength: request.length, completes: request.length > 0 };
    case 'console-in':
    case 'control-in':
      return { outLength: 0, inLength: request.length, completes: false };
    case 'console-out':
      return { outLength: request.length, inLength: 0, completes: true };
    case 'control-out':
      return { outLength: 8, inLength: 0, completes: true };
    case 'raw':
      return { outLength: request.out, inLength: request.in, completes: false };
  }
}

/** Writes the device-readable bytes of a request into `into` from `at` on. `order` is that of request structures. */
export function encode(request: Request, into: Uint8Array, at: number, order: ByteOrder): void {
  switch (request.kind) {
    case 'blk':
      put32(into, at, request.type, order);
      put32(into, at + 4, 0, order);
      put64(into, at + 8, request.sector, order);
      if (request.type === BLK.Out) fillPattern(into, at + 16, at + 16 + request.sectors * SECTOR, request.fill);
      return;
    case 'blk-ranges':
      put32(into, at, request.type, order);
      put32(into, at + 4, 0, order);
      put64(into, at + 8, 0, order);
      request.ranges.forEach((range, i) => {
        put64(into, at + 16 + 16 * i, range.sector, order);
        put32(into, at + 24 + 16 * i, range.sectors, order);
        put32(into, at + 28 + 16 * i, range.flags, order);
      });
      return;
    case 'console-out':
      fillPattern(into, at, at + request.length, request.fill);
      return;
    case 'control-out':
      put32(into, at, request.id, order);
      put16(into, at + 4, request.event, order);
      put16(into, at + 6, request.value, order);
      return;
    case 'raw':
      fillPattern(into, at, at + request.out, request.out);
      return;
    case 'entropy':
    case 'console-in':
    case 'control-in':
      return;
  }
}
