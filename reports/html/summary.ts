/** The head of the report: the one answer, the implementations with their totals, and what could not be judged. */
import { h, type ComponentChild } from 'preact';
import type { Judged } from '../judged.ts';
import { count, duration, plural, printable } from '../text.ts';
import { combinationName, conclude, isLost, STANDINGS, type Standing } from '../verdicts.ts';

/** What each word of the matrix means, for the legend. */
const MEANINGS: Readonly<Record<Standing, string>> = {
  fail: 'a MUST was broken',
  warn: 'a SHOULD was broken, or a MAY exceeded',
  expected: 'a deviation that is recorded for this implementation',
  pass: 'exercised and never broken',
  inconclusive: 'never exercised',
  skip: 'does not apply to this implementation',
};

export function answer(runs: readonly Judged[], broken: number, strict: boolean): ComponentChild {
  const conclusion = conclude(runs, strict);
  const text = {
    conformant: runs.some((run) => run.totals.expected > 0)
      ? 'Nothing but expected deviations'
      : 'No deviation was found',
    deviations: broken === 0 ? 'Stale expectations' : `Not conformant: ${plural(broken, 'clause')} broken`,
    'not-run': 'Could not be judged',
  }[conclusion];
  return h('p', { class: `answer ${conclusion}` }, text);
}

export function implementations(runs: readonly Judged[]): ComponentChild {
  const heads = [
    'Implementation',
    'Verdicts',
    ...STANDINGS.map((standing) => (standing === 'expected' ? 'known' : standing)),
    'Scenarios',
    'Time',
  ];
  return h(
    'div',
    { class: 'scroll low', tabindex: 0, role: 'region', 'aria-label': 'Implementations and their totals' },
    h('table', { class: 'totals' }, [
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          heads.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h('tbody', null, runs.map(implementation)),
    ]),
  );
}

function implementation(run: Judged): ComponentChild {
  const { name, version, variants } = run.target;
  const all = STANDINGS.reduce((sum, standing) => sum + run.totals[standing], 0);
  const parts = STANDINGS.filter((standing) => run.totals[standing] > 0).map((standing) =>
    h('span', { class: `part ${standing}`, style: `flex-grow: ${String(run.totals[standing])}` }),
  );
  const note = isLost(run) ? 'could not be judged' : run.interrupted ? 'interrupted' : '';
  return h('tr', null, [
    h('th', { scope: 'row', title: `Configurations: ${variants.join(', ')}` }, [
      h('span', { class: 'who' }, `${name} ${version}`),
      h('span', { class: 'combination' }, combinationName(run)),
      note === '' ? null : h('span', { class: 'lost' }, note),
    ]),
    h(
      'td',
      null,
      h('div', { class: 'bar', role: 'img', 'aria-label': `${String(run.totals.pass)} of ${String(all)} pass` }, parts),
    ),
    ...STANDINGS.map((standing) => h('td', { class: 'number' }, count(run.totals[standing]))),
    h('td', { class: 'number' }, run.scenarios === undefined ? '–' : count(run.scenarios)),
    h('td', { class: 'number' }, duration(run.durationMs)),
  ]);
}

export function legend(words: Readonly<Record<Standing, string>>): ComponentChild {
  return h(
    'dl',
    { class: 'legend' },
    STANDINGS.map((standing) =>
      h('div', null, [h('dt', { class: standing }, words[standing]), h('dd', null, MEANINGS[standing])]),
    ),
  );
}

/** Lost scenarios, doubtful observations, stale expectations, and why clauses were not judged. */
export function remarks(runs: readonly Judged[]): readonly ComponentChild[] {
  const parts: ComponentChild[] = [];
  const list = (heading: string, intro: string, items: readonly string[]): void => {
    if (items.length === 0) return;
    parts.push(
      h('section', null, [
        h('h2', null, heading),
        h('p', null, intro),
        h(
          'ul',
          null,
          items.map((item) => h('li', null, printable(item))),
        ),
      ]),
    );
  };
  list(
    'Stale expectations',
    'Recorded deviations that did not show up although their clauses were exercised. Each counts as a failure.',
    runs.flatMap((run) => run.staleExpectations.map((id) => `${id}: ${run.target.name} ${combinationName(run)}`)),
  );
  list(
    'Lost scenarios',
    'Scenarios after which the implementation was dead, hung or talking nonsense.',
    runs.flatMap((run) =>
      run.outcomes.map((o) => `${run.target.name} ${combinationName(run)}, ${o.scenario}: ${o.outcome}: ${o.evidence}`),
    ),
  );
  list(
    'Not confirmed',
    'Clauses that looked broken once and did not on a freshly started implementation: no verdict.',
    runs.flatMap((run) =>
      run.unconfirmed.map(
        (u) => `${u.clause}: ${run.target.name} ${combinationName(run)}: expected ${u.expected}; seen ${u.seen}`,
      ),
    ),
  );
  list('Why clauses were not judged', 'Reasons for “open” and “n/a”, with the number of verdicts.', reasons(runs));
  return parts;
}

function reasons(runs: readonly Judged[]): readonly string[] {
  const tally = new Map<string, number>();
  for (const clause of runs.flatMap((run) => run.clauses)) {
    if (clause.verdict !== 'inconclusive' && clause.verdict !== 'skip') continue;
    const reason = clause.reason ?? 'never exercised';
    tally.set(reason, (tally.get(reason) ?? 0) + 1);
  }
  return [...tally].sort((a, b) => b[1] - a[1]).map(([reason, n]) => `${reason} (${count(n)})`);
}
