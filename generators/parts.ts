/** Pieces that families share: initialisations, data-path bodies, a closing round trip. */
import type { Draw } from './draw.ts';
import { CONTROL, cheapRequest, drawRequest, drawShape, type Surroundings } from './requests.ts';
import { PLAIN_SHAPE, type Action, type InitStage } from './scenario.ts';

type Init = Extract<Action, { do: 'init' }>;
type Submit = Extract<Action, { do: 'submit' }>;

export const PLAIN_INIT: Init = {
  do: 'init',
  until: 'live',
  decline: [],
  extra: [],
  size: 8,
  align: 4096,
  pageSize: 4096,
};

/** Ring features that change how a queue behaves; declined in all combinations. */
const RING_FEATURES = [24, 28, 29, 35, 40, 43];

export function drawInit(r: Draw, where: Surroundings, until: InitStage = 'live'): Init {
  // IN_ORDER restricts the order in which devices answer, so it is declined more often than not.
  const decline = r.some(RING_FEATURES, 35);
  if (r.chance(40) && !decline.includes(35)) decline.push(35);
  if (where.device === 'blk') decline.push(...r.some([1, 2, 4, 6, 9, 10, 11, 13, 14, 16], 12));
  if (where.device === 'console') decline.push(...r.some([0, 2], 25));
  const size = r.weighted([
    [3, r.pick([1, 2, 4])],
    [6, r.pick([8, 16, 32])],
    [1, r.pick([64, 128, 256])],
  ]);
  if (!where.legacy) return { ...PLAIN_INIT, until, decline, size };
  // The legacy ring is one block: alignment and page size move its parts.
  const pageSize = r.weighted([
    [6, 4096],
    [1, 1024],
    [1, 512],
  ]);
  const align = r.weighted([
    [6, 4096],
    [1, 1024],
    [1, 256],
    [1, 64],
    [1, 4],
  ]);
  return { ...PLAIN_INIT, until, decline, size, align, pageSize };
}

export function submit(queue: number, request: Submit['request'], kick: Submit['kick'] = 'needed'): Submit {
  return { do: 'submit', queue, request, shape: PLAIN_SHAPE, kick };
}

export function drawSubmit(r: Draw, where: Surroundings): Submit {
  const { queue, request } = drawRequest(r, where);
  const kick = r.weighted([
    [7, 'needed'],
    [2, 'always'],
    [1, 'never'],
  ] as const);
  return { do: 'submit', queue, request, shape: drawShape(r, request), kick };
}

/** Queues on which a driver of the type puts requests. */
export function dataQueues(where: Surroundings): number[] {
  if (where.device !== 'console') return [0];
  return where.multiport ? [0, 1, 2, 3, 4, 5] : [0, 1];
}

/** What a multiport console driver does right after DRIVER_OK. */
export function openConsole(where: Surroundings): Action[] {
  if (where.device !== 'console' || !where.multiport) return [];
  const control = (id: number, event: number): Submit => submit(3, { kind: 'control-out', id, event, value: 1 });
  return [
    ...[0, 1, 2, 3].map(() => submit(2, { kind: 'control-in', length: 64 })),
    control(0, CONTROL.DeviceReady),
    { do: 'reap', queue: 3, ack: true },
    { do: 'reap', queue: 2, ack: true },
    control(0, CONTROL.PortReady),
    control(1, CONTROL.PortReady),
    { do: 'reap', queue: 3, ack: true },
    { do: 'reap', queue: 2, ack: true },
    ...[0, 1, 2, 3].map(() => submit(2, { kind: 'control-in', length: 64 })),
    control(0, CONTROL.PortOpen),
    control(1, CONTROL.PortOpen),
    { do: 'reap', queue: 3, ack: true },
    { do: 'reap', queue: 2, ack: true },
  ];
}

/** A fresh initialisation and one request that must come back: the device still works. */
export function roundTrip(where: Surroundings): Action[] {
  const { queue, request } = cheapRequest(where);
  return [PLAIN_INIT, submit(queue, request, 'always'), { do: 'reap', queue, ack: true }];
}

const BODY_KINDS = ['submit', 'kick', 'reap', 'settle', 'ack', 'suppress', 'config', 'host', 'probe'] as const;

/** A data-path body with some kinds of operation switched off for the whole scenario (swarm testing). */
export function drawBody(r: Draw, where: Surroundings, min: number, max: number): Action[] {
  const off = new Set(r.some(BODY_KINDS.slice(1), 35));
  const weights = (
    [
      [12, 'submit'],
      [1, 'kick'],
      [5, 'reap'],
      [1, 'settle'],
      [2, 'ack'],
      [2, 'suppress'],
      [1, 'config'],
      [2, 'host'],
      [1, 'probe'],
    ] as const
  ).filter(([, kind]) => !off.has(kind));
  const queues = dataQueues(where);
  return r.times(min, max, (): Action => {
    switch (r.weighted(weights)) {
      case 'submit':
        return drawSubmit(r, where);
      case 'kick':
        return { do: 'kick', queue: r.pick(queues) };
      case 'reap':
        return { do: 'reap', queue: r.pick(queues), ack: r.chance(80) };
      case 'settle':
        return { do: 'settle' };
      case 'ack':
        return { do: 'ack', mask: r.pick([1, 2, 3]) };
      case 'suppress':
        return drawSuppress(r, r.pick(queues));
      case 'config':
        return r.chance(50) ? { do: 'read-config-all' } : { do: 'read-config', offset: r.int(0, 15) * 4, size: 4 };
      case 'host':
        return drawHost(r, where);
      case 'probe':
        return { do: 'probe' };
    }
  });
}

export function drawSuppress(r: Draw, queue: number): Action {
  return {
    do: 'suppress',
    queue,
    flags: r.int(0, 1),
    eventAhead: r.weighted([
      [3, 0],
      [3, r.int(1, 4)],
      [1, 0x8000],
      [1, 0xffff],
      [1, r.int(0, 65535)],
    ]),
  };
}

/** The host changes a configuration field, where the type has one that it may. */
export function drawResize(r: Draw, where: Surroundings): Action {
  if (where.device === 'rng') return { do: 'settle' };
  if (where.device === 'blk')
    return { do: 'host', event: { action: 'resize-disk', sectors: r.pick([64, 96, 160, 192]) } };
  return { do: 'host', event: { action: 'resize-console', cols: r.int(20, 200), rows: r.int(10, 99) } };
}

export function drawHost(r: Draw, where: Surroundings): Action {
  switch (where.device) {
    case 'blk':
      return { do: 'host', event: { action: 'resize-disk', sectors: r.pick([64, 96, 128, 160, 192]) } };
    case 'console': {
      const port = where.multiport ? r.int(0, 1) : 0;
      if (r.chance(15))
        return { do: 'host', event: { action: 'resize-console', cols: r.int(20, 200), rows: r.int(10, 99) } };
      if (r.chance(45)) return { do: 'host', event: { action: 'console-output', port, bytes: [] } };
      return { do: 'host', event: { action: 'console-input', port, bytes: r.times(1, 40, () => r.int(1, 255)) } };
    }
    case 'rng':
      return { do: 'settle' };
  }
}
