/** What a driver must not put into a block request (5.2.6.1, 5.2.6.4). None of it voids what the device owes elsewhere. */
import { clause, type ClauseId } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { DriverClaims } from '../../setup.ts';
import { Feature, ID_BYTES, RequestType, SECTOR, SEGMENT, typeName, UNMAP } from './constants.ts';
import { readU64, swapU32 } from '../bytes.ts';
import { isDefinedType, isRangeType, type BlkRequest } from './request.ts';
import type { Bounds, Circumstances } from './verdict.ts';

const SEGMENT_LIMITS = new Map<number, { id: ClauseId; field: string }>([
  [RequestType.DISCARD, { id: 'blk.driver.device-operation.9', field: 'max_discard_seg' }],
  [RequestType.SECURE_ERASE, { id: 'blk.driver.device-operation.10', field: 'max_secure_erase_seg' }],
  [RequestType.WRITE_ZEROES, { id: 'blk.driver.device-operation.11', field: 'max_write_zeroes_seg' }],
]);

const WITHIN = clause('blk.driver.device-operation.2');
const WHOLE_SECTORS = clause('blk.driver.device-operation.6');

/** Features for drivers that can do what they are about (5.2.5.1). */
const FOR_CAPABLE: readonly (readonly [number, string, ClauseId])[] = [
  [Feature.FLUSH, 'FLUSH', 'blk.driver.device-initialization.1'],
  [Feature.ZONED, 'ZONED', 'blk.driver.device-initialization.5'],
];

/** Judges the features that the driver has accepted by what it declares of itself. */
export function judgeFeatures(now: Circumstances, claims: DriverClaims | undefined, report: Report): void {
  for (const [bit, name, id] of FOR_CAPABLE) {
    if (claims?.incapable.includes(bit) !== true || now.offered(bit) !== true) continue;
    keep(
      report,
      id,
      now.accepted(bit) !== true,
      () => `${name} accepted by a driver that declares that it cannot use it`,
    );
  }
}

/** Judges the request that the driver has just exposed. */
export function judgeDriver(request: BlkRequest, now: Circumstances & Bounds, report: Report): void {
  const { type } = request;
  if (type === RequestType.IN || type === RequestType.OUT) {
    const length = type === RequestType.IN ? request.dataIn : request.dataOut;
    const whole = length % SECTOR === 0;
    const within = request.sector + length / SECTOR <= now.high;
    if (!judgeOrder(request, now, report)) return;
    if (whole) report.exercise(WHOLE_SECTORS);
    else keep(report, 'blk.driver.device-operation.6', false, () => `${typeName(type)} with ${length} bytes of data`);
    if (within) report.exercise(WITHIN);
    else
      keep(
        report,
        'blk.driver.device-operation.2',
        false,
        () => `${typeName(type)} at sector ${request.sector}, ${length} bytes`,
      );
  } else if (type === RequestType.FLUSH) {
    keep(report, 'blk.driver.device-operation.4', request.sector === 0, () => `FLUSH with sector ${request.sector}`);
    const data = request.dataIn + request.dataOut;
    keep(report, 'blk.driver.device-operation.5', data === 0, () => `FLUSH with ${data} bytes of data`);
  } else if (type === RequestType.GET_ID) {
    const length = request.dataIn;
    keep(report, 'blk.driver.device-operation.8', length === ID_BYTES, () => `GET_ID with ${length} bytes of data`);
  } else if (isRangeType(type)) {
    judgeRanges(request, now, report);
  }
  if (now.legacy && !isDefinedType(type) && isDefinedType(swapU32(type))) {
    const order = `type ${type}, which is ${typeName(swapU32(type))} in the opposite byte order`;
    report.driverBroke('blk.driver.legacy-device-operation.1', 'nothing', order);
  }
  if (now.legacy && now.accepted(Feature.ANY_LAYOUT) === false) {
    keep(
      report,
      'blk.driver.legacy-framing-requirements.1',
      request.canonical,
      () => 'header or status share a descriptor',
    );
  }
}

/**
 * Legacy: a sector that no disk has, and that lies on this one in the opposite byte order, was written in that
 * (5.2.6.3). False then.
 */
function judgeOrder({ header, sector }: BlkRequest, now: Circumstances & Bounds, report: Report): boolean {
  if (!now.legacy) return true;
  const id = 'blk.driver.legacy-device-operation.1';
  const opposite = Math.min(readU64(header, 8, 'little'), readU64(header, 8, 'big'));
  const kept = sector < now.high || opposite >= now.high;
  keep(report, id, kept, () => `sector ${sector}, which is ${opposite} in the opposite byte order`);
  return kept;
}

function keep(report: Report, id: ClauseId, kept: boolean, what: () => string): void {
  if (kept) report.exercise(clause(id));
  else report.driverBroke(id, 'nothing', what());
}

function judgeRanges(request: BlkRequest, now: Circumstances & Bounds, report: Report): void {
  const { type, ranges, dataOut } = request;
  const name = typeName(type);
  const whole = dataOut > 0 && dataOut % SEGMENT === 0;
  keep(report, 'blk.driver.device-operation.7', whole, () => `${name} with ${dataOut} bytes of segments`);
  const { id, field } = SEGMENT_LIMITS.get(type)!;
  const most = now.limit(field);
  if (most !== undefined)
    keep(report, id, ranges.length <= most, () => `${name} with ${ranges.length} segments, ${field} is ${most}`);
  const within = ranges.every(({ sector, sectors }) => sector + sectors <= now.high);
  keep(report, 'blk.driver.device-operation.2', within, () => `${name} beyond the capacity`);
  if (type === RequestType.DISCARD) {
    const clear = ranges.every(({ flags }) => (flags & UNMAP) === 0);
    keep(report, 'blk.driver.device-operation.14', clear, () => 'unmap set in a discard segment');
  }
}
