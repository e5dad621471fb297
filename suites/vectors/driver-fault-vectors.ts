/** Vectors of seeded driver faults, of NetBSD's stack and of the reference driver: found and shrunk as a hunt does it. */
import { perform } from '../../harness/driver-stack/perform.ts';
import { performReference } from '../../harness/reference-driver/perform.ts';
import type { SeededDriverFault } from '../../emulator/faults/driver-catalogue.ts';
import {
  frontEndsOf,
  mendedProfile,
  referenceGround,
  shownOn,
  stackGround,
  withFault,
} from '../strength/driver-hunt.ts';
import { referenceVectors, stackVectors, type Told } from './driver-vectors.ts';
import { withSmallQueues } from './small-queues.ts';
import type { Vector } from './vector.ts';

const SEED = 1;

export function driverFaultVectors(fault: SeededDriverFault): readonly Vector[] {
  const told = (clause: string): Told => ({ id: `driver/${fault.name}/${clause}`, notes: fault.summary });
  const frontEnds = frontEndsOf(fault);
  if (frontEnds.length > 0) {
    const scenario = shownOn(referenceGround(fault, frontEnds, SEED), fault);
    if (scenario === undefined) return [];
    const fixed = performReference(scenario);
    expectClean(fault.name, fixed.violated);
    return referenceVectors(told, fault.clauses, performReference(scenario, [fault.name]), fixed);
  }
  const ground = stackGround(fault, SEED);
  const shown = shownOn(ground, fault);
  if (shown === undefined) return [];
  const scenario = withSmallQueues(shown, (one) => ground.violated(one).some((id) => fault.clauses.includes(id)));
  const fixed = perform(scenario, mendedProfile());
  expectClean(fault.name, fixed.violated);
  return stackVectors(told, fault.clauses, perform(scenario, withFault(fault)), fixed);
}

function expectClean(name: string, violated: readonly string[]): void {
  if (violated.length > 0) throw new Error(`${name}: ${violated.join(', ')} breaks without the fault`);
}
