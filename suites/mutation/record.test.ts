/** The page, the results and the explanations that are committed belong together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { KINDS, staleOf } from './explanations.ts';
import { PAGE, pageText, readExplanations, readResults } from './files.ts';
import { SIDES, sideOf, sourcesOf } from './sources.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('the mutation record', () => {
  const explanations = readExplanations(ROOT);
  const results = SIDES.map((side) => readResults(ROOT, side));

  test('is what the page shows (npm run mutation -- --page)', () => {
    expect(readFileSync(join(ROOT, PAGE), 'utf8')).toBe(pageText(ROOT));
  });

  test('explains nothing that has not survived', () => {
    expect(staleOf(explanations, results)).toEqual([]);
  });

  test('has a kind and a reason for every explanation', () => {
    const bad = explanations.filter(({ kind, why }) => !KINDS.includes(kind) || why.length < 10);
    expect(bad).toEqual([]);
  });

  test('is about sources that are mutated', () => {
    const mutated = new Set(SIDES.flatMap((side) => sourcesOf(side, ROOT)));
    SIDES.forEach((side, i) => {
      for (const path of Object.keys(results[i].files)) {
        expect(mutated).toContain(path);
        expect(sideOf(path)).toBe(side);
      }
    });
  });
});
