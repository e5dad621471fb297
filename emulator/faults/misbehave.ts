/** What seeded crashes and hangs do. */

/** A device model that dies. */
export function crash(where: string): never {
  throw new Error(`seeded crash: ${where}`);
}

/** Milliseconds of running: above the second of patience that a target has by default. */
const HANG_MILLISECONDS = 1200;
/** Most milliseconds between two looks at the clock of a thread that runs all the while; a look takes less than a thousandth of it. */
const UNINTERRUPTED = 0.5;

/**
 * A device model that hangs, except that it comes back after long: whoever drives it has to notice the time it took. Gaps in
 * the clock are left out, since a busy machine stops a thread for as long as it likes and that is not the device's doing.
 */
export function hang(): number {
  let ran = 0;
  let rounds = 0;
  for (let before = performance.now(); ran < HANG_MILLISECONDS; rounds++) {
    const now = performance.now();
    if (now - before < UNINTERRUPTED) ran += now - before;
    before = now;
  }
  return rounds;
}
