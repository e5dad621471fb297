import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { RESULT_SCHEMA, type Finding, type RunResult } from '../harness/result.ts';
import type { ClauseId } from '../models/clauses/catalogue.ts';
import { clauseCoverage } from './coverage.ts';
import { resultDocument, resultJson } from './json.ts';
import { junitXml } from './junit.ts';
import { summary } from './terminal.ts';
import { REGRESSION, clauseResult, runResult } from './testing/sample.ts';
import { ANSI, PLAIN } from './text.ts';
import { conclude } from './verdicts.ts';

const FIRST: ClauseId = 'untagged.live.1';
const SECOND: ClauseId = 'untagged.memory.1';

function finding(clause: ClauseId, change: Partial<Finding> = {}): Finding {
  return {
    clause,
    title: 'a buffer was never used',
    expected: 'used.idx 1 after the notification',
    seen: 'used.idx stays 0',
    state: 'status=DRIVER_OK queue0.size=4',
    steps: ['driver initialises the device', 'driver writes QueueNotify = 0'],
    actions: 2,
    trace: 'virtcheck-out/live.json',
    qtest: 'virtcheck-out/live.qtest',
    replay: 'npx virtcheck replay virtcheck-out/live.json',
    ...change,
  };
}

function result(change: Partial<RunResult> = {}): RunResult {
  return runResult({ clauses: [clauseResult(FIRST)], ...change });
}

const failing = result({ clauses: [clauseResult(FIRST, { verdict: 'fail' })], findings: [finding(FIRST)] });
const warning = result({ clauses: [clauseResult(FIRST, { verdict: 'warn', level: 'SHOULD' })] });
const accepted = result({
  clauses: [clauseResult(FIRST, { verdict: 'fail', expected: true, reason: 'virtio_foo() forgets it' })],
});
const stale = result({ staleExpectations: [FIRST] });
const lost = result({
  clauses: [],
  scenarios: 0,
  outcomes: [{ outcome: 'died', evidence: 'exit code 1\u001b[31m', scenario: 'start' }],
});

const plain = { style: PLAIN, width: 100 };

describe('conclude', () => {
  it.each([
    ['a clean run', [result()], 'conformant'],
    ['a broken MUST', [result(), failing], 'deviations'],
    ['a broken SHOULD', [warning], 'conformant'],
    ['an expected deviation', [accepted], 'conformant'],
    ['a stale expectation', [stale], 'deviations'],
    ['a combination that was lost', [result(), lost], 'not-run'],
    ['a deviation beside a lost combination', [failing, lost], 'deviations'],
    ['no combination', [], 'not-run'],
  ] as const)('%s', (_, runs, conclusion) => {
    expect(conclude(runs, false)).toBe(conclusion);
  });

  it('counts a broken SHOULD under strict', () => {
    expect(conclude([warning], true)).toBe('deviations');
  });
});

