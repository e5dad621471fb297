/** What a request does to the sectors of the disk, from its exposure to its completion (5.2.6, 5.2.6.2). */
import { clause } from '../../clauses/catalogue.ts';
import type { BlkConfig } from './config.ts';
import { Feature, MOST_SECTORS, RequestType, SECTOR, SEGMENT, Status } from './constants.ts';
import type { Disk } from './disk.ts';
import { baseType, isRangeType, type BlkRequest } from './request.ts';
import type { Version } from './version.ts';

const C = {
  data: clause('untagged.blk.2'),
  beyond: clause('untagged.blk.4'),
  readOnlyMedia: clause('blk.device.device-operation.4'),
};

/** A request that has been exposed. */
export interface Started {
  readonly exposedAt: number;
  readonly versions: readonly Version[];
  /** The cache mode at exposure was writethrough for certain; how often the driver had written to it by then. */
  readonly writethrough: boolean;
  readonly writebackWrites: number;
}

export const NO_EFFECTS: readonly Version[] = [];
/** Longer lists of segments are not followed sector by sector. */
const MOST_ZEROED = 1 << 15;

const RANGE_FEATURES = new Map<number, number>([
  [RequestType.DISCARD, Feature.DISCARD],
  [RequestType.WRITE_ZEROES, Feature.WRITE_ZEROES],
  [RequestType.SECURE_ERASE, Feature.SECURE_ERASE],
]);

/** The request may take effect from now on. */
export function beginEffects(disk: Disk, config: BlkConfig, request: BlkRequest, since: number): readonly Version[] {
  const type = baseType(request.type);
  if (type === RequestType.OUT) return beginWrite(disk, config, request, since);
  return isRangeType(type) ? beginRanges(disk, config, request, since) : NO_EFFECTS;
}

function beginWrite(disk: Disk, config: BlkConfig, request: BlkRequest, since: number): readonly Version[] {
  const { high, readOnly } = config;
  const { sector, dataOut } = request;
  const whole = dataOut % SECTOR === 0;
  const end = sector + Math.ceil(dataOut / SECTOR);
  const count = Math.min(end, high) - sector;
  if (count <= 0 || end > MOST_SECTORS) return NO_EFFECTS;
  const beyond = end > high && whole && request.dataIn === 0;
  const refusedBy = readOnly ? C.readOnlyMedia : beyond ? C.beyond : undefined;
  // A part of a sector leaves the rest of it as it was, or not.
  const data = whole ? request.payload : undefined;
  return [disk.change(since, 'write', sector, count, data, !request.canonical, refusedBy)];
}

function beginRanges(disk: Disk, config: BlkConfig, request: BlkRequest, since: number): readonly Version[] {
  const { low, high, readOnly } = config;
  const zeroes = baseType(request.type) === RequestType.WRITE_ZEROES;
  const versions: Version[] = [];
  let total = 0;
  for (const { sector, sectors } of request.ranges) {
    const count = Math.min(sector + sectors, high) - sector;
    if (count <= 0 || sector + sectors > MOST_SECTORS) continue;
    total += count;
    if (total > MOST_ZEROED) disk.blur();
    const refusedBy = readOnly && zeroes && sector + sectors <= low ? C.readOnlyMedia : undefined;
    const kind = zeroes ? 'zeroes' : 'discard';
    versions.push(disk.change(since, kind, sector, count, undefined, !request.canonical, refusedBy));
  }
  return versions;
}

/** The request has been completed with a status. */
export function settleEffects(
  disk: Disk,
  config: BlkConfig,
  request: BlkRequest,
  started: Started,
  status: number,
): void {
  // Undefined types, missing features and stray data leave open what the device has done.
  const transfer = request.type === RequestType.OUT && request.dataIn === 0 && request.dataOut % SECTOR === 0;
  const feature = RANGE_FEATURES.get(request.type);
  const ranges = feature !== undefined && config.accepted(feature) === true;
  const clean = transfer || (ranges && request.dataIn === 0 && request.dataOut % SEGMENT === 0);
  const sure = clean && status === Status.OK;
  // Of several segments some may have been processed before the one that was refused.
  const nothingDone = ranges && status === Status.UNSUPP && request.ranges.length === 1;
  const stable = sure && stableOnCompletion(config, started);
  for (const version of started.versions) {
    if (nothingDone) version.refusedBy ??= C.data;
    disk.settle(version, sure, stable);
  }
}

/** 5.2.6.2, cases 1 and 2. */
function stableOnCompletion(config: BlkConfig, started: Started): boolean {
  const cacheMode = config.accepted(Feature.CONFIG_WCE);
  if (cacheMode === true) {
    const same = config.writebackWrites === started.writebackWrites;
    return started.writethrough && same && config.writeback === 0;
  }
  return cacheMode === false && config.accepted(Feature.FLUSH) === false && config.offered(Feature.FLUSH) === true;
}

/** The capacity has changed in between: what reached beyond it need not be refused any more. */
export function allowBeyond(versions: readonly Version[]): void {
  for (const version of versions) if (version.refusedBy === C.beyond) version.refusedBy = undefined;
}
