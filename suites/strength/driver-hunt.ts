/** Seeds one defect into the mended driver stack, or the reference driver, and draws conforming use until a clause that the defect names breaks. */
import fc from 'fast-check';
import type { SeededDriverFault } from '../../emulator/faults/driver-catalogue.ts';
import { perform, type Scenario } from '../../harness/driver-stack/perform.ts';
import { shrinkScenario } from '../../harness/driver-stack/shrink.ts';
import { conformingUse } from '../../harness/driver-stack/space.ts';
import { performReference } from '../../harness/reference-driver/perform.ts';
import { shrinkReference } from '../../harness/reference-driver/shrink.ts';
import { conformingReferenceUse } from '../../harness/reference-driver/space.ts';
import { frontEndOf } from '../../targets/reference-driver/name.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import { CHILD_NAMES, type ProfileSpec } from '../../targets/driver-stack/machine.ts';
import { TRANSPORTS, type DeviceKind } from '../../models/setup.ts';
import type { ReferenceScenario } from '../../generators/reference-driver/scenario.ts';
import type { Hunt } from './fault-hunt.ts';

/** Scenarios after which a hunt gives up. */
const PATIENCE = 400;
const SHRINK_BUDGET = 120;

export interface DriverHuntOrder {
  readonly seed: number;
  /** Shrink what was found first. */
  readonly shrink: boolean;
  /** Go on for so many scenarios until every named clause has broken, to show what the defect covers. */
  readonly more: number;
}

/** How one of the drivers is given its scenarios, and what breaks. */
export interface Ground<S> {
  readonly scenarios: readonly S[];
  violated(scenario: S): readonly string[];
  /** The shortest scenario that still shows it. */
  shrunk(scenario: S, shows: (scenario: S) => boolean): S;
}

/** The front ends of the reference driver that can have the fault; none: it is one of NetBSD's stack. */
export function frontEndsOf(fault: SeededDriverFault): readonly DeviceKind[] {
  return (fault.children ?? []).flatMap((name) => frontEndOf(name) ?? []);
}

export function huntDriver(fault: SeededDriverFault, order: DriverHuntOrder): Hunt {
  const frontEnds = frontEndsOf(fault);
  return frontEnds.length > 0
    ? huntIn(referenceGround(fault, frontEnds, order.seed), fault, order)
    : huntIn(stackGround(fault, order.seed), fault, order);
}

/** NetBSD's stack without any known hazard. */
export function mendedProfile(): ProfileSpec {
  return { name: 'mended', switches: MENDED };
}

/** ... and with one defect. */
export function withFault({ name }: SeededDriverFault): ProfileSpec {
  return { name, switches: [...MENDED, name] };
}

export function stackGround(fault: SeededDriverFault, seed: number): Ground<Scenario> {
  const profile = withFault(fault);
  const children = CHILD_NAMES.filter((name) => fault.children?.includes(name) ?? true);
  return {
    scenarios: fc.sample(conformingUse(children, fault.transports), { seed, numRuns: PATIENCE }) as Scenario[],
    violated: (scenario) => perform(scenario, profile).violated,
    shrunk: (scenario, shows) => shrinkScenario(scenario, shows, SHRINK_BUDGET).scenario,
  };
}

export function referenceGround(
  fault: SeededDriverFault,
  frontEnds: readonly DeviceKind[],
  seed: number,
): Ground<ReferenceScenario> {
  const transports = TRANSPORTS.filter((transport) => fault.transports?.includes(transport) ?? true);
  return {
    scenarios: fc.sample(conformingReferenceUse(frontEnds, transports), { seed, numRuns: PATIENCE }),
    violated: (scenario) => performReference(scenario, [fault.name]).violated,
    shrunk: (scenario, shows) => shrinkReference(scenario, shows, SHRINK_BUDGET),
  };
}

/** The first scenario in which a clause that the fault names breaks, shrunk. */
export function shownOn<S>(ground: Ground<S>, fault: SeededDriverFault): S | undefined {
  const shows = (scenario: S): boolean => ground.violated(scenario).some((id) => fault.clauses.includes(id));
  const found = ground.scenarios.find(shows);
  return found === undefined ? undefined : ground.shrunk(found, shows);
}

function huntIn<S extends Scenario | ReferenceScenario>(
  ground: Ground<S>,
  fault: SeededDriverFault,
  { seed, shrink, more }: DriverHuntOrder,
): Hunt {
  const broken = new Set<string>();
  const named = (): string[] => fault.clauses.filter((id) => broken.has(id));
  let found: { readonly scenario: S; readonly scenarios: number } | undefined;
  let tried = 0;
  for (const scenario of ground.scenarios) {
    tried++;
    for (const id of ground.violated(scenario)) broken.add(id);
    if (found === undefined && named().length > 0) found = { scenario, scenarios: tried };
    if (found !== undefined && (tried - found.scenarios >= more || named().length === fault.clauses.length)) break;
  }
  const base = {
    fault: fault.name,
    seed,
    named: named(),
    detectedBy: [...broken],
    scenarios: found?.scenarios ?? tried,
  };
  if (!shrink || found === undefined) return base;
  const shows = (scenario: S): boolean => ground.violated(scenario).some((id) => fault.clauses.includes(id));
  return { ...base, actions: ground.shrunk(found.scenario, shows).actions.length };
}
