/** The page of coverage: obligations by section, and the models' state machines with what was gone through of them. */
import { h, type ComponentChild } from 'preact';
import type { ClauseResult } from '../../harness/result.ts';
import { publishedSection } from '../../models/clauses/published.ts';
import type { Judged } from '../judged.ts';
import { lifecycleViews, type LifecycleView } from '../lifecycles.ts';
import { count, plural } from '../text.ts';
import { stateDiagram } from './diagram.ts';
import { frame, type PageFile, type Site } from './frame.ts';
import { bySection } from './matrix.ts';

/** A clause over all runs: how often it was exercised, and whether it applies to any of them. */
interface Obligation {
  readonly clause: ClauseResult;
  readonly exercised: number;
  readonly applies: boolean;
}

export function coveragePage(runs: readonly Judged[], { assets, pages, path }: Site): PageFile {
  const obligations = obligationsOf(runs).filter(({ applies }) => applies);
  const exercised = obligations.filter((obligation) => obligation.exercised > 0).length;
  const views = lifecycleViews(runs);
  const options = {
    assets,
    pages,
    path,
    title: 'virtcheck: coverage',
    heading: 'Coverage',
    facts: `${count(exercised)} of ${plural(obligations.length, 'obligation')} that apply were exercised`,
    skipTo: { anchor: 'machines', text: 'Skip to the state machines' },
  };
  return frame(options, [
    h('section', { 'aria-labelledby': 'obligations-heading' }, [
      h('h2', { id: 'obligations-heading' }, 'Obligations by section'),
      h(
        'p',
        null,
        'Exercised: it could have been broken there, whether or not it was. What applies to none of the runs is left out.',
      ),
      sectionTable(obligations),
    ]),
    h('section', { id: 'machines', tabindex: -1, 'aria-labelledby': 'machines-heading' }, [
      h('h2', { id: 'machines-heading' }, 'State machines of the models'),
      views.length === 0
        ? h(
            'p',
            null,
            'These results do not tell what they went through: they are of recordings, or of an older version.',
          )
        : h(
            'p',
            null,
            'Numbers say how often a step was taken. Steps that nearly every state has are in the tables only.',
          ),
      ...views.map((view, i) => machine(view, `machine-${String(i + 1)}`)),
    ]),
  ]);
}

function obligationsOf(runs: readonly Judged[]): readonly Obligation[] {
  const byId = new Map<string, Obligation>();
  for (const clause of runs.flatMap((run) => run.clauses)) {
    const known = byId.get(clause.id);
    byId.set(clause.id, {
      clause,
      exercised: (known?.exercised ?? 0) + clause.exercised,
      applies: (known?.applies ?? false) || clause.verdict !== 'skip',
    });
  }
  return [...byId.values()];
}

function sectionTable(obligations: readonly Obligation[]): ComponentChild {
  const sections = new Map<string, Obligation[]>();
  for (const obligation of obligations) {
    const members = sections.get(obligation.clause.section) ?? [];
    members.push(obligation);
    sections.set(obligation.clause.section, members);
  }
  const rows = [...sections]
    .sort(([a], [b]) => bySection(a, b))
    .map(([section, members]) => sectionRow(section, members));
  const heads = ['Section', 'Exercised', 'Share', 'Never exercised'].map((head) => h('th', { scope: 'col' }, head));
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of obligations by section' },
    h('table', { class: 'sections' }, [h('thead', null, h('tr', null, heads)), h('tbody', null, rows)]),
  );
}

function sectionRow(section: string, members: readonly Obligation[]): ComponentChild {
  const { url, title } = publishedSection(section);
  const missed = members.filter(({ exercised }) => exercised === 0);
  const hit = members.length - missed.length;
  const name = /^\d/.test(section) ? `${section} ${title}` : title;
  return h('tr', null, [
    h('th', { scope: 'row' }, h('a', { href: url }, name)),
    h('td', { class: 'number' }, `${String(hit)} of ${String(members.length)}`),
    h('td', null, bar(hit, missed.length)),
    h(
      'td',
      null,
      missed.length === 0
        ? '–'
        : h('details', null, [
            h('summary', null, plural(missed.length, 'clause')),
            h(
              'ul',
              null,
              missed.map(({ clause }) => h('li', null, [h('code', null, clause.id), ` ${clause.summary}`])),
            ),
          ]),
    ),
  ]);
}

function bar(hit: number, missed: number): ComponentChild {
  const part = (kind: string, n: number): ComponentChild =>
    n === 0 ? null : h('span', { class: `part ${kind}`, style: `flex-grow: ${String(n)}` });
  return h('div', { class: 'bar', 'aria-hidden': 'true' }, [part('pass', hit), part('inconclusive', missed)]);
}

function machine(view: LifecycleView, id: string): ComponentChild {
  const states = view.states.filter(({ reached }) => reached).length;
  const known = view.steps.filter(({ explored }) => explored);
  const taken = known.filter(({ times }) => times > 0).length;
  const strays = view.steps.length - known.length;
  return h('article', { class: 'machine', 'aria-labelledby': `${id}-heading` }, [
    h('h3', { id: `${id}-heading` }, view.title),
    h('p', null, [
      `${String(states)} of ${plural(view.states.length, 'state')} reached, `,
      `${String(taken)} of ${plural(known.length, 'reachable step')} taken`,
      strays > 0 ? `, and ${plural(strays, 'step')} that the exploration of the models does not know.` : '.',
    ]),
    stateDiagram(view, id),
    h('details', null, [h('summary', null, 'All states and steps'), stateTable(view)]),
  ]);
}

function stateTable({ title, states, steps }: LifecycleView): ComponentChild {
  const heads = ['State', 'Meaning', 'Leads to'].map((head) => h('th', { scope: 'col' }, head));
  const rows = states.map(({ name, meaning, reached }) =>
    h('tr', null, [
      h('th', { scope: 'row' }, [h('code', null, name), reached ? '' : ' (never reached)']),
      h('td', null, meaning),
      h(
        'td',
        null,
        h(
          'ul',
          { class: 'steps-out' },
          steps
            .filter(({ from }) => from === name)
            .map(({ to, times, calls, explored }) =>
              h('li', { class: times > 0 ? 'reached' : 'missed' }, [
                h('code', null, to),
                times > 0 ? ` ${plural(times, 'time')}` : ' never',
                explored ? '' : ', not known to the exploration',
                calls.length > 0 ? ` (${calls.join(', ')})` : '',
              ]),
            ),
        ),
      ),
    ]),
  );
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `States and steps: ${title}` },
    h('table', null, [h('thead', null, h('tr', null, heads)), h('tbody', null, rows)]),
  );
}
