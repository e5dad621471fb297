/** Which states of the lifecycle can be reached: the outcome of exploring the models (fuzz/reachable.test.ts). */
import type { LifecycleState } from '../models/lifecycle-state.ts';
import type { Transport } from '../models/setup.ts';

const REACHABLE: Readonly<Record<Transport, ReadonlySet<LifecycleState>>> = {
  'mmio-v1': new Set(),
  'mmio-v2': new Set(),
};

export function includesReachable(transport: Transport, state: LifecycleState): boolean {
  return REACHABLE[transport].has(state);
}

export function reachableCount(transport: Transport): number {
  return REACHABLE[transport].size;
}
