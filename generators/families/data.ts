/** Families about virtqueues and the requests on them. */
import { CHAIN_BREAKS, PLAIN_SHAPE, type Action, type ChainShape } from '../scenario.ts';
import {
  dataQueues,
  drawBody,
  drawHost,
  drawInit,
  drawResize,
  drawSubmit,
  drawSuppress,
  openConsole,
  PLAIN_INIT,
  roundTrip,
  submit,
} from '../parts.ts';
import { blkShape, cheapRequest, CONTROL, drawRequest, drawShape, type Surroundings } from '../requests.ts';
import type { Family } from './family.ts';

const everywhere = () => true;

/** Bytes of output beyond 64 KiB. */
const LONG_OUTPUT = 70_000;

function reapAll(where: Surroundings): Action[] {
  return dataQueues(where).map((queue) => ({ do: 'reap', queue, ack: true }));
}

export const io: Family = {
  name: 'io',
  about: 'requests in arbitrary framing, direct and indirect, on all queues, collected in any rhythm',
  hostile: false,
  weight: 12,
  applies: everywhere,
  draw: (r, where) => [
    drawInit(r, where),
    ...openConsole(where),
    ...drawBody(r, where, 3, 18),
    ...reapAll(where),
    ...(where.device === 'console'
      ? [{ do: 'host', event: { action: 'console-output', port: 0, bytes: [] } } as const]
      : []),
  ],
};

export const suppression: Family = {
  name: 'suppression',
  about: 'interrupt suppression by flags and by event index, one request at a time and in batches',
  hostile: false,
  weight: 6,
  applies: everywhere,
  draw: (r, where) => {
    const { queue } = cheapRequest(where);
    const init = drawInit(r, where);
    const decline = init.decline.filter((bit) => bit !== 29);
    if (r.chance(50)) decline.push(29);
    return [
      { ...init, decline, size: r.pick([2, 4, 8, 16]) },
      ...r
        .times(1, 4, (): Action[] => [
          drawSuppress(r, queue),
          ...r.times(1, 4, () =>
            submit(queue, cheapRequest(where, r.int(1, 250)).request, r.pick(['needed', 'always'] as const)),
          ),
          // Available, but not kicked for.
          ...(r.chance(15) ? [submit(queue, cheapRequest(where).request, 'never')] : []),
          ...(r.chance(25) ? [{ do: 'kick', queue } as const] : []),
          { do: 'reap', queue, ack: r.chance(80) },
        ])
        .flat(),
    ];
  },
};

export const interrupts: Family = {
  name: 'interrupts',
  about: 'partial acknowledgement, several events before one acknowledgement, the level of the line',
  hostile: false,
  weight: 4,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    return [
      drawInit(r, where),
      ...r
        .times(2, 8, (): Action[] => {
          switch (r.int(0, 4)) {
            case 0:
            case 1:
              return [submit(queue, request, 'always'), { do: 'reap', queue, ack: r.chance(50) }];
            case 2:
              return [{ do: 'ack', mask: r.pick([1, 2, 3]) }];
            case 3:
              return [drawHost(r, where), { do: 'settle' }];
            default:
              return [{ do: 'read', offset: 0x60, size: 4 }];
          }
        })
        .flat(),
      { do: 'ack', mask: 3 },
      { do: 'reset' },
      { do: 'ack', mask: 3 },
    ];
  },
};

export const wrap: Family = {
  name: 'wrap',
  about: 'full rings and indexes that wrap at 65536',
  hostile: false,
  weight: 1,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const size = where.fast ? r.pick([64, 128, 256]) : 256;
    const rounds = r.chance(where.fast ? 12 : 6)
      ? Math.ceil(66000 / size) * (where.device === 'blk' ? 2 : 1)
      : r.int(2, 6);
    const decline = r.some([28, 29, 35, 24], 50);
    const chains = where.device === 'blk' ? 128 : 256;
    const small =
      where.device === 'blk' ? ({ kind: 'blk', type: 8, sector: 0, sectors: 0, fill: 1 } as const) : request;
    // One by one across the wrap: every value of both indexes on the way is a moment of its own.
    if (where.fast && r.chance(8)) {
      return [
        { ...PLAIN_INIT, size: 256, decline: [...decline.filter((bit) => bit !== 29), 28, 35] },
        { do: 'cycle', queue, rounds: 65280 / chains, request: small },
        { do: 'cycle', queue, rounds: 300, request: small, most: 1 },
      ];
    }
    return [
      { ...PLAIN_INIT, size: where.variant === 'big-queue' && r.chance(30) ? 32768 : size, decline },
      { do: 'cycle', queue, rounds, request: small },
      ...r.times(0, 3, () => submit(queue, request, 'needed')),
      { do: 'reap', queue, ack: true },
    ];
  },
};

