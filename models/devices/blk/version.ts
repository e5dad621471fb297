/** One change of sectors, and what can be said of a sector that has a list of them (see disk.ts). */
import type { ClauseIndex } from '../../clauses/catalogue.ts';
import { SECTOR } from './constants.ts';

export interface Version {
  /** Content from sector `first` on. Undefined: anything at all. */
  readonly data: Buffer | undefined;
  readonly first: number;
  readonly kind: 'initial' | 'learned' | 'write' | 'zeroes' | 'discard';
  readonly exposedAt: number;
  completedAt: number;
  /** Completed with OK, so that it certainly replaced what was there. */
  sure: boolean;
  /** Stable on completion (5.2.6.2, cases 1 and 2). */
  selfStable: boolean;
  /** Number of device resets before its completion. */
  epoch: number;
  /** The clause by which it must not take effect at all. */
  refusedBy: ClauseIndex | undefined;
  /** The request came in unusual framing (2.7.4). */
  readonly oddFraming: boolean;
}

/** Whatever a sector held before the first request. */
export const INITIAL: Version = {
  data: undefined,
  first: 0,
  kind: 'initial',
  exposedAt: -1,
  completedAt: -1,
  sure: true,
  selfStable: true,
  epoch: 0,
  refusedBy: undefined,
  oddFraming: false,
};
/** Versions of one sector before those that are over are given up (a device that refuses or fails every write). */
export const MANY = 16;
export function isInitial(list: readonly Version[]): boolean {
  return list.every((version) => version.kind === 'initial' || version.refusedBy !== undefined);
}

export function offsetIn(version: Version, sector: number): number {
  return version.kind === 'zeroes' ? 0 : (sector - version.first) * SECTOR;
}

export function holds(version: Version, sector: number, bytes: Uint8Array, at: number): boolean {
  const from = offsetIn(version, sector);
  return version.data!.compare(bytes, at, at + SECTOR, from, from + SECTOR) === 0;
}

/** Position in the sector where the bytes first differ, and the owed byte there. */
export function firstDifference(
  version: Version,
  sector: number,
  bytes: Uint8Array,
  offset: number,
): readonly [number, number] {
  const { data } = version;
  if (data === undefined) return [0, 0];
  const from = offsetIn(version, sector);
  let at = 0;
  while (at < SECTOR - 1 && data[from + at] === bytes[offset + at]) at++;
  return [at, data[from + at]];
}

/** Versions completed before the returned time are overwritten for whoever looks from `since` on. */
export function overwrittenBefore(list: readonly Version[], since: number): number {
  let latest = -Infinity;
  for (const version of list) {
    if (version.sure && version.completedAt < since && version.exposedAt > latest) latest = version.exposedAt;
  }
  return latest;
}

/** Drops the versions that nobody in flight since `horizon` can see any more. */
export function prune(list: Version[], horizon: number): void {
  const overwritten = overwrittenBefore(list, horizon);
  let kept = 0;
  for (const version of list) if (version.completedAt >= overwritten) list[kept++] = version;
  list.length = kept;
}

/** Bounds a list: refused versions go first, then all that is over becomes unknown content. */
export function forgetOver(list: Version[]): void {
  const open = list.filter((version) => version.completedAt === Infinity || version.refusedBy === undefined);
  const kept = open.length < MANY / 2 ? open : [INITIAL, ...open.filter((version) => version.completedAt === Infinity)];
  list.splice(0, list.length, ...kept);
}
