/** Vectors of regression cases: what each script makes the driver stack do, with the defect and without. */
import { perform, type Judged, type Scenario } from '../../harness/driver-stack/perform.ts';
import type { RegressionCase } from '../regressions/case.ts';
import { mendedProfile } from '../strength/driver-hunt.ts';
import { stackVectors } from './driver-vectors.ts';
import { withSmallQueues } from './small-queues.ts';
import type { Vector } from './vector.ts';

export function regressionVectors(regression: RegressionCase): readonly Vector[] {
  return regression.scripts.flatMap((script, i) => {
    const told = { id: `driver/${regression.id}/${String(i + 1)}`, notes: `${regression.title}. ${script.name}.` };
    const buggy = (scenario: Scenario) => perform(scenario, script.buggy ?? regression.buggy);
    const fixed = (scenario: Scenario) => perform(scenario, regression.fixed);
    const breaks = (judged: Judged) => script.breaks.filter((id) => judged.violated.includes(id)).length;
    const shows = (scenario: Scenario) =>
      breaks(buggy(scenario)) === script.breaks.length && breaks(fixed(scenario)) === 0;
    const scenario = withSmallQueues(script.scenario, shows);
    // The revision that repaired this may have had defects that were found later.
    const clean = [regression.fixed, mendedProfile()]
      .map((profile) => perform(scenario, profile))
      .find(({ violated }) => violated.length === 0);
    return stackVectors(() => told, script.breaks, buggy(scenario), clean);
  });
}
