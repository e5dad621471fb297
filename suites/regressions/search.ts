/** Random search for a defect: scenarios are drawn without knowing it, until one breaks a clause on one profile only. */
import fc from 'fast-check';
import { driverScenarios } from '../../generators/driver/arbitrary.ts';
import { perform, type Scenario } from '../../harness/driver-stack/perform.ts';
import type { RegressionSearch } from '../../harness/result.ts';
import { CHILD_NAMES, type ProfileSpec } from '../../targets/driver-stack/machine.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import type { RegressionCase } from './case.ts';

const TRANSPORTS = ['mmio-v2', 'mmio-v1', 'pci-1.0', 'pci-0.9'] as const;
/** Scenarios after which a search gives up. */
const PATIENCE = 2000;

export interface Found extends RegressionSearch {
  readonly scenario: Scenario;
}

/** Verdicts on the newest profile, which most cases compare with; searches from one seed draw the same scenarios. */
const newest = new Map<string, readonly string[]>();
const MOST_REMEMBERED = 4096;

function violatedBy(scenario: Scenario, profile: ProfileSpec, virtio: boolean): readonly string[] {
  const violated = (): readonly string[] => perform(scenario, profile, virtio).violated;
  if (virtio || profile.revisions !== undefined || profile.switches !== undefined) return violated();
  const key = JSON.stringify(scenario);
  const known = newest.get(key);
  if (known !== undefined) return known;
  if (newest.size >= MOST_REMEMBERED) newest.clear();
  const verdict = violated();
  newest.set(key, verdict);
  return verdict;
}

/**
 * Whether the defect shows: one of its clauses breaks, and the same scenario on the profile without the defect leaves all
 * of them whole.
 */
export function shows(regression: RegressionCase, scenario: Scenario): boolean {
  const clauses: readonly string[] = regression.clauses;
  const virtio = regression.virtio === true;
  const breaks = (profile: ProfileSpec): boolean =>
    violatedBy(scenario, profile, virtio).some((id) => clauses.includes(id));
  return breaks(regression.buggy) && !breaks(regression.fixed);
}

/** Draws scenarios until one shows the defect, then shrinks it. Null when none did. */
export function search(regression: RegressionCase, seed: number): Found | null {
  const scenarios = driverScenarios({ children: CHILD_NAMES, transports: TRANSPORTS, hosts: HOST_NAMES });
  // A mistake in the emulator or the models is no finding.
  let mistake: { readonly error: unknown } | undefined;
  const innocent = (scenario: Scenario): boolean => {
    try {
      return !shows(regression, scenario);
    } catch (error) {
      mistake ??= { error };
      throw error;
    }
  };
  const details = fc.check(fc.property(scenarios, innocent), { seed, numRuns: PATIENCE, endOnFailure: false });
  if (mistake !== undefined) throw mistake.error;
  if (!details.failed || details.counterexample === null) return null;
  const [scenario] = details.counterexample;
  return { scenarios: details.numRuns, steps: scenario.actions.length, scenario };
}
