/** The first page: summary, findings in a line each, matrix with its filters, remarks. */
import { h, type ComponentChild } from 'preact';
import type { Judged } from '../judged.ts';
import { count } from '../text.ts';
import { gather, isDeviation, isExpected, STANDINGS, type BrokenClause } from '../verdicts.ts';
import { frame, type PageFile, type Site } from './frame.ts';
import { areaOf, matrix, matrixSections, WORDS, type MatrixSection } from './matrix.ts';
import { answer, implementations, legend, remarks } from './summary.ts';

/** `elsewhere`: what the other pages have to tell, a paragraph each. */
export function overviewPage(
  runs: readonly Judged[],
  findings: readonly BrokenClause[],
  strict: boolean,
  elsewhere: readonly ComponentChild[],
  { assets, pages, path, paths }: Site,
): PageFile {
  const sections = matrixSections(runs);
  const deviations = gather(runs, (clause) => isDeviation(clause, strict)).length;
  const names = [...new Set(runs.map((run) => run.target.name))].join(', ');
  const options = {
    assets,
    pages,
    path,
    title: names === '' ? 'virtcheck report' : `virtcheck: ${names}`,
    heading: 'virtcheck report',
    facts: facts(runs),
    skipTo:
      runs.length > 0
        ? { anchor: 'matrix-heading', text: 'Skip to the matrix' }
        : { anchor: 'summary-heading', text: 'Skip to the summary' },
  };
  return frame(options, [
    h('section', { 'aria-labelledby': 'summary-heading' }, [
      h('h2', { id: 'summary-heading', tabindex: -1 }, 'Summary'),
      ...(runs.length > 0 ? [answer(runs, deviations, strict), implementations(runs)] : []),
      ...elsewhere,
    ]),
    findings.length === 0 ? null : contents(findings, paths),
    ...(runs.length > 0
      ? [
          h('section', { 'aria-labelledby': 'matrix-heading' }, [
            h('h2', { id: 'matrix-heading', tabindex: -1 }, 'Clauses'),
            legend(WORDS),
            filters(sections),
            matrix(runs, sections, paths),
          ]),
        ]
      : []),
    ...remarks(runs),
  ]);
}

function facts(runs: readonly Judged[]): string {
  const run = runs.at(0);
  const seeds = [...new Set(runs.flatMap(({ seed }) => (seed === undefined ? [] : [String(seed)])))];
  const efforts = [...new Set(runs.flatMap(({ effort }) => effort ?? []))];
  return [
    run?.spec,
    run === undefined ? undefined : `virtcheck ${run.virtcheck}`,
    seeds.length === 0 ? undefined : `seed ${seeds.join(', ')}`,
    efforts.length === 0 ? undefined : `effort ${efforts.join(', ')}`,
  ]
    .filter((fact) => fact !== undefined)
    .join(' · ');
}

/** The findings in a line each. */
function contents(findings: readonly BrokenClause[], paths: Site['paths']): ComponentChild {
  return h('nav', { 'aria-labelledby': 'contents-heading' }, [
    h('h2', { id: 'contents-heading' }, 'Findings'),
    h(
      'ul',
      { class: 'contents' },
      findings.map(({ clause, finding }) => {
        const standing = isExpected(clause) ? 'expected' : clause.verdict;
        return h('li', null, [
          h('span', { class: `badge ${standing}` }, WORDS[standing]),
          h('a', { href: paths.get(clause.id) }, h('code', null, clause.id)),
          h('span', null, finding?.title ?? clause.summary),
        ]);
      }),
    ),
  ]);
}

function filters(sections: readonly MatrixSection[]): ComponentChild {
  const clauses = sections.flatMap(({ rows }) => rows.map(({ clause }) => clause));
  const distinct = (of: (clause: (typeof clauses)[number]) => string): readonly string[] =>
    [...new Set(clauses.map(of))].sort();
  const standings = STANDINGS.map((standing) => [standing, WORDS[standing]] as const);
  return h(
    'form',
    { class: 'filters', id: 'filters', role: 'search', 'aria-label': 'Filter the clauses', hidden: true },
    [
      choice(
        'level',
        'Level',
        distinct((clause) => clause.level).map((level) => [level, level]),
      ),
      choice(
        'party',
        'Party',
        distinct((clause) => clause.party).map((party) => [party, party]),
      ),
      choice(
        'area',
        'Area',
        distinct((clause) => areaOf(clause.id)).map((area) => [area, area]),
      ),
      choice('verdict', 'Verdict', standings),
      h('label', { class: 'text' }, [
        'Text',
        h('input', { type: 'search', name: 'text', placeholder: 'clause, requirement, section' }),
      ]),
      h('button', { type: 'reset' }, 'Show all'),
      h('output', { id: 'shown', 'aria-live': 'polite' }, `${count(clauses.length)} clauses`),
    ],
  );
}

function choice(
  name: string,
  label: string,
  values: readonly (readonly [value: string, text: string])[],
): ComponentChild {
  return h('label', null, [
    label,
    h('select', { name }, [
      h('option', { value: '' }, 'all'),
      ...values.map(([value, text]) => h('option', { value }, text)),
    ]),
  ]);
}
