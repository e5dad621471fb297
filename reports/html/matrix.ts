/** The matrix: a row for each clause, grouped by section of the specification, and a column for each implementation. */
import { h, type ComponentChild } from 'preact';
import type { ClauseResult } from '../../harness/result.ts';
import { publishedSection } from '../../models/clauses/published.ts';
import type { Judged } from '../judged.ts';
import { combinationName, standingOf, STANDINGS, type Standing } from '../verdicts.ts';
import type { FindingPaths } from './links.ts';

/** A clause with how it stands for each implementation, in their order; undefined where it is not among its clauses. */
export interface MatrixRow {
  readonly clause: ClauseResult;
  readonly cells: readonly (ClauseResult | undefined)[];
}

export interface MatrixSection {
  readonly section: string;
  readonly rows: readonly MatrixRow[];
}

/** Words of a cell: short, and none of them by colour alone. */
export const WORDS: Readonly<Record<Standing, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  warn: 'WARN',
  expected: 'known',
  inconclusive: 'open',
  skip: 'n/a',
};

export function matrixSections(runs: readonly Judged[]): readonly MatrixSection[] {
  const rows = new Map<string, { clause: ClauseResult; cells: (ClauseResult | undefined)[] }>();
  runs.forEach((run, column) => {
    for (const clause of run.clauses) {
      let row = rows.get(clause.id);
      if (row === undefined) {
        row = { clause, cells: new Array<undefined>(runs.length).fill(undefined) };
        rows.set(clause.id, row);
      }
      row.cells[column] = clause;
    }
  });
  const sections = new Map<string, MatrixRow[]>();
  for (const row of rows.values()) {
    const { section } = row.clause;
    const known = sections.get(section);
    if (known === undefined) sections.set(section, [row]);
    else known.push(row);
  }
  return [...sections]
    .map(([section, members]) => ({ section, rows: members }))
    .sort((a, b) => bySection(a.section, b.section));
}

/** `2.7.10` after `2.7.9`; what is no number (source files) comes last. */
export function bySection(a: string, b: string): number {
  const numbered = (section: string): boolean => /^\d/.test(section);
  if (numbered(a) !== numbered(b)) return numbered(a) ? -1 : 1;
  return a.localeCompare(b, 'en', { numeric: true });
}

/**
 * The table is laid out by rows of its own (page.css), so that a browser need not look at sections that are out of
 * sight; the roles say that it is a table all the same. `detailed` has the page of each clause that was broken.
 */
export function matrix(
  runs: readonly Judged[],
  sections: readonly MatrixSection[],
  detailed: FindingPaths,
): ComponentChild {
  const columns = runs.map((run) =>
    h('th', { scope: 'col', role: 'columnheader' }, [
      h('span', { class: 'who', title: run.target.name }, breakable(shortName(run.target.name))),
      ` ${run.target.version} `,
      h('span', { class: 'combination' }, combinationName(run)),
    ]),
  );
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Matrix of clauses and implementations' },
    h('table', { class: 'matrix', role: 'table', style: `--columns: ${String(runs.length)}` }, [
      h('caption', { class: 'sr' }, 'Verdict on each clause for each implementation'),
      h(
        'thead',
        { role: 'rowgroup' },
        h('tr', { role: 'row' }, [h('th', { scope: 'col', role: 'columnheader' }, 'Clause'), ...columns]),
      ),
      ...sections.map((section) => body(section, runs.length, detailed)),
    ]),
  );
}

/** A recording by its file alone: the column is narrow, and the summary has the whole path. */
function shortName(name: string): string {
  return /[\\/]/.test(name) ? name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1) : name;
}

/** May be broken behind what joins its parts, rather than anywhere. */
function breakable(name: string): readonly ComponentChild[] {
  return name.split(/(?<=[:+@_-])/).flatMap((part, i) => (i === 0 ? [part] : [h('wbr', null), part]));
}

function body({ section, rows }: MatrixSection, columns: number, detailed: FindingPaths): ComponentChild {
  const { url, title } = publishedSection(section);
  const name = /^\d/.test(section) ? `${section} ${title}` : title;
  return h('tbody', { role: 'rowgroup', style: `--rows: ${String(rows.length)}` }, [
    h(
      'tr',
      { class: 'section', role: 'row' },
      h('th', { scope: 'rowgroup', role: 'rowheader', colspan: 1 + columns }, h('span', null, name)),
    ),
    ...rows.map(({ clause, cells }) => {
      const standings = cells.map((cell) => (cell === undefined ? undefined : standingOf(cell)));
      const present = STANDINGS.filter((standing) => standings.includes(standing));
      const attributes = {
        role: 'row',
        'data-level': clause.level,
        'data-party': clause.party,
        'data-area': areaOf(clause.id),
        'data-verdict': present.join(' '),
      };
      return h('tr', attributes, [
        h('th', { scope: 'row', role: 'rowheader' }, [
          detailed.has(clause.id)
            ? h('a', { href: detailed.get(clause.id) }, h('code', null, clause.id))
            : h('code', null, clause.id),
          h('span', { class: 'requirement' }, clause.summary),
          h('small', null, [`${clause.level}, ${clause.party}, `, h('a', { href: url }, `section ${section}`)]),
        ]),
        ...cells.map((cell, i) => verdictCell(cell, standings[i])),
      ]);
    }),
  ]);
}

function verdictCell(cell: ClauseResult | undefined, standing: Standing | undefined): ComponentChild {
  if (cell === undefined || standing === undefined) return h('td', { class: 'none', role: 'cell' }, '–');
  return h('td', { class: standing, role: 'cell', title: cell.reason }, WORDS[standing]);
}

export function areaOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}
