/** From what a campaign has come to, to its result. */
import { packageVersion } from '../targets/package-version.ts';
import { reachableSeen, type CampaignIdentity, type CampaignState } from './campaign-state.ts';
import { reachableCount } from './reachable.ts';
import { FUZZ_SCHEMA, type FuzzResult } from './result.ts';

export interface Circumstances {
  readonly identity: CampaignIdentity;
  readonly jobs: number;
  readonly durationMs: number;
  readonly interrupted: boolean;
}

export function resultOf(state: CampaignState, { identity, jobs, durationMs, interrupted }: Circumstances): FuzzResult {
  const groups = [...state.groups.values()].map((group) => ({
    device: group.device,
    transport: group.transport,
    scenarios: group.scenarios,
    events: group.events,
    corpus: group.corpus.length,
    states: { seen: reachableSeen(group), reachable: reachableCount(group.transport) },
    obligations: group.exercised.size,
    ...(state.code === undefined ? {} : { code: group.code.size }),
  }));
  return {
    schema: FUZZ_SCHEMA,
    virtcheck: packageVersion(),
    target: { name: state.target?.name ?? identity.target, version: state.target?.version ?? 'unknown' },
    against: identity.against,
    seed: identity.seed,
    shard: identity.shard,
    jobs,
    durationMs,
    scenarios: state.scenarios,
    events: state.events,
    interrupted,
    groups: groups.sort((a, b) => (`${a.device} ${a.transport}` < `${b.device} ${b.transport}` ? -1 : 1)),
    features: state.features.size,
    ...(state.code === undefined ? {} : { code: state.code }),
    findings: state.ranked,
    unconfirmed: state.unconfirmed,
    harnessErrors: { count: state.errors, first: state.firstErrors },
    workersLost: state.workersLost,
    series: state.series,
  };
}
