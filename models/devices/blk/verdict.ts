/**
 * Which statuses a request may complete with (5.2.6, 5.2.6.2). Where a request breaks a rule that the specification gives
 * no answer to, or breaks several at once, every fitting status is accepted.
 */
import { clause, type ClauseIndex } from '../../clauses/catalogue.ts';
import { Feature, ID_BYTES, LIFETIME_BYTES, RequestType, SECTOR, Status, UNMAP, ZONE_TYPES } from './constants.ts';
import { baseType, type BlkRequest } from './request.ts';

const C = {
  status: clause('untagged.blk.1'),
  data: clause('untagged.blk.2'),
  id: clause('untagged.blk.3'),
  beyond: clause('untagged.blk.4'),
  readOnly: clause('blk.device.device-operation.3'),
  flags: clause('blk.device.device-operation.5'),
  discardUnmap: clause('blk.device.device-operation.6'),
  zoneRequests: clause('blk.device.device-operation.18'),
};

/** Sets of statuses, bit n for status n. */
const OK = 1 << Status.OK;
const IOERR = 1 << Status.IOERR;
const UNSUPP = 1 << Status.UNSUPP;
const ANY = OK | IOERR | UNSUPP;

export interface Ruling {
  readonly allowed: number;
  /** The clause that an other status breaks. */
  readonly clause: ClauseIndex;
  readonly why: string;
}

/** What the device has told about itself and what has been negotiated, as far as it bears on statuses. */
export interface Circumstances {
  /** Negotiated; undefined while the features are not fixed. */
  accepted(bit: number): boolean | undefined;
  /** Offered; undefined if the driver hasn't looked. */
  offered(bit: number): boolean | undefined;
  readonly readOnly: boolean;
  readonly legacy: boolean;
  /** A field of the configuration space as last read. */
  limit(name: string): number | undefined;
  readonly serial: string | undefined;
}

/** Requests within the first `low` sectors are in range, requests that reach beyond `high` are not. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

const LENIENT: Ruling = { allowed: ANY, clause: C.status, why: 'OK, IOERR or UNSUPP' };
const MUST_SUCCEED: Ruling = { allowed: OK, clause: C.data, why: 'OK: the request is well-formed and in range' };
const MUST_WORK: Ruling = { ...MUST_SUCCEED, clause: C.status };
const MUST_IDENTIFY: Ruling = { ...MUST_SUCCEED, clause: C.id };
const MAY_FAIL: Ruling = { allowed: OK | IOERR, clause: C.status, why: 'OK or IOERR: the request type is negotiated' };
const BEYOND: Ruling = { allowed: IOERR, clause: C.beyond, why: 'IOERR: the request reaches beyond the capacity' };
const RANGE_BEYOND: Ruling = {
  ...BEYOND,
  allowed: IOERR | UNSUPP,
  why: 'an error: a segment reaches beyond the capacity',
};
const READ_ONLY: Ruling = { allowed: IOERR, clause: C.readOnly, why: 'IOERR: the device is read-only' };
const READ_ONLY_ODD: Ruling = { ...READ_ONLY, allowed: IOERR | UNSUPP, why: 'an error: the device is read-only' };
const UNKNOWN_TYPE: Ruling = { allowed: UNSUPP, clause: C.status, why: 'UNSUPP: no such request type' };
const NO_SCSI: Ruling = { allowed: UNSUPP | IOERR, clause: C.status, why: 'UNSUPP or IOERR: no SCSI pass-through' };
const NOT_ZONED: Ruling = { allowed: UNSUPP, clause: C.zoneRequests, why: 'UNSUPP: ZONED is not negotiated' };
const BAD_FLAGS: Ruling = { allowed: UNSUPP, clause: C.flags, why: 'UNSUPP: a segment has undefined flags' };
const BAD_UNMAP: Ruling = { allowed: UNSUPP, clause: C.discardUnmap, why: 'UNSUPP: unmap is set in a discard segment' };

/** The statuses that the device may give, and the clause behind that. */
export function rule(request: BlkRequest, now: Circumstances, bounds: Bounds): Ruling {
  switch (request.type) {
    case RequestType.IN:
    case RequestType.OUT:
      return ruleTransfer(request, now, bounds);
    case RequestType.FLUSH:
      // Without FLUSH a device may still take the request, or not; sector and data are the driver's to leave out (5.2.6.1).
      if (now.accepted(Feature.FLUSH) !== true) return LENIENT;
      return request.sector === 0 && request.dataOut === 0 && request.dataIn === 0 ? MUST_WORK : LENIENT;
    case RequestType.GET_ID:
      if (request.dataIn !== ID_BYTES || request.dataOut > 0) return LENIENT;
      return now.serial === undefined ? LENIENT : MUST_IDENTIFY;
    case RequestType.GET_LIFETIME:
      if (now.offered(Feature.LIFETIME) === false) return UNKNOWN_TYPE;
      // 5.2.6: struct virtio_blk_lifetime has 6 bytes; other lengths are in no clause.
      return now.accepted(Feature.LIFETIME) === true && request.dataIn === LIFETIME_BYTES && request.dataOut === 0
        ? MAY_FAIL
        : LENIENT;
    case RequestType.DISCARD:
      return ruleRanges(request, now, bounds, Feature.DISCARD, 'discard');
    case RequestType.WRITE_ZEROES:
      return ruleRanges(request, now, bounds, Feature.WRITE_ZEROES, 'write_zeroes');
    case RequestType.SECURE_ERASE:
      return ruleRanges(request, now, bounds, Feature.SECURE_ERASE, 'secure_erase');
    case RequestType.SCSI_CMD:
    case RequestType.SCSI_CMD_OUT:
      return now.legacy && now.accepted(Feature.SCSI) !== false ? LENIENT : NO_SCSI;
    default:
      if (ZONE_TYPES.has(request.type)) return now.accepted(Feature.ZONED) === false ? NOT_ZONED : LENIENT;
      return baseType(request.type) === request.type ? UNKNOWN_TYPE : LENIENT;
  }
}

