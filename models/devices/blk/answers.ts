/** Requests that ask for something other than sectors: identification and lifetime (5.2.6). */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { ByteOrder } from '../../setup.ts';
import { readU16 } from '../bytes.ts';
import { Feature, ID_BYTES, LIFETIME_BYTES } from './constants.ts';
import type { BlkRequest } from './request.ts';
import type { Circumstances } from './verdict.ts';

const C = {
  id: clause('untagged.blk.3'),
  lifetime: clause('blk.device.device-operation.17'),
};

/** GET_ID was answered with OK. */
export function judgeId(request: BlkRequest, bytes: Uint8Array, serial: string | undefined, report: Report): void {
  if (serial === undefined || request.dataIn !== ID_BYTES || request.dataOut > 0) return;
  report.check(
    C.id,
    isId(bytes, serial),
    () => `identification ${JSON.stringify(serial)}, padded with NUL to ${ID_BYTES} bytes`,
    () => JSON.stringify(Buffer.from(bytes.subarray(0, ID_BYTES)).toString('latin1')),
  );
}

/** The bytes begin with the serial number, cut off or padded with NUL to the length of an identification. */
function isId(bytes: Uint8Array, serial: string): boolean {
  for (let i = 0; i < ID_BYTES; i++) {
    if (bytes[i] !== (i < serial.length ? serial.charCodeAt(i) & 0xff : 0)) return false;
  }
  return true;
}

/** GET_LIFETIME was answered with OK: the values that 5.2.6 lists; all others are reserved. */
export function judgeLifetime(
  request: BlkRequest,
  bytes: Uint8Array,
  now: Circumstances,
  order: ByteOrder,
  report: Report,
): void {
  if (now.accepted(Feature.LIFETIME) !== true || request.dataIn < LIFETIME_BYTES) return;
  const [preEol, a, b] = [readU16(bytes, 0, order), readU16(bytes, 2, order), readU16(bytes, 4, order)];
  report.check(
    C.lifetime,
    preEol <= 3 && a <= 11 && b <= 11,
    () => 'pre_eol_info up to 3, lifetime estimates up to 11',
    () => `pre_eol_info ${preEol}, estimates ${a} and ${b}`,
  );
}
