import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deviceFaults } from '../emulator/faults/catalogue.ts';
import { packageFolder } from '../harness/package-folder.ts';
import { idleWaivers, inGoal } from '../reports/coverage.ts';
import { loadCoverage } from './strength.ts';

interface Measured {
  readonly name: string;
  readonly hunts: readonly { readonly caught: boolean }[];
}

describe('the measured strength of the suite', () => {
  const path = join(packageFolder(), 'suites', 'strength', 'fault-matrix.json');
  const { faults } = JSON.parse(readFileSync(path, 'utf8')) as { readonly faults: readonly Measured[] };

  it('knows every listed fault, and nine in ten of its hunts caught it', () => {
    expect(faults.map(({ name }) => name)).toEqual(deviceFaults.map(({ name }) => name));
    const missed = faults.filter(({ hunts }) => hunts.filter(({ caught }) => caught).length < 0.9 * hunts.length);
    expect(missed.map(({ name }) => name)).toEqual([]);
  });

  it('covers at least 85 % of what it sets out to cover, and has a reason for each of the others', async () => {
    const { rows, waivers } = await loadCoverage();
    const goal = rows.filter(inGoal);
    expect(goal.filter(({ coverage }) => coverage === 'covered').length).toBeGreaterThanOrEqual(0.85 * goal.length);
    expect(goal.filter(({ coverage }) => coverage === 'open').map(({ id }) => id)).toEqual([]);
    expect(idleWaivers(rows, waivers)).toEqual([]);
  });
});
