import { describe, expect, it } from 'vitest';
import { inOrder } from './order.ts';

const slices = (...counts: readonly number[]) =>
  counts.map((count, slice) => ({ slice, chosen: Array.from({ length: count }, (_, i) => 2 * i) }));
const shown = (most: number, ...counts: readonly number[]) =>
  [...inOrder(slices(...counts), most)].map(({ slice, index }) => `${slice}/${index}`);

describe('the order of scenarios', () => {
  it('begins with a few of each slice, in the order of the suite', () => {
    expect(shown(20, 9, 9).slice(0, 5)).toEqual(['0/0', '0/2', '0/4', '1/0', '1/2']);
  });

  it('takes every scenario once where the budget allows it', () => {
    const all = shown(1000, 70, 1, 0, 130);
    expect(all).toHaveLength(201);
    expect(new Set(all).size).toBe(201);
  });

  it.each([
    [100, 150],
    [120, 120],
    [20, 16],
    [7, 300],
  ])('keeps a budget of %i for %i slices, and spreads it over all of them', (most, count) => {
    const counts = Array.from({ length: count }, () => 60);
    const all = shown(most, ...counts);
    expect(all).toHaveLength(most);
    expect(new Set(all).size).toBe(most);
    const reached = [...new Set(all.map((one) => Number(one.split('/')[0])))].sort((a, b) => a - b);
    const gaps = reached.map((slice, i) => slice - (reached[i - 1] ?? -1));
    // A quarter goes to the first slices; the other three are as far from each other as they have to be.
    const far = Math.ceil(count / Math.ceil(most * 0.7));
    expect(Math.max(...gaps, count - reached.at(-1)!)).toBeLessThanOrEqual(far + 1);
  });

  it('takes scenarios from all of a slice', () => {
    const late = shown(40, 60).map((one) => Number(one.split('/')[1]));
    expect(Math.max(...late)).toBeGreaterThan(100);
  });

  it('takes other scenarios of slices that are next to each other', () => {
    const counts = Array.from({ length: 100 }, () => 60);
    const late = shown(60, ...counts).slice(15);
    expect(new Set(late.map((one) => one.split('/')[1])).size).toBeGreaterThan(20);
  });

  it('takes nothing without a budget', () => {
    expect(shown(0, 3, 3)).toEqual([]);
  });
});
