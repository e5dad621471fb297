/** docs/coverage.md: which clauses the suite covers, by area, and why others are not. */
import {
  clauseOf,
  coverageByArea,
  goals,
  inDriverGoal,
  inGoal,
  type ClauseCoverage,
  type CoverageState,
} from './coverage.ts';
import { text as escaped } from './markdown.ts';

/** The page. `command` is what makes it. */
export function coverageMarkdown(rows: readonly ClauseCoverage[], command: string): string {
  const inEither = (row: ClauseCoverage): boolean => inGoal(row) || inDriverGoal(row);
  const aimedAt = rows.filter(inEither);
  const of = (state: CoverageState): readonly ClauseCoverage[] => aimedAt.filter((row) => row.coverage === state);
  return `${[
    '# Coverage',
    `<!-- Made by ${command}; a test checks that it is current. -->`,
    [
      'A clause counts as **covered** only if a seeded fault that breaks it is caught under that very clause: a check that',
      'cannot fail covers nothing. The faults and what caught them: [of devices](fault-matrix.md),',
      '[of drivers](driver-fault-matrix.md). **Waived** is what no run could show, with the reason; everything else is',
      '**open**. `npx virtcheck clauses` prints this, and with the beginning of an id every clause with its proof.',
    ].join('\n'),
    '## What the suite sets out to cover',
    [
      'Clauses that show from outside, of MMIO, split virtqueues and the block, console and entropy devices. Zoned devices',
      'are set aside.',
    ].join('\n'),
    table(
      ['Party', 'Clauses', 'Covered', 'Share', 'Waived', 'Open'],
      goals(rows).map(({ party, total, covered, waived, open }) => [
        `${party}s`,
        total,
        covered,
        `${Math.floor((100 * covered) / total)} %`,
        waived,
        open,
      ]),
    ),
    '## The whole catalogue, by area',
    'Areas without covered clauses belong to devices and transports that there is no model of yet.',
    table(
      ['Area', 'Clauses', 'Covered', 'Waived', 'Open'],
      [...coverageByArea(rows)].map(([area, { covered, waived, open }]) => [
        `\`${area}\``,
        covered + waived + open,
        covered,
        waived,
        open,
      ]),
    ),
    '## Waived, and why',
    ...byReason(of('waived')),
    ...(of('open').length === 0 ? [] : ['## Open', list(of('open'))]),
  ].join('\n\n')}\n`;
}

function byReason(rows: readonly ClauseCoverage[]): readonly string[] {
  const reasons = new Map<string, ClauseCoverage[]>();
  for (const row of rows) {
    const reason = row.reason ?? '';
    reasons.set(reason, [...(reasons.get(reason) ?? []), row]);
  }
  return [...reasons].map(
    ([reason, members]) => `${escaped(reason.charAt(0).toUpperCase() + reason.slice(1))}\n\n${list(members)}`,
  );
}

function list(rows: readonly ClauseCoverage[]): string {
  return rows
    .map((row) => `- \`${row.id}\` (${row.level}, ${row.party}): ${escaped(clauseOf(row).summary)}`)
    .join('\n');
}

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}