export const resets: Family = {
  name: 'resets',
  about: 'device resets with work in flight, quiet afterwards, fresh start',
  hostile: false,
  weight: 4,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    return [
      drawInit(r, where),
      ...drawBody(r, where, 0, 4),
      ...r.times(1, 3, () => submit(queue, request, 'always')),
      ...(r.chance(30) ? [{ do: 'reap', queue, ack: false } as const] : []),
      { do: 'reset' },
      { do: 'probe' },
      { do: 'settle' },
      { do: 'ack', mask: 3 },
      drawInit(r, where),
      ...drawBody(r, where, 1, 4),
      ...reapAll(where),
    ];
  },
};

export const queueResets: Family = {
  name: 'queue-resets',
  about: 'single queues reset, stopped, re-enabled with another size and place',
  hostile: false,
  weight: 5,
  applies: (where) => where.variant !== 'no-ring-features',
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const init = drawInit(r, where);
    const cycle = (): Action[] => [
      ...r.times(0, 2, () => submit(queue, request, 'always')),
      ...(r.chance(60) ? [{ do: 'reap', queue, ack: r.chance(70) } as const] : []),
      r.chance(80)
        ? { do: 'queue-reset', queue, enable: r.chance(80), size: r.pick([1, 2, 4, 8, 16, 32]) }
        : { do: 'queue-stop', queue },
      { do: 'probe' },
      { do: 'settle' },
      ...(r.chance(40) ? [{ do: 'probe' } as const] : []),
      ...r.times(0, 2, () => submit(queue, request, 'always')),
      { do: 'reap', queue, ack: true },
    ];
    return [
      { ...init, decline: init.decline.filter((bit) => bit !== 40) },
      ...r.times(1, 2, cycle).flat(),
      ...roundTrip(where),
    ];
  },
};

export const receiveResets: Family = {
  name: 'receive-resets',
  about: 'console: receive queues reset while input or control messages are on their way; what is typed later arrives',
  hostile: false,
  weight: 3,
  applies: (where) => where.device === 'console' && !where.legacy && where.variant !== 'no-ring-features',
  draw: (r, where) => {
    const init = drawInit(r, where);
    const port = where.multiport ? r.int(0, 1) : 0;
    const receive = port === 0 ? 0 : 4;
    // More room than there is input: a device that still counts it as taken has nothing to fill later buffers for.
    const room = (least: number): Action => submit(receive, { kind: 'console-in', length: r.int(least, 64) }, 'always');
    const typed = (): Action => ({
      do: 'host',
      event: { action: 'console-input', port, bytes: r.times(1, 6, () => r.int(1, 255)) },
    });
    const again = (queue: number): Action => ({ do: 'queue-reset', queue, enable: true, size: r.pick([4, 8, 16]) });
    const told = (): Action => ({
      do: 'host',
      event: { action: 'port', port: 1, change: r.pick(['remove', 'add', 'close', 'open'] as const) },
    });
    const control = (): Action => submit(2, { kind: 'control-in', length: 64 }, 'always');
    return [
      { ...init, size: Math.max(init.size, 4), decline: init.decline.filter((bit) => bit !== 40) },
      ...openConsole(where),
      ...r
        .times(1, 3, (): Action[] =>
          where.multiport && r.chance(50)
            ? [control(), told(), ...(r.chance(80) ? [again(2)] : []), control(), told(), control(), { do: 'settle' }]
            : [
                room(40),
                typed(),
                // Output under way is another queue's affair.
                ...(r.chance(50) ? [submit(receive + 1, cheapRequest(where, r.int(1, 250)).request, 'always')] : []),
                ...(r.chance(80) ? [again(r.chance(75) ? receive : receive + 1)] : []),
                room(1),
                ...(r.chance(80) ? [typed()] : []),
                { do: 'settle' },
              ],
        )
        .flat(),
      ...(where.multiport ? [{ do: 'reap', queue: 2, ack: true } as const] : []),
      { do: 'reap', queue: receive + 1, ack: true },
      { do: 'reap', queue: receive, ack: true },
      { do: 'host', event: { action: 'console-output', port, bytes: [] } },
    ];
  },
};

