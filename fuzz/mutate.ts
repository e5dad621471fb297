/**
 * Mutation of scenarios. Any list of actions is a scenario (what makes no sense is skipped by the reference driver), so
 * lists are cut and spliced freely; operands go to boundary values, actions are drawn anew by the families' own parts.
 */
import type { Draw } from '../generators/draw.ts';
import { drawBody, drawInit, dataQueues, drawSubmit, drawSuppress } from '../generators/parts.ts';
import { drawShape, type Surroundings } from '../generators/requests.ts';
import {
  CHAIN_BREAKS,
  INIT_STAGES,
  PROTOCOL_SLIPS,
  type Action,
  type Request,
  type Scenario,
} from '../generators/scenario.ts';

/** Scenarios do not grow without end. */
export const MOST_ACTIONS = 48;
/** Rounds of a cycle that a mutation may ask for: each stands for many requests. */
const MOST_ROUNDS = 16;
/** Cycles that keep their rounds all the same. */
const KEEP_ROUNDS_PERCENT = 4;
/** Features a driver may decline or, wrongly, accept. */
const FEATURE_BITS = [
  0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 16, 24, 27, 28, 29, 30, 32, 33, 34, 35, 38, 40, 41, 43,
];
const QUEUE_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const LENGTHS = [1, 2, 7, 8, 15, 16, 17, 64, 255, 256, 511, 512, 513, 4095, 4096];
const EVENTS_AHEAD = [0, 1, 2, 3, 0x7fff, 0x8000, 0xfffe, 0xffff];
const CONFIG_PLACES = [0, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 96];

export interface Sources {
  /** Another scenario of the corpus, if there is one. */
  readonly other: () => Scenario | undefined;
  /** A scenario of the families. */
  readonly fresh: () => Scenario;
}

type Operator = (r: Draw, actions: readonly Action[], where: Surroundings, from: Sources) => readonly Action[];

const OPERATORS: readonly (readonly [number, Operator])[] = [
  [3, drop],
  [2, duplicate],
  [1, swap],
  [2, move],
  [6, operand],
  [3, redraw],
  [3, splice],
  [2, append],
  [3, insert],
];

/** A scenario that differs from its parent by one to three changes. The parent is not touched. */
export function mutate(r: Draw, parent: Scenario, where: Surroundings, from: Sources): Scenario {
  let { actions } = parent;
  const changes = r.weighted([
    [4, 1],
    [3, 2],
    [2, 3],
  ] as const);
  for (let i = 0; i < changes; i++) actions = r.weighted(OPERATORS)(r, actions, where, from);
  if (actions.length === 0) actions = [redrawn(r, where)];
  // Wrapping indexes takes tens of thousands of requests; the family that draws it does so often enough.
  const bounded = actions
    .slice(0, MOST_ACTIONS)
    .map((action) => (r.chance(KEEP_ROUNDS_PERCENT) ? action : shortened(action)));
  return { family: 'evolved', variant: where.variant, actions: bounded };
}

function shortened(action: Action): Action {
  return action.do === 'cycle' && action.rounds > MOST_ROUNDS ? { ...action, rounds: MOST_ROUNDS } : action;
}

/** Queues from this size on are filled with so many chains a round that a few rounds wrap every index. */
const BIG_QUEUE = 512;
const MOST_BIG_ROUNDS = 66;

/** A scenario without the cycles that a big queue would make last for seconds: that must not pass for a hang. */
export function affordable(scenario: Scenario): Scenario {
  const { actions } = scenario;
  if (!actions.some((action) => action.do === 'init' && action.size >= BIG_QUEUE)) return scenario;
  const shorter = actions.map((action) =>
    action.do === 'cycle' && action.rounds > MOST_BIG_ROUNDS ? { ...action, rounds: MOST_BIG_ROUNDS } : action,
  );
  return { ...scenario, actions: shorter };
}

/** A scenario without what breaks a rule on purpose, and without writes that no driver is made of. */
export function tamed(scenario: Scenario): Scenario {
  const actions = scenario.actions
    .filter(({ do: what }) => what !== 'write' && what !== 'status')
    .map((action): Action => {
      if (action.do === 'submit') return { ...action, break: undefined };
      return action.do === 'init' ? { ...action, slip: undefined, extra: [] } : action;
    });
  return { ...scenario, actions };
}

