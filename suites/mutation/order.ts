/**
 * Which scenarios a mutant is tried on, and in which order, where they are more than it may cost. Most mutants fall to the
 * first slices of a suite, so those come first; but a mutant that only the last ones can see (old revisions, odd machines) must
 * reach some of them, however small the budget is.
 */

export interface Pending<Slice> {
  readonly slice: Slice;
  /** Indexes of its scenarios, ascending. */
  readonly chosen: readonly number[];
}

export interface Turn<Slice> {
  readonly slice: Slice;
  readonly index: number;
}

/** Scenarios that each slice is given before the next slice has its turn; the last number holds from then on. */
const TURNS = [3, 12, 40] as const;
/** The share of the budget that goes to the suite's own order. */
const FIRST_PART = 1 / 4;

/** At most `most` scenarios: first a few of each slice in turn, then evenly of all slices. */
export function* inOrder<Slice>(pending: readonly Pending<Slice>[], most: number): Generator<Turn<Slice>> {
  const taken = pending.map(() => 0);
  for (const at of inTurns(pending, Math.ceil(most * FIRST_PART))) {
    most--;
    yield { slice: pending[at].slice, index: pending[at].chosen[taken[at]++] };
  }
  yield* evenly(
    pending.map(({ slice, chosen }, at) => ({ slice, chosen: chosen.slice(taken[at]) })),
    most,
  );
}

/** Places in `pending`, once for each scenario that is taken. */
function* inTurns(pending: readonly Pending<unknown>[], most: number): Generator<number> {
  const left = pending.map(({ chosen }) => chosen.length);
  for (let turn = 0; most > 0 && left.some((count) => count > 0); turn++) {
    for (const [at, count] of left.entries()) {
      const some = Math.min(count, TURNS[turn] ?? TURNS[TURNS.length - 1], most);
      left[at] -= some;
      most -= some;
      for (let i = 0; i < some; i++) yield at;
    }
  }
}

/** Slices one after the other are alike, so where one is looked into at its beginning, the next ones are at other places. */
const PHASE = (Math.sqrt(5) - 1) / 2;

/** One of each slice after the other until there are `most`, from anywhere in it. */
function* evenly<Slice>(pending: readonly Pending<Slice>[], most: number): Generator<Turn<Slice>> {
  const shares = sharesOf(
    pending.map(({ chosen }) => chosen.length),
    most,
  );
  for (let round = 0; shares.some((share) => share > round); round++) {
    for (const [at, share] of shares.entries()) {
      if (share <= round) continue;
      const { slice, chosen } = pending[at];
      const phase = (at * PHASE) % 1;
      yield { slice, index: chosen[Math.floor(((round + phase) * chosen.length) / share)] };
    }
  }
}

/** How many of each, with `most` at most in all: as many of one as of another, as far as there are as many. */
function sharesOf(counts: readonly number[], most: number): readonly number[] {
  const shares = counts.map(() => 0);
  let left = most;
  for (;;) {
    const open = [...shares.keys()].filter((at) => shares[at] < counts[at]);
    if (open.length === 0 || left <= 0) return shares;
    // Where the rest is too little for all, those that get one are spread over the whole suite.
    const step = Math.max(1, open.length / left);
    const picked = open.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
    for (const at of picked.slice(0, left)) shares[at]++;
    left -= Math.min(left, picked.length);
  }
}
