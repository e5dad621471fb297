/**
 * Results as JUnit XML: one suite a combination, one test case a clause. Expected deviations, inconclusive and
 * inapplicable clauses are `skipped` with their reason, so that a CI page shows exactly the news as red.
 */
import type { ClauseResult, Finding, RegressionEntry } from '../harness/result.ts';
import { regressionStanding, type ReportInput } from './input.ts';
import type { Judged } from './judged.ts';
import { clauseTimes } from './times.ts';
import { attribute, element, text } from './xml.ts';
import { combinationName, isDeviation, isExpected, isLost } from './verdicts.ts';

export interface JUnitOptions {
  /** A broken SHOULD is a failure. */
  readonly strict?: boolean;
}

export function junitXml({ runs, regressions = [] }: ReportInput, options: JUnitOptions = {}): string {
  const suites = runs.map((run) => suite(run, options.strict === true));
  if (regressions.length > 0) suites.push(regressionSuite(regressions));
  const sum = (key: 'tests' | 'failures' | 'errors' | 'skipped'): number => suites.reduce((n, s) => n + s[key], 0);
  const time = seconds(runs.reduce((ms, run) => ms + run.durationMs, 0));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="virtcheck" tests="${sum('tests')}" failures="${sum('failures')}" errors="${sum('errors')}" skipped="${sum('skipped')}" time="${time}">`,
    ...suites.map((s) => s.xml),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Suite {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly xml: string;
}

function suite(run: Judged, strict: boolean): Suite {
  const times = clauseTimes(run);
  const cases = run.clauses.map((clause, i) => testCase(run, clause, times[i], strict));
  if (isLost(run)) cases.push(lostCase(run));
  const of = (kind: Kind): number => cases.filter((c) => c.kind === kind).length;
  const tally = { tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') };
  const attributes = Object.entries(tally).map(([name, n]) => `${name}="${n}"`);
  const outcomes = run.outcomes.map((o) => `${o.scenario}: ${o.outcome}: ${o.evidence}`).join('\n');
  const xml = [
    `  <testsuite name="${attribute(suiteName(run))}" ${attributes.join(' ')} time="${seconds(run.durationMs)}">`,
    '    <properties>',
    property('target', run.target.name),
    property('version', run.target.version),
    property('byteOrder', run.target.byteOrder),
    property('variants', run.target.variants.join(' ')),
    property('specification', run.spec),
    property('virtcheck', run.virtcheck),
    ...(run.seed === undefined ? [] : [property('seed', String(run.seed))]),
    ...(run.effort === undefined ? [] : [property('effort', run.effort)]),
    property('interrupted', String(run.interrupted)),
    '    </properties>',
    ...cases.map((c) => c.xml),
    ...(outcomes === '' ? [] : [`    <system-err>${text(outcomes)}</system-err>`]),
    '  </testsuite>',
  ];
  return { ...tally, xml: xml.join('\n') };
}

type Kind = 'passed' | 'failure' | 'error' | 'skipped';

interface Case {
  readonly kind: Kind;
  readonly xml: string;
}

function suiteName(run: Judged): string {
  return `${run.target.name} ${combinationName(run)}`;
}

function testCase(run: Judged, clause: ClauseResult, ms: number, strict: boolean): Case {
  const { kind, body } = verdictBody(run, clause, strict);
  const xml = [
    `    <testcase classname="${attribute(className(run))}" name="${attribute(clause.id)}" time="${seconds(ms)}">`,
    '      <properties>',
    property('level', clause.level, 8),
    property('section', clause.section, 8),
    property('party', clause.party, 8),
    property('verdict', clause.verdict, 8),
    property('exercised', String(clause.exercised), 8),
    property('requirement', clause.summary, 8),
    '      </properties>',
    ...(body === '' ? [] : [body]),
    '    </testcase>',
  ];
  return { kind, xml: xml.join('\n') };
}

function verdictBody(run: Judged, clause: ClauseResult, strict: boolean): { kind: Kind; body: string } {
  const finding = run.findings.find((candidate) => candidate.clause === clause.id);
  if (run.staleExpectations.includes(clause.id)) {
    const message = 'a recorded deviation did not show up: remove it from the expectations, or correct its version';
    return { kind: 'failure', body: element('failure', { type: 'stale-expectation', message }, clause.summary) };
  }
  if (isExpected(clause)) {
    return { kind: 'skipped', body: element('skipped', { message: `expected deviation: ${clause.reason ?? ''}` }) };
  }
  if (isDeviation(clause, strict)) {
    const message = finding?.title ?? clause.summary;
    return { kind: 'failure', body: element('failure', { type: clause.level, message }, detail(clause, finding)) };
  }
  switch (clause.verdict) {
    case 'pass':
    case 'fail':
      return { kind: 'passed', body: '' };
    case 'warn':
      return { kind: 'passed', body: element('system-out', {}, `WARN\n${detail(clause, finding)}`) };
    case 'inconclusive':
    case 'skip': {
      const message = `${clause.verdict === 'skip' ? 'not applicable' : 'inconclusive'}: ${clause.reason ?? 'never exercised'}`;
      return { kind: 'skipped', body: element('skipped', { message }) };
    }
  }
}

function lostCase(run: Judged): Case {
  const evidence = run.outcomes.map((outcome) => outcome.evidence).join('\n');
  const body = element('error', { type: 'not-judged', message: 'this combination could not be judged' }, evidence);
  const name = attribute(className(run));
  return { kind: 'error', xml: `    <testcase classname="${name}" name="run" time="0">\n${body}\n    </testcase>` };
}

/** A test case for each regression: it fails if it is not as recorded. What is still open passes, and says so. */
function regressionSuite(cases: readonly RegressionEntry[]): Suite {
  const rows = cases.map((entry) => {
    const standing = regressionStanding(entry);
    const failed = standing === 'not as recorded';
    const { id, title = '', broken = [], buggy, fixed } = entry;
    const xml = [
      `    <testcase classname="virtcheck.regressions" name="${attribute(id)}" time="0">`,
      '      <properties>',
      property('standing', standing, 8),
      property('title', title, 8),
      property('with the defect', buggy.profile, 8),
      property('without', fixed.profile, 8),
      property('breaks', buggy.violated.join(' '), 8),
      '      </properties>',
      ...(failed ? [element('failure', { type: 'regression', message: title }, broken.join('\n'))] : []),
      '    </testcase>',
    ];
    return { failed, xml: xml.join('\n') };
  });
  const failures = rows.filter(({ failed }) => failed).length;
  const counts = `tests="${rows.length}" failures="${failures}" errors="0" skipped="0" time="0"`;
  const xml = ['  <testsuite name="regressions" ' + counts + '>', ...rows.map((row) => row.xml), '  </testsuite>'];
  return { tests: rows.length, failures, errors: 0, skipped: 0, xml: xml.join('\n') };
}

function className(run: Judged): string {
  const { name, device, transport, byteOrder } = run.target;
  return ['virtcheck', name, device, transport, ...(byteOrder === 'big' ? ['big'] : [])].join('.');
}

function detail(clause: ClauseResult, finding: Finding | undefined): string {
  const lines = [`${clause.id} ${clause.level} section ${clause.section}`, clause.summary];
  if (finding === undefined) return lines.join('\n');
  lines.push(`Expected: ${finding.expected}`, `Seen: ${finding.seen}`, `State: ${finding.state}`);
  finding.steps.forEach((step, i) => lines.push(`${i + 1}. ${step}`));
  if (finding.trace !== null) lines.push(`Trace: ${finding.trace}`);
  if (finding.qtest !== null) lines.push(`qtest: ${finding.qtest}`);
  if (finding.replay !== null) lines.push(`Replay: ${finding.replay}`);
  return lines.join('\n');
}

function property(name: string, value: string, indent = 6): string {
  return `${' '.repeat(indent)}<property name="${attribute(name)}" value="${attribute(value)}"/>`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
