/**
 * What the sectors of a disk can hold, given the requests seen so far (5.2.6).
 *
 * Every request that changes sectors is a `Version` with the span of time in which it can have taken effect: from its
 * exposure to its completion. A sector has a list of versions; a read that was exposed at `since` may return any version
 * that is not certainly overwritten: `u` is, if a completed version `v` was exposed after `u` had completed and `v`
 * itself completed before `since`. So requests in flight at the same time may take effect in any order. Where several
 * versions are possible, a sector may be torn between them: the specification does not say that sectors are atomic.
 *
 * Sectors that no request has touched are unknown until read once.
 */
import type { ClauseIndex } from '../../clauses/catalogue.ts';
import { Ascending } from '../../ascending.ts';
import { empty } from '../../collections.ts';
import { asBuffer } from '../bytes.ts';
import { SECTOR } from './constants.ts';
import {
  forgetOver,
  holds,
  INITIAL,
  isInitial,
  MANY,
  offsetIn,
  overwrittenBefore,
  prune,
  type Version,
} from './version.ts';

/** What is wrong with one sector of a read, and what is known about it. */
export interface Mismatch {
  readonly sector: number;
  readonly offset: number;
  /** The version that should have been seen. */
  readonly expected: Version;
  /** A version that must never have taken effect, but whose content was returned. */
  readonly refused: Version | undefined;
}

/** What judging a read showed beside mismatches. */
export interface ReadStats {
  zeroes: boolean;
  /** The clause that forbids a change which was asked for. */
  refusedBy: ClauseIndex | undefined;
  stableFromEarlierEpoch: boolean;
}

/** Operations on more sectors than this are not followed sector by sector: the disk is unknown afterwards. */
const LARGEST = 1 << 14;
const ZERO_SECTORS = Buffer.alloc(SECTOR);

export class Disk {
  #now = 0;
  #epoch = 0;
  readonly #sectors = new Map<number, Version[]>();
  /** All sectors in the map are below this. */
  #end = 0;
  /** Exposure times of requests in flight, oldest first. */
  readonly #inFlight = new Ascending<true>();
  /** Per epoch: versions completed before this time were made stable by a flush. */
  readonly #flushed: number[] = [-1];
  /** Something untraceable may have happened: nothing is judged until all is quiet. */
  #blurred = false;
  #blurredUntilReset = false;
  /** Versions of requests that were withdrawn, and that the device may still be carrying out. */
  readonly #lingering: Version[] = [];

  /** A request was exposed; the returned time identifies it. */
  begin(): number {
    const time = ++this.#now;
    this.#inFlight.add(time, true);
    return time;
  }

