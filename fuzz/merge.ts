/** Makes one campaign of several: those of the shards of one, or several of the same target. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CampaignState, type CampaignIdentity } from './campaign-state.ts';
import { Journal, readJournal, type ReadJournal } from './journal.ts';
import type { FuzzFinding, FuzzSample } from './result.ts';

/** Campaigns that cannot be one. The message names them and what differs. */
export class MergeError extends Error {
  override readonly name = 'MergeError';
}

export interface Merged {
  readonly identity: CampaignIdentity;
  readonly state: CampaignState;
  /** Files that findings name and no folder has. */
  readonly missing: readonly string[];
}

/** What may differ between campaigns that are merged. */
const MAY_DIFFER: readonly (keyof CampaignIdentity)[] = ['shard', 'seed', 'devices', 'transports'];

/**
 * Reads the campaigns in the folders and writes their union into another one: every finding once, with its files, every
 * entry of a corpus that reaches something no other one does, sums of scenarios and events. Throws JournalError and
 * MergeError.
 */
export function mergeCampaigns(folders: readonly string[], out: string): Merged {
  const read = folders.map((folder) => ({ folder, ...readJournal(folder) }));
  const [first] = read;
  for (const { folder, identity } of read) {
    for (const key of Object.keys(identity) as (keyof CampaignIdentity)[]) {
      const [one, other] = [JSON.stringify(first.identity[key]), JSON.stringify(identity[key])];
      if (one !== other && !MAY_DIFFER.includes(key)) {
        throw new MergeError(
          `${first.folder} has ${key} ${one}, and ${folder} has ${other}: they are no parts of one campaign`,
        );
      }
    }
  }
  const state = unionOf(read);
  const identity: CampaignIdentity = {
    ...first.identity,
    devices: sameOr(read, 'devices'),
    transports: sameOr(read, 'transports'),
    shard: { index: 0, of: 1 },
  };
  mkdirSync(out, { recursive: true });
  const missing = copyFiles(read, state, join(out, 'findings'));
  new Journal(out, identity, state, (error) => {
    throw error;
  }).close();
  return { identity, state, missing };
}

/** The choice that all made; where they differ, everything. */
function sameOr<K extends 'devices' | 'transports'>(read: readonly ReadJournal[], key: K): CampaignIdentity[K] | null {
  const [first] = read;
  const same = read.every(({ identity }) => JSON.stringify(identity[key]) === JSON.stringify(first.identity[key]));
  return same ? first.identity[key] : null;
}

function unionOf(read: readonly ReadJournal[]): CampaignState {
  const state = new CampaignState();
  let generation = 0;
  for (const { state: one } of read) {
    for (const line of one.lines()) {
      if (line.k === 'cursor') generation = Math.max(generation, line.cursor.generation + 1);
      else if (line.k === 'entry' && line.features.every((feature) => state.features.has(feature))) continue;
      else if (line.k !== 'sample') state.apply(line);
    }
  }
  // Draws of a merged campaign that goes on are none of those that its parts made.
  const workers = new Set(read.flatMap(({ state: one }) => [...one.cursors.keys()]));
  for (const worker of workers) state.apply({ k: 'cursor', cursor: { worker, generation, index: 0 } });
  for (const sample of mergedSeries(
    read.map(({ state: one }) => one.series),
    state,
  ))
    state.apply({ k: 'sample', sample });
  return state;
}

/**
 * Scenarios add up at every moment. What different campaigns saw at a moment overlaps, and by how much is not recorded: the
 * most that any of them had seen stands for it, but at the end, where the union is known.
 */
function mergedSeries(all: readonly (readonly FuzzSample[])[], end: CampaignState): FuzzSample[] {
  const moments = [...new Set(all.flatMap((series) => series.map(({ ms }) => ms)))].sort((a, b) => a - b);
  const next = all.map(() => 0);
  const merged = moments.map((ms): FuzzSample => {
    const now = all.flatMap((series, i) => {
      while (next[i] < series.length && series[next[i]].ms <= ms) next[i]++;
      return next[i] === 0 ? [] : [series[next[i] - 1]];
    });
    return {
      ms,
      scenarios: now.reduce((sum, { scenarios }) => sum + scenarios, 0),
      states: Math.max(...now.map(({ states }) => states)),
      obligations: Math.max(...now.map(({ obligations }) => obligations)),
      ...(now.some(({ code }) => code !== undefined) ? { code: Math.max(...now.map(({ code = 0 }) => code)) } : {}),
      findings: Math.max(...now.map(({ findings }) => findings)),
      ...memoryOf(now),
    };
  });
  const last = merged.pop();
  if (last === undefined) return [];
  const { states, obligations, code, findings, scenarios } = end;
  const reached = code === undefined ? {} : { code: code.reached };
  const seen = { scenarios, states, obligations, ...reached, findings: findings.size };
  return [...merged, { ms: last.ms, ...seen, ...memoryOf([last]) }];
}

/** Of all machines together; left out where one of them did not note it. */
function memoryOf(samples: readonly FuzzSample[]): Pick<FuzzSample, 'memory'> {
  let sum = 0;
  for (const { memory } of samples) {
    if (memory === undefined) return {};
    sum += memory;
  }
  return { memory: sum };
}

function copyFiles(
  read: readonly (ReadJournal & { readonly folder: string })[],
  state: CampaignState,
  out: string,
): string[] {
  const missing: string[] = [];
  for (const { finding } of state.findings.values()) {
    for (const name of namesOf(finding)) {
      const from = read.map(({ folder }) => join(folder, 'findings', name)).find((path) => existsSync(path));
      if (from === undefined) {
        missing.push(name);
        continue;
      }
      mkdirSync(out, { recursive: true });
      copyFileSync(from, join(out, name));
    }
  }
  return missing;
}

function namesOf({ files: { trace, qtest, vitest, text } }: FuzzFinding): string[] {
  return [trace, qtest, vitest, text].filter((name) => name !== null);
}
