/** What changed between two results, in Markdown: for the page of a CI job, or a comment on a merge request. */
import { publishedSection } from '../models/clauses/published.ts';
import { DIRECTIONS, HEADINGS, of, type Change, type Comparison } from './compare.ts';
import { code, text } from './markdown.ts';
import { plural } from './text.ts';

/** More rows than this are not read; GitHub cuts a job's page at 1 MiB. */
const MOST_ROWS = 100;

export function comparisonMarkdown(comparison: Comparison): string {
  const { before, after, worse, unchanged, lost, gone, added } = comparison;
  const counts = `${plural(of(comparison, 'worse').length, 'verdict')} worse, ${of(comparison, 'better').length} better, ${of(comparison, 'unknown').length} not exercised any more, ${unchanged} unchanged`;
  const parts = [
    `## virtcheck: ${worse ? 'worse' : 'not worse'}`,
    `${text(before.join(', '))} → ${text(after.join(', '))}: ${counts}.`,
  ];
  const list = (what: string, names: readonly string[]): void => {
    if (names.length > 0) parts.push(`${what}: ${names.map(text).join(', ')}.`);
  };
  list('Could not be judged any more', lost);
  for (const direction of DIRECTIONS) {
    const rows = of(comparison, direction);
    if (rows.length === 0) continue;
    const shown = rows.slice(0, MOST_ROWS).map(row).join('\n');
    const more = rows.length > MOST_ROWS ? `\n\nAnd ${plural(rows.length - MOST_ROWS, 'more clause')}.` : '';
    const table = `| Clause | before | after | where | seen |\n| --- | --- | --- | --- | --- |\n${shown}${more}`;
    // Only what got worse wants to be read at once.
    parts.push(
      direction === 'worse'
        ? `### ${HEADINGS[direction]}\n\n${table}`
        : `<details><summary>${HEADINGS[direction]}: ${rows.length}</summary>\n\n${table}\n\n</details>`,
    );
  }
  list('Only in the first', gone);
  list('Only in the second', added);
  return `${parts.join('\n\n')}\n`;
}

function row({ clause, level, section, before, after, combination, seen = '', replay }: Change): string {
  const link = `[section ${text(section)}](${publishedSection(section).url})`;
  const cells = [`${code(clause)} ${level}, ${link}`, before, after, combination];
  const again = replay === undefined ? '' : ` ${code(replay)}`;
  return `| ${[cells[0], ...cells.slice(1).map(text), `${text(seen)}${again}`].join(' | ')} |`;
}
