/** The finding that a lost worker amounts to: its log is lost with it, so it is made from the scenario alone. */
import { describeScenario } from '../harness/describe.ts';
import { Bench } from '../harness/perform.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import type { CampaignOptions } from './campaign.ts';
import type { Current } from './protocol.ts';
import { reproducersOf, titleOf, type Reproducers } from './reproducers.ts';
import type { FuzzFinding } from './result.ts';
import type { Ending } from './slot.ts';
import { severityOf, type Sign, type Suspect } from './suspects.ts';
import { findingKey } from './triage.ts';

export type Loss = Exclude<Ending, { kind: 'done' | 'unavailable' }>;

const ANSWERS = 'untagged.live.2';

export async function lossFinding(
  loss: Loss,
  { device, transport, scenario }: Current,
  patienceMs: number,
  {
    identity,
    target,
    targetOptions,
    findings,
  }: Pick<CampaignOptions, 'identity' | 'target' | 'targetOptions' | 'findings'>,
): Promise<{ readonly finding: Omit<FuzzFinding, 'files'>; readonly files: Reproducers }> {
  const suspect: Suspect = {
    sign: signOf(loss),
    also: [],
    expected: 'an answer',
    seen: seenOf(loss, patienceMs),
    state: '',
  };
  const combinations = target.combinations.filter((one) => one.device === device && one.transport === transport);
  const session = await target.open(
    combinations.find(({ variant }) => variant === scenario.variant) ?? combinations[0],
  );
  try {
    const bench = new Bench(session, new Contract(session.info, new Report()));
    const key = findingKey(suspect.sign, device, scenario);
    const origin = {
      target: identity.target,
      faults: targetOptions.faults ?? [],
      describe: targetOptions.describe,
      seed: identity.seed,
      folder: findings,
    };
    const { expected, seen, state, sign, also } = suspect;
    return {
      finding: {
        key,
        kind: sign.kind,
        severity: severityOf(sign),
        clause: sign.clause,
        also,
        device,
        transport,
        variant: session.info.variant,
        title: titleOf(suspect),
        expected,
        seen,
        state,
        steps: describeScenario(scenario),
        actions: scenario.actions.length,
        scenarios: 0,
      },
      files: reproducersOf(bench, scenario, suspect, key, origin, false),
    };
  } finally {
    await session.close();
  }
}

function signOf({ kind }: Loss): Sign {
  if (kind === 'stuck') return { id: `${ANSWERS} hang`, kind: 'hang', clause: ANSWERS };
  if (kind === 'memory') return { id: 'growth', kind: 'growth', clause: null };
  return { id: `${ANSWERS} crash thread`, kind: 'crash', clause: ANSWERS };
}

function seenOf(loss: Loss, patienceMs: number): string {
  switch (loss.kind) {
    case 'stuck':
      return `hung: an access did not come back within ${patienceMs / 1000} s`;
    case 'memory':
      return 'the heap of its thread was used up';
    case 'died':
      return `died: ${loss.message}`;
  }
}
