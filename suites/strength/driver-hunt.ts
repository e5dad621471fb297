/** Seeds one defect into the mended driver stack and draws conforming use until a clause that the defect names breaks. */
import fc from 'fast-check';
import type { SeededDriverFault } from '../../emulator/faults/driver-catalogue.ts';
import { perform, type Scenario } from '../../harness/driver-stack/perform.ts';
import { shrinkScenario } from '../../harness/driver-stack/shrink.ts';
import { conformingUse } from '../../harness/driver-stack/space.ts';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import { CHILD_NAMES, type ProfileSpec } from '../../targets/driver-stack/machine.ts';
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

/** The stack without any known hazard, and with the defect. */
function seeded(fault: SeededDriverFault): ProfileSpec {
  return { name: fault.name, switches: [...MENDED, fault.name] };
}

export function huntDriver(fault: SeededDriverFault, { seed, shrink, more }: DriverHuntOrder): Hunt {
  const profile = seeded(fault);
  const children = CHILD_NAMES.filter((name) => fault.children?.includes(name) ?? true);
  const broken = new Set<string>();
  const named = (): string[] => fault.clauses.filter((id) => broken.has(id));
  let found: { readonly scenario: Scenario; readonly scenarios: number } | undefined;
  let tried = 0;
  for (const drawn of fc.sample(conformingUse(children, fault.transports), { seed, numRuns: PATIENCE })) {
    const scenario = drawn as Scenario;
    tried++;
    for (const id of perform(scenario, profile).violated) broken.add(id);
    if (found === undefined && named().length > 0) found = { scenario, scenarios: tried };
    if (found !== undefined && (tried - found.scenarios >= more || named().length === fault.clauses.length)) break;
  }
  const base = { fault: fault.name, seed, named: named(), detectedBy: [...broken], scenarios: found?.scenarios ?? tried };
  if (!shrink || found === undefined) return base;
  const shows = (scenario: Scenario): boolean =>
    perform(scenario, profile).violated.some((id) => fault.clauses.includes(id));
  return { ...base, actions: shrinkScenario(found.scenario, shows, SHRINK_BUDGET).scenario.actions.length };
}
