/** What changed between two results, as one page that opens from disk. */
import { h, type ComponentChild } from 'preact';
import { publishedSection } from '../../models/clauses/published.ts';
import { DIRECTIONS, HEADINGS, of, type Change, type Comparison, type Direction } from '../compare.ts';
import { plural, printable } from '../text.ts';
import type { Standing } from '../verdicts.ts';
import { frame, type Assets, type PageFile } from './frame.ts';
import { WORDS } from './matrix.ts';

/** Where nothing has to be looked at: folded, but for what got worse. */
const FOLDED: readonly Direction[] = ['unknown', 'other'];

export function comparePage(comparison: Comparison, { assets, path }: { assets: Assets; path: string }): PageFile {
  const { before, after, worse, unchanged, lost, gone, added } = comparison;
  const verdict = worse ? 'Worse' : 'Not worse';
  const count = (direction: Direction): number => of(comparison, direction).length;
  const facts = `${plural(count('worse'), 'verdict')} worse, ${count('better')} better, ${count('unknown')} not exercised any more, ${unchanged} unchanged`;
  const options = {
    assets,
    path,
    pages: [{ path, name: 'Comparison' }],
    title: `virtcheck: ${verdict.toLowerCase()}, ${before.join(', ')} → ${after.join(', ')}`,
    heading: [
      h('span', { class: `badge ${worse ? 'fail' : 'pass'}` }, verdict),
      ` ${printable(before.join(', '))} → ${printable(after.join(', '))}`,
    ],
    facts,
    skipTo: { anchor: 'changes', text: 'Skip to the changes' },
  };
  return frame(options, [
    h('div', { id: 'changes', tabindex: -1 }, [
      ...names('Could not be judged any more', lost),
      ...DIRECTIONS.map((direction) => section(direction, of(comparison, direction))),
      comparison.changes.length === 0 ? h('p', null, 'Every clause stands as it stood.') : null,
      ...names('Only in the first', gone),
      ...names('Only in the second', added),
    ]),
  ]);
}

function names(what: string, list: readonly string[]): readonly ComponentChild[] {
  return list.length === 0 ? [] : [h('p', null, [h('strong', null, `${what}: `), printable(list.join(', '))])];
}

function section(direction: Direction, changes: readonly Change[]): ComponentChild {
  if (changes.length === 0) return null;
  const heading = `${HEADINGS[direction]}: ${changes.length}`;
  if (FOLDED.includes(direction)) {
    return h('details', null, [h('summary', null, heading), table(HEADINGS[direction], changes)]);
  }
  return h('section', { 'aria-labelledby': `${direction}-heading` }, [
    h('h2', { id: `${direction}-heading` }, heading),
    table(HEADINGS[direction], changes),
  ]);
}

function table(label: string, changes: readonly Change[]): ComponentChild {
  const heads = ['Clause', 'Where', 'Before', 'After', 'Requirement, and what was seen'];
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, [
    h('table', { class: 'cases' }, [
      h('thead', null, [
        h(
          'tr',
          null,
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ]),
      h('tbody', null, changes.map(row)),
    ]),
  ]);
}

function row({
  clause,
  level,
  section: at,
  summary,
  combination,
  before,
  after,
  seen,
  replay,
}: Change): ComponentChild {
  return h('tr', null, [
    h('th', { scope: 'row' }, [
      h('code', null, clause),
      h('br', null),
      `${level}, `,
      h('a', { href: publishedSection(at).url }, `section ${at}`),
    ]),
    h('td', null, printable(combination)),
    h('td', null, badge(before)),
    h('td', null, badge(after)),
    h('td', null, [
      printable(summary),
      seen === undefined ? null : h('p', null, [h('strong', null, 'Seen: '), printable(seen)]),
      replay === undefined ? null : h('p', null, h('code', null, printable(replay))),
    ]),
  ]);
}

function badge(standing: Standing): ComponentChild {
  return h('span', { class: `badge ${standing}` }, WORDS[standing]);
}
