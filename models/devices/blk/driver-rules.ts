/** What a driver must not put into a block request (5.2.6.1, 5.2.6.4). None of it voids what the device owes elsewhere. */
import { clause, type ClauseId } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import { Feature, ID_BYTES, RequestType, SECTOR, SEGMENT, typeName, UNMAP } from './constants.ts';
import { isRangeType, type BlkRequest } from './request.ts';
import type { Bounds, Circumstances } from './verdict.ts';

const SEGMENT_LIMITS = new Map<number, { id: ClauseId; field: string }>([
  [RequestType.DISCARD, { id: 'blk.driver.device-operation.9', field: 'max_discard_seg' }],
  [RequestType.SECURE_ERASE, { id: 'blk.driver.device-operation.10', field: 'max_secure_erase_seg' }],
  [RequestType.WRITE_ZEROES, { id: 'blk.driver.device-operation.11', field: 'max_write_zeroes_seg' }],
]);

const WITHIN = clause('blk.driver.device-operation.2');
const WHOLE_SECTORS = clause('blk.driver.device-operation.6');

/** Judges the request that the driver has just exposed. */
export function judgeDriver(request: BlkRequest, now: Circumstances & Bounds, report: Report): void {
  const { type } = request;
  if (type === RequestType.IN || type === RequestType.OUT) {
    const length = type === RequestType.IN ? request.dataIn : request.dataOut;
    const whole = length % SECTOR === 0;
    const within = request.sector + length / SECTOR <= now.high;
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
  if (now.legacy && now.accepted(Feature.ANY_LAYOUT) === false) {
    keep(
      report,
      'blk.driver.legacy-framing-requirements.1',
      request.canonical,
      () => 'header or status share a descriptor',
    );
  }
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
