/** A minimal sequence as a diagram: three lifelines, an arrow or a note a row. Plain HTML, so that it wraps and is read out. */
import { h, type ComponentChild } from 'preact';
import type { Finding } from '../../harness/result.ts';
import type { Transport } from '../../models/setup.ts';
import { plural, printable, sentence } from '../text.ts';
import type { TraceEvidence } from './evidence.ts';
import { messages, type Message, type Party } from './events.ts';

const LANES: readonly { readonly party: Party; readonly name: string }[] = [
  { party: 'driver', name: 'Driver' },
  { party: 'bus', name: 'Bus and memory' },
  { party: 'device', name: 'Device' },
];

/** What is shown at once; what came before can be unfolded. */
const MOST_AT_ONCE = 16;
/** Of a longer sequence only its end is drawn. */
const MOST = 400;
/** Folding fewer than these away would gain nothing. */
const LEAST_FOLDED = 6;

export function sequenceDiagram(
  finding: Finding,
  trace: TraceEvidence | undefined,
  transport: Transport,
): ComponentChild {
  // What came after it broke has nothing to do with it.
  const end = trace?.brokeAt === undefined ? undefined : trace.brokeAt + 1;
  const all =
    trace === undefined ? fromSteps(finding.steps) : messages(trace.events.slice(0, end), transport, trace.mode);
  const older = Math.max(0, all.length - MOST);
  const rows = all.slice(older);
  const hidden = rows.length - MOST_AT_ONCE >= LEAST_FOLDED ? rows.length - MOST_AT_ONCE : 0;
  const folded =
    hidden === 0
      ? null
      : h('details', null, [
          h(
            'summary',
            null,
            older > 0 ? `${plural(hidden, 'message')} before` : `The first ${plural(hidden, 'message')}`,
          ),
          older > 0 ? h('p', null, `${plural(older, 'older message')} not shown.`) : null,
          h('ol', { class: 'lifelines', start: older + 1 }, rows.slice(0, hidden).map(row)),
        ]);
  return h('div', { class: 'sequence' }, [
    lanes(),
    folded,
    h('ol', { class: 'lifelines', start: older + hidden + 1 }, [
      ...rows.slice(hidden).map(row),
      h('li', { class: 'broke' }, [
        h('strong', null, `Here ${finding.clause} broke.`),
        ` Expected: ${sentence(finding.expected)} Seen: ${sentence(finding.seen)}`,
      ]),
    ]),
  ]);
}

/** What someone did, or where an obligation broke. */
export interface Deed {
  /** Whose lifeline: driver, bus or device. */
  readonly lane: string;
  readonly text: string;
  readonly broke?: ComponentChild;
}

/** Who did what, as notes on the lifelines. */
export function deeds(rows: readonly Deed[], ...below: readonly ComponentChild[]): ComponentChild {
  const items = rows.map(({ lane, text, broke }) =>
    broke === undefined
      ? h('li', { class: `note at-${lane}` }, [
          h('span', { class: 'sr' }, `${lane}: `),
          h('span', null, printable(text)),
        ])
      : h('li', { class: 'broke' }, broke),
  );
  return h('div', { class: 'sequence' }, [lanes(), h('ol', { class: 'lifelines' }, items), ...below]);
}

/** The heads of the lifelines. */
function lanes(): ComponentChild {
  return h(
    'div',
    { class: 'lanes', 'aria-hidden': 'true' },
    LANES.map(({ name }) => h('span', null, name)),
  );
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
