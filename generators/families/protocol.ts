/** Families about the device as a whole: identification, negotiation, status, registers, configuration. */
import { INIT_STAGES, PROTOCOL_SLIPS, type Action } from '../scenario.ts';
import { drawBody, drawHost, drawInit, drawResize, drawSubmit, openConsole, PLAIN_INIT, roundTrip } from '../parts.ts';
import { cheapRequest } from '../requests.ts';
import type { Family } from './family.ts';

const everywhere = () => true;

export const identify: Family = {
  name: 'identify',
  about: 'identification, feature windows and queue registers at every stage of initialisation',
  hostile: false,
  weight: 3,
  applies: everywhere,
  draw: (r, where) => {
    const actions: Action[] = [{ do: 'probe' }];
    for (const until of r.some(INIT_STAGES, 60)) {
      actions.push(drawInit(r, where, until), { do: 'probe' });
      if (r.chance(40)) actions.push({ do: 'reset' }, { do: 'probe' });
    }
    return actions;
  },
};

export const negotiate: Family = {
  name: 'negotiate',
  about: 'subsets of the offered features, refused ones, the same again after reset',
  hostile: false,
  weight: 5,
  applies: everywhere,
  draw: (r, where) => {
    const decline = r.some(
      [0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 16, 24, 27, 28, 29, 35, 40, 43],
      r.pick([5, 30, 60]),
    );
    // Whether a selection survives a reset is not spelled out (2.4), and drivers write every window; so this is asked only
    // of devices in process, whose authors can look at once.
    const drawn = r.pick([undefined, undefined, 'twice', 'sparse'] as const);
    const selecting = drawn === 'sparse' && !where.fast ? undefined : drawn;
    const first: Action = { ...drawInit(r, where, r.pick(['features', 'live'] as const)), decline, selecting };
    const actions: Action[] = [{ do: 'probe' }, first, { do: 'read-config-all' }];
    if (r.chance(60)) actions.push(r.chance(50) ? first : { do: 'reset' }, first, { do: 'probe' });
    if (r.chance(50)) actions.push(...drawBody(r, where, 1, 5), { do: 'reset' }, first);
    return actions;
  },
};

export const refuse: Family = {
  name: 'refuse',
  about: 'feature selections that must be refused: not offered, or without what they depend on',
  hostile: true,
  weight: 3,
  applies: (where) => !where.legacy,
  draw: (r, where) => [
    {
      ...PLAIN_INIT,
      until: r.pick(['features', 'live'] as const),
      decline: r.chance(30) ? [9] : r.chance(20) ? [32] : [],
      extra: r.weighted([
        [4, [r.int(0, 63)]],
        [2, [r.int(44, 63), r.int(0, 23)]],
        [1, [11]],
        [1, [34]],
      ]),
    },
    ...(r.chance(50) ? roundTrip(where) : []),
  ],
};

export const status: Family = {
  name: 'status',
  about: 'status bits, partial initialisations, FAILED, resets at any time',
  hostile: false,
  weight: 4,
  applies: everywhere,
  draw: (r, where) =>
    r.times(2, 7, (): Action => {
      switch (r.int(0, 5)) {
        case 0:
          return { do: 'reset' };
        case 1:
          return drawInit(r, where, r.pick(INIT_STAGES));
        case 2:
          return { do: 'status', set: r.pick([0, 1, 2, 128, 3]) };
        case 3:
          return { do: 'read', offset: 0x70, size: 4 };
        case 4:
          return { do: 'probe' };
        default:
          return drawSubmit(r, where);
      }
    }),
};

export const needsReset: Family = {
  name: 'needs-reset',
  about: 'the device runs into an error that only a reset cures',
  hostile: true,
  weight: 2,
  applies: (where) => where.hostActions.includes('break-device'),
  draw: (r, where) => [
    drawInit(r, where, r.pick(['queues', 'live', 'live'] as const)),
    ...drawBody(r, where, 0, 4),
    { do: 'ack', mask: 3 },
    { do: 'host', event: { action: 'break-device' } },
    ...(r.chance(60) ? [{ do: 'settle' } as const] : []),
    { do: 'read', offset: 0x70, size: 4 },
    { do: 'ack', mask: 3 },
    ...drawBody(r, where, 0, 3),
    ...roundTrip(where),
  ],
};

/** Every register offset that either layout defines, and some that none does. */
const OFFSETS = [
  0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x48,
  0x4c, 0x50, 0x54, 0x60, 0x64, 0x68, 0x70, 0x74, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0xa8, 0xac, 0xb0, 0xb4, 0xb8,
  0xbc, 0xc0, 0xc4, 0xd0, 0xf0, 0xfc,
];
/** Registers whose writes do not take part in set-up; writing elsewhere would program queues with nonsense. */
const HARMLESS_WRITES = [
  0x00, 0x04, 0x08, 0x0c, 0x10, 0x18, 0x2c, 0x34, 0x48, 0x54, 0x60, 0x68, 0x74, 0xa8, 0xb0, 0xc4, 0xf0, 0xfc,
];

