import { describe, expect, it } from 'vitest';
import type { AttachEvent } from './events.ts';
import { QueueBook } from './queue-book.ts';
import { RingSyncRules } from './ring-sync-rules.ts';
import type { RuleContext } from './setup.ts';

const DESC = 0x1000;
const AVAIL = 0x1040;
const USED = 0x2000;
const TABLES = 0x3000;
const NUM = 4;

type Store = Extract<AttachEvent, { kind: 'store' }>;
type Sync = Extract<AttachEvent, { kind: 'sync' }>;

/** A queue of four entries, and the findings about it. */
function bench() {
  const broken: string[] = [];
  const context = {
    check: (_id: string, kept: boolean, expected: string) => {
      if (!kept) broken.push(expected);
    },
  } as unknown as RuleContext;
  const book = new QueueBook();
  const facts = { queue: 0, result: 0, num: NUM, desc: DESC, avail: AVAIL, used: USED, indirect: TABLES, maxNSegs: 2 };
  book.allocated({ kind: 'return', api: 'alloc_vq', thread: 0, facts });
  const rules = new RingSyncRules(context, book);
  const sync = (address: number, size: number, op: Sync['op']): void => rules.sync({ kind: 'sync', address, size, op });
  const store = (address: number, size = 2): void =>
    rules.store({ kind: 'store', address, bytes: new Uint8Array(size) } satisfies Store);
  const used = (): void => rules.deviceStore({ kind: 'device-store', address: USED + 2, bytes: new Uint8Array(2) });
  const back = (api: 'enqueue_commit' | 'dequeue' | 'start_vq_intr' | 'stop_vq_intr', more: object = {}): void =>
    rules.call({ kind: 'return', api, thread: 0, facts: { queue: 0, slot: 0, notify: true, result: 0, ...more } });
  const freed = (address = DESC): void => rules.freed(address);
  const retire = (): void =>
    rules.call({ kind: 'call', api: 'dequeue_commit', thread: 0, facts: { queue: 0, slot: 0 } });
  const indirect = (): void =>
    void book.queues.get(0)!.slots.set(0, { state: 'committed', thread: 0, nsegs: 2, indirect: true, buffers: [] });
  const setUp = (): void =>
    rules.setUp({ op: 'setup', queue: 0, size: NUM, desc: DESC, avail: AVAIL, used: USED }, false);
  return { broken, sync, store, used, back, freed, retire, indirect, setUp };
}

/** As virtio.c does it, but for the step that is left out. */
function publish({ sync, store, back }: ReturnType<typeof bench>, without?: 'before' | 'index' | 'flags'): void {
  if (without !== 'before') sync(USED, 4, 'PREREAD');
  store(AVAIL + 2);
  if (without !== 'index') sync(AVAIL, 4, 'PREWRITE');
  if (without !== 'flags') sync(USED, 4, 'POSTREAD');
  back('enqueue_commit');
}

describe('rings', () => {
  it('are published with all syncs', () => {
    const on = bench();
    publish(on);
    publish(on);
    expect(on.broken).toEqual([]);
  });

  it.each([
    ['before', /PREREAD on the used index/],
    ['index', /available ring of queue 0 synchronised for the device/],
    ['flags', /POSTREAD on the word/],
  ] as const)('are not published without the sync of %s', (without, expected) => {
    const on = bench();
    publish(on, without);
    expect(on.broken).toHaveLength(1);
    expect(on.broken[0]).toMatch(expected);
  });

  it('are not set up before the used ring is ready for the device', () => {
    const on = bench();
    on.setUp();
    expect(on.broken).toHaveLength(1);
    on.sync(USED, 4 + 8 * NUM, 'PREREAD');
    on.setUp();
    expect(on.broken).toHaveLength(1);
  });

  it('are read after a sync', () => {
    const on = bench();
    on.used();
    on.sync(USED, 4, 'POSTREAD');
    on.back('dequeue');
    expect(on.broken).toEqual([]);
    on.used();
    on.back('dequeue');
    expect(on.broken).toEqual(['used index synchronised before it is read']);
  });

  it('are synchronised after the device has read them', () => {
    const on = bench();
    publish(on);
    on.sync(AVAIL, 4 + 2 * NUM, 'POSTWRITE');
    on.back('dequeue');
    on.freed();
    expect(on.broken).toEqual([]);
    publish(on);
    on.sync(AVAIL, 4 + NUM, 'POSTWRITE');
    on.back('dequeue');
    expect(on.broken).toEqual(['available ring synchronised after the device has had it']);
    publish(on);
    on.back('dequeue', { abandoned: true });
    expect(on.broken).toHaveLength(1);
    on.freed(TABLES);
    expect(on.broken).toHaveLength(1);
    on.freed();
    expect(on.broken).toHaveLength(2);
  });

  it('tell of interrupts after a sync', () => {
    const on = bench();
    on.store(AVAIL);
    on.sync(AVAIL, 12, 'PREWRITE');
    on.sync(USED, 4, 'POSTREAD');
    on.back('start_vq_intr');
    expect(on.broken).toEqual([]);
    on.store(AVAIL);
    on.back('stop_vq_intr');
    on.store(AVAIL + 4 + 2 * NUM);
    on.back('stop_vq_intr');
    expect(on.broken).toHaveLength(2);
  });

  it('have indirect tables that are synchronised for the device and for the driver', () => {
    const on = bench();
    on.indirect();
    on.store(TABLES, 16);
    on.back('enqueue_commit', { notify: false });
    expect(on.broken).toEqual(['indirect table of slot 0 synchronised for the device']);
    on.store(TABLES, 16);
    on.sync(TABLES, 32, 'PREWRITE');
    on.back('enqueue_commit', { notify: false });
    on.retire();
    expect(on.broken).toHaveLength(2);
    on.back('enqueue_commit', { notify: false });
    on.sync(TABLES, 32, 'POSTWRITE');
    on.retire();
    expect(on.broken).toHaveLength(2);
  });
});