export const early: Family = {
  name: 'early',
  about: 'buffers made available before DRIVER_OK: untouched when modern, served when legacy',
  hostile: false,
  weight: 3,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    const config: Action[] =
      where.legacy && where.device === 'blk' && r.chance(50)
        ? [{ do: 'write-config', offset: 32, size: 1, value: 0 }]
        : [];
    return [
      { ...drawInit(r, where, 'queues') },
      ...config,
      ...r.times(1, 3, () => submit(queue, request, where.legacy ? 'always' : 'never')),
      // Input that comes before the driver is ready for it.
      ...(where.device === 'console' && r.chance(40)
        ? ([
            submit(0, { kind: 'console-in', length: 32 }, where.legacy ? 'always' : 'never'),
            { do: 'host', event: { action: 'console-input', port: 0, bytes: r.times(1, 8, () => r.int(1, 255)) } },
          ] as const)
        : []),
      ...(where.legacy
        ? [{ do: 'reap', queue, ack: true } as const]
        : [{ do: 'settle' } as const, { do: 'ack', mask: 3 } as const]),
      { do: 'reap', queue, ack: true },
      { do: 'status', set: 4 },
      { do: 'settle' },
      ...(r.chance(50) ? roundTrip(where) : []),
    ];
  },
};

export const hostileRings: Family = {
  name: 'hostile-rings',
  about: 'one rule of the ring protocol broken; the device survives, writes nowhere it may not, works after reset',
  hostile: true,
  weight: 8,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = drawRequest(r, where);
    const init = drawInit(r, where);
    return [
      { ...init, decline: init.decline.filter((bit) => bit !== 28 || r.chance(20)) },
      ...drawBody(r, where, 0, 3),
      ...reapAll(where).slice(0, 1),
      { do: 'submit', queue, request, shape: drawShape(r, request), kick: 'always', break: r.pick(CHAIN_BREAKS) },
      { do: 'settle' },
      { do: 'reap', queue, ack: true },
      { do: 'read', offset: 0x70, size: 4 },
      ...roundTrip(where),
    ];
  },
};

export const superfluousKicks: Family = {
  name: 'superfluous-kicks',
  about: 'kicks of idle, empty and absent queues are harmless',
  hostile: false,
  weight: 2,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    return [
      drawInit(r, where),
      ...r.times(1, 4, (): Action => ({ do: 'kick', queue: r.pick([...dataQueues(where), 77, 1023, 0xffff]) })),
      submit(queue, request, 'needed'),
      ...r.times(0, 2, (): Action => ({ do: 'kick', queue })),
      { do: 'reap', queue, ack: true },
      { do: 'kick', queue },
      submit(queue, request, 'needed'),
      { do: 'reap', queue, ack: true },
    ];
  },
};

export const indirect: Family = {
  name: 'indirect',
  about: 'indirect tables, alone and after direct descriptors, with the WRITE flag that must be ignored',
  hostile: false,
  weight: 4,
  applies: (where) => where.variant !== 'no-ring-features',
  draw: (r, where) => {
    const init = drawInit(r, where);
    // What a console makes of a table taken for data shows only later, in its output; the other types answer at once.
    const kinds: ChainShape['indirect'][] = where.device === 'console' ? ['all'] : ['all', 'tail'];
    return [
      { ...init, decline: init.decline.filter((bit) => bit !== 28), size: r.pick([4, 8, 16]) },
      ...openConsole(where),
      ...r
        .times(1, 5, (): Action[] => {
          const { queue, request } = r.chance(70) ? cheapRequest(where, r.int(1, 250)) : drawRequest(r, where);
          const drawn = drawShape(r, request);
          const shape = {
            ...PLAIN_SHAPE,
            ...drawn,
            indirect: r.pick(kinds),
            tableWrite: r.chance(50),
          };
          return [
            { do: 'submit', queue, request, shape, kick: 'needed' },
            { do: 'reap', queue, ack: true },
          ];
        })
        .flat(),
    ];
  },
};

