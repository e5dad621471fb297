/** The page of one broken clause: requirement, expected, seen, sequence, memory, registers, and how to see it again. */
import { h, type ComponentChild } from 'preact';
import type { Finding } from '../../harness/result.ts';
import { publishedSection } from '../../models/clauses/published.ts';
import type { Transport } from '../../models/setup.ts';
import type { Judged } from '../judged.ts';
import { momentOf } from '../memory/replay.ts';
import { plural, printable } from '../text.ts';
import { combinationName, isExpected, standingOf, type BrokenClause } from '../verdicts.ts';
import type { Evidence, TraceEvidence } from './evidence.ts';
import { listing } from './events.ts';
import { frame, type PageFile, type Site } from './frame.ts';
import { WORDS } from './matrix.ts';
import { memoryView } from './memory.ts';
import { again } from './replay.ts';
import { deeds, sequenceDiagram, type Deed } from './sequence.ts';

/** Events of a long trace that are listed, and how many of them after the one at which it broke. */
const MOST_LISTED = 400;
const LISTED_AFTER = 20;

/** The findings before and after, for those who read them all. */
export interface Around {
  readonly before: BrokenClause | undefined;
  readonly after: BrokenClause | undefined;
}

export function findingPage(
  broken: BrokenClause,
  evidence: Evidence | undefined,
  { before, after }: Around,
  { assets, pages, path, paths }: Site,
): PageFile {
  const { clause } = broken;
  const standing = standingOf(clause);
  const neighbour = (other: BrokenClause | undefined, rel: string, word: string): ComponentChild =>
    other === undefined || other === broken
      ? null
      : h('a', { href: paths.get(other.clause.id), rel }, [`${word}: `, h('code', null, other.clause.id)]);
  const options = {
    assets,
    pages,
    path,
    title: `virtcheck: ${clause.id}`,
    heading: [h('span', { class: `badge ${standing}` }, WORDS[standing]), ' ', h('code', null, clause.id)],
    facts: `Broken by ${broken.runs.map(whose).join('; ')}`,
    skipTo: { anchor: 'finding', text: 'Skip to the finding' },
  };
  return frame(options, [
    h('article', { class: 'finding', id: 'finding', tabindex: -1, 'aria-label': clause.id }, [
      ...requirement(broken),
      ...(broken.finding === undefined
        ? [h('p', null, 'No reproducer was kept for it.')]
        : details(broken, broken.finding, evidence)),
      ...others(broken),
    ]),
    h('nav', { class: 'neighbours', 'aria-label': 'Other findings' }, [
      neighbour(before, 'prev', 'Previous'),
      neighbour(after, 'next', 'Next'),
    ]),
  ]);
}

function requirement({ clause }: BrokenClause): readonly ComponentChild[] {
  const { url, title } = publishedSection(clause.section);
  return [
    h('h2', null, 'Requirement'),
    h('p', { class: 'requirement' }, clause.summary),
    h('p', { class: 'where' }, [
      `${clause.level}, ${clause.party}, `,
      h('a', { href: url }, `section ${clause.section}: ${title}`),
    ]),
    isExpected(clause) && clause.reason !== undefined
      ? h('p', { class: 'reason' }, [h('strong', null, 'Why it is known: '), clause.reason])
      : null,
  ];
}

function details(broken: BrokenClause, finding: Finding, evidence: Evidence | undefined): readonly ComponentChild[] {
  const { runs, shownFor } = broken;
  const { transport } = shownFor.target;
  return [
    h('dl', { class: 'facts' }, [
      ...fact('Expected', finding.expected),
      ...fact('Seen', finding.seen),
      ...(finding.state === '' ? [] : fact('State', finding.state)),
      ...(runs.length > 1 ? fact('Shown for', whose(shownFor)) : []),
    ]),
    h('h2', null, `Sequence, ${plural(finding.actions, 'driver action')}`),
    steps(finding.steps),
    ...(evidence?.calls !== undefined
      ? [h('h2', null, 'Who did what'), deeds(evidence.calls.map(deed))]
      : // Traces of other transports hold no registers.
        transport === 'mmio-v1' || transport === 'mmio-v2'
        ? registerLevel(finding, evidence?.trace, transport)
        : []),
    ...again(broken, evidence),
  ];
}

