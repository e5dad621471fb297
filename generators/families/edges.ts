/** Families about limits: the end of guest memory, queues that there are none of, as much as a request may ask for. */
import { drawInit, drawSubmit, PLAIN_INIT, roundTrip, submit } from '../parts.ts';
import { blkShape, cheapRequest, drawShape } from '../requests.ts';
import type { Action, BlockRange, RingEdge } from '../scenario.ts';
import type { Family } from './family.ts';

const PARTS: readonly RingEdge['part'][] = ['descriptors', 'available', 'used'];
/** More than any part of a ring has: all of it lies beyond. */
const ALL = 1 << 20;

export const memoryEnd: Family = {
  name: 'memory-end',
  about: 'a ring whose last byte is the last of guest memory: it works like any other',
  hostile: false,
  weight: 2,
  // Where the memory of other targets ends is not known to be where their devices see it end.
  applies: (where) => where.fast && !where.legacy,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    return [
      { ...drawInit(r, where), edge: { queue, part: r.pick(PARTS), missing: 0 } },
      ...r
        .times(1, 4, (): Action[] => [
          { ...submit(queue, request), shape: drawShape(r, request) },
          { do: 'reap', queue, ack: true },
        ])
        .flat(),
    ];
  },
};

export const beyondMemory: Family = {
  name: 'beyond-memory',
  about: 'a part of a ring, or the descriptor after the last, lies beyond guest memory: the device survives',
  hostile: true,
  weight: 2,
  applies: (where) => where.fast && !where.legacy,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const typed: Action = { do: 'host', event: { action: 'console-input', port: 0, bytes: [65] } };
    // A device that looks is not harmed, whatever is missing: several in a row cost little.
    const attempt = (): Action[] => {
      const init = drawInit(r, where);
      if (r.chance(25)) {
        return [
          { ...init, edge: { queue, part: 'descriptors', missing: 0 } },
          { ...submit(queue, request, 'always'), break: 'next-out-of-range' },
          { do: 'settle' },
        ];
      }
      const part = r.pick(PARTS);
      const missing = r.weighted([
        [3, part === 'descriptors' ? 16 : 2],
        [2, r.int(1, 8) * (part === 'descriptors' ? 16 : 8) + (part === 'used' ? 2 : 0)],
        [1, r.int(1, 60) * 2],
        [1, ALL],
      ]);
      // Input may come for a receive queue that nobody has kicked.
      const place = where.device === 'console' && r.chance(50) ? 0 : queue;
      return [
        { ...init, size: r.pick([2, 4, 8, 16]), edge: { queue: place, part, missing } },
        ...(where.device === 'console' ? [typed] : []),
        ...r.times(1, 6, () => submit(queue, request, 'always')),
        { do: 'settle' },
        { do: 'read', offset: 0x70, size: 4 },
      ];
    };
    return [...r.times(1, 4, attempt).flat(), ...roundTrip(where)];
  },
};

const QUEUE_SEL = 0x30;
/** Registers of the selected queue, on either layout. */
const OF_A_QUEUE = [0x34, 0x38, 0x3c, 0x40, 0x44, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0xc0];

export const absentQueues: Family = {
  name: 'absent-queues',
  about: 'registers of queues that do not exist, read and written: the device survives, the others work',
  hostile: true,
  weight: 2,
  applies: (where) => where.fast,
  draw: (r, where) => [
    drawInit(r, where, r.pick(['driver', 'queues', 'live'] as const)),
    { do: 'write', offset: QUEUE_SEL, size: 4, value: r.pick([77, 1023, 0xffff]) },
    ...r.times(3, 10, (): Action => {
      const offset = r.pick(OF_A_QUEUE);
      return r.chance(40)
        ? { do: 'read', offset, size: 4 }
        : { do: 'write', offset, size: 4, value: r.pick([0, 1, 8, 4096]) };
    }),
    { do: 'settle' },
    ...roundTrip(where),
  ],
};

/** Requests that clear sectors: type, and the fields that limit them (5.2.4). */
const CLEARING: readonly { readonly type: number; readonly limits: string; readonly flags: readonly number[] }[] = [
  { type: 11, limits: 'discard', flags: [0] },
  { type: 13, limits: 'write_zeroes', flags: [0, 1] },
  { type: 14, limits: 'secure_erase', flags: [0] },
];

export const clearingLimits: Family = {
  name: 'clearing-limits',
  about: 'block: as many segments, and as long ones, as the device allows, up to the last sector and beyond',
  hostile: false,
  weight: 2,
  applies: (where) => where.device === 'blk',
  draw: (r, where) => {
    const done: Action = { do: 'reap', queue: 0, ack: true };
    const framed = (request: Parameters<typeof blkShape>[0]): Action => ({
      ...submit(0, request),
      shape: r.chance(40) ? drawShape(r, request) : blkShape(request),
    });
    const blk = (type: number, sector: number, sectors: number): Action =>
      framed({ kind: 'blk', type, sector, sectors, fill: r.int(1, 250) });
    const { type, limits, flags } = r.weighted([
      [1, CLEARING[0]],
      [4, CLEARING[1]],
      [1, CLEARING[2]],
    ]);
    const segments = where.limits[`max_${limits}_seg`] ?? 1;
    const longest = Math.min(where.limits[`max_${limits}_sectors`] ?? 8, where.capacity);
    const range = (): BlockRange => {
      const sectors = r.weighted([
        [3, r.int(1, 8)],
        [2, longest],
      ]);
      const last = where.capacity - sectors;
      const sector = r.weighted([
        [4, r.int(0, Math.min(last, 12))],
        [2, last],
        [1, last + 1],
      ]);
      return { sector, sectors, flags: r.pick(flags) };
    };
    const count = r.pick([segments, r.int(1, segments)]);
    // Neighbours of what is cleared, at the beginning and at the end of the disk.
    const from = r.pick([0, 6, Math.max(0, where.capacity - 12)]);
    return [
      { ...PLAIN_INIT, size: 8, decline: r.some([28, 29, 35], 40) },
      { do: 'read-config-all' },
      blk(1, from, 12),
      done,
      framed({ kind: 'blk-ranges', type, ranges: r.times(count, count, range) }),
      done,
      blk(0, from, 12),
      done,
    ];
  },
};

export const wearMetrics: Family = {
  name: 'wear-metrics',
  about: 'block: identification and lifetime, in buffers of the right size and of others',
  hostile: false,
  weight: 1,
  applies: (where) => where.device === 'blk',
  draw: (r, where) => [
    drawInit(r, where),
    ...r
      .times(1, 4, (): Action[] => [
        submit(0, { kind: 'blk', type: r.pick([8, 10, 10, 10]), sector: 0, sectors: 0, fill: 1 }),
        { do: 'reap', queue: 0, ack: true },
      ])
      .flat(),
    drawSubmit(r, where),
    { do: 'reap', queue: 0, ack: true },
  ],
};
