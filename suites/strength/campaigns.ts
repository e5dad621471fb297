/**
 * `npm run strength -- --campaign FILE`: keeps what a long campaign came to, from the JSON that `virtcheck fuzz --json` wrote,
 * in suites/strength/campaigns.json. What became of its findings is written there by hand, once they were looked into.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUZZ_SCHEMA, type FuzzResult } from '../../fuzz/result.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { writeWhole } from '../../harness/trace-file.ts';

export const CAMPAIGNS_SCHEMA = 'virtcheck-campaigns/1';

/** A long campaign and what came of it. */
export interface Campaign {
  readonly target: string;
  readonly version: string;
  readonly seed: number;
  readonly minutes: number;
  readonly scenarios: number;
  /** Findings that recorded deviations explained then, and others. */
  readonly known: number;
  readonly findings: number;
  readonly workersLost: number;
  readonly harnessErrors: number;
  /** Resident memory of the campaign's process in MiB: after the first minute, at half-time, at the end. Empty: not noted. */
  readonly memory: readonly number[];
  /** Crashes, hangs and stalls, and after how many scenarios each showed. */
  readonly deaths: readonly { readonly what: string; readonly scenarios: number }[];
  /** What became of the findings; empty until they were looked into. */
  readonly triage: string;
}

const MINUTE_MS = 60_000;

export function campaignsPath(): string {
  return join(packageFolder(), 'suites/strength/campaigns.json');
}

export function readCampaigns(path = campaignsPath()): readonly Campaign[] {
  if (!existsSync(path)) return [];
  const { schema, campaigns } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly schema?: string;
    readonly campaigns?: readonly Campaign[];
  };
  return schema === CAMPAIGNS_SCHEMA && Array.isArray(campaigns) ? campaigns : [];
}

export function campaignOf(result: FuzzResult, triage = ''): Campaign {
  const known = result.findings.filter(({ explanation }) => explanation !== undefined).length;
  return {
    target: result.target.name,
    version: result.target.version,
    seed: result.seed,
    minutes: Math.round(result.durationMs / MINUTE_MS),
    scenarios: result.scenarios,
    known,
    findings: result.findings.length - known,
    workersLost: result.workersLost,
    harnessErrors: result.harnessErrors.count,
    memory: memoryOf(result),
    deaths: result.findings
      .filter(({ severity }) => severity === 'crash-or-hang')
      .map(({ kind, device, transport, explanation, seen, scenarios }) => ({
        what: `${kind}, ${device} ${transport}${explanation === undefined ? '' : ', known'}: ${seen}`,
        scenarios,
      })),
    triage,
  };
}

function memoryOf({ series, durationMs }: FuzzResult): readonly number[] {
  const samples = series.filter(({ memory }) => memory !== undefined);
  if (samples.length === 0) return [];
  const at = (ms: number): number => (samples.find((sample) => sample.ms >= ms) ?? samples.at(-1)!).memory!;
  return [MINUTE_MS, durationMs / 2, durationMs].map(at);
}

/** Adds results, each in place of what was kept of the same target and seed. Throws on files that are no results. */
export async function recordCampaigns(files: readonly string[], path = campaignsPath()): Promise<void> {
  const kept = new Map(readCampaigns(path).map((one) => [keyOf(one), one]));
  for (const file of files) {
    const result = JSON.parse(readFileSync(file, 'utf8')) as FuzzResult;
    if (result.schema !== FUZZ_SCHEMA) throw new Error(`${file} is no result of virtcheck fuzz --json`);
    const key = keyOf({ target: result.target.name, seed: result.seed });
    const before = kept.get(key);
    const one = campaignOf(result, before?.triage);
    kept.set(key, one.memory.length === 0 && before !== undefined ? { ...one, memory: before.memory } : one);
  }
  const campaigns = [...kept.values()];
  await writeWhole(path, `${JSON.stringify({ schema: CAMPAIGNS_SCHEMA, campaigns }, undefined, 1)}\n`);
}

function keyOf({ target, seed }: Pick<Campaign, 'target' | 'seed'>): string {
  return `${target} ${seed}`;
}
