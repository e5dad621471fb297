import { describe, expect, test } from 'vitest';
import { BASE, HandDriver, type Ring } from './hand-driver.ts';
import { Register } from './registers.ts';

const END = BASE + (1 << 20);

/** What a hostile driver puts into the ring before it exposes head 0. */
const ATTACKS: Record<string, (d: HandDriver, ring: Ring) => void> = {
  'a loop of descriptors': (d, r) => {
    d.describe(r.desc, 0, { address: BASE, length: 1, flags: 3, next: 1 });
    d.describe(r.desc, 1, { address: BASE, length: 1, flags: 3, next: 0 });
  },
  'a descriptor that continues in itself': (d, r) => d.describe(r.desc, 0, { address: BASE, length: 0, flags: 3 }),
  'next out of range': (d, r) => d.describe(r.desc, 0, { address: BASE, length: 1, flags: 3, next: 8 }),
  'head out of range': (d) => d.expose(8),
  'head far out of range': (d) => d.expose(0xffff),
  'an address below memory': (d, r) => d.describe(r.desc, 0, { address: BASE - 1, length: 1, flags: 2 }),
  'an address at the end of memory': (d, r) => d.describe(r.desc, 0, { address: END, length: 1, flags: 2 }),
  'a buffer across the end of memory': (d, r) => d.describe(r.desc, 0, { address: END - 4, length: 5, flags: 2 }),
  'a length that wraps': (d, r) => d.describe(r.desc, 0, { address: BASE, length: 0xffff_ffff, flags: 2 }),
  'an address of all ones': (d, r) => {
    d.describe(r.desc, 0, { address: 0, length: 1, flags: 2 });
    d.view.setBigUint64(r.desc - BASE, 0xffff_ffff_ffff_ffffn, d.little);
  },
  'readable after writable': (d, r) => {
    d.describe(r.desc, 0, { address: BASE, length: 1, flags: 3, next: 1 });
    d.describe(r.desc, 1, { address: BASE + 64, length: 1 });
  },
  'an available index that jumps': (d, r) => {
    d.describe(r.desc, 0, { address: BASE, length: 1, flags: 2 });
    d.set16(r.avail + 2, 9);
  },
  'an available index that goes back': (d, r) => {
    d.describe(r.desc, 0, { address: BASE, length: 1, flags: 2 });
    d.set16(r.avail + 2, 0xffff);
  },
  'nested indirect': (d, r) => {
    const table = d.buffer({ length: 16 });
    d.describe(table, 0, { address: table, length: 16, flags: 4 });
    d.describe(r.desc, 0, { address: table, length: 16, flags: 4 });
  },
  'INDIRECT with NEXT': (d, r) => indirect(d, r, 16, 5),
  'an indirect table of 0 bytes': (d, r) => indirect(d, r, 0),
  'an indirect table of 17 bytes': (d, r) => indirect(d, r, 17),
  'an indirect table outside memory': (d, r) => d.describe(r.desc, 0, { address: END, length: 16, flags: 4 }),
  'a loop in an indirect table': (d, r) => {
    const table = d.buffer({ length: 32 });
    d.describe(table, 0, { address: BASE, length: 1, flags: 3, next: 1 });
    d.describe(table, 1, { address: BASE, length: 1, flags: 3, next: 0 });
    d.describe(r.desc, 0, { address: table, length: 32, flags: 4 });
  },
  'next beyond the indirect table': (d, r) => {
    const table = d.buffer({ length: 16 });
    d.describe(table, 0, { address: BASE, length: 1, flags: 3, next: 1 });
    d.describe(r.desc, 0, { address: table, length: 16, flags: 4 });
  },
  'a chain longer than the queue': (d, r) => {
    const table = d.table(Array.from({ length: 9 }, () => ({ length: 1, write: true })));
    d.describe(r.desc, 0, { address: table.address, length: table.length, flags: 4 });
  },
};

function indirect(d: HandDriver, ring: Ring, length: number, flags = 4): void {
  const table = d.table([{ length: 8, write: true }]);
  d.describe(ring.desc, 0, { address: table.address, length, flags });
}

const MODES = [{ version: 2 }, { version: 1, believedGuest: 'big' }] as const;