/** A line of a driver stack's trace: whose it is, padded, and what happened; or what broke. */
function deed(line: string): Deed {
  const broke = /^BROKEN (\S+): (.*)$/.exec(line);
  if (broke !== null) {
    const [, clause, what] = broke;
    return { lane: '', text: '', broke: [h('strong', null, `Here ${clause} broke. `), printable(what)] };
  }
  const [, lane, text] = /^(driver|bus|device) +(.*)$/.exec(line) ?? ['', 'driver', line];
  return { lane, text };
}

function registerLevel(
  finding: Finding,
  trace: TraceEvidence | undefined,
  transport: Transport,
): readonly ComponentChild[] {
  const moment = trace === undefined ? undefined : momentOf(trace, transport);
  return [
    sequenceDiagram(finding, trace, transport),
    moment === undefined ? null : memoryView(moment),
    trace === undefined ? null : registers(trace, transport),
  ];
}

export function whose(run: Judged): string {
  return [run.target.name, run.target.version, combinationName(run)].filter((part) => part !== '').join(' ');
}

function fact(name: string, text: string): readonly ComponentChild[] {
  return [h('dt', null, name), h('dd', null, printable(text))];
}

function steps(lines: readonly string[]): ComponentChild {
  return h(
    'ol',
    { class: 'steps' },
    lines.map((line) => h('li', null, printable(line))),
  );
}

function registers({ events, brokeAt, mode }: TraceEvidence, transport: Transport): ComponentChild {
  const end = brokeAt === undefined ? events.length : Math.min(events.length, brokeAt + 1 + LISTED_AFTER);
  const first = Math.max(0, end - MOST_LISTED);
  const lines = listing(events.slice(0, end), transport, mode).slice(first);
  const rows = lines.map(({ raw, meaning }, i) => {
    const here = first + i === brokeAt;
    return h('tr', here ? { class: 'here' } : null, [
      h('td', null, String(first + i + 1)),
      h('td', null, h('code', null, raw)),
      h('td', null, here ? [meaning, ' ', h('strong', null, 'Here it broke.')] : meaning),
    ]);
  });
  const left = events.length - rows.length;
  const heads = ['No.', 'Event', 'Meaning'].map((name) => h('th', { scope: 'col' }, name));
  return h('details', { class: 'listing' }, [
    h('summary', null, `Register and memory listing, ${plural(rows.length, 'event')}`),
    left > 0 ? h('p', null, `${plural(left, 'more event')} of the trace not shown.`) : null,
    h(
      'div',
      { class: 'scroll low', tabindex: 0, role: 'region', 'aria-label': 'Register and memory listing' },
      h('table', null, [h('thead', null, h('tr', null, heads)), h('tbody', null, rows)]),
    ),
  ]);
}

/** What the clause looked like on the other implementations that break it. */
function others({ clause, runs, finding: shown }: BrokenClause): readonly ComponentChild[] {
  const rows = runs.flatMap((run) =>
    run.findings
      .filter((finding) => finding.clause === clause.id && finding !== shown)
      .map((finding) =>
        h('tr', null, [
          h('th', { scope: 'row' }, whose(run)),
          h('td', null, printable(finding.expected)),
          h('td', null, printable(finding.seen)),
          h('td', null, finding.replay === null ? '–' : h('code', null, finding.replay)),
        ]),
      ),
  );
  if (rows.length === 0) return [];
  const heads = ['Implementation', 'Expected', 'Seen', 'Replay'].map((name) => h('th', { scope: 'col' }, name));
  return [
    h('h2', null, 'Elsewhere'),
    h(
      'div',
      { class: 'scroll low', tabindex: 0, role: 'region', 'aria-label': 'The same clause on other implementations' },
      h('table', null, [h('thead', null, h('tr', null, heads)), h('tbody', null, rows)]),
    ),
  ];
}