export const portTraffic: Family = {
  name: 'port-traffic',
  about: 'console ports: host input, guest output, control messages, hot-plug',
  hostile: false,
  weight: 6,
  applies: (where) => where.device === 'console',
  draw: (r, where) => {
    const plug = (): Action => ({
      do: 'host',
      event: {
        action: 'port',
        port: r.pick([1, 1, 1, 2, 3]),
        change: r.pick(['add', 'remove', 'open', 'close'] as const),
      },
    });
    // A port that was plugged in later is introduced once the driver is ready for it.
    const ready = (): Action[] => [
      submit(3, {
        kind: 'control-out',
        id: r.pick([0, 1, 1, 2, 3, 200]),
        event: CONTROL.PortReady,
        value: r.chance(90) ? 1 : 0,
      }),
      { do: 'reap', queue: 3, ack: true },
    ];
    const output = (port: number): Action => ({ do: 'host', event: { action: 'console-output', port, bytes: [] } });
    const ports = where.multiport ? [0, 1] : [0];
    return [
      drawInit(r, where),
      ...(r.chance(50) ? [{ do: 'read-config-all' } as const] : []),
      ...(where.multiport && r.chance(25) ? [plug(), plug()] : []),
      ...openConsole(where),
      ...r
        .times(2, 8, (): Action[] => {
          const port = r.pick(ports);
          const receive = port === 0 ? 0 : 2 * port + 2;
          if (where.multiport && r.chance(40)) {
            return [
              ...r.times(1, 4, () => submit(2, { kind: 'control-in', length: 64 })),
              ...r.pick([() => [plug()], () => [plug()], () => [drawResize(r, where)], ready])(),
              { do: 'settle' },
              { do: 'reap', queue: 2, ack: true },
            ];
          }
          if (r.chance(50)) {
            return [
              submit(receive, { kind: 'console-in', length: r.int(1, 40) }),
              { do: 'host', event: { action: 'console-input', port, bytes: r.times(1, 30, () => r.int(1, 255)) } },
              { do: 'reap', queue: receive, ack: true },
            ];
          }
          return [
            drawSubmit(r, where),
            submit(receive + 1, {
              kind: 'console-out',
              // Now and then more than a device may take in one piece.
              length: r.chance(1) ? LONG_OUTPUT : r.int(1, 80),
              fill: r.int(1, 250),
            }),
            { do: 'reap', queue: receive + 1, ack: true },
            output(port),
          ];
        })
        .flat(),
      ...ports.map(output),
      // After a reset all is said again.
      ...(where.multiport && r.chance(25) ? [drawInit(r, where), ...openConsole(where)] : []),
    ];
  },
};

export const diskContents: Family = {
  name: 'disk-contents',
  about: 'block: what was written is what is read, across flushes, resets, discards and failed requests',
  hostile: false,
  weight: 6,
  applies: (where) => where.device === 'blk',
  draw: (r, where) => {
    // The first sectors, or those around the boundary of a page, where stores of many devices are cut.
    const base = r.chance(70) ? 0 : 5;
    const sector = () => base + r.int(0, 5);
    // Framed as usual: what goes wrong here is not to be put down to the framing.
    const framed = (request: Parameters<typeof blkShape>[0]): Action => ({
      ...submit(0, request),
      shape: blkShape(request),
    });
    const blk = (type: number, at: number, sectors: number): Action =>
      framed({ kind: 'blk', type, sector: at, sectors, fill: r.int(1, 250) });
    const done: Action = { do: 'reap', queue: 0, ack: true };
    const init = drawInit(r, where);
    const body = r
      .times(3, 9, (): Action[] => {
        const at = sector();
        switch (r.int(0, 7)) {
          case 0:
          case 1:
            return [blk(1, at, r.int(1, 3)), done];
          case 2:
          case 3:
            return [blk(0, at, r.int(1, 3)), done];
          case 4:
            return [blk(4, 0, 0), done];
          case 5:
            return [
              framed({
                kind: 'blk-ranges',
                type: r.pick([11, 13]),
                ranges: [{ sector: at, sectors: r.int(1, 3), flags: r.pick([0, 0, 1]) }],
              }),
              done,
              // The sectors before and after as well: they are nobody's to clear.
              ...(r.chance(50) ? [blk(0, base, 8)] : [blk(0, at, 3)]),
              done,
            ];
          case 6:
            return [blk(4, 0, 0), done, { do: 'reset' }, { ...init, until: 'live' }, blk(0, at, 3), done];
          default:
            return [drawSubmit(r, where), done];
        }
      })
      .flat();
    // The fields that may change with what the requests do are looked at before and after.
    const looks = r.chance(35);
    const look: Action[] = looks ? [{ do: 'read-config-all' }, { do: 'settle' }, { do: 'ack', mask: 3 }] : [];
    return [
      { ...init, size: Math.max(init.size, 4) },
      ...look,
      blk(1, sector(), 3),
      done,
      ...body,
      blk(0, base, 8),
      done,
      ...look,
    ];
  },
};