function ruleTransfer(request: BlkRequest, now: Circumstances, bounds: Bounds): Ruling {
  const write = request.type === RequestType.OUT;
  const length = write ? request.dataOut : request.dataIn;
  const stray = write ? request.dataIn : request.dataOut;
  const odd = length === 0 || length % SECTOR !== 0 || stray > 0;
  if (write && now.readOnly) {
    if (length === 0) return LENIENT;
    return odd ? READ_ONLY_ODD : READ_ONLY;
  }
  if (odd) return LENIENT;
  const end = request.sector + length / SECTOR;
  if (end > bounds.high) return BEYOND;
  if (end > bounds.low || !withinTransferLimits(request, now)) return LENIENT;
  if (!aligned(request.sector, length / SECTOR, now)) return LENIENT;
  return MUST_SUCCEED;
}

/** SIZE_MAX and SEG_MAX are known to hold (or don't apply). */
function withinTransferLimits(request: BlkRequest, now: Circumstances): boolean {
  if (now.offered(Feature.SEG_MAX) !== false && request.dataSegments > 1) {
    const most = now.limit('seg_max');
    if (most === undefined || request.dataSegments > most) return false;
  }
  if (now.offered(Feature.SIZE_MAX) === false || request.longestSegment <= SECTOR) return true;
  const longest = now.limit('size_max');
  return longest !== undefined && request.longestSegment <= longest;
}

/** Devices with blocks of more than 512 bytes exist that refuse parts of them, although 5.2.5 says they need not be minded. */
function aligned(sector: number, sectors: number, now: Circumstances): boolean {
  if (now.offered(Feature.BLK_SIZE) === false) return true;
  const size = now.limit('blk_size');
  if (size === undefined) return now.offered(Feature.BLK_SIZE) === undefined || (sector % 8 === 0 && sectors % 8 === 0);
  if (size <= SECTOR) return true;
  return (sector * SECTOR) % size === 0 && (sectors * SECTOR) % size === 0;
}

function ruleRanges(request: BlkRequest, now: Circumstances, bounds: Bounds, feature: number, name: string): Ruling {
  const { ranges, dataOut, dataIn } = request;
  if (now.accepted(feature) !== true) return LENIENT;
  if (dataOut === 0 || dataOut % 16 !== 0 || dataIn > 0) return LENIENT;
  const discard = request.type === RequestType.DISCARD;
  let [undefinedFlags, unmap, beyond, doubtful, limited] = [false, false, false, false, false];
  const mostSectors = now.limit(`max_${name}_sectors`);
  const mostSegments = now.limit(`max_${name}_seg`);
  if (mostSegments === undefined ? ranges.length > 1 : ranges.length > mostSegments) limited = true;
  for (const { sector, sectors, flags } of ranges) {
    if ((flags & ~UNMAP) !== 0) undefinedFlags = true;
    if ((flags & UNMAP) !== 0) unmap = true;
    if (mostSectors === undefined || sectors > mostSectors) limited = true;
    if (sector + sectors > bounds.high) beyond = true;
    else if (sector + sectors > bounds.low || sectors === 0 || !aligned(sector, sectors, now)) doubtful = true;
    if (misaligned(sector, sectors, now.limit(`${name}_sector_alignment`))) doubtful = true;
  }
  const readOnly = now.readOnly;
  const alone = !beyond && !doubtful && !limited && !readOnly;
  if (undefinedFlags) return alone ? BAD_FLAGS : { ...BAD_FLAGS, allowed: UNSUPP | IOERR };
  if (unmap && discard) return alone ? BAD_UNMAP : { ...BAD_UNMAP, allowed: UNSUPP | IOERR };
  if (readOnly) return request.type === RequestType.WRITE_ZEROES && !doubtful ? READ_ONLY_ODD : LENIENT;
  if (limited) return LENIENT;
  if (unmap && request.type === RequestType.SECURE_ERASE) return LENIENT;
  if (beyond) return RANGE_BEYOND;
  if (doubtful) return LENIENT;
  return request.type === RequestType.WRITE_ZEROES ? MUST_WORK : MAY_FAIL;
}

function misaligned(sector: number, sectors: number, alignment: number | undefined): boolean {
  return alignment !== undefined && alignment > 1 && (sector % alignment !== 0 || sectors % alignment !== 0);
}
