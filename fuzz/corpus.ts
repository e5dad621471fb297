/** The scenarios that reached something new, of one device on one transport. */
import type { Draw } from '../generators/draw.ts';
import type { Scenario } from '../generators/scenario.ts';

export interface CorpusEntry {
  readonly scenario: Scenario;
  /** Features that were new when it came in. */
  readonly features: readonly number[];
}

/** A corpus takes no more than this; by then, new features come one at a time from ever longer scenarios. */
const MOST_ENTRIES = 20_000;
/** What came last is what few have built on yet. */
const RECENT = 24;
const RECENT_PERCENT = 40;

export class Corpus {
  readonly entries: CorpusEntry[] = [];

  get size(): number {
    return this.entries.length;
  }

  /** False when it is full. */
  add(entry: CorpusEntry): boolean {
    if (this.entries.length >= MOST_ENTRIES) return false;
    this.entries.push(entry);
    return true;
  }

  /** One to build on, or undefined from an empty corpus. */
  pick(r: Draw): Scenario | undefined {
    const { entries } = this;
    if (entries.length === 0) return undefined;
    const from = r.chance(RECENT_PERCENT) ? Math.max(0, entries.length - RECENT) : 0;
    return entries[r.int(from, entries.length - 1)].scenario;
  }
}
