import { expect, it } from 'vitest';
import { reachableStates } from './reachable.ts';
import { exploreLifecycle } from './testing/explore-lifecycle.ts';

/** Actions in a row that the recorded states were found by. */
const DEPTH = 3;

it.each(['mmio-v1', 'mmio-v2'] as const)(
  'the states recorded for %s are those that exploration reaches',
  async (transport) => {
    expect(reachableStates(transport)).toEqual(await exploreLifecycle(transport, DEPTH));
  },
);
