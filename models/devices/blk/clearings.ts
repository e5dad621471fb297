/**
 * What requests that may deallocate sectors may touch (5.2.6.2): discards, and write zeroes with unmap, deallocate the
 * sectors that they name and no others. A back-end that works in larger units must round inward.
 */
import { clause, type ClauseIndex } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import { RequestType, UNMAP } from './constants.ts';
import type { BlkRequest, RangeSegment } from './request.ts';
import type { Version } from './version.ts';

const DISCARDED = clause('blk.device.device-operation.7');
const UNMAPPED = clause('blk.device.device-operation.8');

/** Requests remembered; what an older one did shows in the first reads after it, if ever. */
const MOST = 16;
/** Sectors that a back-end may manage as one unit: 1 MiB. What is lost farther away has other causes. */
const REACH = 2048;

interface Clearing {
  readonly clause: ClauseIndex;
  readonly ranges: readonly RangeSegment[];
  readonly exposedAt: number;
}

export class Clearings {
  readonly #recent: Clearing[] = [];

  /** The request was answered with OK. `exposedAt`: on the clock of the disk model. */
  completed(request: BlkRequest, exposedAt: number): void {
    const { type } = request;
    if (type !== RequestType.DISCARD && type !== RequestType.WRITE_ZEROES) return;
    const discard = type === RequestType.DISCARD;
    const ranges = discard ? request.ranges : request.ranges.filter(({ flags }) => (flags & UNMAP) !== 0);
    if (ranges.length === 0) return;
    this.#recent.push({ clause: discard ? DISCARDED : UNMAPPED, ranges, exposedAt });
    if (this.#recent.length > MOST) this.#recent.shift();
  }

  /** Sectors were read and judged: those beside a cleared range could have been lost. */
  exercise(report: Report, first: number, count: number): void {
    for (const { clause: index, ranges } of this.#recent) {
      if (ranges.some((range) => first < range.sector || first + count > range.sector + range.sectors))
        report.exercise(index);
    }
  }

  /** The rule that was broken if the sector, which should still hold `expected`, was cleared with its neighbours. */
  explain(sector: number, expected: Version, bytes: Uint8Array): ClauseIndex | undefined {
    if (expected.kind === 'zeroes' || bytes.some((byte) => byte !== 0)) return undefined;
    return this.#recent.findLast(
      ({ ranges, exposedAt }) =>
        exposedAt > expected.exposedAt &&
        ranges.some((range) => near(range, sector)) &&
        !ranges.some((range) => sector >= range.sector && sector < range.sector + range.sectors),
    )?.clause;
  }
}

function near({ sector, sectors }: RangeSegment, lost: number): boolean {
  return lost >= sector - REACH && lost < sector + sectors + REACH;
}
