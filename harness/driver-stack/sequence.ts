/** A run of a driver stack as people read it: who did what, in order, and where an obligation broke. */
import type { AttachEvent, CallEvent, RegisterEvent } from '../../models/attach/events.ts';
import type { AttachFinding } from '../../models/attach/setup.ts';
import type { Lane, SequenceRow } from '../result.ts';

/** Register accesses that share a line. */
const ACCESSES_PER_LINE = 6;
const CONFIG_AREAS: Readonly<Record<string, string>> = { 'mmio-config': 'cfg+', 'pci-config': 'cfg+' };
const PREFIXES: Readonly<Record<string, string>> = {
  mmio: '',
  'pci-io': 'io.',
  'pci-common': 'common.',
  'pci-notify': 'notify.',
  'pci-isr': 'isr.',
};

/** Calls that say nothing which the calls inside them don't. */
const QUIET = [
  'enqueue_prep',
  'enqueue_reserve',
  'enqueue',
  'dequeue_commit',
  'start_vq_intr',
  'stop_vq_intr',
  'init_vq',
];

export interface SequenceOptions {
  /** Show the syncs of DMA memory, too. */
  readonly syncs: boolean;
}

export function sequenceOf(
  events: readonly AttachEvent[],
  findings: readonly AttachFinding[],
  options: SequenceOptions,
): readonly SequenceRow[] {
  const rows: SequenceRow[] = [];
  const first = new Map<string, AttachFinding>();
  for (const finding of findings) if (!first.has(finding.clause)) first.set(finding.clause, finding);
  const byEvent = new Map<number, AttachFinding[]>();
  for (const finding of first.values()) {
    byEvent.set(finding.event, [...(byEvent.get(finding.event) ?? []), finding]);
  }
  let accesses: string[] = [];
  const flush = (): void => {
    if (accesses.length > 0) rows.push({ lane: 'bus', text: accesses.join(' ') });
    accesses = [];
  };
  const memory = new DeviceView();
  for (const [index, event] of events.entries()) {
    memory.see(event);
    if (event.kind === 'register') {
      accesses.push(access(event));
      if (accesses.length === ACCESSES_PER_LINE || byEvent.has(index)) flush();
    } else {
      const row = describe(event, memory, options, byEvent.has(index));
      if (row !== undefined) {
        flush();
        rows.push(row);
      }
    }
    for (const { clause, expected, seen, state } of byEvent.get(index) ?? []) {
      flush();
      rows.push({ lane: laneOf(event), text: '', broke: { clause, expected, seen, state } });
    }
  }
  flush();
  return collapse(rows);
}

function laneOf(event: AttachEvent): Lane {
  if (event.kind === 'register' || event.kind === 'map' || event.kind === 'unmap' || event.kind === 'sync')
    return 'bus';
  return event.kind === 'device-store' ? 'device' : 'driver';
}

function access({ access: kind, area, offset, size, raw }: RegisterEvent): string {
  const letter = kind === 'read' ? 'R' : 'W';
  const config = CONFIG_AREAS[area];
  const digits = offset.toString(16).padStart(area === 'mmio' ? 3 : 2, '0');
  const place = config === undefined ? `${PREFIXES[area] ?? `${area}.`}${digits}` : `${config}${offset}.${size}`;
  return `${letter}${place}=${raw.toString(16)}`;
}

