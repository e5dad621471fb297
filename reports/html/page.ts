/** The HTML report: one file that needs neither server nor network. */
import { h, type ComponentChild } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import type { Judged } from '../judged.ts';
import { count } from '../text.ts';
import { gather, isDeviation, isExpected, STANDINGS, type BrokenClause } from '../verdicts.ts';
import type { Evidence } from './evidence.ts';
import { findingArticle } from './finding.ts';
import { areaOf, findingAnchor, matrix, matrixSections, WORDS, type MatrixSection } from './matrix.ts';
import { answer, implementations, legend, remarks } from './summary.ts';

export interface HtmlOptions {
  /** A broken SHOULD counts like a MUST. */
  readonly strict?: boolean;
  /** Contents of assets/page.css and assets/page.js. */
  readonly assets: { readonly css: string; readonly js: string };
  /** Trace and script of a finding, where they are at hand. */
  readonly evidence?: (broken: BrokenClause) => Evidence | undefined;
}

/** Nothing may be loaded from anywhere: what an implementation printed is shown here, too. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function htmlReport(runs: readonly Judged[], options: HtmlOptions): string {
  const strict = options.strict === true;
  const broken = gather(runs, (clause) => clause.verdict === 'fail' || clause.verdict === 'warn');
  const rank = ({ clause }: BrokenClause): number => (isExpected(clause) ? 2 : clause.verdict === 'fail' ? 0 : 1);
  const findings = [...broken].sort((a, b) => rank(a) - rank(b));
  const sections = matrixSections(runs);
  const deviations = gather(runs, (clause) => isDeviation(clause, strict)).length;
  const names = [...new Set(runs.map((run) => run.target.name))].join(', ');
  const document = h('html', { lang: 'en' }, [
    h('head', null, [
      h('meta', { charset: 'utf-8' }),
      h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('title', null, `virtcheck: ${names}`),
      h('style', { dangerouslySetInnerHTML: { __html: options.assets.css } }),
    ]),
    h('body', null, [
      h('a', { class: 'skip-link', href: '#matrix-heading' }, 'Skip to the matrix'),
      header(runs),
      h('main', null, [
        h('section', { 'aria-labelledby': 'summary-heading' }, [
          h('h2', { id: 'summary-heading' }, 'Summary'),
          answer(runs, deviations, strict),
          implementations(runs),
        ]),
        findings.length === 0 ? null : contents(findings),
        h('section', { 'aria-labelledby': 'matrix-heading' }, [
          h('h2', { id: 'matrix-heading', tabindex: -1 }, 'Clauses'),
          legend(WORDS),
          filters(sections),
          matrix(runs, sections, new Set(findings.map(({ clause }) => clause.id))),
        ]),
        findings.length === 0
          ? null
          : h('section', { 'aria-labelledby': 'findings-heading' }, [
              h('h2', { id: 'findings-heading' }, 'Findings in detail'),
              ...findings.map((finding) => findingArticle(finding, options.evidence?.(finding))),
            ]),
        ...remarks(runs),
      ]),
      h('script', { dangerouslySetInnerHTML: { __html: options.assets.js } }),
    ]),
  ]);
  return `<!doctype html>\n${renderToStaticMarkup(document)}\n`;
}

function header(runs: readonly Judged[]): ComponentChild {
  const run = runs.at(0);
  const seeds = [...new Set(runs.flatMap(({ seed }) => (seed === undefined ? [] : [String(seed)])))];
  const efforts = [...new Set(runs.flatMap(({ effort }) => effort ?? []))];
  const facts = [
    run?.spec,
    run === undefined ? undefined : `virtcheck ${run.virtcheck}`,
    seeds.length === 0 ? undefined : `seed ${seeds.join(', ')}`,
    efforts.length === 0 ? undefined : `effort ${efforts.join(', ')}`,
  ].filter((fact) => fact !== undefined);
  return h('header', null, [h('h1', null, 'virtcheck report'), h('p', null, facts.join(' · '))]);
}

/** The findings in a line each. */
function contents(findings: readonly BrokenClause[]): ComponentChild {
  return h('nav', { 'aria-labelledby': 'contents-heading' }, [
    h('h2', { id: 'contents-heading' }, 'Findings'),
    h(
      'ul',
      { class: 'contents' },
      findings.map(({ clause, finding }) => {
        const standing = isExpected(clause) ? 'expected' : clause.verdict;
        return h('li', null, [
          h('span', { class: `badge ${standing}` }, WORDS[standing]),
          h('a', { href: `#${findingAnchor(clause.id)}` }, h('code', null, clause.id)),
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
