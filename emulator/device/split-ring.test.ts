import { describe, expect, test } from 'vitest';
import { BASE, HandDriver, type Part } from './hand-driver.ts';
import type { EmulatorOptions } from './options.ts';
import { Register } from './registers.ts';

const OUT: Part = { length: 16, write: true };
const T_IN = 0;
const T_OUT = 1;

function header(type: number, sector: number, little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, type, little);
  view.setBigUint64(8, BigInt(sector), little);
  return new Uint8Array(view.buffer);
}

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

const MODES: Partial<EmulatorOptions>[] = [
  { version: 2 },
  { version: 1 },
  { version: 1, believedGuest: 'big' },
  { version: 1, believedGuest: 'big', registerEndian: 'big' },
  { version: 1, registerEndian: 'big' },
];

describe.each(MODES)('%o', (mode) => {
  test('a disk round trip', () => {
    const d = new HandDriver({ device: 'blk', ...mode });
    d.start();
    const little = d.little;
    const write = d.submit([
      { length: 16, bytes: header(T_OUT, 3, little) },
      { length: 512, bytes: filled(512, 0x5a) },
      { length: 1, write: true },
    ]);
    const read = d.submit([
      { length: 16, bytes: header(T_IN, 3, little) },
      { length: 512, write: true },
      { length: 1, write: true },
    ]);
    expect(d.usedIndex()).toBe(2);
    expect(d.usedElement(0)).toEqual({ id: write.head, length: 1 });
    expect(d.usedElement(1)).toEqual({ id: read.head, length: 513 });
    expect(d.contents(read.at[1], 512)).toEqual(filled(512, 0x5a));
    expect(d.ack()).toBe(1);
  });

  test('indices wrap at 2^16, the ring at its size', () => {
    const d = new HandDriver({ ...mode });
    d.start();
    const { head } = d.chain([OUT]);
    for (let i = 0; i < 65536 + 20; i++) {
      d.expose(head);
      d.kick();
    }
    expect(d.usedIndex()).toBe(20);
    expect(d.read(Register.Status) & 64).toBe(0);
  });

  test('EVENT_IDX decides about interrupts, the flag does not', () => {
    const d = new HandDriver({ ...mode });
    d.start(29);
    const ring = d.rings[0];
    const usedEvent = ring.avail + 4 + 16;
    const availEvent = ring.used + 4 + 64;
    d.set16(ring.avail, 1);
    d.set16(usedEvent, 2);
    const acks = [0, 1, 2, 3].map(() => {
      d.submit([OUT]);
      return d.ack();
    });
    expect(acks).toEqual([0, 0, 1, 0]);
    expect(d.get16(availEvent)).toBe(4);
    expect(d.get16(ring.used)).toBe(0);
  });

  test('NO_INTERRUPT decides without EVENT_IDX, used_event does not', () => {
    const d = new HandDriver({ ...mode });
    d.start();
    const ring = d.rings[0];
    d.set16(ring.avail + 4 + 16, 77);
    d.submit([OUT]);
    expect(d.ack()).toBe(1);
    d.set16(ring.avail, 1);
    d.submit([OUT]);
    expect(d.ack()).toBe(0);
    expect(d.get16(ring.used + 4 + 64)).toBe(0);
  });

  test('an indirect table, alone and at the end of a chain, its WRITE flag ignored', () => {
    const d = new HandDriver({ device: 'blk', ...mode });
    d.start(28);
    const ring = d.rings[0];
    for (const [flags, direct] of [
      [4, false],
      [4 | 2, false],
      [4 | 2, true],
    ] as const) {
      const head = { length: 16, bytes: header(T_IN, 0, d.little) };
      const rest: Part[] = [
        { length: 512, write: true },
        { length: 1, write: true },
      ];
      const table = d.table(direct ? rest : [head, ...rest]);
      const before = d.usedIndex();
      if (direct) d.describe(ring.desc, 0, { address: d.buffer(head), length: 16, flags: 1, next: 5 });
      d.describe(ring.desc, direct ? 5 : 0, { address: table.address, length: table.length, flags });
      d.expose(0);
      d.kick();
      expect(d.usedElement(before)).toEqual({ id: 0, length: 513 });
      expect(d.contents(table.at.at(-1)!, 1)[0]).toBe(0);
    }
  });

  test('a framing of single bytes works', () => {
    const d = new HandDriver({ device: 'blk', queueSizeMax: 1024, ...mode });
    d.negotiate();
    d.queue(0, 1024);
    d.live();
    const bytes = header(T_IN, 0, d.little);
    const parts: Part[] = [...bytes].map((byte) => ({ length: 1, bytes: Uint8Array.of(byte) }));
    for (let i = 0; i < 513; i++) parts.push({ length: 1, write: true });
    const { head, at } = d.submit(parts);
    expect(d.usedElement(0)).toEqual({ id: head, length: 513 });
    expect(d.contents(at.at(-1)!, 1)[0]).toBe(0);
  });
});

