import { describe, expect, test } from 'vitest';
import { staleOf } from './explanations.ts';
import { parseLog, type LogHead, type MutationLog } from './log.ts';
import type { MutatedFile, Mutant } from './mutants.ts';
import { countsOf, pageOf, scoreOf } from './page.ts';
import { indexOf, type Explanation } from './explanations.ts';
import { addLogs, NO_RESULTS, type MutationResults } from './results.ts';

const PATH = 'emulator/device/x.ts';
const place = (line: number) => ({ start: { line, column: 1 }, end: { line, column: 2 } });

/** A file with mutants `m1` to `m4` on the lines of these numbers, and one that is ignored. */
function file(source = 'aaaa'): MutatedFile {
  const mutants = [1, 2, 3, 4].map(
    (line) => [`k${line}`, { name: `m${line}`, place: place(line), ignored: false }] as const,
  );
  return {
    source,
    mutants: new Map<string, Mutant>([...mutants, ['k5', { name: 'm5', place: place(5), ignored: true }]]),
  };
}

function log(statuses: Readonly<Record<string, string>>, head: Partial<LogHead> = {}): MutationLog {
  const mutants = Object.entries(statuses).map(([key, status]) => ({ file: PATH, key, status, coveredBy: 1 }));
  return { head: { sources: { [PATH]: 'aaaa' }, judge: 'device', most: 300, mostLong: 0, ...head }, mutants };
}

const add = (before: MutationResults, logs: readonly MutationLog[], again = false) =>
  addLogs(before, logs, { [PATH]: file() }, again);

const FIRST = { k1: 'Killed', k2: 'Timeout', k3: 'Survived', k4: 'NoCoverage' };

describe('results', () => {
  test('count every mutant once, and those that were not come to', () => {
    expect(add(NO_RESULTS, [log({ k1: 'Killed', k3: 'Survived' })]).files[PATH]).toEqual({
      ...{ source: 'aaaa', killed: 1, timeout: 0, ignored: 1, unmeasured: 2 },
      survivors: [{ line: 3, mutant: 'm3' }],
    });
    expect(add(NO_RESULTS, [log(FIRST)]).files[PATH]).toEqual({
      ...{ source: 'aaaa', killed: 1, timeout: 1, ignored: 1, unmeasured: 0 },
      survivors: [
        { line: 3, mutant: 'm3' },
        { line: 4, mutant: 'm4', unreached: true },
      ],
    });
  });

  test('are refined by what is tried later: killed once is killed', () => {
    const before = add(NO_RESULTS, [log(FIRST)]);
    const after = add(before, [log({ k3: 'Killed', k4: 'Survived', k1: 'Survived' }, { judge: 'driver' })]);
    expect(after.files[PATH]).toMatchObject({ killed: 2, timeout: 1, survivors: [{ line: 4, mutant: 'm4' }] });
    expect(after.budgets.map(({ judge }) => judge)).toEqual(['device', 'driver']);
  });

  test('are made anew where they are not complete, or where that is asked for', () => {
    const partial = add(NO_RESULTS, [log({ k1: 'Survived' })]);
    expect(add(partial, [log(FIRST)]).files[PATH]).toMatchObject({ killed: 1, unmeasured: 0 });
    const whole = add(NO_RESULTS, [log(FIRST)]);
    expect(add(whole, [log({ ...FIRST, k1: 'Survived' })], true).files[PATH]).toMatchObject({ killed: 0 });
  });

  test('of another version of a source are refused', () => {
    const other = log(FIRST, { sources: { [PATH]: 'bbbb' } });
    expect(() => add(NO_RESULTS, [other])).toThrow(/x\.ts has changed since it was measured/);
  });
});

describe('a log', () => {
  const head = JSON.stringify({ sources: { [PATH]: 'aaaa' }, judge: 'device', most: 1, mostLong: 0 });
  const line = JSON.stringify({
    ...{ fileName: `/somewhere/${PATH}`, location: place(3), mutatorName: 'M', replacement: 'x' },
    ...{ status: 'Survived', coveredBy: 2 },
  });

  test('is worth what it holds, a line that was cut short excepted', () => {
    const { mutants } = parseLog(`${head}\n${line}\n${line.slice(0, 20)}`, 'log');
    expect(mutants).toEqual([{ file: PATH, key: '3:1-3:2 M x', status: 'Survived', coveredBy: 2 }]);
  });

  test('has to say what was measured', () => {
    expect(() => parseLog(`${line}\n`, 'some.jsonl')).toThrow(/some\.jsonl is no log of a mutation run/);
    expect(() => parseLog('', 'some.jsonl')).toThrow(/no log/);
  });
});

describe('scores and explanations', () => {
  const results = add(NO_RESULTS, [log(FIRST)]);
  const explain = (kind: Explanation['kind'], ...mutants: string[]): Explanation => ({
    ...{ file: PATH, kind, why: 'It is so.' },
    mutants,
  });
  const score = (adjusted: boolean, ...explanations: Explanation[]): number =>
    scoreOf(countsOf(Object.entries(results.files), indexOf(explanations)), adjusted);

  test('leave out in the second score what no judge may object to, and only that', () => {
    expect([score(false), score(true)]).toEqual([50, 50]);
    expect([score(false, explain('equivalent', 'm3')), score(true, explain('equivalent', 'm3'))]).toEqual([
      50,
      200 / 3,
    ]);
    expect(score(true, explain('allowed', 'm3'), explain('equivalent', 'm4'))).toBe(100);
    expect(score(true, explain('open', 'm3', 'm4'))).toBe(50);
  });

  test('are stale where nothing survived', () => {
    expect(staleOf([explain('open', 'm3', 'm1')], [results])).toEqual([`${PATH} m1`]);
    expect(() => indexOf([explain('open', 'm3'), explain('allowed', 'm3')])).toThrow(/explained twice/);
  });

  test('stand on the page, with what was not looked at', () => {
    const page = pageOf([{ title: 'Devices', about: 'About.', results }], [explain('open', 'm3')]);
    expect(page).toMatch(/Score: 50\.0 % \(2 of 4\)/);
    expect(page).toMatch(/It is so\.\n\n- line 3: `m3`/);
    expect(page).toMatch(/Not looked at yet:\n\n- line 4: `m4` \(never executed\)/);
    const partial = pageOf([{ title: 'D', about: '', results: add(NO_RESULTS, [log({})]) }], []);
    expect(partial).toMatch(/Not complete: 4 mutants were not measured/);
  });
});