describe.each(MODES)('%o', (mode) => {
  test.each(Object.keys(ATTACKS))('%s', (name) => {
    const d = new HandDriver({ ...mode });
    d.start(28);
    const ring = d.rings[0];
    const count = d.stores.length;
    ATTACKS[name](d, ring);
    if (d.get16(ring.avail + 2) === 0) d.expose(0);
    d.kick();
    expect(d.read(Register.Status) & 64).toBe(64);
    expect([d.read(Register.InterruptStatus), d.line]).toEqual([2, 1]);
    expect(d.stores.length).toBe(count);
    // Nothing more happens, and a reset cures it.
    d.kick();
    expect(d.stores.length).toBe(count);
    d.start();
    d.submit([{ length: 4, write: true }]);
    expect([d.read(Register.Status) & 64, d.usedIndex()]).toEqual([0, 1]);
  });
});

test('indirect without the feature', () => {
  const d = new HandDriver();
  d.start();
  const table = d.table([{ length: 8, write: true }]);
  d.describe(d.rings[0].desc, 0, { address: table.address, length: 16, flags: 4 });
  d.expose(0);
  d.kick();
  expect(d.read(Register.Status) & 64).toBe(64);
});

describe('rings that cannot be', () => {
  const good: Ring = { size: 8, desc: BASE, avail: BASE + 0x1000, used: BASE + 0x2000, next: 0, free: 0 };
  test.each<[string, Partial<Ring>]>([
    ['size 0', { size: 0 }],
    ['size 3', { size: 3 }],
    ['size beyond the maximum', { size: 512 }],
    ['descriptors misaligned', { desc: BASE + 8 }],
    ['available ring misaligned', { avail: BASE + 0x1001 }],
    ['used ring misaligned', { used: BASE + 0x2002 }],
    ['descriptors outside memory', { desc: 0 }],
    ['available ring outside memory', { avail: END }],
    ['used ring across the end of memory', { used: END - 64 }],
  ])('%s', (_, wrong) => {
    const d = new HandDriver();
    d.negotiate();
    d.place(0, { ...good, ...wrong });
    d.live();
    d.kick();
    expect(d.read(Register.Status) & 64).toBe(64);
    expect(d.stores).toEqual([]);
  });

  test.each([0, 1, 3, 0xffff_ffff])('legacy alignment %i', (align) => {
    const d = new HandDriver({ version: 1 });
    d.negotiate();
    d.place(0, { ...good, desc: BASE + 0x1000 }, align);
    d.live();
    d.kick();
    expect(d.read(Register.Status) & 64).toBe(64);
    expect(d.stores).toEqual([]);
  });
});

test('random rings and registers: no throw, no store but into the ring and buffers', () => {
  for (let seed = 1; seed <= 60; seed++) {
    let x = seed * 0x9e3779b9;
    const random = (below: number): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return (x >>> 0) % below;
    };
    const device = (['rng', 'blk', 'console'] as const)[seed % 3];
    const completion = (['immediate', 'lifo'] as const)[seed % 2];
    const d = new HandDriver({ device, completion, version: seed % 4 === 0 ? 1 : 2, ports: 2 });
    d.start(28, 29);
    const ring = d.rings[0];
    const most = BASE + (1 << 20);
    for (let step = 0; step < 200; step++) {
      const what = random(4);
      if (what === 0) for (let at = 0; at < 160; at++) d.bytes[ring.desc - BASE + at] = random(4) ? 0 : random(256);
      const address = random(3) ? BASE + random(1 << 20) : random(0xffff_ffff);
      if (what === 1)
        d.describe(ring.desc, random(8), { address, length: random(2000), flags: random(8), next: random(9) });
      if (what === 2) {
        d.expose(random(9));
        d.kick(random(3));
        d.device.runPending();
      }
      if (what === 3)
        d.device.writeRegister(random(0x140), 1 << random(4), random(5) ? random(16) : random(0xffff_ffff));
      d.device.readRegister(random(0x140), 1 << random(4));
    }
    for (const store of d.stores) expect(store.address >= BASE && store.address + store.size <= most).toBe(true);
  }
});
