/** What seeded crashes and hangs do. */

/** A device model that dies. */
export function crash(where: string): never {
  throw new Error(`seeded crash: ${where}`);
}

const MANY = 50_000_000;

/** A device model that hangs, except that it comes back after long: whoever drives it has to notice the time it took. */
export function hang(): number {
  let x = 1;
  for (let i = 0; i < MANY; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x;
}