  /** A request exposed at `since` puts `data` (undefined: anything) into `count` sectors, from now until it is completed. */
  change(
    since: number,
    kind: 'write' | 'zeroes' | 'discard',
    first: number,
    count: number,
    data: Uint8Array | undefined,
    oddFraming: boolean,
    refusedBy: ClauseIndex | undefined,
  ): Version {
    const version: Version = {
      data: kind === 'zeroes' ? ZERO_SECTORS : data && asBuffer(data),
      first,
      kind,
      exposedAt: since,
      completedAt: Infinity,
      sure: false,
      selfStable: false,
      epoch: this.#epoch,
      refusedBy,
      oddFraming,
    };
    if (count > LARGEST) this.blur();
    if (this.#blurred) return version;
    const horizon = this.#oldest();
    this.#end = Math.max(this.#end, first + count);
    for (let sector = first; sector < first + count; sector++) {
      const list = this.#sectors.get(sector);
      if (list === undefined) {
        this.#sectors.set(sector, [INITIAL, version]);
      } else {
        if (list.length > 1) prune(list, horizon);
        if (list.length >= MANY) forgetOver(list);
        list.push(version);
      }
    }
    return version;
  }

  /** A changing request has completed: `sure` if certainly carried out, otherwise perhaps, or in part. */
  settle(version: Version, sure: boolean, selfStable: boolean): void {
    version.completedAt = ++this.#now;
    version.sure = sure && version.refusedBy === undefined;
    version.selfStable = selfStable;
    version.epoch = this.#epoch;
  }

  /** The request was withdrawn; the device may carry it out until the next device reset. */
  withdraw(since: number, versions: readonly Version[]): void {
    this.#lingering.push(...versions);
    if (this.#blurred) this.#blurredUntilReset = true;
    this.end(since);
  }

  /** The request is over. Called after its read or change has been judged. */
  end(since: number): void {
    this.#inFlight.delete(since);
    if (this.#inFlight.size === 0 && !this.#blurredUntilReset) this.#blurred = false;
  }

  /** A flush exposed at `since` completed: earlier completed writes are stable (5.2.6.2, case 3). */
  flushed(since: number): void {
    if (since > this.#flushed[this.#epoch]) this.#flushed[this.#epoch] = since;
  }

  /** Device reset: what was in flight is over, and what was not stable is no longer certain. */
  reset(): void {
    for (const version of this.#lingering) version.completedAt = ++this.#now;
    empty(this.#lingering);
    this.#inFlight.clear();
    this.#blurred = this.#blurredUntilReset = false;
    this.#epoch++;
    this.#flushed.push(-1);
  }

  /** Nothing is known any more, and nothing is judged while requests are in flight. */
  blur(): void {
    this.#sectors.clear();
    this.#blurred = true;
  }

  /** Requests may take effect that nobody hears of: until the next device reset nothing is known. */
  loseTrack(): void {
    this.blur();
    this.#blurredUntilReset = true;
  }

  /** What sectors from `first` on held is gone. */
  truncate(first: number): void {
    if (first >= this.#end) return;
    for (const [sector, list] of this.#sectors) {
      if (sector < first) continue;
      const open = list.filter((version) => version.completedAt === Infinity);
      if (open.length === 0) this.#sectors.delete(sector);
      else this.#sectors.set(sector, [INITIAL, ...open]);
    }
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Judges the bytes that a read exposed at `since` returned; returns the first sector that holds what it cannot hold. */
  judgeRead(since: number, first: number, count: number, bytes: Uint8Array, stats: ReadStats): Mismatch | undefined {
    if (this.#blurred) return undefined;
    this.#end = Math.max(this.#end, first + count);
    let found: Mismatch | undefined;
    for (let i = 0; i < count; i++) {
      const list = this.#sectors.get(first + i);
      const only = list?.length === 1 ? list[0] : undefined;
      if (only !== undefined && only.data !== undefined && !this.#doubtful(only) && only.completedAt < since) {
        if (only.kind === 'zeroes') stats.zeroes = true;
        if (only.epoch < this.#epoch && only.kind !== 'learned') stats.stableFromEarlierEpoch = true;
        if (holds(only, first + i, bytes, i * SECTOR)) continue;
      } else if (this.#judgeSector(since, first + i, list, bytes, i * SECTOR, stats)) {
        continue;
      }
      found ??= this.#mismatch(first + i, this.#sectors.get(first + i)!, bytes, i * SECTOR);
      this.#learn(since, first + i, bytes, i * SECTOR, false);
    }
    return found;
  }

  /** Whether this is stable although reset has happened since: its loss would be a loss of durability. */
  stableAcrossReset(version: Version): boolean {
    return version.epoch < this.#epoch && version.kind !== 'learned' && !this.#doubtful(version);
  }

  #judgeSector(
    since: number,
    sector: number,
    list: Version[] | undefined,
    bytes: Uint8Array,
    at: number,
    stats: ReadStats,
  ): boolean {
    if (list === undefined) {
      if (this.#oldest() >= since) this.#learn(since, sector, bytes, at, true);
      return true;
    }
    prune(list, Math.min(since, this.#oldest()));
    const overwritten = overwrittenBefore(list, since);
    let quiet = true;
    let anything = false;
    let learnable = true;
    let kept = false;
    let candidates = 0;
    for (const version of list) {
      if (version.refusedBy !== undefined) {
        stats.refusedBy = version.refusedBy;
        continue;
      }
      if (version.completedAt < overwritten) continue;
      candidates++;
      // A device reset ends whatever an unfinished or failed request may still have been doing.
      if (version.completedAt >= since || (!version.sure && version.epoch === this.#epoch)) quiet = false;
      if (version.kind === 'discard') learnable = false;
      if (version.kind === 'zeroes') stats.zeroes = true;
      if (this.#stableBeforeReset(version)) stats.stableFromEarlierEpoch = true;
      if (version.data === undefined || this.#doubtful(version)) anything = true;
      else kept ||= holds(version, sector, bytes, at);
    }
    if (!anything && !kept && candidates > 1) kept = this.#torn(list, overwritten, sector, bytes, at);
    if (!anything && !kept) return false;
    const settled = quiet && learnable && this.#oldest() >= since;
    if (settled && (anything || candidates > 1)) this.#learn(since, sector, bytes, at, isInitial(list));
    return true;
  }

  /** Every byte is that of some candidate. */
  #torn(list: readonly Version[], overwritten: number, sector: number, bytes: Uint8Array, at: number): boolean {
    const candidates = list.filter((v) => v.refusedBy === undefined && v.completedAt >= overwritten);
    for (let i = 0; i < SECTOR; i++) {
      if (!candidates.some((v) => v.data![offsetIn(v, sector) + i] === bytes[at + i])) return false;
    }
    return true;
  }

  /** The sector's content is now known: no request can have changed it since the read was exposed. */
  #learn(since: number, sector: number, bytes: Uint8Array, at: number, wasStable: boolean): void {
    const old = this.#sectors.get(sector);
    const learned: Version = {
      // A view: what was read is a copy already, and nobody changes it.
      data: asBuffer(bytes).subarray(at, at + SECTOR),
      first: sector,
      kind: 'learned',
      exposedAt: since,
      completedAt: since,
      sure: true,
      selfStable: wasStable,
      epoch: this.#epoch,
      refusedBy: undefined,
      oddFraming: false,
    };
    const list = [learned];
    if (old !== undefined) {
      for (const v of old) if (v.completedAt >= since || v.refusedBy !== undefined) list.push(v);
    }
    this.#sectors.set(sector, list);
  }

  #mismatch(sector: number, list: readonly Version[], bytes: Uint8Array, at: number): Mismatch {
    const refused = list.find((v) => v.refusedBy !== undefined && v.data !== undefined && holds(v, sector, bytes, at));
    const allowed = list.filter((v) => v.refusedBy === undefined);
    const expected = allowed.findLast((v) => v.sure) ?? allowed[allowed.length - 1] ?? INITIAL;
    return { sector, offset: at, expected, refused };
  }

  /** Completed before a device reset and not stable then (5.2.6.2): the reset may have undone it. */
  #doubtful(version: Version): boolean {
    return version.epoch < this.#epoch && !this.#stableBeforeReset(version);
  }

  #stableBeforeReset(version: Version): boolean {
    if (version.epoch === this.#epoch || version.kind === 'initial') return false;
    return version.selfStable || version.completedAt < this.#flushed[version.epoch];
  }

  /** Exposure of the oldest request in flight. */
  #oldest(): number {
    return this.#inFlight.size > 0 ? this.#inFlight.keyAt(0) : Infinity;
  }
}
