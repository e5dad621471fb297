import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import { ENDIANNESS, endiannessPage, wrongAccesses } from './endianness.ts';
import { findRegressions } from './index.ts';

describe.each(ENDIANNESS.map((row) => [row.transport, row.profile.name, row] as const))('%s, %s', (_t, _p, row) => {
  it.each(HOST_NAMES)('has the fields wrong on %s that it should, and no others', (host) => {
    expect([...wrongAccesses(row, host)].sort()).toEqual([...(row.wrong[host] ?? [])].sort());
  });

  it('names a case for what is wrong', () => {
    for (const name of row.cases) expect(findRegressions(name)).toHaveLength(1);
    expect(row.cases.length > 0).toBe(Object.keys(row.wrong).length > 0);
  });
});

it('is what the page shows', () => {
  expect(readFileSync(new URL('../../docs/endianness.md', import.meta.url), 'utf8')).toBe(endiannessPage());
});
