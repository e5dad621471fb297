/** Which rule a device store breaks, by where it went and in which state the queue was. */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import type { QueueContext } from './context.ts';
import { availableBytes, descriptorTableBytes, usedBytes } from './layout.ts';
import type { QueueState } from './queue-state.ts';
import { indirectExplanation } from './specials.ts';
import { hex } from './walk.ts';

const READ_ONLY = clause('split.device.virtqueue-descriptor-table.1');
const TABLE = clause('split.device.virtqueue-descriptor-table.4');
const OUTSIDE = clause('untagged.memory.1');
const FRAMING = clause('split.device.message-framing.1');
const BEFORE_DRIVER_OK = clause('basic.device.device-status-field.1');
const NOT_READY = clause('mmio.device.register-layout.7');
const NO_PAGE_FRAME = clause('untagged.legacy.3');
const QUEUE_RESET = clause('basic.device.virtqueue-reset.1');
const AFTER_RESET = clause('basic.device.device-reset.2');
const SUSPENDED = clause('init.device.device-suspend.3');
const SUSPEND_STOP = clause('init.device.device-suspend.8.a');

/** What a store means: the rule it breaks, the words for it, and the queue that is out of step because of it. */
export interface Trespass {
  readonly index: ClauseIndex;
  readonly what: string;
  readonly queue: QueueState | undefined;
  /** Another rule that it breaks. */
  readonly also?: ClauseIndex;
}

/** The rule that keeps the device off a queue in its present state, if one does. */
export function lifeClause(queue: QueueState): ClauseIndex | undefined {
  switch (queue.life) {
    case 'before-driver-ok':
      return BEFORE_DRIVER_OK;
    case 'not-ready':
      return queue.context.transport.legacy ? NO_PAGE_FRAME : NOT_READY;
    case 'queue-reset':
      return QUEUE_RESET;
    case 'after-reset':
      return AFTER_RESET;
    case 'suspended':
      return SUSPENDED;
    case 'live':
    case 'needs-reset':
    case 'failed':
      return undefined;
  }
}

/**
 * Finds the rule that forbids a device store at `address`, the first bad byte of one from `start` on. `known`: every
 * queue that ever was set up or kicked.
 */
export function attribute(
  context: QueueContext,
  known: Iterable<QueueState>,
  address: number,
  start: number,
  size: number,
): Trespass {
  let kicked: QueueState | undefined;
  let silent: QueueState | undefined;
  for (const queue of context.enabled) {
    const found = lifeClause(queue) === undefined ? inLiveQueue(queue, address) : undefined;
    if (found !== undefined) return found;
  }
  for (const queue of known) {
    const rule = lifeClause(queue);
    if (rule === undefined) continue;
    if (belongsTo(queue, address)) {
      const what = `nothing stored at ${hex(address)}, memory of queue ${queue.index}, which is ${queue.life}`;
      return { index: rule, what, queue, also: tookMore(queue) ? SUSPEND_STOP : undefined };
    }
    if (queue.deadKick) kicked ??= queue;
    silent ??= queue;
  }
  const anyLive = context.enabled.some((queue) => lifeClause(queue) === undefined);
  // Memory of no known queue: a queue that never was set up can only be told by its kick.
  const culprit = kicked ?? (anyLive ? undefined : silent);
  if (culprit !== undefined) {
    const what = `nothing stored: queue ${culprit.index} is ${culprit.life}`;
    return { index: lifeClause(culprit)!, what, queue: culprit };
  }
  const where = context.memory.contains(address, 1)
    ? hex(address)
    : `${hex(address)}, outside the guest memory in use,`;
  const what = `nothing stored at ${where}: no exposed writable buffer`;
  return { index: OUTSIDE, what, queue: undefined, also: overrun(context, start, size) ? FRAMING : undefined };
}

/** Suspended: the device had not been told of any of the chains before, so it has not stopped consuming more (3.4.2). */
function tookMore(queue: QueueState): boolean {
  if (queue.life !== 'suspended' || queue.oldest === undefined) return false;
  for (let chain: QueueState['oldest'] = queue.oldest; chain !== undefined; chain = chain.younger) {
    if (chain.kicked) return false;
  }
  return true;
}

/** The store begins in one of several writable descriptors, and would have fitted into all of them: the device knows one. */
function overrun(context: QueueContext, start: number, size: number): boolean {
  for (const queue of context.enabled) {
    for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
      if (chain.writable.length > 1 && size <= chain.writableLength && chain.writableTouches(start, 1)) return true;
    }
  }
  return false;
}

function inLiveQueue(queue: QueueState, address: number): Trespass | undefined {
  const { index, size } = queue;
  if (within(address, queue.descriptors, descriptorTableBytes(size)))
    return { index: TABLE, what: `queue ${index}: nothing stored to the descriptor table`, queue };
  if (within(address, queue.available, availableBytes(size)))
    return { index: OUTSIDE, what: `queue ${index}: nothing stored to the available ring`, queue };
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    if (chain.tableLength > 0 && chain.tableTouches(address, 1))
      return {
        index: indirectExplanation(chain) ?? TABLE,
        what: `queue ${index}: nothing stored to an indirect table`,
        queue,
      };
    if (chain.readableTouches(address, 1)) {
      const what = `queue ${index}: nothing stored to a device-readable buffer (chain at head ${chain.head})`;
      return { index: READ_ONLY, what, queue: undefined };
    }
  }
  return undefined;
}

/** The address lies in the rings of the queue, or in a buffer that was exposed on it. */
function belongsTo(queue: QueueState, address: number): boolean {
  const { size, withdrawn } = queue;
  if (size > 0) {
    if (within(address, queue.descriptors, descriptorTableBytes(size))) return true;
    if (within(address, queue.available, availableBytes(size))) return true;
    if (within(address, queue.used, usedBytes(size))) return true;
  }
  for (let i = 0; i < withdrawn.length; i += 2) if (within(address, withdrawn[i], withdrawn[i + 1])) return true;
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    if (chain.readableTouches(address, 1) || chain.writableTouches(address, 1)) return true;
  }
  return false;
}

function within(address: number, start: number, length: number): boolean {
  return address >= start && address < start + length;
}
