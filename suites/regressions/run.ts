/** Runs a regression case: scripted on both profiles, and searched for. */
import { perform, type Judged } from '../../harness/driver-stack/perform.ts';
import { sequenceOf } from '../../harness/driver-stack/sequence.ts';
import type { RegressionReport, RegressionRun, RegressionStory } from '../../harness/result.ts';
import type { ProfileSpec } from '../../targets/driver-stack/machine.ts';
import type { RegressionCase, Script } from './case.ts';
import { search } from './search.ts';
import { withoutStanding } from './standing.ts';

export interface RegressOptions {
  /** Seed of the search. */
  readonly seed: number;
  /** Search as well; without, only the scripts are run. */
  readonly search: boolean;
}

export function runRegression(regression: RegressionCase, options: RegressOptions): RegressionReport {
  const broken: string[] = [];
  const runs = regression.scripts.map((script) => runScript(regression, script, broken));
  const found = options.search && regression.noSearch === undefined ? search(regression, options.seed) : null;
  if (options.search && regression.noSearch === undefined && found === null) broken.push('the search found nothing');
  const first = runs[0];
  return {
    result: {
      id: regression.id,
      reports: regression.reports,
      buggy: {
        profile: regression.buggy.name,
        violated: [...new Set(runs.flatMap(({ buggy }) => buggy.run.violated))],
        steps: first.buggy.run.steps,
      },
      found: found === null ? null : { scenarios: found.scenarios, steps: found.steps },
      fixed: {
        profile: regression.fixed.name,
        violated: [...new Set(runs.flatMap(({ fixed }) => fixed.run.violated))],
      },
      status: regression.status,
    },
    title: regression.title,
    revisions: regression.revisions,
    trigger: regression.trigger,
    symptom: regression.symptom,
    property: regression.property,
    reasoning: regression.reasoning,
    stories: runs,
    scenario: found === null ? null : JSON.stringify(found.scenario),
    broken,
  };
}

function runScript(
  regression: RegressionCase,
  script: Script,
  broken: string[],
): { readonly buggy: RegressionStory; readonly fixed: RegressionStory } {
  const profile = script.buggy ?? regression.buggy;
  const buggy = perform(script.scenario, profile);
  const fixed = perform(script.scenario, regression.fixed);
  for (const clause of script.breaks) {
    if (!buggy.violated.includes(clause)) broken.push(`${script.name}: ${clause} does not break with the defect`);
  }
  const panic = buggy.machine.stack.panicked?.message;
  const panics = script.panics;
  if (panics === undefined ? panic !== undefined : panic?.includes(panics) !== true) {
    broken.push(
      `${script.name}: ${panics === undefined ? 'survival' : `panic "${panics}"`} expected, ${panic ?? 'no panic'} seen`,
    );
  }
  const left = withoutStanding(fixed.violated, regression.clauses);
  if (left.length > 0) broken.push(`${script.name}: ${left.join(', ')} break without the defect`);
  const syncs = script.breaks.includes('netbsd.dma-sync');
  const tell = (on: ProfileSpec, judged: Judged): RegressionStory =>
    story(script, on, judged, syncs, regression.clauses);
  return { buggy: tell(profile, buggy), fixed: tell(regression.fixed, fixed) };
}

function story(
  script: Script,
  profile: ProfileSpec,
  judged: Judged,
  syncs: boolean,
  clauses: readonly string[],
): RegressionStory {
  const run: RegressionRun = {
    profile: profile.name,
    violated: withoutStanding(judged.violated, clauses),
    steps: stepsUntilBroken(judged),
  };
  return { name: script.name, run, rows: sequenceOf(judged.events, judged.findings, { syncs }) };
}

function stepsUntilBroken({ events, findings }: Judged): number {
  const end = findings.reduce((least, { event }) => Math.min(least, event), events.length);
  return events.slice(0, end + 1).filter(({ kind }) => kind === 'call').length;
}
