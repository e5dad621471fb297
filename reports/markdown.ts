/** A summary in Markdown, for the page of a CI job (`$GITHUB_STEP_SUMMARY`) or a merge request. */
import { publishedSection } from '../models/clauses/published.ts';
import type { FuzzResult } from '../fuzz/result.ts';
import type { RegressionEntry } from '../harness/result.ts';
import { campaignCounts, regressionCounts, regressionStanding, type ReportInput } from './input.ts';
import type { Judged } from './judged.ts';
import { count, duration, plural, printable } from './text.ts';
import {
  combinationName,
  conclude,
  gather,
  isDeviation,
  isExpected,
  isLost,
  isWarning,
  type BrokenClause,
} from './verdicts.ts';

/** More findings than this make a job page unreadable, and GitHub cuts it at 1 MiB. */
const MOST_FINDINGS = 50;

export function resultMarkdown({ runs, regressions = [], campaigns = [] }: ReportInput, strict = false): string {
  const parts = [...(runs.length > 0 ? runsMarkdown(runs, strict) : []), ...regressionsMarkdown(regressions)];
  parts.push(...campaigns.map(campaignMarkdown));
  return `${parts.join('\n\n')}\n`;
}

function campaignMarkdown(campaign: FuzzResult): string {
  const news = campaign.findings.filter(({ explanation }) => explanation === undefined);
  const rows = news.map(({ severity, clause, title, seen }) => {
    return `- ${severity}: ${clause === null ? '' : `${code(clause)} `}${text(title)} Seen: ${text(seen)}`;
  });
  return [`## virtcheck fuzz: ${text(campaignCounts(campaign))}`, rows.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Cases that are not as they are recorded, one a line; of the others the numbers. */
function regressionsMarkdown(cases: readonly RegressionEntry[]): readonly string[] {
  if (cases.length === 0) return [];
  const wrong = cases.filter((entry) => regressionStanding(entry) === 'not as recorded');
  const rows = wrong.map(
    ({ id, title, broken = [] }) => `- ${code(id)} ${text(title ?? '')}: ${text(broken.join('; '))}`,
  );
  return [`## virtcheck regress: ${regressionCounts(cases)}`, ...(rows.length > 0 ? [rows.join('\n')] : [])];
}

function runsMarkdown(runs: readonly Judged[], strict: boolean): readonly string[] {
  const deviations = gather(runs, (clause) => isDeviation(clause, strict));
  const warnings = gather(runs, (clause) => isWarning(clause, strict));
  const accepted = gather(runs, isExpected);
  const parts = [`## virtcheck: ${verdict(runs, deviations.length, strict)}`, totals(runs)];
  const lost = runs.filter(isLost).map((run) => `- ${name(run)}: ${text(run.outcomes[0].evidence)}`);
  if (lost.length > 0) parts.push(`### Could not be judged\n\n${lost.join('\n')}`);
  if (deviations.length > 0) parts.push('### Broken', ...listed(deviations));
  if (warnings.length > 0) parts.push('### Warnings', ...listed(warnings));
  const stale = runs.flatMap((run) => run.staleExpectations.map((id) => `- ${code(id)} (${name(run)})`));
  if (stale.length > 0) {
    parts.push(`### Expected deviations that did not show up\n\n${stale.join('\n')}`);
  }
  if (accepted.length > 0) {
    const rows = accepted.map(({ clause, runs: where }) => {
      return `- ${code(clause.id)} ${link(clause.section)} (${where.map(name).join('; ')}): ${text(clause.reason ?? '')}`;
    });
    parts.push(
      `<details><summary>${plural(accepted.length, 'expected deviation')}</summary>\n\n${rows.join('\n')}\n\n</details>`,
    );
  }
  return parts;
}

function verdict(runs: readonly Judged[], broken: number, strict: boolean): string {
  switch (conclude(runs, strict)) {
    case 'conformant':
      return runs.some((run) => run.totals.expected > 0) ? 'nothing but expected deviations' : 'conformant';
    case 'deviations':
      return broken === 0 ? 'stale expectations' : `not conformant, ${plural(broken, 'clause')} broken`;
    case 'not-run':
      return 'could not be judged';
  }
}

function name(run: Judged): string {
  return text([run.target.name, run.target.version, combinationName(run)].filter((part) => part !== '').join(' '));
}

function totals(runs: readonly Judged[]): string {
  const rows = runs.map((run) => {
    const { pass, fail, warn, expected, inconclusive, skip } = run.totals;
    const cells = [pass, fail, warn, expected, inconclusive, skip].map(count);
    return `| ${[name(run), ...cells, duration(run.durationMs)].join(' | ')} |`;
  });
  return [
    '| Implementation | pass | fail | warn | expected | inconclusive | skip | time |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

function listed(broken: readonly BrokenClause[]): readonly string[] {
  const parts = broken.slice(0, MOST_FINDINGS).map(finding);
  if (broken.length > MOST_FINDINGS) parts.push(`And ${plural(broken.length - MOST_FINDINGS, 'more clause')}.`);
  return parts;
}

function finding({ clause, runs, finding: shown }: BrokenClause): string {
  const head = `**${code(clause.id)}** ${clause.level}, ${link(clause.section)}, ${runs.map(name).join('; ')}`;
  const lines = [head, '', text(clause.summary)];
  if (shown === undefined) return lines.join('\n');
  lines.push('', `- Expected: ${text(shown.expected)}`, `- Seen: ${text(shown.seen)}`);
  if (shown.replay !== null) lines.push(`- Replay: ${code(shown.replay)}`);
  if (shown.steps.length > 0) {
    const steps = shown.steps.map((step, i) => `${String(i + 1)}. ${text(step)}`).join('\n');
    lines.push('', `<details><summary>${plural(shown.actions, 'driver action')}</summary>\n\n${steps}\n\n</details>`);
  }
  return lines.join('\n');
}

function link(section: string): string {
  return `[section ${text(section)}](${publishedSection(section).url})`;
}

/** Text that stays text: no markup of ours or of HTML takes effect in it. */
export function text(value: string): string {
  return printable(value)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~#@]/g, (character) => `\\${character}`);
}

/** A code span, whatever backquotes it holds. */
export function code(value: string): string {
  const line = printable(value)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
