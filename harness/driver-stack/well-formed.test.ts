import { describe, expect, it } from 'vitest';
import type { AttachApi, AttachEvent, Facts } from '../../models/attach/events.ts';
import { requireWellFormed } from './well-formed.ts';

const call = (api: AttachApi, facts: Facts = {}, thread = 0): AttachEvent => ({ kind: 'call', api, thread, facts });
const back = (api: AttachApi, facts: Facts = {}, thread = 0): AttachEvent => ({ kind: 'return', api, thread, facts });
const taken = { queue: 1, result: 0, slot: 2, length: 8 };

const memory =
  (kind: 'dma-alloc' | 'dma-free') =>
  (address: number, size: number): AttachEvent => ({
    ...{ kind, name: `b${address}`, address, size },
  });
const [alloc, free] = [memory('dma-alloc'), memory('dma-free')];

describe('a record makes sense', () => {
  it('where calls return in order, each thread by itself', () => {
    const events = [
      call('interrupt'),
      call('dequeue', { queue: 1 }, 1),
      call('dequeue', { queue: 1 }, 2),
      back('dequeue', taken, 1),
      back('dequeue', taken, 2),
      back('interrupt'),
    ];
    expect(() => requireWellFormed(events)).not.toThrow();
  });

  it('where memory is free before it is allocated again', () => {
    const events = [alloc(0, 16), alloc(16, 16), free(0, 16), alloc(0, 8), alloc(8, 8), free(16, 16), alloc(16, 8)];
    expect(() => requireWellFormed(events)).not.toThrow();
  });

  it('where a panic ends it', () => {
    const events: AttachEvent[] = [call('interrupt'), { kind: 'panic', cause: 'panic', reason: '' }];
    expect(() => requireWellFormed(events)).not.toThrow();
    expect(() => requireWellFormed(events.slice(0, 1))).toThrow('never returns');
  });

  it('not with events of no known kind', () => {
    expect(() => requireWellFormed([{} as AttachEvent])).toThrow('is a undefined');
  });

  it.each<[string, AttachEvent[], string]>([
    ['a call that something else returns from', [call('interrupt'), back('shutdown')], 'it was interrupt'],
    ['a return without a call', [back('shutdown')], 'it was nothing'],
    ['a call without its queue', [call('dequeue')], 'queue is not told'],
    [
      'a return without its result',
      [call('dequeue', { queue: 1 }), back('dequeue', { queue: 1 })],
      'result is not told',
    ],
    ['a return of another queue', [call('dequeue', { queue: 0 }), back('dequeue', taken)], 'queue is another one'],
    ['memory given away twice', [alloc(0, 16), alloc(15, 1)], 'b15 lies in memory that is in use'],
    ['memory given away around what is in use', [alloc(8, 1), alloc(0, 16)], 'b0 lies in memory that is in use'],
    ['memory freed twice', [alloc(0, 16), free(0, 16), free(0, 16)], 'b0 was not allocated'],
    [
      'an access of no kind',
      [{ kind: 'cpu', access: '' as 'read', address: 0, size: 1 }],
      'neither a read nor a write',
    ],
    ['a segment without its address', [back('enqueue', { segment: true, queue: 0, slot: 0 })], 'address is not told'],
  ])('not with %s', (_what, events, text) => {
    expect(() => requireWellFormed(events)).toThrow(text);
  });
});
