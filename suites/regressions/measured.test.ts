import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  ENOUGH_SEEDS,
  addSearch,
  figuresOf,
  median,
  pageOf,
  readMeasured,
  searchable,
  type Measured,
} from './measured.ts';

const root = new URL('../../', import.meta.url);
const measured = readMeasured(fileURLToPath(new URL('suites/strength/regressions.json', root)));

describe('what was measured', () => {
  it('is every historical case, from enough seeds', () => {
    const seedsOf = new Map(figuresOf(measured).map(({ regression, seeds }) => [regression.id, seeds]));
    for (const { id, status } of searchable()) {
      if (status === 'fixed') expect(seedsOf.get(id) ?? 0, id).toBeGreaterThanOrEqual(ENOUGH_SEEDS);
    }
  });

  it('keeps every bound', () => {
    expect(figuresOf(measured).filter(({ kept }) => !kept)).toEqual([]);
  });

  it('is what the page shows', () => {
    expect(readFileSync(new URL('docs/regressions.md', root), 'utf8')).toBe(pageOf(measured));
  });
});

describe('figures', () => {
  const id = 'kern/57981';
  const of = (...counts: readonly (number | null)[]) => {
    const one: Measured = new Map();
    counts.forEach((scenarios, seed) =>
      addSearch(one, id, { seed, scenarios, actions: scenarios === null ? null : 2 }),
    );
    return figuresOf(one)[0];
  };

  it('miss the bound when the median is above it, or half of the searches found nothing', () => {
    expect(of(200, 1, 2000)).toMatchObject({ kept: true, median: 200, worst: 2000, missed: 0 });
    expect(of(201, 1, 2000).kept).toBe(false);
    expect(of(1, null)).toMatchObject({ kept: false, median: Infinity, missed: 1 });
  });

  it('take the mean of the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBe(0);
  });
});
