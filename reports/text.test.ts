import { fuzzLine } from './fuzz.ts';
import { describe, expect, it } from 'vitest';
import { ANSI, PLAIN, count, duration, ellipsis, plural, printable, roughly, table, wrap } from './text.ts';

describe('wrap', () => {
  it('breaks at spaces and indents what follows', () => {
    expect(wrap('aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii', 40, '1. ')).toBe(
      '1. aaaa bbbb cccc dddd eeee ffff gggg\n   hhhh iiii',
    );
  });

  it('keeps words whole that are longer than a line', () => {
    const path = '/a/'.repeat(30);
    expect(wrap(`see ${path} now`, 40)).toBe(`see\n${path}\nnow`);
  });
});

describe('printable', () => {
  it('spells out control characters and keeps line ends', () => {
    expect(printable('a\u001b[2J\u009bb\nc\td')).toBe('a\\x1b[2J\\x9bb\nc  d');
  });
});

describe('table', () => {
  it('pads before it paints', () => {
    const rows = [
      [
        { text: 'a', paint: ANSI.red },
        { text: '1', right: true },
      ],
      [{ text: 'bbb' }, { text: '22', right: true }],
    ];
    expect(table(rows)).toBe('  \u001b[31ma  \u001b[39m   1\n  bbb  22');
  });
});

describe('numbers', () => {
  it.each([
    [count(1234567), '1,234,567'],
    [roughly(9999), '9,999'],
    [roughly(45_600), '45.6 k'],
    [roughly(1_234_567), '1.2 M'],
    [plural(1, 'clause'), '1 clause'],
    [plural(0, 'clause'), '0 clauses'],
    [duration(420), '420 ms'],
    [duration(3210), '3.2 s'],
    [duration(59_990), '1 min 00 s'],
    [duration(3_720_000), '1 h 02 min'],
    [ellipsis('some words', 6), 'some…'],
  ])('%s', (seen, expected) => {
    expect(seen).toBe(expected);
  });
});

describe('fuzzLine', () => {
  const snapshot = {
    elapsedMs: 60_000,
    sinceMs: 60_000,
    sinceScenarios: 120_000,
    sinceEvents: 6e6,
    scenarios: 120_000,
    corpus: 800,
    states: 300,
    reachable: 435,
    obligations: 230,
    code: { reached: 10, total: 20 },
    findings: 3,
    explained: 1,
  };

  it('keeps the findings in sight on a narrow terminal', () => {
    const line = fuzzLine(snapshot, { style: PLAIN, width: 50 });
    expect(line).toContain('2 findings + 1 known');
    expect(line.length).toBeLessThan(50);
  });

  it('is whole where nobody names a width', () => {
    expect(fuzzLine(snapshot, { style: PLAIN })).toMatch(/2,000\/s .*obligations 230 {2}code 10 of 20$/);
  });
});
