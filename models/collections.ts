/**
 * Emptying what is kept and used again. What JavaScript offers for it calls into the engine's runtime even where there is
 * next to nothing to do, which shows wherever it is done for every chain or every reset.
 */

/** Takes everything out of an array that mostly holds a few elements. */
export function empty(array: unknown[]): void {
  while (array.length > 0) array.pop();
}

/** Takes everything out of a map or set; an empty one stays as it is. */
export function emptyKeyed(keyed: Map<unknown, unknown> | Set<unknown>): void {
  if (keyed.size > 0) keyed.clear();
}

/** Above this length the engine's own `fill` wins. */
const SHORT = 128;

/** Sets every element to 0. */
export function zero<T extends Uint8Array | Uint32Array>(array: T): T {
  const { length } = array;
  if (length > SHORT) array.fill(0);
  else for (let i = 0; i < length; i++) array[i] = 0;
  return array;
}
