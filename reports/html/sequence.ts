/** A minimal sequence as a diagram: three lifelines, an arrow or a note a row. Plain HTML, so that it wraps and is read out. */
import { h, type ComponentChild } from 'preact';
import type { Finding } from '../../harness/result.ts';
import type { Transport } from '../../models/setup.ts';
import { plural } from '../text.ts';
import { messages, type Message, type Party } from './events.ts';

const LANES: readonly { readonly party: Party; readonly name: string }[] = [
  { party: 'driver', name: 'Driver' },
  { party: 'bus', name: 'Bus and memory' },
  { party: 'device', name: 'Device' },
];

/** What is shown at once; what came before can be unfolded. */
const MOST_AT_ONCE = 16;
/** Folding fewer than these away would gain nothing. */
const LEAST_FOLDED = 6;

export function sequenceDiagram(
  finding: Finding,
  events: readonly string[] | undefined,
  transport: Transport,
): ComponentChild {
  const rows = events === undefined ? fromSteps(finding.steps) : messages(events, transport);
  const hidden = rows.length - MOST_AT_ONCE >= LEAST_FOLDED ? rows.length - MOST_AT_ONCE : 0;
  const folded =
    hidden === 0
      ? null
      : h('details', null, [
          h('summary', null, `The first ${plural(hidden, 'message')}`),
          h('ol', { class: 'lifelines' }, rows.slice(0, hidden).map(row)),
        ]);
  return h('div', { class: 'sequence' }, [
    h(
      'div',
      { class: 'lanes', 'aria-hidden': 'true' },
      LANES.map(({ name }) => h('span', null, name)),
    ),
    folded,
    h('ol', { class: 'lifelines', start: hidden + 1 }, [
      ...rows.slice(hidden).map(row),
      h('li', { class: 'broke' }, [
        h('strong', null, `Here ${finding.clause} broke.`),
        ` Expected: ${finding.expected}. Seen: ${finding.seen}.`,
      ]),
    ]),
  ]);
}

/** Without a trace: what the driver was told to do. */
function fromSteps(steps: readonly string[]): readonly Message[] {
  return steps.map((text) => ({
    from: text.startsWith('host') ? 'device' : 'driver',
    to: 'device',
    text,
    times: 1,
  }));
}

function row({ from, to, text }: Message): ComponentChild {
  if (from === to) {
    return h('li', { class: `note at-${from}` }, [h('span', { class: 'sr' }, `${from}: `), h('span', null, text)]);
  }
  return h('li', { class: `message ${from}-${to}` }, [
    h('span', { class: 'sr' }, `${from} to ${to}: `),
    h('span', { class: 'label' }, text),
    h('span', { class: 'arrow', 'aria-hidden': 'true' }),
  ]);
}
