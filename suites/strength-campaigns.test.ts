import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FUZZ_SCHEMA, type FuzzResult } from '../fuzz/result.ts';
import { readCampaigns, recordCampaigns } from './strength/campaigns.ts';

const CAMPAIGN: FuzzResult = {
  ...{ schema: FUZZ_SCHEMA, virtcheck: '0.1.0', target: { name: 'sample', version: '1' }, against: null },
  ...{ seed: 7, shard: { index: 0, of: 1 }, jobs: 2, durationMs: 7_200_000, scenarios: 8000, events: 400_000 },
  ...{ interrupted: false, groups: [], features: 500, unconfirmed: [], workersLost: 0 },
  harnessErrors: { count: 0, first: [] },
  findings: [
    {
      ...{ key: 'a', kind: 'crash', severity: 'crash-or-hang', clause: 'untagged.live.2', also: [] },
      ...{ device: 'rng', transport: 'mmio-v2', variant: 'default', title: 'It answers.', expected: 'an answer' },
      ...{ seen: 'died: <boom>', state: 'status=0', steps: [], actions: 1, scenarios: 321 },
      files: { trace: null, qtest: null, vitest: null, text: null },
    },
  ],
  series: [
    { ms: 61_000, scenarios: 100, states: 20, obligations: 80, findings: 0, memory: 140 },
    { ms: 3_600_000, scenarios: 4000, states: 20, obligations: 80, findings: 0, memory: 150 },
    { ms: 7_199_000, scenarios: 8000, states: 30, obligations: 120, findings: 1, memory: 163 },
  ],
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campaigns-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(content: unknown): string {
  const path = join(folder, 'result.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

describe('what is kept of long campaigns', () => {
  const kept = (): string => join(folder, 'campaigns.json');

  it('counts known and new findings apart, with deaths and memory at three moments', async () => {
    await recordCampaigns([fileWith(CAMPAIGN)], kept());
    expect(readCampaigns(kept())).toEqual([
      {
        ...{ target: 'sample', version: '1', seed: 7, minutes: 120, scenarios: 8000, known: 0, findings: 1 },
        ...{ workersLost: 0, harnessErrors: 0, memory: [140, 150, 163], triage: '' },
        deaths: [{ what: 'crash, rng mmio-v2: died: <boom>', scenarios: 321 }],
      },
    ]);
  });

  it('replaces one of the same target and seed, but not what was written of its findings', async () => {
    await recordCampaigns([fileWith(CAMPAIGN)], kept());
    const [before] = readCampaigns(kept());
    const triaged = { schema: 'virtcheck-campaigns/1', campaigns: [{ ...before, triage: 'a real one' }] };
    writeFileSync(kept(), JSON.stringify(triaged));
    const unmeasured = CAMPAIGN.series.map(({ memory, ...rest }) => (memory === undefined ? rest : rest));
    await recordCampaigns([fileWith({ ...CAMPAIGN, scenarios: 9, series: unmeasured })], kept());
    await recordCampaigns([fileWith({ ...CAMPAIGN, seed: 8 })], kept());
    expect(
      readCampaigns(kept()).map(({ seed, scenarios, memory, triage }) => [seed, scenarios, memory, triage]),
    ).toEqual([
      [7, 9, [140, 150, 163], 'a real one'],
      [8, 8000, [140, 150, 163], ''],
    ]);
  });

  it('takes no other file', async () => {
    await expect(recordCampaigns([fileWith({ schema: 'virtcheck-run/1' })], kept())).rejects.toThrow('no result of');
  });
});
