/** Families about queues that the device must leave alone: stopped, reset, not live yet, or silenced in a forbidden way. */
import { drawInit, PLAIN_INIT, roundTrip, submit } from '../parts.ts';
import { cheapRequest } from '../requests.ts';
import type { Action } from '../scenario.ts';
import type { Family } from './family.ts';

const everywhere = () => true;
const QUEUE_NOTIFY = 0x50;
/** Bits of Status (2.1). */
const DRIVER_OK = 4;
const FEATURES_OK = 8;

export const stoppedQueues: Family = {
  name: 'stopped-queues',
  about: 'kicks of a queue that was stopped or reset with buffers available: nothing happens to them',
  hostile: true,
  weight: 3,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const init = drawInit(r, where);
    const stop: Action =
      where.legacy || r.chance(50)
        ? { do: 'queue-stop', queue }
        : { do: 'queue-reset', queue, enable: false, size: init.size };
    return [
      { ...init, decline: init.decline.filter((bit) => bit !== 40) },
      // Used before or not: a device may set its part of the queue up at the first kick only.
      ...(r.chance(50) ? [submit(queue, request, 'always'), { do: 'reap', queue, ack: true } as const] : []),
      ...r.times(1, 3, () => submit(queue, request, 'never')),
      stop,
      { do: 'kick', queue },
      { do: 'settle' },
      { do: 'ack', mask: 3 },
      ...roundTrip(where),
    ];
  },
};

const QUEUE_SEL = 0x30;
const QUEUE_RESET = 0xc0;
const RING_RESET = 40;

export const resetsUnderWay: Family = {
  name: 'resets-under-way',
  about: 'kicks of a queue whose reset was asked for and not seen complete: the device leaves it alone',
  hostile: true,
  weight: 2,
  applies: (where) => where.fast && !where.legacy && where.variant !== 'no-ring-features',
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const init = drawInit(r, where);
    return [
      { ...init, decline: init.decline.filter((bit) => bit !== RING_RESET && bit !== 29) },
      submit(queue, request, 'always'),
      ...r.times(0, 2, () => submit(queue, request, 'never')),
      { do: 'write', offset: QUEUE_SEL, size: 4, value: queue },
      ...r.times(1, 2, (): Action => ({ do: 'write', offset: QUEUE_RESET, size: 4, value: 1 })),
      { do: 'write', offset: QUEUE_NOTIFY, size: 4, value: queue },
      ...(r.chance(50) ? [{ do: 'read', offset: QUEUE_RESET, size: 4 } as const] : []),
      { do: 'settle' },
      { do: 'ack', mask: 3 },
      ...roundTrip(where),
    ];
  },
};

export const earlyKicks: Family = {
  name: 'early-kicks',
  about: 'kicks before DRIVER_OK, which a driver must not make: no buffer is used for them',
  hostile: true,
  weight: 3,
  applies: (where) => !where.legacy,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    return [
      drawInit(r, where, 'queues'),
      ...r.times(1, 3, () => submit(queue, request, 'never')),
      { do: 'write', offset: QUEUE_NOTIFY, size: 4, value: queue },
      { do: 'settle' },
      { do: 'ack', mask: 3 },
      ...roundTrip(where),
    ];
  },
};

export const modernManners: Family = {
  name: 'modern-manners',
  about: 'legacy: FEATURES_OK set although legacy drivers know no such bit, and not set: queues work either way',
  hostile: true,
  weight: 2,
  applies: (where) => where.legacy,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const use = (): Action[] => [submit(queue, request, 'always'), { do: 'reap', queue, ack: true }];
    const modern: Action[] = [
      drawInit(r, where, 'queues'),
      { do: 'status', set: FEATURES_OK },
      { do: 'status', set: DRIVER_OK },
      ...use(),
    ];
    return [...(r.chance(30) ? use() : []), ...modern, ...roundTrip(where), ...(r.chance(30) ? modern : [])];
  },
};

export const forbiddenFlags: Family = {
  name: 'forbidden-flags',
  about: 'NO_INTERRUPT set although EVENT_IDX was accepted: the device looks at used_event alone',
  hostile: true,
  weight: 2,
  applies: (where) => where.variant !== 'no-ring-features',
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    return [
      { ...drawInit(r, where), decline: r.some([28, 35], 30), size: r.pick([4, 8, 16]) },
      ...r
        .times(1, 3, (): Action[] => [
          { do: 'suppress', queue, flags: r.pick([2, 2, 0]), eventAhead: 0 },
          submit(queue, request, 'always'),
          { do: 'reap', queue, ack: true },
        ])
        .flat(),
    ];
  },
};

export const sparseSelection: Family = {
  name: 'sparse-selection',
  about: 'a driver without features after one with all of them: nothing of the old selection is left',
  hostile: false,
  weight: 2,
  // Whether a selection survives a reset is not spelled out (2.4): asked only in process, see families/protocol.ts.
  applies: (where) => where.fast,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const low = Array.from({ length: 32 }, (_, bit) => bit);
    return [
      { ...PLAIN_INIT, size: 8 },
      submit(queue, request, 'always'),
      { do: 'reap', queue, ack: true },
      { ...PLAIN_INIT, size: 8, decline: [...low, 35], selecting: r.pick(['sparse', 'twice'] as const) },
      ...r.times(2, 6, (): Action[] => [submit(queue, request, 'always'), { do: 'reap', queue, ack: true }]).flat(),
    ];
  },
};
