/** used.idx of queues on which nothing is in flight: as many buffers were used as were made available (2.7.8). */
import type { DriverState } from '../../harness/driver/state.ts';
import type { Difference } from './difference.ts';

export function compareQueues(a: DriverState, b: DriverState): Difference | undefined {
  if (a.status !== b.status || a.suspended !== b.suspended) return undefined;
  for (const [index, ring] of a.rings) {
    const twin = b.rings.get(index);
    // Requests that may stay with the device for as long as it likes (receive buffers) tell nothing.
    if (twin === undefined || ring.size !== twin.size || ring.inFlight.size > 0 || twin.inFlight.size > 0) continue;
    if (ring.usedIdx === twin.usedIdx) continue;
    return {
      about: `used ${index}`,
      one: `queue ${index}: used.idx ${ring.usedIdx}`,
      other: `queue ${index}: used.idx ${twin.usedIdx}`,
    };
  }
  return undefined;
}
