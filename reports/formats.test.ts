import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { CLAUSES } from '../models/clauses/catalogue.ts';
import { PUBLISHED_SPECIFICATION, publishedSection } from '../models/clauses/published.ts';
import { badgeSvg } from './badge.ts';
import { comparisonMarkdown } from './compare-markdown.ts';
import { compareResults, comparisonText, type Direction } from './compare.ts';
import { resultCsv } from './csv.ts';
import { messages } from './html/events.ts';
import { junitXml } from './junit.ts';
import { resultMarkdown } from './markdown.ts';
import { resultSarif } from './sarif.ts';
import {
  clauseResult,
  EVIDENCE,
  finding,
  FIRST,
  mixedRuns,
  recordedRun,
  REGRESSION,
  runResult,
  SECOND,
} from './testing/sample.ts';
import { PLAIN } from './text.ts';
import type { Standing } from './verdicts.ts';

/** The schema of SARIF 2.1.0 as a package ships it. It was written for draft 4, from which it only takes the name of "id". */
function sarifSchema(): object {
  const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { $schema, id, ...schema } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  expect([$schema, id]).toEqual([expect.stringContaining('draft-04'), expect.stringContaining('sarif-2.1.0')]);
  return schema;
}

const failing = runResult({ clauses: [clauseResult(FIRST, { verdict: 'fail' })], findings: [finding(FIRST)] });

describe('publishedSection', () => {
  it.each([
    // Read in the table of contents and the headings of the published HTML.
    ['2.8.22', '10000022'],
    ['2.12.1.3', '1220003'],
    ['3.4', '1620004'],
    ['4.1.5', '1990005'],
    ['4.2.2', '2180002'],
    ['4.2.4', '2280004'],
    ['5.2.6', '3930006'],
    ['5.4', '4130004'],
    ['5.6.6', '4600006'],
  ])('section %s is at #x1-%s', (section, anchor) => {
    expect(publishedSection(section).url).toBe(`${PUBLISHED_SPECIFICATION}#x1-${anchor}`);
  });

  it('has a place for every section of the catalogue', () => {
    const homeless = CLAUSES.filter(({ section }) => {
      const { url } = publishedSection(section);
      return !/#x1-\d+000\d+$|^https:\/\/cvsweb\.netbsd\.org\//.test(url);
    });
    expect(homeless.map(({ id }) => id)).toEqual([]);
  });

  it('leads to the source of a rule of NetBSD, and to the nearest section above an unknown one', () => {
    expect(publishedSection('virtio.c 1.66').url).toContain('dev/pci/virtio.c?rev=1.66');
    expect(publishedSection('4.2.2.1.99').url).toBe(publishedSection('4.2.2.1').url);
  });
});

describe('compareResults', () => {
  const standing = (state: Standing) =>
    state === 'expected'
      ? clauseResult(FIRST, { verdict: 'fail', expected: true })
      : clauseResult(FIRST, { verdict: state });
  const cases: readonly (readonly [Standing, Standing, Direction])[] = [
    ['pass', 'fail', 'worse'],
    ['expected', 'fail', 'worse'],
    ['inconclusive', 'fail', 'worse'],
    ['pass', 'warn', 'worse'],
    ['fail', 'warn', 'better'],
    ['fail', 'pass', 'better'],
    ['expected', 'pass', 'better'],
    ['pass', 'inconclusive', 'unknown'],
    ['fail', 'skip', 'unknown'],
    ['fail', 'expected', 'other'],
    ['inconclusive', 'pass', 'other'],
  ];
  it.each(cases)('%s to %s is %s', (before, after, direction) => {
    const result = compareResults(
      [runResult({ clauses: [standing(before)] })],
      [runResult({ clauses: [standing(after)] })],
    );
    expect(result.changes.map((change) => change.direction)).toEqual([direction]);
    expect(result.worse).toBe(direction === 'worse');
  });

  it('is equal to itself, keeps its schema, and counts a lost combination as worse', () => {
    const schema = JSON.parse(readFileSync(new URL('schemas/compare.schema.json', import.meta.url), 'utf8')) as object;
    const valid = new Ajv2020().compile(schema);
    const same = compareResults(mixedRuns(), mixedRuns());
    expect(same).toMatchObject({ changes: [], worse: false, gone: [], added: [] });
    const died = [{ outcome: 'died' as const, evidence: 'exit code 1', scenario: 'start' }];
    const lost = compareResults([runResult()], [runResult({ clauses: [], scenarios: 0, outcomes: died })]);
    expect(lost.worse).toBe(true);
    for (const comparison of [same, lost, compareResults([runResult()], [failing])]) {
      expect(valid(comparison), JSON.stringify(valid.errors)).toBe(true);
    }
  });

  it('in Markdown: what got worse is in sight, and nothing in it takes effect', () => {
    const markdown = comparisonMarkdown(compareResults([runResult()], [failing]));
    for (const part of ['## virtcheck: worse', '### Worse', FIRST, '| pass | fail |', 'npx virtcheck replay']) {
      expect(markdown).toContain(part);
    }
    expect(comparisonMarkdown(compareResults([failing], [failing]))).not.toContain('###');
    const hostile = compareResults(
      [runResult()],
      [runResult({ ...failing, findings: failing.findings.map((one) => ({ ...one, seen: '| a\n<b>`c` |' })) })],
    );
    expect(comparisonMarkdown(hostile)).toContain('\\| a &lt;b>\\`c\\` \\|');
  });

  it('says what got worse with what was seen', () => {
    const text = comparisonText(compareResults([runResult()], [failing]), { style: PLAIN, width: 100 });
    for (const part of [FIRST, 'pass -> fail', 'QueueReady 0x1', 'virtcheck replay', 'Worse: 1 verdict worse']) {
      expect(text).toContain(part);
    }
  });
});