function drop(r: Draw, actions: readonly Action[]): readonly Action[] {
  if (actions.length < 2) return actions;
  return actions.toSpliced(r.int(0, actions.length - 1), r.chance(75) ? 1 : r.int(1, Math.ceil(actions.length / 2)));
}

function duplicate(r: Draw, actions: readonly Action[]): readonly Action[] {
  if (actions.length === 0) return actions;
  const at = r.int(0, actions.length - 1);
  const run = actions.slice(
    at,
    at +
      r.weighted([
        [5, 1],
        [2, 2],
        [1, 4],
      ] as const),
  );
  return actions.toSpliced(at + run.length, 0, ...run);
}

function swap(r: Draw, actions: readonly Action[]): readonly Action[] {
  if (actions.length < 2) return actions;
  const i = r.int(0, actions.length - 2);
  const j = r.int(i + 1, actions.length - 1);
  return actions.with(i, actions[j]).with(j, actions[i]);
}

function move(r: Draw, actions: readonly Action[]): readonly Action[] {
  if (actions.length < 2) return actions;
  const from = r.int(0, actions.length - 1);
  return actions.toSpliced(from, 1).toSpliced(r.int(0, actions.length - 1), 0, actions[from]);
}

function redraw(r: Draw, actions: readonly Action[], where: Surroundings): readonly Action[] {
  return actions.length === 0 ? actions : actions.with(r.int(0, actions.length - 1), redrawn(r, where));
}

function insert(r: Draw, actions: readonly Action[], where: Surroundings): readonly Action[] {
  return actions.toSpliced(r.int(0, actions.length), 0, redrawn(r, where));
}

function append(r: Draw, actions: readonly Action[], where: Surroundings): readonly Action[] {
  return [...actions, ...drawBody(r, where, 1, 4)];
}

/** The head of one scenario and the tail of another. */
function splice(r: Draw, actions: readonly Action[], _where: Surroundings, from: Sources): readonly Action[] {
  const other = (r.chance(60) ? from.other() : undefined) ?? from.fresh();
  return [...actions.slice(0, r.int(0, actions.length)), ...other.actions.slice(r.int(0, other.actions.length - 1))];
}

/** One action by the parts that families are made of. */
function redrawn(r: Draw, where: Surroundings): Action {
  const queue = r.pick(dataQueues(where));
  return r.weighted<() => Action>([
    [4, () => drawSubmit(r, where)],
    [2, () => ({ ...drawSubmit(r, where), break: r.pick(CHAIN_BREAKS) })],
    [3, () => drawInit(r, where, r.chance(70) ? 'live' : r.pick(INIT_STAGES))],
    [1, () => ({ ...drawInit(r, where), slip: r.pick(PROTOCOL_SLIPS) })],
    [3, () => ({ do: 'reap', queue, ack: r.chance(80) })],
    [1, () => ({ do: 'kick', queue })],
    [1, () => ({ do: 'settle' })],
    [1, () => ({ do: 'ack', mask: r.int(0, 3) })],
    [1, () => drawSuppress(r, queue)],
    [1, () => ({ do: 'probe' })],
    [1, () => ({ do: 'read-config-all' })],
    [1, () => ({ do: 'reset' })],
    [1, () => (where.legacy ? { do: 'queue-stop', queue } : r.pick(queueActions(r, queue)))],
    [1, () => drawBody(r, where, 1, 1)[0]],
    [
      1,
      () =>
        where.hostActions.includes('break-device')
          ? { do: 'host', event: { action: 'break-device' } }
          : { do: 'probe' },
    ],
  ])();
}

function queueActions(r: Draw, queue: number): readonly Action[] {
  return [
    { do: 'queue-stop', queue },
    { do: 'queue-reset', queue, enable: r.chance(70), size: r.pick(QUEUE_SIZES) },
    { do: 'suspend' },
    { do: 'resume' },
  ];
}

/** One operand of one action, to a boundary or to anything that its kind allows. */
function operand(r: Draw, actions: readonly Action[], where: Surroundings): readonly Action[] {
  if (actions.length === 0) return actions;
  const at = r.int(0, actions.length - 1);
  return actions.with(at, changed(r, actions[at], where));
}

