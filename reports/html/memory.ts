/** Memory at the moment an obligation broke: each queue with its fields by name, and the buffers of its chains. */
import { h, type ComponentChild } from 'preact';
import { DescriptorFlag } from '../../models/virtqueue/layout.ts';
import { BYTES_PER_ROW, dump, type DumpRun } from '../memory/dump.ts';
import type { Moment } from '../memory/replay.ts';
import type { QueuePlace } from '../memory/queue-registers.ts';
import { rangesOf, without } from '../memory/ranges.ts';
import { descriptorFlagNames, ringsOf, type ChainShown, type Descriptor, type RingsShown } from '../memory/rings.ts';
import { plural } from '../text.ts';

/** Queues, chains, ring entries and bytes that are shown; of what is more, the number is told. */
const MOST = { queues: 4, chains: 6, entries: 32, bytes: 8 * BYTES_PER_ROW } as const;

/** Null where no queue was ever set up: then nothing of interest lies in memory. */
export function memoryView(moment: Moment): ComponentChild | null {
  const inUse = moment.queues.filter((queue) => queue.inUse);
  const shown = inUse.length > 0 ? inUse : moment.queues;
  if (shown.length === 0) return null;
  const big = moment.mode.rings === 'big';
  return h('section', { class: 'memory', 'aria-label': 'Memory at that moment' }, [
    h('h2', null, 'Memory at that moment'),
    h('p', { class: 'key' }, [
      `Queues and buffers as the events before have left them; numbers are ${big ? 'big' : 'little'}-endian. Bytes: `,
      h('span', { class: 'byte driver' }, 'driver'),
      ' stored, ',
      h('span', { class: 'byte device' }, 'device'),
      ' stored, ',
      h('span', { class: 'byte unknown' }, '00'),
      ' nobody was seen to, ',
      h('span', { class: 'byte driver touched' }, 'outlined'),
      ' touched by the event that broke it.',
    ]),
    ...shown.slice(0, MOST.queues).map((place) => queue(moment, ringsOf(moment.memory, place, big))),
    strayAccess(moment, shown),
    shown.length > MOST.queues ? h('p', null, `${plural(shown.length - MOST.queues, 'more queue')} not shown.`) : null,
  ]);
}

/** What the event touched outside every ring and buffer of the queues, if it did. */
function strayAccess(moment: Moment, places: readonly QueuePlace[]): ComponentChild | null {
  const { memory, mode, touched } = moment;
  if (touched === undefined) return null;
  const known = places.flatMap((place) => rangesOf(ringsOf(memory, place, mode.rings === 'big')));
  const outside = without(touched, known).at(0);
  if (outside === undefined) return null;
  const { address, length } = outside;
  return h('section', null, [
    h('h3', null, 'Outside every ring and buffer'),
    bytesView(moment, `${plural(length, 'byte')} at ${hex(address)}`, address, length),
  ]);
}

function queue(moment: Moment, rings: RingsShown): ComponentChild {
  const { place, chains } = rings;
  const state = place.inUse ? '' : ', not in use any more';
  const hidden = Math.max(0, chains.length - MOST.chains);
  return h('section', { class: 'queue' }, [
    h('h3', null, `Queue ${String(place.index)}: ${plural(place.size, 'entry', 'entries')}${state}`),
    h('div', { class: 'rings' }, [descriptors(moment, rings), available(moment, rings), used(moment, rings)]),
    chains.length === 0 ? h('p', null, 'The driver has made nothing available.') : null,
    hidden > 0 ? h('p', null, `${plural(hidden, 'older chain')} not shown.`) : null,
    ...chains.slice(hidden).map((chain) => chainView(moment, chain)),
  ]);
}

function hex(value: number, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** A table of one part of a queue, with its address, each row marked by who wrote it last. */
function part(
  name: string,
  at: number,
  heads: readonly string[],
  rows: readonly { readonly at: number; readonly cells: readonly string[] }[],
  moment: Moment,
  rest = 0,
): ComponentChild {
  return h('div', { class: 'scroll low', tabindex: 0, role: 'region', 'aria-label': name }, [
    h('table', null, [
      h('caption', null, [`${name} `, h('code', null, hex(at))]),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((row) =>
          h(
            'tr',
            { class: rowClass(moment, row.at) },
            row.cells.map((cell) => h('td', null, cell)),
          ),
        ),
      ),
    ]),
    rest > 0 ? h('p', { class: 'rest' }, `${plural(rest, 'more entry', 'more entries')}, not shown.`) : null,
  ]);
}

function rowClass({ memory, touched }: Moment, at: number): string {
  const hit = touched !== undefined && at >= touched.address && at < touched.address + touched.length;
  return `byte ${memory.at(at).writer}${hit ? ' touched' : ''}`;
}

