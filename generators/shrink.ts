/**
 * Smaller versions of a scenario, largest cuts first: chunks of actions removed, then single actions made simpler. Needs
 * no context, so that pasted and saved scenarios shrink too. Every candidate is strictly smaller than its origin.
 */
import { PLAIN_INIT } from './parts.ts';
import { PLAIN_SHAPE, type Action, type ChainShape, type Request, type Scenario } from './scenario.ts';

export function* shrinkScenario(scenario: Scenario): Generator<Scenario> {
  for (const actions of withoutChunks(scenario.actions)) yield { ...scenario, actions };
  for (let i = 0; i < scenario.actions.length; i++) {
    for (const simpler of simplify(scenario.actions[i])) {
      const actions = scenario.actions.slice();
      actions[i] = simpler;
      yield { ...scenario, actions };
    }
  }
}

/** All lists that lack one chunk: halves first, single elements last, later chunks before earlier ones. */
export function* withoutChunks<T>(list: readonly T[]): Generator<T[]> {
  for (let chunk = list.length; chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
    for (let end = list.length; end > 0; end -= chunk) {
      const start = Math.max(0, end - chunk);
      yield [...list.slice(0, start), ...list.slice(end)];
    }
  }
}

function* simplify(action: Action): Generator<Action> {
  switch (action.do) {
    case 'init': {
      if (action.slip !== undefined) yield { ...action, slip: undefined };
      if (action.edge !== undefined) yield { ...action, edge: undefined };
      if (action.decline.length > 0) yield { ...action, decline: [] };
      if (action.extra.length > 0) yield { ...action, extra: [] };
      for (const decline of withoutChunks(action.decline)) if (decline.length > 0) yield { ...action, decline };
      for (const extra of withoutChunks(action.extra)) if (extra.length > 0) yield { ...action, extra };
      if (action.size > PLAIN_INIT.size) yield { ...action, size: PLAIN_INIT.size };
      if (action.align !== PLAIN_INIT.align) yield { ...action, align: PLAIN_INIT.align };
      if (action.pageSize !== PLAIN_INIT.pageSize) yield { ...action, pageSize: PLAIN_INIT.pageSize };
      return;
    }
    case 'submit': {
      if (action.break !== undefined) yield { ...action, break: undefined };
      for (const shape of simplerShapes(action.shape)) yield { ...action, shape };
      for (const request of simplerRequests(action.request)) yield { ...action, request };
      if (action.kick === 'needed') yield { ...action, kick: 'always' };
      return;
    }
    case 'cycle': {
      if (action.rounds > 1) {
        yield { ...action, rounds: 1 };
        yield { ...action, rounds: action.rounds >>> 1 };
        yield { ...action, rounds: action.rounds - 1 };
      }
      return;
    }
    case 'suppress':
      if (action.eventAhead > 0) yield { ...action, eventAhead: 0 };
      if (action.eventAhead > 1) yield { ...action, eventAhead: 1 };
      if (action.flags > 0) yield { ...action, flags: 0 };
      return;
    case 'host':
      if (action.event.action === 'console-input' && action.event.bytes.length > 1) {
        yield { ...action, event: { ...action.event, bytes: action.event.bytes.slice(0, 1) } };
        yield {
          ...action,
          event: { ...action.event, bytes: action.event.bytes.slice(0, action.event.bytes.length >>> 1) },
        };
      }
      return;
    case 'write':
    case 'write-config':
      if (action.value > 1) yield { ...action, value: 1 };
      return;
    case 'queue-reset':
      if (action.size > 8) yield { ...action, size: 8 };
      return;
    default:
      return;
  }
}

function* simplerShapes(shape: ChainShape): Generator<ChainShape> {
  if (
    shape.cutOut.length > 0 ||
    shape.cutIn.length > 0 ||
    shape.indirect !== 'none' ||
    shape.tableWrite ||
    shape.skew > 0 ||
    shape.order !== 'up'
  ) {
    yield PLAIN_SHAPE;
  } else return;
  if (shape.cutOut.length > 0) yield { ...shape, cutOut: [] };
  if (shape.cutIn.length > 0) yield { ...shape, cutIn: [] };
  for (const cutOut of withoutChunks(shape.cutOut)) if (cutOut.length > 0) yield { ...shape, cutOut };
  for (const cutIn of withoutChunks(shape.cutIn)) if (cutIn.length > 0) yield { ...shape, cutIn };
  if (shape.indirect === 'tail') yield { ...shape, indirect: 'all' };
  if (shape.indirect !== 'none') yield { ...shape, indirect: 'none' };
  if (shape.tableWrite) yield { ...shape, tableWrite: false };
  if (shape.skew > 0) yield { ...shape, skew: 0 };
  if (shape.order !== 'up') yield { ...shape, order: 'up' };
}

function* simplerRequests(request: Request): Generator<Request> {
  switch (request.kind) {
    case 'blk':
      if (request.sector > 0) yield { ...request, sector: 0 };
      if (request.sectors > 1) yield { ...request, sectors: 1 };
      if (request.fill > 1) yield { ...request, fill: 1 };
      return;
    case 'blk-ranges':
      if (request.ranges.length > 1) {
        for (const ranges of withoutChunks(request.ranges)) if (ranges.length > 0) yield { ...request, ranges };
      }
      for (const [i, range] of request.ranges.entries()) {
        const simpler =
          range.sectors > 1 ? { ...range, sectors: 1 } : range.sector > 0 ? { ...range, sector: 0 } : undefined;
        if (simpler) yield { ...request, ranges: request.ranges.map((old, at) => (at === i ? simpler : old)) };
      }
      return;
    case 'entropy':
    case 'console-in':
    case 'console-out':
      if (request.length > 16) yield { ...request, length: 16 };
      if (request.length > 1) yield { ...request, length: 1 };
      return;
    default:
      return;
  }
}
