/** What seeded crashes and hangs do. */

/** A device model that dies. */
export function crash(where: string): never {
  throw new Error(`seeded crash: ${where}`);
}

/** Well above the second of patience that a target has by default. */
const HANG_MILLISECONDS = 2000;

/** A device model that hangs, except that it comes back after long: whoever drives it has to notice the time it took. */
export function hang(): number {
  const until = performance.now() + HANG_MILLISECONDS;
  let rounds = 0;
  while (performance.now() < until) rounds++;
  return rounds;
}
