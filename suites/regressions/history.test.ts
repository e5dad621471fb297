import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { historySection, OPEN_ROWS, REPAIRED_ROWS } from './history.ts';
import { REGRESSIONS } from './index.ts';

const casesOf = (rows: typeof OPEN_ROWS): readonly string[] =>
  rows.flatMap(({ cases }) => ('none' in cases ? [] : cases));
const idsOf = (status: 'fixed' | 'open'): readonly string[] =>
  REGRESSIONS.filter((one) => one.status === status).map(({ id }) => id);

describe('what is known of the history', () => {
  it('has a case for every row, and a row for every case, on the right side', () => {
    expect([...casesOf(REPAIRED_ROWS)].sort()).toEqual([...idsOf('fixed')].sort());
    expect([...casesOf(OPEN_ROWS)].sort()).toEqual([...idsOf('open')].sort());
  });

  it('is what the page shows', () => {
    const page = readFileSync(new URL('../../docs/netbsd-attach.md', import.meta.url), 'utf8');
    expect(page).toContain(historySection());
  });

  it('lists every open finding on the page, with its reasons', () => {
    const page = readFileSync(new URL('../../docs/netbsd-attach.md', import.meta.url), 'utf8');
    for (const { id, title, reasoning, status } of REGRESSIONS) {
      if (status === 'open') expect(page).toContain(`| ${id} | ${title} | ${reasoning} |`);
    }
  });
});