function descriptors(moment: Moment, { place, descriptors: all, chains }: RingsShown): ComponentChild {
  const inChains = new Set(chains.flatMap(({ buffers, tables }) => [...buffers, ...tables].map(({ at }) => at)));
  const written = ({ at, address, length, flags, next }: Descriptor): boolean =>
    inChains.has(at) || address !== 0 || length !== 0 || flags !== 0 || next !== 0;
  const rows = all.filter(written);
  const heads = ['No.', 'addr', 'len', 'flags', 'next'];
  const cells = rows.slice(0, MOST.entries).map((entry) => ({ at: entry.at, cells: descriptorCells(entry) }));
  return part('Descriptor table', place.descriptors, heads, cells, moment, rows.length - cells.length);
}

function descriptorCells({ number, address, length, flags, next }: Descriptor): readonly string[] {
  const follows = (flags & DescriptorFlag.Next) !== 0;
  return [String(number), hex(address), String(length), descriptorFlagNames(flags), follows ? String(next) : '–'];
}

function available(moment: Moment, { place, available: ring }: RingsShown): ComponentChild {
  const at = place.available;
  const flags = ring.flags === 1 ? '1 NO_INTERRUPT' : String(ring.flags);
  const shown = ring.heads.slice(-MOST.entries);
  const rows = [
    { at, cells: ['flags', flags] },
    { at: at + 2, cells: ['idx', String(ring.index)] },
    ...shown.map(({ slot, head }) => ({
      at: at + 4 + 2 * slot,
      cells: [`ring[${String(slot)}]`, `head ${String(head)}`],
    })),
    ...(moment.eventIdx ? [{ at: at + 4 + 2 * place.size, cells: ['used_event', String(ring.usedEvent)] }] : []),
  ];
  return part('Available ring', at, ['Field', 'Value'], rows, moment, ring.heads.length - shown.length);
}

function used(moment: Moment, { place, used: ring }: RingsShown): ComponentChild {
  const at = place.used;
  const flags = ring.flags === 1 ? '1 NO_NOTIFY' : String(ring.flags);
  const shown = ring.elements.slice(-MOST.entries);
  const rows = [
    { at, cells: ['flags', flags] },
    { at: at + 2, cells: ['idx', String(ring.index)] },
    ...shown.map(({ slot, id, length }) => ({
      at: at + 4 + 8 * slot,
      cells: [`ring[${String(slot)}]`, `id ${String(id)}, len ${String(length)}`],
    })),
    ...(moment.eventIdx ? [{ at: at + 4 + 8 * place.size, cells: ['avail_event', String(ring.availableEvent)] }] : []),
  ];
  return part('Used ring', at, ['Field', 'Value'], rows, moment, ring.elements.length - shown.length);
}

function chainView(moment: Moment, chain: ChainShown): ComponentChild {
  const { head, position, usedLength, tables, buffers, broken } = chain;
  const state = usedLength === undefined ? 'not used yet' : `used, len ${String(usedLength)}`;
  return h('details', { class: 'chain', open: true }, [
    h('summary', null, `Chain at descriptor ${String(head)} (avail.idx ${String(position)}): ${state}`),
    ...tables.map((table) =>
      h(
        'p',
        null,
        `Indirect table of ${hex(table.length)} bytes at ${hex(table.address)}, descriptor ${String(table.number)}`,
      ),
    ),
    ...buffers.map((buffer) => bufferView(moment, buffer)),
    broken === undefined ? null : h('p', { class: 'stray' }, `It cannot be followed further: ${broken}.`),
  ]);
}

function bufferView(moment: Moment, { number, address, length, flags }: Descriptor): ComponentChild {
  const direction = (flags & DescriptorFlag.Write) !== 0 ? 'device-writable' : 'device-readable';
  return bytesView(moment, `Descriptor ${String(number)}: ${plural(length, 'byte')}, ${direction}`, address, length);
}

function bytesView(moment: Moment, caption: string, address: number, length: number): ComponentChild {
  const shown = Math.min(length, MOST.bytes);
  const rest = length - shown;
  return h('figure', { class: 'buffer' }, [
    h('figcaption', null, caption),
    h(
      'pre',
      { tabindex: 0, role: 'region', 'aria-label': caption },
      dump(moment.memory, address, shown, moment.touched).flatMap((row) => [
        `${hex(row.address, 8)}  `,
        ...spans(row.runs, 'hex', ' '),
        ' '.repeat(padding(row.runs)),
        '  ',
        ...spans(row.runs, 'text', ''),
        '\n',
      ]),
    ),
    rest > 0 ? h('p', { class: 'rest' }, `${plural(rest, 'more byte')}, not shown.`) : null,
  ]);
}

/** Columns that a row which is not full leaves empty. */
function padding(runs: readonly DumpRun[]): number {
  const bytes = runs.reduce((sum, { text }) => sum + text.length, 0);
  return 3 * (BYTES_PER_ROW - bytes);
}

function spans(runs: readonly DumpRun[], key: 'hex' | 'text', between: string): readonly ComponentChild[] {
  return runs.flatMap((run, i) => [
    i === 0 ? '' : between,
    h('span', { class: `byte ${run.writer}${run.touched ? ' touched' : ''}` }, run[key]),
  ]);
}
