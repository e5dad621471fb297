/** A regression case as text: what was reported, who did what in which order, which obligation broke, and the repair. */
import type { Lane, RegressionReport, RegressionStory, SequenceRow } from '../harness/result.ts';
import { wrap, type Layout } from './text.ts';

const LANES: readonly Lane[] = ['driver', 'bus', 'device'];
/** Rows of the repaired run that are shown; its end says nothing new. */
const ROWS_WITHOUT_DEFECT = 30;
/** Rows shown after the last obligation broke. */
const ROWS_AFTERWARDS = 4;

export function regressionText(report: RegressionReport, layout: Layout, everything = false): string {
  const { style, width } = layout;
  const { result } = report;
  const field = (name: string, text: string): string => wrap(text, width, `  ${name.padEnd(10)} `);
  const parts = [
    `${style.bold(result.id)}  ${report.title}`,
    field('report', result.reports),
    field('revisions', report.revisions),
    field('trigger', report.trigger),
    field('calls', report.symptom.api),
    field('wire', report.symptom.wire),
    field('property', report.property),
    field('notes', report.reasoning),
  ];
  for (const { buggy, fixed } of report.stories) {
    parts.push('', style.bold(`  ${buggy.name}`));
    parts.push(`  ${style.red('with the defect')}: ${buggy.run.profile}`, sequence(buggy, layout, everything));
    parts.push(`  ${style.green('without')}: ${fixed.run.profile}`, sequence(fixed, layout, everything));
  }
  parts.push('', ...summary(report, layout));
  return parts.join('\n');
}

function sequence(story: RegressionStory, layout: Layout, everything: boolean): string {
  const last = story.rows.findLastIndex(({ broke }) => broke !== undefined);
  const end = everything ? story.rows.length : last < 0 ? ROWS_WITHOUT_DEFECT : last + 1 + ROWS_AFTERWARDS;
  const shown = story.rows.slice(0, end);
  const lines = [heads(layout), ...shown.map((row) => line(row, layout))];
  if (shown.length < story.rows.length)
    lines.push(layout.style.dim(`    ... ${story.rows.length - shown.length} more lines (-v)`));
  if (last < 0) lines.push(layout.style.green('    no obligation broke'));
  return lines.join('\n');
}

function columnWidth({ width }: Layout): number {
  return Math.max(20, Math.floor((width - 8) / LANES.length));
}

function heads(layout: Layout): string {
  const column = columnWidth(layout);
  return layout.style.dim(`    ${LANES.map((lane) => lane.padEnd(column)).join('| ')}`);
}

/** One lane a row. A text that is longer than its lane runs on, as the lanes behind it are empty; driver's wrap. */
function line({ lane, text, broke }: SequenceRow, layout: Layout): string {
  const column = columnWidth(layout);
  const before = LANES.slice(0, LANES.indexOf(lane))
    .map(() => ' '.repeat(column))
    .join('| ');
  const indent = `    ${before}${before === '' ? '' : '| '}`;
  if (broke === undefined) return `${indent}${text}`;
  const { style } = layout;
  return [
    style.red(`>>> ${style.bold(broke.clause)}`),
    `    expected: ${broke.expected}`,
    `    seen:     ${broke.seen}`,
    `    state:    ${broke.state}`,
  ]
    .map((row) => `    ${row}`)
    .join('\n');
}

function summary({ result, broken, scenario }: RegressionReport, { style, width }: Layout): readonly string[] {
  const lines: string[] = [];
  const { found } = result;
  if (found !== null) {
    lines.push(`  found at random after ${found.scenarios} scenarios, shrunk to ${found.steps} actions`);
    if (scenario !== null) lines.push(style.dim(wrap(scenario, width, '    ')));
  }
  const verdict =
    broken.length > 0
      ? style.red('NOT AS RECORDED')
      : result.status === 'open'
        ? style.yellow('OPEN in the newest readable code; a repair passes')
        : style.green('shown and fixed');
  lines.push(`  ${style.bold(result.id)}: ${verdict}`, ...broken.map((what) => style.red(`    ${what}`)));
  return lines;
}

/** All cases in a line each. */
export function regressionTable(reports: readonly RegressionReport[], { style }: Layout): string {
  return reports
    .map(({ result, title, broken }) => {
      const state =
        broken.length > 0
          ? style.red('BROKEN')
          : result.status === 'open'
            ? style.yellow('open  ')
            : style.green('fixed ');
      const found =
        result.found === null ? 'not searched' : `${result.found.scenarios} scenarios, ${result.found.steps} actions`;
      return `${state} ${result.id.padEnd(34)} ${found.padEnd(28)} ${title}`;
    })
    .join('\n');
}