function describe(
  event: AttachEvent,
  memory: DeviceView,
  { syncs }: SequenceOptions,
  broken: boolean,
): SequenceRow | undefined {
  switch (event.kind) {
    case 'call':
      return QUIET.includes(event.api) && !broken && event.api !== 'enqueue_prep'
        ? undefined
        : { lane: 'driver', text: `${event.thread > 0 ? `thread ${event.thread}: ` : ''}${callText(event)}` };
    case 'return': {
      const text = returnText(event);
      return text === undefined ? undefined : { lane: 'driver', text };
    }
    case 'panic':
      return { lane: 'driver', text: `PANIC (${event.cause}): ${event.reason}` };
    case 'map':
      return { lane: 'bus', text: `map ${event.handle}${event.part ? ' (a part)' : ''}, ${event.size} bytes` };
    case 'unmap':
      return { lane: 'bus', text: `unmap ${event.handle}, ${event.size} bytes` };
    case 'sync':
      return syncs
        ? { lane: 'bus', text: `${event.op} ${event.size} bytes at 0x${event.address.toString(16)}` }
        : undefined;
    case 'device-store':
      return { lane: 'device', text: `stores ${event.bytes.length} bytes ${memory.place(event.address)}` };
    case 'slot':
      return event.thread === 0
        ? undefined
        : { lane: 'driver', text: `thread ${event.thread}: slot ${event.slot} ${event.owned ? 'set' : 'cleared'}` };
    case 'entry':
      return {
        lane: 'driver',
        text: `attaches device of 0x${event.size.toString(16)} bytes at 0x${event.base.toString(16)}, irq ${event.irq}, and says ${event.announced}`,
      };
    case 'command-line':
      return { lane: 'bus', text: `command line: ${event.text}` };
    case 'dma-alloc':
      return { lane: 'driver', text: `${event.size} bytes of DMA memory for ${event.name}` };
    default:
      return undefined;
  }
}

const SHOWN_FACTS = ['queue', 'slot', 'count', 'want', 'name', 'work', 'unit', 'offset'] as const;

function callText({ api, facts }: CallEvent): string {
  const shown = SHOWN_FACTS.filter((name) => facts[name] !== undefined).map((name) => `${name}=${facts[name]}`);
  return `${api}(${shown.join(', ')})`;
}

/** Only what a reader would not expect. */
function returnText({ api, facts }: CallEvent): string | undefined {
  if (api === 'read_config') return `  = 0x${BigInt(facts.value as number | string).toString(16)}`;
  if (facts.result !== undefined && facts.result !== 0) return `  ${api} -> ${facts.result}`;
  if (facts.failed === 1 || (api === 'attach_failed' && facts.failed === true)) return `  ${api} -> failed`;
  if (facts.attached === false) return '  child_attach -> gave up';
  if (api === 'submit' && facts.outcome !== 'queued') return `  submit -> ${facts.outcome}`;
  return undefined;
}

/** Joins rows that say the same thing several times in a row. */
function collapse(rows: readonly SequenceRow[]): readonly SequenceRow[] {
  const result: SequenceRow[] = [];
  const counts: number[] = [];
  for (const row of rows) {
    const last = result.at(-1);
    const alike = last !== undefined && last.broke === undefined && row.broke === undefined && last.lane === row.lane;
    if (alike && shape(last.text) === shape(row.text)) counts[counts.length - 1]++;
    else {
      result.push(row);
      counts.push(1);
    }
  }
  return result.map((row, i) => (counts[i] > 1 ? { ...row, text: `${row.text} (${counts[i]} times)` } : row));
}

/** A text without the numbers that differ between repetitions. */
function shape(text: string): string {
  return text.replaceAll(/(slot=|at 0x)[0-9a-f-]+/g, '$1');
}

/** Names places in memory after the queues that lie there. */
class DeviceView {
  readonly #rings: { readonly from: number; readonly to: number; readonly name: string }[] = [];
  readonly #allocations: { readonly from: number; readonly to: number; readonly name: string }[] = [];

  see(event: AttachEvent): void {
    if (event.kind === 'dma-alloc') {
      this.#allocations.unshift({ from: event.address, to: event.address + event.size, name: event.name });
    } else if (event.kind === 'return' && event.api === 'alloc_vq' && event.facts.result === 0) {
      const { facts } = event;
      const used = Number(facts.used);
      const to = used + 6 + 8 * Number(facts.num);
      this.#rings.unshift({ from: used, to, name: `used ring of queue ${facts.queue}` });
    }
  }

  place(address: number): string {
    const known = [...this.#rings, ...this.#allocations].find(({ from, to }) => address >= from && address < to);
    return known === undefined ? `at 0x${address.toString(16)}` : `in the ${known.name}`;
  }
}
