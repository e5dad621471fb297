/**
 * What came back of each request. Compared are requests that were alone in their queue, so that the order in which a device
 * takes them makes no difference:
 *
 * - block, reads of sectors that this scenario has written (alone, with status OK on both): the bytes, as a read returns
 *   what the last write put there (5.2.6.2). Sectors that it has not written hold whatever the backend held; discards,
 *   zeroes and resizes end what is known.
 * - block, the status byte of reads, writes, negotiated flushes and requests of no known type: OK, IOERR and UNSUPP are
 *   each called for (5.2.6.2), given that both disks have the same size.
 * - transmitted console data and control messages: the device has nothing to write into, so used.len is 0 (2.7.8.2); for a
 *   block request with status OK, reads come back whole and nothing else but the status byte is written. Legacy devices
 *   are known to report other lengths and drivers are told to bear it (2.7.8.3), so there lengths are not compared.
 *
 * Entropy is random, and as long as the device likes (5.4.6.2). What a device sends of its own accord (console input,
 * control messages) is a stream: see streams.ts.
 */
import type { Completion } from '../../harness/driver/completion.ts';
import { BLK } from '../../harness/driver/requests.ts';
import type { DriverState } from '../../harness/driver/state.ts';
import type { Request } from '../../generators/scenario.ts';
import { FEATURE } from '../../models/status/feature-bits.ts';
import type { Difference } from './difference.ts';

const STATUS_OK = 0;
const FLUSH = 9;
/** Types that a specification defines; others are unsupported. */
const KNOWN_TYPES: ReadonlySet<number> = new Set([0, 1, 4, 8, 10, 11, 13, 14, 15, 17, 18, 20, 22, 24, 26]);

type Blk = Extract<Request, { kind: 'blk' }>;

export function compareCompletions(a: DriverState, b: DriverState, resized: boolean): Difference | undefined {
  const [mine, theirs] = [a.completions ?? [], b.completions ?? []];
  const places = new Map(theirs.map(({ serial }, i) => [serial, i]));
  const sameDisk = !resized && sameSize(a, b);
  /** Sectors whose content the scenario has settled. */
  const written = new Set<number>();
  for (const [i, one] of mine.entries()) {
    const place = places.get(one.serial) ?? -1;
    const other = theirs.at(place);
    // What came back at another moment, or something before it never did: what the disk holds is not known.
    const everythingBefore = i === one.serial - 1 && place === i;
    if (!everythingBefore) written.clear();
    if (place < 0 || other === undefined || !one.alone || !other.alone) {
      if (changesDisk(one.request)) written.clear();
      continue;
    }
    const difference =
      (one.request.kind === 'blk' && sameDisk ? compareBlock(one, other, one.request, written, a) : undefined) ??
      compareLength(one, other, a);
    if (difference !== undefined) return difference;
    if (everythingBefore) follow(one, other, written);
  }
  return undefined;
}

/** Whether both disks have, and keep, the same number of sectors. */
function sameSize(a: DriverState, b: DriverState): boolean {
  const [one, other] = [a.info.claims.capacity, b.info.claims.capacity];
  return one !== undefined && one === other;
}

function compareBlock(
  one: Completion,
  other: Completion,
  request: Blk,
  written: ReadonlySet<number>,
  driver: DriverState,
): Difference | undefined {
  const what = `block request type ${request.type}, sector ${request.sector}, ${request.sectors} sectors`;
  const [mine, theirs] = [statusOf(one), statusOf(other)];
  const settled =
    request.type === BLK.In ||
    request.type === BLK.Out ||
    (request.type === BLK.Flush && driver.has(FLUSH)) ||
    !KNOWN_TYPES.has(request.type);
  if (settled && mine !== theirs)
    return { about: 'block status', one: `${what}: status ${mine}`, other: `status ${theirs}` };
  if (request.type !== BLK.In || mine !== STATUS_OK || !sectorsOf(request).every((sector) => written.has(sector)))
    return undefined;
  const at = one.block.findIndex((byte, i) => byte !== other.block[i]);
  if (at < 0) return undefined;
  return {
    about: 'block data',
    one: `${what}: byte ${at} of the block round its buffers is 0x${one.block[at].toString(16)}`,
    other: `0x${other.block[at].toString(16)}`,
  };
}

function compareLength(one: Completion, other: Completion, driver: DriverState): Difference | undefined {
  if (driver.legacy || !driver.has(FEATURE.VERSION_1) || one.length === undefined || other.length === undefined)
    return undefined;
  const { request } = one;
  const nothing = request.kind === 'console-out' || request.kind === 'control-out';
  const whole =
    request.kind === 'blk' &&
    (request.type === BLK.In || request.type === BLK.Out) &&
    statusOf(one) === STATUS_OK &&
    statusOf(other) === STATUS_OK;
  if ((!nothing && !whole) || one.length === other.length) return undefined;
  return {
    about: `used length ${request.kind}`,
    one: `queue ${one.queue}, chain ${one.serial}: used.len ${one.length}`,
    other: `used.len ${other.length}`,
  };
}

/** What is known of the disk after a request. */
function follow(one: Completion, other: Completion, written: Set<number>): void {
  const { request } = one;
  if (!changesDisk(request)) return;
  const done = request.kind === 'blk' && statusOf(one) === STATUS_OK && statusOf(other) === STATUS_OK;
  if (request.kind === 'blk' && done) for (const sector of sectorsOf(request)) written.add(sector);
  // A write that failed may have been done in part (5.2.6.2), as may whatever is known by its outcome only.
  else written.clear();
}

function changesDisk(request: Request): boolean {
  if (request.kind === 'raw' || request.kind === 'blk-ranges') return true;
  return request.kind === 'blk' && request.type !== BLK.In && request.type !== BLK.Flush && request.type !== BLK.GetId;
}

function sectorsOf({ sector, sectors }: Blk): number[] {
  return Array.from({ length: sectors }, (_, i) => sector + i);
}

/** The last byte that the device may write. */
function statusOf({ block, writable }: Completion): number | undefined {
  const last = writable.at(-1);
  return last === undefined ? undefined : block[last.to - 1];
}
