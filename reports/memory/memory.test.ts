import { describe, expect, it } from 'vitest';
import { EVIDENCE } from '../testing/sample.ts';
import { dump } from './dump.ts';
import { rangesOf, without } from './ranges.ts';
import { momentOf } from './replay.ts';
import { descriptorFlagNames, ringsOf } from './rings.ts';

const LEGACY = [
  'power-on',
  'w 028 4 0x00001000',
  'w 030 4 0x00000000',
  'w 038 4 0x00000002',
  'w 03c 4 0x00001000',
  'w 040 4 0x00040000',
];
/** A chain of one indirect table with two entries, in the byte order of the store commands. */
const INDIRECT = [
  'store 0x40000000 00300040000000002000000004000000',
  'store 0x40003000 00400040000000000400000001000100',
  'store 0x40003010 00500040000000000400000002000000',
  'store 0x40000024 0000',
  'store 0x40000022 0100',
];

describe('memory at a moment of a trace', () => {
  it('modern layout: parts, fields, chain and who wrote what', () => {
    const { memory, queues, eventIdx } = momentOf(EVIDENCE.trace!, 'mmio-v2');
    expect(queues).toEqual([
      { index: 0, size: 4, descriptors: 0x40001000, available: 0x40001040, used: 0x40001080, inUse: true },
    ]);
    expect(eventIdx).toBe(false);
    const rings = ringsOf(memory, queues[0], false);
    expect(rings.available).toMatchObject({ flags: 0, index: 1, heads: [{ slot: 0, head: 0 }] });
    expect(rings.used).toMatchObject({ index: 1, elements: [{ slot: 0, id: 0, length: 5 }] });
    const [chain] = rings.chains;
    expect(chain).toMatchObject({ head: 0, position: 1, usedLength: 5, broken: undefined });
    expect(chain.buffers.map(({ address, length, flags }) => [address, length, descriptorFlagNames(flags)])).toEqual([
      [0x40002000, 12, 'NEXT'],
      [0x40003000, 8, 'WRITE'],
    ]);
    const [row] = dump(memory, 0x40003000, 8);
    expect(row.runs.map(({ writer, hex }) => [writer, hex])).toEqual([
      ['device', '01 02 03 04 05'],
      ['unknown', '00 00 00'],
    ]);
  });

  it('shows the state before the events that came later', () => {
    const { events, mode } = EVIDENCE.trace!;
    const beforeUse = events.findIndex((event) => event.startsWith('dstore'));
    const { memory, queues } = momentOf({ events, mode, brokeAt: beforeUse - 1 }, 'mmio-v2');
    expect(ringsOf(memory, queues[0], false).chains[0].usedLength).toBeUndefined();
    const touched = momentOf({ events, mode, brokeAt: beforeUse }, 'mmio-v2').touched;
    expect(touched).toEqual({ address: 0x40003000, length: 5 });
  });

  it('legacy layout: one block, and an indirect table is followed', () => {
    const { memory, queues } = momentOf({ events: [...LEGACY, ...INDIRECT], mode: 'le' }, 'mmio-v1');
    expect(queues[0]).toMatchObject({ descriptors: 0x40000000, available: 0x40000020, used: 0x40001000 });
    const [chain] = ringsOf(memory, queues[0], false).chains;
    expect(chain.tables.map(({ address }) => address)).toEqual([0x40003000]);
    expect(chain.buffers.map(({ address }) => address)).toEqual([0x40004000, 0x40005000]);
  });

  it('big-endian registers and rings', () => {
    const swap = (event: string): string =>
      event.replace(/0x([0-9a-f]{8})$/, (_, digits: string) => `0x${(digits.match(/../g) ?? []).reverse().join('')}`);
    const events = [...LEGACY.map(swap), 'store 0x40000024 0001', 'store 0x40000022 0001'];
    const { memory, queues } = momentOf({ events, mode: 'be-legacy' }, 'mmio-v1');
    expect(queues[0]).toMatchObject({ size: 2, descriptors: 0x40000000 });
    expect(ringsOf(memory, queues[0], true).chains).toMatchObject([{ head: 1 }]);
  });

  it('what the driver loads and nobody was seen to store, the device stored', () => {
    const events = ['store 0x40000000 0102', 'load 0x40000000 = 0103'];
    const { memory } = momentOf({ events, mode: 'le' }, 'mmio-v2');
    expect([memory.at(0x40000000).writer, memory.at(0x40000001).writer]).toEqual(['driver', 'device']);
  });

  it('a queue that was taken away is still known; loops and stray numbers end', () => {
    const loop = [
      'store 0x40000000 00300040000000002000000001000000',
      'store 0x40000024 00000700',
      'store 0x40000022 0200',
    ];
    const { memory, queues } = momentOf({ events: [...LEGACY, ...loop, 'w 070 4 0x00000000'], mode: 'le' }, 'mmio-v1');
    expect(queues[0].inUse).toBe(false);
    const [looping, stray] = ringsOf(memory, queues[0], false).chains;
    expect(looping.broken).toMatch(/more than 64/);
    expect(stray.broken).toBe('descriptor 7 of a table of 2');
  });

  it('knows what lies outside every ring and buffer', () => {
    const { memory, queues } = momentOf(EVIDENCE.trace!, 'mmio-v2');
    const known = rangesOf(ringsOf(memory, queues[0], false));
    expect(without({ address: 0x40003000, length: 8 }, known)).toEqual([]);
    expect(without({ address: 0x40002ffe, length: 12 }, known)).toEqual([
      { address: 0x40002ffe, length: 2 },
      { address: 0x40003008, length: 2 },
    ]);
  });

  it('a head that went out twice and came back once is out', () => {
    const twice = [
      'store 0x40000024 00000000',
      'store 0x40000022 0200',
      'dstore 0x40001004 0000000009000000',
      'dstore 0x40001002 0100',
    ];
    const { memory, queues } = momentOf({ events: [...LEGACY, ...twice], mode: 'le' }, 'mmio-v1');
    expect(ringsOf(memory, queues[0], false).chains.map(({ usedLength }) => usedLength)).toEqual([9, undefined]);
  });
});
