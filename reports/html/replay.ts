/** How to see a finding again: replay command, test and qtest script, each with a button that copies it. */
import { h, type ComponentChild } from 'preact';
import type { BrokenClause } from '../verdicts.ts';
import { vitestSource } from '../vitest-source.ts';
import type { Evidence } from './evidence.ts';

export function again({ clause, finding }: BrokenClause, evidence: Evidence | undefined): readonly ComponentChild[] {
  const parts: ComponentChild[] = [];
  const scenario = evidence?.trace?.scenario;
  if (finding !== undefined && finding.replay !== null) {
    parts.push(copyable('replay', 'the replay command', finding.replay));
  }
  if (scenario !== undefined) {
    const source = vitestSource(clause.id, finding?.title ?? clause.summary, scenario);
    parts.push(folded('vitest', 'Test for vitest, for the project of the implementation', 'the vitest test', source));
  }
  if (evidence?.qtest !== undefined) {
    parts.push(folded('qtest', 'qtest script, for a QEMU without virtcheck', 'the qtest script', evidence.qtest));
  } else if (finding !== undefined && finding.qtest !== null) {
    parts.push(h('p', null, ['qtest script: ', h('code', null, finding.qtest)]));
  }
  return parts.length === 0 ? [] : [h('h2', null, 'See it again'), ...parts];
}

function folded(id: string, summary: string, what: string, text: string): ComponentChild {
  return h('details', { class: id }, [h('summary', null, summary), copyable(id, what, text)]);
}

/** The button shows only where scripts run. */
export function copyable(id: string, what: string, text: string): ComponentChild {
  return h('div', { class: 'copyable' }, [
    h('pre', { id, tabindex: 0, role: 'region', 'aria-label': what }, text),
    h('button', { type: 'button', class: 'copy', 'data-copy': id, 'aria-label': `Copy ${what}`, hidden: true }, 'Copy'),
  ]);
}
