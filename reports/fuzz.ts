/** A campaign as text: the line that shows how it goes, and the summary that ends it. */
import type { FuzzFinding, FuzzResult } from '../fuzz/result.ts';
import { count, duration, ellipsis, plural, printable, roughly, table, wrap, type Layout } from './text.ts';

/** What a campaign knows about itself while it runs. */
export interface FuzzSnapshot {
  readonly elapsedMs: number;
  /** Of this start alone: rates are about now. */
  readonly sinceMs: number;
  readonly sinceScenarios: number;
  readonly sinceEvents: number;
  readonly scenarios: number;
  readonly corpus: number;
  readonly states: number;
  readonly reachable: number;
  readonly obligations: number;
  /** Branches of the implementation's code, where they are counted. */
  readonly code?: { readonly reached: number; readonly total: number };
  readonly findings: number;
  /** Findings that recorded deviations explain. */
  readonly explained: number;
}

/** Before this, a rate is a guess that jumps about. */
const WARM_UP_MS = 1000;

/** One line; without a width it is not cut. */
export function fuzzLine(snapshot: FuzzSnapshot, { style, width }: Pick<Layout, 'style'> & Partial<Layout>): string {
  const { elapsedMs, sinceMs, findings, explained } = snapshot;
  const rate = (n: number): string => roughly((n * 1000) / sinceMs);
  const news = findings - explained;
  const parts = [
    duration(elapsedMs),
    // First of all, as a narrow terminal cuts the rest off.
    plural(news, 'finding') + (explained === 0 ? '' : ` + ${explained} known`),
    plural(snapshot.scenarios, 'scenario'),
    ...(sinceMs >= WARM_UP_MS ? [`${rate(snapshot.sinceScenarios)}/s`, `${rate(snapshot.sinceEvents)} events/s`] : []),
    `corpus ${count(snapshot.corpus)}`,
    `states ${count(snapshot.states)} of ${count(snapshot.reachable)}`,
    `obligations ${count(snapshot.obligations)}`,
    ...(snapshot.code === undefined ? [] : [codeText(snapshot.code)]),
  ];
  const whole = parts.join('  ');
  const line = width === undefined ? whole : ellipsis(whole, width - 1);
  return news > 0 ? style.red(line) : line;
}

function codeText({ reached, total }: NonNullable<FuzzResult['code']>): string {
  return `code ${count(reached)} of ${count(total)}`;
}

export interface FuzzSummaryOptions extends Layout {
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** Folder of the findings' files, and how the campaign goes on. */
  readonly findings: string;
  readonly resume: string;
}

/** Whether a finding decides the exit code: not if it is a recorded deviation, nor a mere SHOULD unless that counts. */
export function counts(finding: FuzzFinding, strict: boolean): boolean {
  return finding.explanation === undefined && (strict || finding.severity !== 'should');
}

export function fuzzSummary(result: FuzzResult, options: FuzzSummaryOptions): string {
  const { style, width, quiet, verbose } = options;
  const strict = options.strict === true;
  const sections: string[] = [];
  if (!quiet) sections.push(heading(result, options), groupTable(result));
  const news = result.findings.filter((finding) => counts(finding, strict));
  const warnings = result.findings.filter(
    ({ explanation, severity }) => explanation === undefined && !strict && severity === 'should',
  );
  const known = result.findings.filter(({ explanation }) => explanation !== undefined);
  sections.push(...news.map((finding) => findingText(finding, 'FAIL', options)));
  if (!quiet) {
    sections.push(...warnings.map((finding) => findingText(finding, 'WARN', options)));
    if (known.length > 0) {
      const rows = known.map(({ device, transport, clause, kind }) => [
        { text: `${device} ${transport}` },
        { text: clause ?? kind },
      ]);
      sections.push(`${style.bold('Known deviations that turned up')} (expectations/):\n${table(rows)}`);
    }
  }
  if (result.unconfirmed.length > 0 && !quiet) {
    const rows = result.unconfirmed.map(({ device, transport, clause, seen }) =>
      ellipsis(`  ${device} ${transport}  ${clause ?? ''}  ${seen}`, width),
    );
    sections.push(`${style.bold('Seen once, and not again on a fresh start')} (no findings):\n${rows.join('\n')}`);
  }
  if (result.harnessErrors.count > 0) {
    const first = verbose ? `\n${result.harnessErrors.first.map(printable).join('\n')}` : '';
    sections.push(
      style.yellow(`${plural(result.harnessErrors.count, 'scenario')} failed within virtcheck itself (please report)`) +
        first,
    );
  }
  sections.push(lastLine(result, news.length, options));
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function heading(result: FuzzResult, { style }: FuzzSummaryOptions): string {
  const { target, seed, shard, jobs, durationMs, scenarios, events, features, code } = result;
  const share = shard.of === 1 ? '' : ` · shard ${shard.index} of ${shard.of}`;
  return (
    `${style.bold(`virtcheck ${result.virtcheck}`)} fuzz · ${printable(`${target.name} ${target.version}`)} · seed ${seed}${share}\n` +
    `${plural(scenarios, 'scenario')}, ${roughly(events)} events in ${duration(durationMs)} with ${plural(jobs, 'worker')}, ` +
    `${count(features)} features${code === undefined ? '' : `, ${codeText(code)} branches run`}`
  );
}

function groupTable({ groups }: FuzzResult): string {
  return table(
    groups.map(({ device, transport, scenarios, corpus, states, obligations }) => [
      { text: `${device} ${transport}` },
      { text: plural(scenarios, 'scenario'), right: true },
      { text: `corpus ${count(corpus)}`, right: true },
      { text: `states ${count(states.seen)} of ${count(states.reachable)}`, right: true },
      { text: `${count(obligations)} obligations`, right: true },
    ]),
  );
}

function findingText(finding: FuzzFinding, word: 'FAIL' | 'WARN', options: FuzzSummaryOptions): string {
  const { style, width } = options;
  const { clause, kind, severity, device, transport, variant, title, expected, seen, state, steps, files } = finding;
  const paint = word === 'FAIL' ? style.red : style.yellow;
  const digits = String(steps.length).length;
  const saved = [files.vitest, files.trace, files.qtest].filter((name) => name !== null);
  return [
    `${style.bold(paint(word))} ${style.bold(clause ?? kind)}  ${severity}  ${device} ${transport} ${variant}`,
    wrap(title, width, '  '),
    wrap(expected, width, '  Expected: '),
    wrap(seen, width, '  Seen:     '),
    ...(state === '' ? [] : [wrap(state, width, '  State:    ')]),
    ...steps.map((step, i) => wrap(step, width, `  ${String(i + 1).padStart(digits + 1)}. `)),
    ...saved.map((name) => `  ${style.dim(`${options.findings}/${name}`)}`),
  ].join('\n');
}

function lastLine(result: FuzzResult, news: number, { style, findings, resume }: FuzzSummaryOptions): string {
  const how = result.interrupted ? `Interrupted after ${duration(result.durationMs)}: ` : '';
  const goOn = `\n${style.dim(`Go on with: ${resume}`)}`;
  if (news > 0) return style.bold(style.red(`${how}${plural(news, 'finding')}; files in ${findings}/`)) + goOn;
  return style.bold(style.green(`${how}no findings in ${plural(result.scenarios, 'scenario')}.`)) + goOn;
}
