/** One broken clause: requirement, expected, seen, sequence, register listing, and how to see it again. */
import { h, type ComponentChild } from 'preact';
import { publishedSection } from '../../models/clauses/published.ts';
import type { Transport } from '../../models/setup.ts';
import type { Finding, JudgedTransport } from '../../harness/result.ts';
import type { Judged } from '../judged.ts';
import { plural, printable } from '../text.ts';
import { combinationName, isExpected, standingOf, type BrokenClause } from '../verdicts.ts';
import type { Evidence } from './evidence.ts';
import { listing } from './events.ts';
import { findingAnchor, WORDS } from './matrix.ts';
import { sequenceDiagram } from './sequence.ts';

export function findingArticle(broken: BrokenClause, evidence: Evidence | undefined): ComponentChild {
  const { clause, runs, finding, shownFor } = broken;
  const { url, title } = publishedSection(clause.section);
  const anchor = findingAnchor(clause.id);
  const standing = standingOf(clause);
  return h('article', { class: 'finding', id: anchor, 'aria-labelledby': `${anchor}-title` }, [
    h('h3', { id: `${anchor}-title` }, [
      h('span', { class: `badge ${standing}` }, WORDS[standing]),
      ' ',
      h('code', null, clause.id),
    ]),
    h('p', { class: 'requirement' }, clause.summary),
    h('p', { class: 'where' }, [
      `${clause.level}, ${clause.party}, `,
      h('a', { href: url }, `section ${clause.section}: ${title}`),
      `. Broken by ${runs.map(whose).join('; ')}.`,
    ]),
    isExpected(clause) && clause.reason !== undefined
      ? h('p', { class: 'reason' }, [h('strong', null, 'Why it is known: '), clause.reason])
      : null,
    finding === undefined
      ? h('p', null, 'No reproducer was kept for it.')
      : [
          h('dl', { class: 'facts' }, [
            ...fact('Expected', finding.expected),
            ...fact('Seen', finding.seen),
            ...(finding.state === '' ? [] : fact('State', finding.state)),
            ...(runs.length > 1 ? fact('Shown for', whose(shownFor)) : []),
          ]),
          h('h4', null, `Sequence, ${plural(finding.actions, 'driver action')}`),
          steps(finding.steps),
          ...registerLevel(finding, evidence, shownFor.target.transport),
          ...again(broken, evidence),
        ],
  ]);
}

/** What the trace shows of the registers; traces of other transports than MMIO hold none. */
function registerLevel(
  finding: Finding,
  evidence: Evidence | undefined,
  transport: JudgedTransport,
): readonly (ComponentChild | null)[] {
  if (transport !== 'mmio-v1' && transport !== 'mmio-v2') return [];
  return [sequenceDiagram(finding, evidence?.events, transport), registers(evidence, transport)];
}

function whose(run: Judged): string {
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

function registers(evidence: Evidence | undefined, transport: Transport): ComponentChild | null {
  if (evidence?.events === undefined) return null;
  const rows = listing(evidence.events, transport).map(({ raw, meaning }, i) =>
    h('tr', null, [h('td', null, String(i + 1)), h('td', null, h('code', null, raw)), h('td', null, meaning)]),
  );
  const heads = ['No.', 'Event', 'Meaning'].map((name) => h('th', { scope: 'col' }, name));
  return h('details', { class: 'listing' }, [
    h('summary', null, `Register and memory listing, ${plural(rows.length, 'event')}`),
    h(
      'div',
      { class: 'scroll low', tabindex: 0, role: 'region', 'aria-label': 'Register and memory listing' },
      h('table', null, [h('thead', null, h('tr', null, heads)), h('tbody', null, rows)]),
    ),
  ]);
}

/** Replay command and qtest script, each with a button that copies it. */
function again({ clause, finding }: BrokenClause, evidence: Evidence | undefined): readonly ComponentChild[] {
  const anchor = findingAnchor(clause.id);
  const parts: ComponentChild[] = [];
  if (finding !== undefined && finding.replay !== null) {
    parts.push(h('h4', null, 'Replay'), copyable(`${anchor}-replay`, 'the replay command', finding.replay));
  }
  if (evidence?.qtest !== undefined) {
    parts.push(
      h('details', { class: 'qtest' }, [
        h('summary', null, 'qtest script, for a QEMU without virtcheck'),
        copyable(`${anchor}-qtest`, 'the qtest script', evidence.qtest),
      ]),
    );
  } else if (finding !== undefined && finding.qtest !== null) {
    parts.push(h('p', null, ['qtest script: ', h('code', null, finding.qtest)]));
  }
  return parts;
}

function copyable(id: string, what: string, text: string): ComponentChild {
  return h('div', { class: 'copyable' }, [
    h('pre', { id, tabindex: 0, role: 'region', 'aria-label': what }, text),
    h('button', { type: 'button', class: 'copy', 'data-copy': id, 'aria-label': `Copy ${what}`, hidden: true }, 'Copy'),
  ]);
}
