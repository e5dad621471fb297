/**
 * Which states of the lifecycle can be reached, as numbers of models/lifecycle-state.ts: what exploring the models breadth
 * first comes to (fuzz/testing/explore-lifecycle.ts), which a test holds this to. Longer ways may lead to a few more.
 */
import type { LifecycleState } from '../models/lifecycle-state.ts';
import type { Transport } from '../models/setup.ts';

const REACHABLE: Readonly<Record<Transport, ReadonlySet<LifecycleState>>> = {
  'mmio-v1': new Set([
    1, 3, 7, 11, 15, 16387, 16389, 16391, 16395, 16399, 65536, 65537, 65539, 65543, 65544, 65545, 65547, 65551, 65664,
    65665, 65667, 65671, 65672, 65673, 65675, 73728, 81921, 81922, 81923, 81924, 81925, 81927, 81928, 81929, 81930,
    81931, 81932, 81933, 82048, 82049, 82050, 82051, 82052, 82053, 82055, 82056, 82057, 82058, 82059, 82060, 262144,
    270336, 425987, 425991, 425995, 425999, 458883, 458887, 458891, 458895, 475267, 475269, 475271, 475275, 475279,
    491651, 491655,
  ]),
  'mmio-v2': new Set([
    527, 1567, 3615, 16911, 16927, 65536, 65537, 65539, 65664, 65665, 65667, 65803, 66059, 66063, 66187, 66191, 67103,
    68127, 73728, 81921, 81922, 81923, 81924, 81925, 81927, 81928, 81929, 81931, 81935, 82048, 82049, 82050, 82051,
    82052, 82053, 82055, 82056, 82057, 82059, 82187, 82443, 82447, 82463, 82571, 82575, 82691, 82819, 131599, 131727,
    132639, 133663, 147983, 147999, 148111, 196611, 196875, 197131, 212999, 213515, 262144, 270336, 330271, 346655,
    426507, 426511, 430623, 442911, 459403, 459407, 462495, 475271, 475787, 475791, 475807, 477855, 492171, 492175,
    496287,
  ]),
};

export function includesReachable(transport: Transport, state: LifecycleState): boolean {
  return REACHABLE[transport].has(state);
}

export function reachableCount(transport: Transport): number {
  return REACHABLE[transport].size;
}

/** In ascending order. */
export function reachableStates(transport: Transport): readonly LifecycleState[] {
  return [...REACHABLE[transport]].sort((a, b) => a - b);
}