test.each([1, 2, 8, 256, 32768])('a queue of %i', (size) => {
  const d = new HandDriver({ queueSizeMax: 32768 });
  d.negotiate();
  const ring = { size, desc: BASE, avail: BASE + 0x80000, used: BASE + 0xa0000, next: 0, free: 0 };
  d.place(0, ring);
  d.live();
  const address = BASE + 0xf0000;
  const head = size - 1;
  d.describe(ring.desc, head, { address, length: 8, flags: 2 });
  for (let i = 0; i < Math.min(size, 300); i++) d.expose(head);
  d.kick();
  expect(d.usedIndex()).toBe(Math.min(size, 300));
  expect(d.usedElement(0)).toEqual({ id: head, length: 8 });
});

test('the element is stored before the index, as two words and a half, and the data before both', () => {
  const d = new HandDriver();
  d.start();
  d.stores.length = 0;
  const { at } = d.submit([OUT]);
  const { used } = d.rings[0];
  expect(d.stores).toEqual([
    { address: at[0], size: 16 },
    { address: used + 4, size: 4 },
    { address: used + 8, size: 4 },
    { address: used + 2, size: 2 },
  ]);
});

test('flags left over in the used ring are set to 0', () => {
  const d = new HandDriver();
  d.negotiate();
  const ring = d.queue(0, 8);
  d.set16(ring.used, 3);
  d.live();
  d.kick();
  expect(d.get16(ring.used)).toBe(0);
});

test('spurious notifications are harmless', () => {
  const d = new HandDriver({ device: 'console' });
  d.start();
  for (const queue of [0, 0, 1, 2, 0xffff, 0xffff_ffff]) d.kick(queue);
  expect([d.read(Register.Status), d.line, d.stores.length]).toEqual([15, 0, 0]);
});

test('zero-length descriptors are buffers of no bytes', () => {
  const d = new HandDriver({ device: 'blk' });
  d.start();
  const { head } = d.submit([
    { length: 0, address: 5 },
    { length: 16, bytes: header(T_IN, 0) },
    { length: 0, write: true, address: 0 },
    { length: 512, write: true },
    { length: 1, write: true },
  ]);
  expect(d.usedElement(0)).toEqual({ id: head, length: 513 });
});

describe('completion order', () => {
  const run = (completion: 'fifo' | 'lifo' | 'shuffled', ...features: number[]): number[] => {
    const d = new HandDriver({ completion, seed: 5 });
    d.start(...features);
    for (let i = 0; i < 6; i++) d.expose(d.chain([OUT]).head);
    d.kick();
    expect(d.usedIndex()).toBe(0);
    expect(d.device.runPending()).toBe(true);
    expect(d.device.runPending()).toBe(false);
    return Array.from({ length: d.usedIndex() }, (_, i) => d.usedElement(i).id);
  };

  test('fifo, lifo and shuffled', () => {
    expect(run('fifo')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(run('lifo')).toEqual([5, 4, 3, 2, 1, 0]);
    const shuffled = run('shuffled');
    expect([...shuffled].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(shuffled).not.toEqual([0, 1, 2, 3, 4, 5]);
    expect(run('shuffled')).toEqual(shuffled);
  });

  test('IN_ORDER holds whatever the order of finishing', () => {
    for (const order of ['fifo', 'lifo', 'shuffled'] as const) expect(run(order, 35)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('IN_ORDER holds back what finishes too early', () => {
    const d = new HandDriver({ completion: 'lifo' });
    d.start(35, 29);
    d.set16(d.rings[0].avail + 4 + 16, 1);
    for (let i = 0; i < 3; i++) d.expose(d.chain([OUT]).head);
    d.kick();
    d.device.runPending();
    // The step of three passes used_event.
    expect([d.usedIndex(), d.ack()]).toEqual([3, 1]);
  });

  test('what is under way at a reset is dropped', () => {
    const d = new HandDriver({ completion: 'fifo' });
    d.start();
    d.submit([OUT]);
    d.write(Register.Status, 0);
    const count = d.stores.length;
    expect(d.device.runPending()).toBe(false);
    expect(d.stores.length).toBe(count);
  });
});