describe('summary', () => {
  it('names requirement, expected, seen, state, steps and replay command of a deviation', () => {
    const text = summary([failing], plain);
    for (const part of [
      `FAIL ${FIRST}`,
      'section 2.7',
      'Buffers of a live, notified queue are eventually used.',
      'Expected: used.idx 1 after the notification',
      'Seen:     used.idx stays 0',
      'State:    status=DRIVER_OK',
      '1. driver initialises the device',
      'npx virtcheck replay virtcheck-out/live.json',
      'Not conformant: 1 clause broken.',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('shows a clause that breaks in two combinations once, with the shorter sequence', () => {
    const other = result({
      target: { ...failing.target, device: 'rng' },
      clauses: failing.clauses,
      findings: [finding(FIRST, { actions: 1, steps: ['driver resets'] })],
    });
    const text = summary([failing, other], plain);
    expect(text.match(/FAIL/g)).toHaveLength(1);
    expect(text).toContain('blk mmio-v2, rng mmio-v2');
    expect(text).toContain('shown for rng mmio-v2');
    expect(text).toContain('1. driver resets');
  });

  it('lists expected deviations with their reason, and ends conformant', () => {
    const text = summary([accepted], plain);
    expect(text).toContain('virtio_foo() forgets it');
    expect(text).toContain('0 fail');
    expect(text).toContain('Conformant except for 1 expected deviation.');
  });

  it('tells stale expectations as failures', () => {
    expect(summary([stale], plain)).toContain('Not conformant: 1 stale expectation.');
  });

  it('counts a clause as inconclusive only if no combination exercised it', () => {
    const open = result({
      clauses: [clauseResult(FIRST, { verdict: 'inconclusive' }), clauseResult(SECOND, { verdict: 'inconclusive' })],
    });
    expect(summary([open, result()], plain)).toContain('1 clause inconclusive');
    expect(summary([result()], plain)).not.toContain('never exercised');
  });

  it('shows what an implementation printed without letting it steer the terminal', () => {
    const text = summary([lost], plain);
    expect(text).toContain('exit code 1\\x1b[31m');
    expect(text).not.toContain('\u001b');
  });

  it('colours only when asked to', () => {
    expect(summary([failing], plain)).not.toContain('\u001b');
    expect(summary([failing], { ...plain, style: ANSI })).toContain('\u001b[31m');
  });

  it('keeps to the width wherever words can be broken', () => {
    const wordy = result({
      clauses: failing.clauses,
      findings: [
        finding(FIRST, { seen: 'some words '.repeat(40).trim(), steps: ['a step with words '.repeat(20).trim()] }),
      ],
    });
    const lines = summary([wordy], { ...plain, width: 60 }).split('\n');
    expect(lines.filter((line) => line.includes('words')).every((line) => line.length <= 60)).toBe(true);
  });

  it('says so when the run was interrupted', () => {
    expect(summary([result({ interrupted: true })], plain)).toMatch(/No deviation found \(interrupted/);
    expect(summary([], { ...plain, interrupted: true })).toMatch(/Nothing was judged \(interrupted/);
  });

  it('is short when quiet and complete when verbose', () => {
    expect(summary([result()], { ...plain, quiet: true })).toBe('Conformant.\n');
    expect(summary([result()], { ...plain, verbose: true })).toContain(FIRST);
  });
});

describe('junitXml', () => {
  it('has a test case for every clause, with level and section', () => {
    const xml = junitXml({ runs: [failing] });
    expect(xml).toContain(`<testcase classname="virtcheck.sample.blk.mmio-v2" name="${FIRST}" time="1.234">`);
    expect(xml).toContain('<property name="level" value="MUST"/>');
    expect(xml).toContain('<property name="section" value="2.7"/>');
    expect(xml).toContain('<failure type="MUST" message="a buffer was never used">');
    expect(xml).toContain('tests="1" failures="1" errors="0" skipped="0" time="1.234"');
  });

  it('skips expected deviations with their reason', () => {
    expect(junitXml({ runs: [accepted] })).toContain(
      '<skipped message="expected deviation: virtio_foo() forgets it"/>',
    );
  });

  it('fails a stale expectation and reports a lost combination as an error', () => {
    expect(junitXml({ runs: [stale] })).toContain('type="stale-expectation"');
    expect(junitXml({ runs: [lost] })).toContain('errors="1"');
  });

  it('fails a broken SHOULD under strict only', () => {
    expect(junitXml({ runs: [warning] })).toContain('failures="0"');
    expect(junitXml({ runs: [warning] }, { strict: true })).toContain('failures="1"');
  });

  it('divides the time of the run among its clauses, as measured or else as often as they were exercised', () => {
    const clauses = [clauseResult(FIRST, { exercised: 30 }), clauseResult(SECOND, { exercised: 10 })];
    const times = (run: RunResult): readonly (string | undefined)[] =>
      [...junitXml({ runs: [run] }).matchAll(/<testcase [^>]* time="([\d.]+)"/g)].map(([, time]) => time);
    expect(times(result({ clauses, durationMs: 4000 }))).toEqual(['3.000', '1.000']);
    const measured = clauses.map((row, i) => ({ ...row, ms: 500 * (1 - i) }));
    expect(times(result({ clauses: measured, durationMs: 4000 }))).toEqual(['0.500', '0.000']);
  });

  it('has a test case for every regression, which fails if it is not as recorded', () => {
    const xml = junitXml({ runs: [], regressions: [REGRESSION, { ...REGRESSION, id: 'B', broken: ['no panic'] }] });
    expect(xml).toContain('<testsuite name="regressions" tests="2" failures="1"');
    expect(xml).toContain('<failure type="regression" message="A queue is used too early">no panic</failure>');
  });

  it('escapes what XML cannot hold', () => {
    const nasty = 'a<b & "c"\n\u0000\u001b\uFFFE\uD800]]>';
    const runs = [
      result({
        clauses: [clauseResult(FIRST, { verdict: 'fail' })],
        findings: [finding(FIRST, { title: nasty, seen: nasty })],
      }),
    ];
    const xml = junitXml({ runs });
    expect(xml).toContain('message="a&lt;b &amp; &quot;c&quot;&#10;\\x00\\x1b\\xfffe\\xd800]]&gt;"');
    // eslint-disable-next-line no-control-regex -- exactly these must not be there
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe]/);
  });
});

describe('JSON', () => {
  it('writes one combination as itself and several as a set', () => {
    expect(resultDocument([failing], '0.1.0')).toBe(failing);
    expect(resultDocument([failing, stale], '0.1.0')).toEqual({
      schema: RESULT_SCHEMA,
      virtcheck: '0.1.0',
      runs: [failing, stale],
    });
    expect(JSON.parse(resultJson([failing], '0.1.0'))).toEqual(failing);
  });
});

describe('schemas', () => {
  const folder = new URL('schemas/', import.meta.url);
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
  const validator = (name: string): ValidateFunction =>
    ajv.getSchema(`https://virtcheck.invalid/schemas/${name}`) ??
    ajv.compile(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as object);
  const errors = (name: string, value: unknown): unknown => {
    const validate = validator(name);
    return validate(JSON.parse(JSON.stringify(value))) ? [] : validate.errors;
  };

  const isOurs = (name: string): boolean => readFileSync(new URL(name, folder), 'utf8').includes('draft/2020-12');
  it.each(readdirSync(folder).filter(isOurs))('%s compiles', (name) => {
    expect(() => validator(name)).not.toThrow();
  });

  it.each([
    ['one run', failing],
    ['a set', { schema: RESULT_SCHEMA, virtcheck: '0.1.0', runs: [failing, warning, accepted, stale, lost] }],
  ])('run.schema.json accepts %s', (_, document) => {
    expect(errors('run.schema.json', document)).toEqual([]);
  });

  it.each([
    ['an unknown key', { ...failing, extra: 1 }],
    ['an unknown verdict', result({ clauses: [clauseResult(FIRST, { verdict: 'maybe' as never })] })],
    ['a missing total', { ...failing, totals: {} }],
  ])('run.schema.json refuses %s', (_, document) => {
    expect(errors('run.schema.json', document)).not.toEqual([]);
  });

  it('clauses.schema.json accepts what coverage computes', () => {
    const faults = [{ name: 'lost-buffer', clauses: [FIRST] }];
    const rows = clauseCoverage(faults, new Map([['lost-buffer', [FIRST]]]), { 'pci.*': 'no PCI yet' });
    expect(errors('clauses.schema.json', rows)).toEqual([]);
  });

  it('clauses.schema.json refuses a covered clause without proof', () => {
    const rows = clauseCoverage([], new Map(), {}).map((row) => ({ ...row, coverage: 'covered' }));
    expect(errors('clauses.schema.json', rows.slice(0, 1))).not.toEqual([]);
  });

  it('the other schemas accept their kind', () => {
    const expectation = { clause: FIRST, version: '7.2', explanation: 'why', devices: ['blk'] };
    const expectations = { schema: 'virtcheck-expectations/1', target: 'qemu:m68k', expectations: [expectation] };
    const row = { name: 'lost-buffer', detectedBy: [FIRST] };
    expect(errors('expectations.schema.json', expectations)).toEqual([]);
    expect(errors('expectations.schema.json', { ...expectations, expectations: [{ clause: FIRST }] })).not.toEqual([]);
    expect(errors('fault-matrix.schema.json', { schema: 'virtcheck-fault-matrix/1', faults: [row] })).toEqual([]);
    expect(errors('faults.schema.json', [{ ...row, party: 'device', clauses: [FIRST], seenIn: 'x' }])).toEqual([]);
    expect(errors('targets.schema.json', [{ name: 'qemu:m68k', available: false, missing: 'install it' }])).toEqual([]);
    expect(
      errors('replay.schema.json', {
        schema: 'virtcheck-replay/1',
        target: { name: 'emulator', version: '1' },
        clause: FIRST,
        reproduced: true,
        violations: [{ clause: FIRST, expected: 'a', seen: 'b', state: '' }],
        steps: ['driver resets'],
        events: [],
      }),
    ).toEqual([]);
    expect(errors('waivers.schema.json', { 'pci.*': 'no PCI yet', [FIRST]: 'because' })).toEqual([]);
  });
});
