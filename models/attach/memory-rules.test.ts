import { describe, expect, it } from 'vitest';
import type { AttachSetup } from './setup.ts';
import { ScriptedDriver } from './testing/scripted-driver.ts';

const MEMORY = 'netbsd.ring-memory';
const NUM = 8;
/** The queue's allocation ends where the buffers begin. */
const DESC = 0x1000;
const AVAIL = 0x1080;
const USED = 0x2000;
const BUFFERS = 0x3000;
const PAGE = 0x1000;
const TABLES = USED + 0x100;
/** Registers of virtio-mmio, by what they take. */
const SELECT = 0x30;
const SIZE = 0x38;
const READY = 0x44;
const ADDRESSES = [0x80, 0x90, 0xa0];

function driver(indirect = 0, more: Partial<AttachSetup> = {}): ScriptedDriver {
  return new ScriptedDriver('rng', more)
    .allocated('queue', DESC, BUFFERS - DESC)
    .allocated('buffers', BUFFERS, PAGE)
    .queue(0, NUM, { desc: DESC, avail: AVAIL, used: USED, indirect });
}

describe('stores of the driver', () => {
  const stored = (address: number, length = 4, indirect = 0): readonly string[] =>
    driver(indirect).store(address, new Uint8Array(length)).owed(MEMORY);
  const ALLOCATED = 'stores inside memory that the driver has allocated';
  const LEFT = 'the used ring of queue 0, and what lies behind it, left to the device';

  it('stay inside what it has allocated', () => {
    expect(stored(BUFFERS, PAGE)).toEqual([]);
    for (const outside of [DESC - 4, BUFFERS + PAGE, BUFFERS + PAGE - 2]) expect(stored(outside)).toEqual([ALLOCATED]);
    expect(driver().store(BUFFERS, [1]).owed(MEMORY)).toEqual([]);
  });

  it('leave the used ring alone', () => {
    expect(stored(AVAIL + 2, 2)).toEqual([]);
    for (const behind of [USED, USED + 2, USED - 2, BUFFERS - 4]) expect(stored(behind)).toEqual([LEFT]);
    // What is made ready as a whole is nobody's yet.
    expect(stored(DESC, BUFFERS - DESC)).toEqual([]);
  });

  it('reach indirect tables, which lie behind the used ring', () => {
    expect(stored(TABLES, 16, TABLES)).toEqual([]);
    expect(stored(BUFFERS - 16, 16, TABLES)).toEqual([]);
    expect(stored(TABLES - 4, 4, TABLES)).toEqual([LEFT]);
  });
});

describe('syncs', () => {
  const synced = (address: number, size: number): readonly string[] => {
    const on = driver();
    on.events.push({ kind: 'sync', address, size, op: 'PREWRITE' });
    return on.owed('netbsd.dma-sync');
  };

  it('stay inside what the driver has allocated', () => {
    expect(synced(DESC, BUFFERS - DESC)).toEqual([]);
    expect(synced(BUFFERS, PAGE)).toEqual([]);
    for (const [address, size] of [
      [BUFFERS + PAGE, 32],
      [BUFFERS + PAGE - 4, 8],
      [BUFFERS - 4, 8],
    ]) {
      expect(synced(address, size)).toEqual(['syncs inside memory that the driver has allocated']);
    }
  });

  it.each(['enqueue_commit', 'dequeue'] as const)('of %s concern its queue', (api) => {
    const OWED = 'syncs of a queue inside its own memory';
    const within = (address: number): readonly string[] => {
      const on = driver();
      const sync = { kind: 'sync', address, size: 16, op: 'POSTREAD' } as const;
      return on
        .call(api, { queue: 0, slot: -1, notify: false }, { result: 'ENOENT' }, () => void on.events.push(sync))
        .owed('netbsd.dma-sync');
    };
    expect(within(USED)).not.toContain(OWED);
    expect(within(BUFFERS)).toContain(OWED);
  });
});

describe('buffers', () => {
  const enqueued = (address: number, length: number): readonly string[] =>
    driver().call('enqueue', { queue: 0, slot: 0, write: false }, { segment: true, address, length }).owed(MEMORY);

  it('are inside what the driver has allocated, each in one piece', () => {
    expect(enqueued(BUFFERS, PAGE)).toEqual([]);
    for (const [address, length] of [
      [BUFFERS + PAGE, 4],
      [BUFFERS + PAGE - 4, 8],
      [BUFFERS - 4, 8],
    ]) {
      expect(enqueued(address, length)).toEqual(['buffers inside memory that the driver has allocated']);
    }
  });
});

describe('rings', () => {
  const setUp = (places: readonly number[], more: Partial<AttachSetup> = {}): readonly string[] => {
    const told = driver(0, more).write(SELECT, 0).write(SIZE, NUM);
    for (const [i, place] of places.entries()) told.write(ADDRESSES[i], place).write(ADDRESSES[i] + 4, 0);
    return told.write(READY, 1).owed(MEMORY);
  };

  it('are where the device is told', () => {
    expect(setUp([DESC, AVAIL, USED])).toEqual([]);
    for (const places of [
      [DESC + 16, AVAIL + 16, USED],
      [DESC, AVAIL + 2, USED],
      [DESC, AVAIL, USED + 4],
    ]) {
      expect(setUp(places)).toContain('queue 0 set up where it was allocated');
    }
  });

  it('may be told of by the old interface before they are known', () => {
    expect(setUp([DESC, AVAIL, USED + 4], { age: 'old' })).toEqual([]);
  });
});
