/** Did you mean: the nearest of some known words. */

/**
 * Edit distance in which swapping two neighbouring letters counts as one mistake (optimal string alignment). Rows are
 * only as long as the words, which are flags and clause ids.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + changed);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

/** The known words that a mistyped one may have been meant for, best first, at most `limit`. */
export function nearest(word: string, known: Iterable<string>, limit = 3): readonly string[] {
  const wanted = word.toLowerCase();
  const farthest = Math.max(1, Math.floor(wanted.length * 0.4));
  const scored: { readonly word: string; readonly distance: number }[] = [];
  for (const candidate of new Set(known)) {
    const lower = candidate.toLowerCase();
    // A word of which one is the beginning is near, however much is missing.
    const begun = wanted.length >= 2 && lower.startsWith(wanted);
    const distance = begun ? 0.5 : editDistance(wanted, lower);
    if (distance <= farthest) scored.push({ word: candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || a.word.length - b.word.length || (a.word < b.word ? -1 : 1));
  const best = scored.at(0)?.distance ?? 0;
  return scored
    .filter(({ distance }) => distance <= best + 1)
    .slice(0, limit)
    .map((entry) => entry.word);
}

/**
 * Every known word with all its beginnings that end before a dot, slash or hyphen: what a person may mean by a prefix, or
 * has mistyped of a long name.
 */
export function beginnings(known: Iterable<string>): ReadonlySet<string> {
  const all = new Set<string>();
  for (const word of known) {
    all.add(word);
    for (const { index } of word.matchAll(/[./-]/g)) if (index > 0) all.add(word.slice(0, index));
  }
  return all;
}

/** `did you mean 'blk'?`, or undefined when nothing is near. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const near = nearest(word, known).map((candidate) => `'${candidate}'`);
  if (near.length === 0) return undefined;
  const last = near.pop()!;
  return `did you mean ${near.length === 0 ? last : `${near.join(', ')} or ${last}`}?`;
}