export const registers: Family = {
  name: 'registers',
  about: 'undefined offsets, odd widths, reads of write-only and writes of read-only registers',
  hostile: true,
  weight: 4,
  applies: everywhere,
  draw: (r, where) => [
    drawInit(r, where, r.pick(INIT_STAGES)),
    ...r.times(1, 10, (): Action => {
      const odd = r.chance(25);
      const size = odd ? r.pick([1, 2, 8]) : 4;
      if (r.chance(60)) {
        const offset = odd && size < 4 ? r.pick(OFFSETS) + r.int(0, 3) : r.pick(OFFSETS);
        return { do: 'read', offset, size };
      }
      return {
        do: 'write',
        offset: r.pick(HARMLESS_WRITES),
        size,
        value: r.pick([0, 1, 0xff, 0xffff_ffff, 0x8000_0000]),
      };
    }),
    { do: 'probe' },
    ...roundTrip(where),
  ],
};

export const config: Family = {
  name: 'config',
  about: 'configuration fields before and after negotiation, by width, written, changed by the host',
  hostile: false,
  weight: 5,
  applies: everywhere,
  draw: (r, where) => {
    const read = (): Action =>
      r.chance(60)
        ? { do: 'read-config-all' }
        : {
            do: 'read-config',
            ...r.pick([
              { offset: 0, size: 4 },
              { offset: 4, size: 4 },
              { offset: 0, size: 2 },
              { offset: 2, size: 2 },
              { offset: 0, size: 1 },
              { offset: 32, size: 1 },
            ]),
          };
    const write = (): Action => {
      if (where.device === 'blk') return { do: 'write-config', offset: 32, size: 1, value: r.int(0, 1) };
      if (where.device === 'console') return { do: 'write-config', offset: 8, size: 4, value: r.int(32, 126) };
      return read();
    };
    return [
      ...(r.chance(50) ? [{ do: 'reset' } as const, { do: 'probe' } as const, read()] : []),
      ...(where.device === 'console' && r.chance(40) ? [write()] : []),
      drawInit(r, where),
      ...r.times(2, 9, (): Action =>
        r.chance(50) ? read() : r.chance(35) ? write() : r.chance(60) ? drawHost(r, where) : { do: 'ack', mask: 3 },
      ),
      read(),
      { do: 'ack', mask: 3 },
    ];
  },
};

export const slips: Family = {
  name: 'protocol-slips',
  about: 'initialisation with one rule broken, then a proper one that must work',
  hostile: true,
  weight: 5,
  applies: everywhere,
  draw: (r, where) => {
    const { queue, request } = cheapRequest(where);
    return [
      { ...drawInit(r, where), slip: r.pick(PROTOCOL_SLIPS) },
      ...(r.chance(50)
        ? [{ do: 'submit', queue, request, shape: drawSubmit(r, where).shape, kick: 'always' } as const]
        : []),
      { do: 'settle' },
      { do: 'probe' },
      ...roundTrip(where),
    ];
  },
};

/** A kick that the reference driver would not make. */
const QUEUE_NOTIFY = 0x50;

export const suspend: Family = {
  name: 'suspend',
  about: 'suspend and resume, with work and configuration changes around them',
  hostile: false,
  weight: 4,
  applies: (where) => !where.legacy && where.variant !== 'no-ring-features',
  draw: (r, where) => {
    const init: Action = { ...drawInit(r, where), decline: r.some([28, 29, 35], 40) };
    const early = r.chance(20);
    const freezes = r.chance(30);
    const { queue, request } = cheapRequest(where);
    return [
      early ? { ...init, until: r.pick(['driver', 'features', 'queues'] as const) } : init,
      ...(early ? [{ do: 'status', set: 16 } as const, { do: 'probe' } as const, init] : []),
      ...openConsole(where),
      ...drawBody(r, where, 0, 4),
      ...(r.chance(60)
        ? [
            {
              do: 'submit',
              queue,
              request,
              shape: drawSubmit(r, where).shape,
              // Not kicked for, the buffer must stay untouched until the device has resumed.
              kick: r.pick(['always', 'always', 'never'] as const),
            } as const,
          ]
        : []),
      ...(freezes ? [{ do: 'read-config-all' } as const] : []),
      { do: 'suspend' },
      { do: 'ack', mask: 3 },
      ...(freezes && where.device === 'blk'
        ? [{ do: 'write-config', offset: 32, size: 1, value: r.int(0, 1) } as const]
        : []),
      ...(freezes ? [drawResize(r, where), { do: 'read-config-all' } as const] : []),
      ...r.times(0, 4, (): Action =>
        r.weighted<Action>([
          [2, { do: 'settle' }],
          [2, drawHost(r, where)],
          [2, { do: 'write', offset: QUEUE_NOTIFY, size: 4, value: queue }],
          [2, { do: 'ack', mask: 3 }],
          [1, { do: 'read-config-all' }],
          [1, { do: 'reap', queue, ack: true }],
          // Anything but DRIVER_OK leaves it suspended.
          [1, { do: 'status', set: r.pick([0, 1, 2]) }],
          [1, where.device === 'blk' ? { do: 'write-config', offset: 32, size: 1, value: 0 } : { do: 'settle' }],
        ]),
      ),
      ...(r.chance(20)
        ? // What the host has done meanwhile holds after a reset as well.
          ([drawResize(r, where), { do: 'reset' }, init, { do: 'settle' }] as const)
        : ([{ do: 'resume' }, { do: 'ack', mask: 3 }] as const)),
      { do: 'read-config-all' },
      ...drawBody(r, where, 1, 4),
      { do: 'reap', queue, ack: true },
      ...(r.chance(30)
        ? ([{ do: 'suspend' }, drawHost(r, where), { do: 'resume' }, { do: 'ack', mask: 3 }] as const)
        : []),
      { do: 'read-config-all' },
      ...roundTrip(where),
    ];
  },
};