function changed(r: Draw, action: Action, where: Surroundings): Action {
  switch (action.do) {
    case 'init':
      return r.weighted<() => Action>([
        [3, () => ({ ...action, decline: toggled(r, action.decline) })],
        [1, () => ({ ...action, extra: where.legacy ? action.extra : toggled(r, action.extra) })],
        [2, () => ({ ...action, size: r.pick(QUEUE_SIZES) })],
        [2, () => ({ ...action, until: r.pick(INIT_STAGES) })],
        [1, () => ({ ...action, slip: action.slip === undefined ? r.pick(PROTOCOL_SLIPS) : undefined })],
        [1, () => ({ ...action, ...alignment(drawInit(r, where)) })],
      ])();
    case 'submit':
      return r.weighted<() => Action>([
        [3, () => ({ ...action, request: otherRequest(r, action.request, where) })],
        [3, () => ({ ...action, shape: drawShape(r, action.request) })],
        [1, () => ({ ...action, break: action.break === undefined ? r.pick(CHAIN_BREAKS) : undefined })],
        [1, () => ({ ...action, kick: r.pick(['needed', 'always', 'never'] as const) })],
        [1, () => ({ ...action, shape: { ...action.shape, skew: r.int(0, 15), tableWrite: r.chance(50) } })],
        [1, () => ({ ...action, shape: { ...action.shape, indirect: r.pick(['none', 'all', 'tail'] as const) } })],
      ])();
    case 'cycle':
      return { ...action, rounds: r.pick([1, 2, 3, MOST_ROUNDS]) };
    case 'reap':
      return { ...action, ack: !action.ack };
    case 'ack':
      return { ...action, mask: r.int(0, 3) };
    case 'suppress':
      return { ...action, flags: r.int(0, 2), eventAhead: r.pick(EVENTS_AHEAD) };
    case 'read-config':
      return { ...action, offset: r.pick(CONFIG_PLACES), size: r.pick([1, 2, 4]) };
    case 'status':
      return { ...action, set: r.pick([0, 1, 2, 4, 8, 16, 128]) };
    case 'queue-reset':
      return { ...action, enable: r.chance(70), size: r.pick(QUEUE_SIZES) };
    case 'kick':
    case 'queue-stop':
      return { ...action, queue: r.pick(dataQueues(where)) };
    default:
      return redrawn(r, where);
  }
}

function alignment({ align, pageSize }: { align: number; pageSize: number }): { align: number; pageSize: number } {
  return { align, pageSize };
}

function toggled(r: Draw, bits: readonly number[]): readonly number[] {
  const bit = r.pick(FEATURE_BITS);
  return bits.includes(bit) ? bits.filter((one) => one !== bit) : [...bits, bit];
}

function otherRequest(r: Draw, request: Request, where: Surroundings): Request {
  switch (request.kind) {
    case 'blk': {
      const last = where.capacity - 1;
      return r.weighted<() => Request>([
        [2, () => ({ ...request, sector: r.pick([0, 1, 7, last - 1, last, last + 1, 2 ** 32, 2 ** 40]) })],
        [2, () => ({ ...request, sectors: r.pick([0, 1, 2, 4, 16]) })],
        [2, () => ({ ...request, type: r.pick([0, 1, 4, 8, 10, 0, 1]) })],
        [1, () => ({ ...request, fill: r.int(0, 255) })],
      ])();
    }
    case 'blk-ranges':
      return {
        ...request,
        ranges: request.ranges.map((range) => ({
          ...range,
          sector: r.pick([0, range.sector, where.capacity - 1]),
          sectors: r.pick([1, 2, 8, 128]),
          flags: r.pick([0, 0, 1, 2, 0x8000_0000]),
        })),
      };
    case 'entropy':
    case 'console-in':
    case 'console-out':
      return { ...request, length: r.pick(LENGTHS) };
    case 'control-in':
      return { ...request, length: r.pick([7, 8, 9, 64]) };
    case 'control-out':
      return { ...request, id: r.int(0, 3), event: r.int(0, 7), value: r.int(0, 1) };
    case 'raw':
      return { ...request, out: r.pick(LENGTHS), in: r.pick(LENGTHS) };
  }
}
