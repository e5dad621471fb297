/**
 * Whether an implementation in this thread keeps what it should give back. The same scenarios are performed again and again,
 * with all garbage collected in between: what judges them needs no more the second time, so what is kept is the
 * implementation's.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Scenario } from '../generators/scenario.ts';
import type { Suspect } from './suspects.ts';

/** Rounds after which caches are full and most code is compiled; then those that have to need more than the one before. */
const WARM_UP = 3;
const ROUNDS = 7;
/** In so many of them compiled code may have come or gone. */
const EXEMPT = 2;
/**
 * Performances in a round, and bytes that each of them has to keep at least. Compiled code comes and goes by some hundred
 * KiB, so a round must be long, and one alone says nothing.
 */
const PERFORMANCES = 1920;
const KEPT_BYTES = 64;

/** Performs a scenario; what is seen does not matter. */
export type Perform = (scenario: Scenario) => void;

/** A suspect if memory grows. The scenarios should be short, and at least one. Costs some seconds at most. */
export function probeForLeak(scenarios: readonly Scenario[], perform: Perform): Suspect | undefined {
  const round = (): number => {
    for (let i = 0; i < PERFORMANCES; i++) perform(scenarios[i % scenarios.length]);
    return heldBytes();
  };
  let last = 0;
  for (let i = 0; i < WARM_UP; i++) last = round();
  const first = last;
  let exempt = EXEMPT;
  for (let i = 0; i < ROUNDS; i++) {
    const held = round();
    if (held - last < PERFORMANCES * KEPT_BYTES && exempt-- === 0) return undefined;
    last = held;
  }
  const performances = ROUNDS * PERFORMANCES;
  if (last - first < performances * KEPT_BYTES) return undefined;
  return {
    sign: { id: 'growth', kind: 'growth', clause: null },
    also: [],
    expected: 'memory that does not grow with the number of scenarios',
    seen: `${Math.round((last - first) / performances)} bytes more after each of ${performances} scenarios, all garbage collected`,
    state: '',
  };
}

let collectGarbage: (() => void) | undefined;

/** Bytes of this thread's heap, and outside of it for its buffers, once all garbage is gone. */
function heldBytes(): number {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  // What a finalizer frees is gone after the second.
  collectGarbage();
  collectGarbage();
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  return heap + buffers;
}
