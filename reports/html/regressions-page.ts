/** The page of regression cases: how each stands, and the same steps with the defect and without. */
import { h, type ComponentChild } from 'preact';
import type { RegressionEntry, RegressionStory } from '../../harness/result.ts';
import { regressionCounts, regressionStanding, type RegressionStanding } from '../input.ts';
import { plural, printable, sentence } from '../text.ts';
import { frame, type PageFile, type Site } from './frame.ts';
import { deeds } from './sequence.ts';

const CLASSES: Readonly<Record<RegressionStanding, string>> = {
  'shown and fixed': 'pass',
  open: 'expected',
  'not as recorded': 'fail',
};
/** Rows shown after the last obligation broke, and of a run in which none did. */
const ROWS_AFTERWARDS = 4;
const ROWS_WITHOUT_DEFECT = 40;
/** Of so many cases each shows its first run at once. */
const FEW = 3;

export function regressionsPage(cases: readonly RegressionEntry[], { assets, pages, path }: Site): PageFile {
  const options = {
    assets,
    pages,
    path,
    title: 'virtcheck: regressions',
    heading: 'Regressions',
    facts: regressionCounts(cases),
    skipTo: { anchor: 'cases', text: 'Skip to the cases' },
  };
  return frame(options, [
    h('section', { 'aria-labelledby': 'list-heading' }, [
      h('h2', { id: 'list-heading' }, 'All cases'),
      h('p', null, 'Random search: how soon it found the defect; – where it did not, or was not asked to.'),
      table(cases),
    ]),
    h(
      'section',
      { id: 'cases', tabindex: -1, 'aria-label': 'Cases' },
      cases.map((entry) => article(entry, cases.length <= FEW)),
    ),
  ]);
}

function badge(entry: RegressionEntry): ComponentChild {
  const standing = regressionStanding(entry);
  return h('span', { class: `badge ${CLASSES[standing]}` }, standing);
}

function anchor({ id }: RegressionEntry): string {
  return `case-${id}`;
}

function table(cases: readonly RegressionEntry[]): ComponentChild {
  const heads = ['Case', 'Standing', 'What goes wrong', 'With the defect', 'Without', 'Random search'];
  const rows = cases.map((entry) =>
    h('tr', null, [
      h('th', { scope: 'row' }, h('a', { href: `#${anchor(entry)}` }, entry.id)),
      h('td', null, badge(entry)),
      h('td', null, printable(entry.title ?? entry.reports)),
      h('td', null, h('code', null, entry.buggy.profile)),
      h('td', null, h('code', null, entry.fixed.profile)),
      h('td', null, searched(entry)),
    ]),
  );
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Regression cases' }, [
    h('table', { class: 'cases' }, [
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      h('tbody', null, rows),
    ]),
  ]);
}

function searched({ found }: RegressionEntry): string {
  if (found === null) return '–';
  return `${plural(found.scenarios, 'scenario')}, shrunk to ${plural(found.steps, 'action')}`;
}

/** `unfolded`: the first run with the defect is open. */
function article(entry: RegressionEntry, unfolded: boolean): ComponentChild {
  const { reports, revisions, trigger, property, reasoning, buggy, stories = [], broken = [] } = entry;
  const facts = (
    [
      ['Report', reports],
      ['Revisions', revisions],
      ['Trigger', trigger],
      ['Property', property],
      ['Notes', reasoning],
      ['Breaks', buggy.violated.join(', ')],
    ] as const
  ).flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [h('dt', null, name), h('dd', null, printable(text))],
  );
  return h('article', { class: 'case', id: anchor(entry), 'aria-label': entry.id }, [
    h('h2', null, [badge(entry), ' ', entry.id, entry.title === undefined ? '' : `: ${printable(entry.title)}`]),
    ...broken.map((what) => h('p', { class: 'stray' }, printable(what))),
    h('dl', { class: 'facts prose' }, facts),
    ...stories.flatMap(({ buggy: before, fixed: after }, i) => [
      h('h3', null, printable(before.name)),
      story(`With the defect: ${before.run.profile}`, before, unfolded && i === 0),
      story(`Without: ${after.run.profile}`, after, false),
    ]),
  ]);
}

function story(name: string, { rows }: RegressionStory, open: boolean): ComponentChild {
  const last = rows.findLastIndex(({ broke }) => broke !== undefined);
  const shown = rows.slice(0, last < 0 ? ROWS_WITHOUT_DEFECT : last + 1 + ROWS_AFTERWARDS);
  const told = shown.map(({ lane, text, broke }) => ({
    lane,
    text,
    ...(broke === undefined
      ? {}
      : {
          broke: [
            h('strong', null, `Here ${broke.clause} broke.`),
            printable(
              ` Expected: ${sentence(broke.expected)} Seen: ${sentence(broke.seen)} State: ${sentence(broke.state)}`,
            ),
          ],
        }),
  }));
  const rest = rows.length - shown.length;
  return h('details', { open }, [
    h('summary', null, name),
    deeds(
      told,
      last < 0 ? h('p', { class: 'kept' }, 'No obligation broke.') : null,
      rest > 0 ? h('p', { class: 'rest' }, `${plural(rest, 'more row')} not shown.`) : null,
    ),
  ]);
}