describe('formats', () => {
  it('SARIF: a result for each broken clause, known ones suppressed, with a place and a link', () => {
    const log = JSON.parse(resultSarif(mixedRuns(), { resultFile: 'r.json' })) as Log;
    const results = log.runs[0].results ?? [];
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      [FIRST, 'error'],
      [SECOND, 'warning'],
      ['basic.device.device-status-field.2', 'warning'],
    ]);
    expect(results[0].locations?.[0].physicalLocation?.artifactLocation?.uri).toBe('virtcheck-out/live.json');
    expect(results[1].suppressions?.[0].justification).toBe('virtio_foo() forgets it');
    expect(results[1].locations?.[0].physicalLocation?.artifactLocation?.uri).toBe('r.json');
    expect(log.runs[0].tool.driver.rules?.[0].helpUri).toContain('docs.oasis-open.org');
  });

  it('SARIF: keeps the schema that OASIS published', () => {
    const valid = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(sarifSchema());
    const inputs = [mixedRuns(), [failing], [], [recordedRun()]];
    for (const strict of [false, true]) {
      for (const runs of inputs) {
        const log = JSON.parse(resultSarif(runs, { strict, resultFile: 'a folder/r.json' })) as Log;
        expect(valid(log), JSON.stringify(valid.errors?.slice(0, 3))).toBe(true);
      }
    }
    // The schema is one that can fail.
    const log = JSON.parse(resultSarif([failing], { resultFile: 'r.json' })) as Log;
    expect(valid({ ...log, runs: [{ ...log.runs[0], results: [{ ruleId: FIRST }] }] })).toBe(false);
  });

  it('JUnit: keeps the structure that CI servers read, whatever is in the result', async () => {
    const schema = readFileSync(new URL('testing/junit.xsd', import.meta.url), 'utf8');
    const check = async (xml: string): Promise<readonly string[]> => {
      const { errors } = await validateXML({
        xml: { fileName: 'junit.xml', contents: xml },
        schema: { fileName: 'junit.xsd', contents: schema },
      });
      return errors.map(({ rawMessage }) => rawMessage);
    };
    const regressions = [REGRESSION, { ...REGRESSION, id: 'kern/2', broken: ['<not> "as" recorded & so on'] }];
    const lost = runResult({
      clauses: [],
      outcomes: [{ outcome: 'died', evidence: '\u0007 ]]> \ud800', scenario: 'x' }],
    });
    for (const strict of [false, true]) {
      expect(await check(junitXml({ runs: mixedRuns(), regressions }, { strict }))).toEqual([]);
      expect(await check(junitXml({ runs: [failing, lost, recordedRun()] }, { strict }))).toEqual([]);
    }
    expect(await check(junitXml({ runs: [] }))).toEqual([]);
    expect(await check('<testsuites><testsuite name="no counts"/></testsuites>')).not.toEqual([]);
  });

  it('CSV: a row for each verdict; nothing an implementation says is a formula', () => {
    const lines = resultCsv([runResult({ clauses: [clauseResult(FIRST, { reason: '=1+1, "so"' })] })]).split('\n');
    expect(lines[0]).toMatch(/^target,version,device/);
    expect(lines[1]).toContain(`"'=1+1, ""so"""`);
  });

  it('Markdown: markup in what was seen has no effect', () => {
    const text = resultMarkdown({ runs: mixedRuns() });
    expect(text).toContain('not conformant, 1 clause broken');
    expect(text).toContain('&lt;script>');
    expect(text).not.toContain('<script>');
    expect(text).toContain('virtio\\_foo() forgets it');
  });

  it.each([
    ['kept', [runResult()], '1 clause kept'],
    ['broken', [failing], '1 of 1 clauses broken'],
    ['nothing', [], 'not judged'],
  ] as const)('badge: %s', (_, runs, text) => {
    expect(badgeSvg(runs)).toContain(text);
  });

  it('sequence: accesses go the right way, neighbouring stores become one, places in rings have names', () => {
    const rows = messages(EVIDENCE.trace!.events, 'mmio-v2', 'le');
    const after = rows.findIndex(({ text }) => text === 'QueueReady := 0x00000001') + 1;
    expect(rows.slice(0, 3).map(({ from, to }) => `${from}-${to}`)).toEqual([
      'device-device',
      'driver-device',
      'device-driver',
    ]);
    expect(rows.slice(after).map(({ from, to }) => `${from}-${to}`)).toEqual([
      'driver-bus',
      'driver-device',
      'device-bus',
      'device-driver',
      'bus-driver',
      'device-driver',
      'device-device',
    ]);
    expect(rows[after]).toMatchObject({ times: 5, text: '5 stores, last: queue0.avail.idx [0x40001042] := 01 00' });
  });

  it('sequence: big-endian legacy registers are shown as they are meant', () => {
    const [row] = messages(['w 070 4 0x03000000'], 'mmio-v1', 'be-legacy');
    expect(row.text).toBe('Status := 0x00000003 ACKNOWLEDGE|DRIVER');
  });
});
