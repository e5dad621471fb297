/** The driver's side of a queue: what it stores to the available ring and to what it has exposed (2.7.5, 2.7.6). */
import { clause } from '../clauses/catalogue.ts';
import type { Chain } from './chain.ts';
import * as layout from './layout.ts';
import { permitDescribed } from './lenient.ts';
import { kickPromised } from './progress.ts';
import type { QueueState } from './queue-state.ts';
import { walkChain } from './walk.ts';

const FORWARD = clause('split.driver.virtqueue-available-ring.1');
const FLAGS = clause('split.driver.used-buffer-notification-suppression.1');
const FLAGS_EVENT_IDX = clause('split.driver.used-buffer-notification-suppression.3');
const UNALTERED = clause('init.driver.device-cleanup.1');

/** Chains of a voided queue are remembered up to so many times the queue size. */
const BACKLOG = 4;

/** The driver has stored to the available ring; the copy of memory is up to date. */
export function availableRingStored(queue: QueueState, address: number, size: number): void {
  const { memory, report } = queue.context;
  const { available, big } = queue;
  const end = address + size;
  if (address < available + layout.AVAILABLE_INDEX) flagsStored(queue, memory.u16(available, big));
  const event = available + layout.usedEventOffset(queue.size);
  if (end > event) {
    const value = memory.u16(event, big);
    if (value !== queue.usedEvent) {
      queue.usedEvent = value;
      queue.usedEventRow = report.row;
    }
  }
  if (address < available + layout.AVAILABLE_RING && end > available + layout.AVAILABLE_INDEX) {
    const value = memory.u16(available + layout.AVAILABLE_INDEX, big);
    if (value !== queue.availableIndex) indexStored(queue, value);
  }
}

function flagsStored(queue: QueueState, flags: number): void {
  const { report } = queue.context;
  if (flags === queue.availableFlags) return;
  queue.availableFlags = flags;
  queue.availableFlagsRow = report.row;
  if (queue.eventIdx ? flags === 0 : flags <= 1) {
    report.exercise(queue.eventIdx ? FLAGS_EVENT_IDX : FLAGS);
    return;
  }
  report.driverBroke(
    queue.eventIdx
      ? 'split.driver.used-buffer-notification-suppression.3'
      : 'split.driver.used-buffer-notification-suppression.1',
    'nothing',
    `queue ${queue.index}: avail.flags = ${flags}`,
  );
}

/** The driver moved avail.idx: everything up to it is exposed (2.7.13.3). */
function indexStored(queue: QueueState, value: number): void {
  const { memory, report } = queue.context;
  const delta = (value - queue.availableIndex) & 0xffff;
  if (queue.standing === 'judged') {
    const free = queue.size - ((queue.availableIndex - queue.published) & 0xffff);
    if (delta > free) {
      report.driverBroke(
        delta >= 0x8000 ? 'split.driver.virtqueue-available-ring.1' : undefined,
        'queue',
        `queue ${queue.index}: avail.idx ${queue.availableIndex} -> ${value} with ${free} entries free`,
      );
      queue.taint();
    } else report.exercise(FORWARD);
    if (queue.life === 'suspended') {
      report.driverBroke('init.driver.device-suspend.3', 'nothing', `queue ${queue.index}: exposed while suspended`);
    }
  }
  queue.exposeRow = report.row;
  queue.sawSuppression = false;
  queue.missedKickReported = false;
  queue.availableIndex = value;
  for (let i = Math.min(delta, queue.size); i > 0; i--) {
    const slot = (value - i) & (queue.size - 1);
    expose(queue, memory.u16(queue.available + layout.AVAILABLE_RING + 2 * slot, queue.big));
  }
  if (queue.standing !== 'judged') {
    if (queue.accessible) permitDescribed(queue);
  } else if (queue.context.observing) kickPromised(queue, false);
}

function expose(queue: QueueState, head: number): void {
  const { context } = queue;
  const judged = queue.standing === 'judged';
  if (judged && queue.judged !== queue.published) forgetReused(queue, head);
  const chain = context.takeChain(queue.index, head);
  const good = walkChain(queue, chain) && judged && startsInOrder(queue, chain);
  queue.link(chain);
  if (good) {
    queue.byHead[head] = chain;
    queue.returned[head] = 0;
    const { direct } = chain;
    for (let i = 0; i < direct.length; i++) queue.owned[direct[i]] = 1;
    chain.special |= queue.special;
    if (queue.accessible) context.grant(chain);
    context.report.exercise(UNALTERED);
    if (hitsInstructions(queue, chain)) {
      context.report.driverBroke(undefined, 'queue', `queue ${queue.index}: a writable buffer overlaps a ring`);
      queue.taint();
    } else if (chain.descriptorCount > (context.setup.claims.maxChain ?? queue.size)) {
      // A device may have a limit (split.device.message-framing.2); what it does beyond is its own affair.
      queue.taint();
    }
  } else {
    chain.tainted = true;
    if (judged) queue.taint();
    if (queue.exposed > BACKLOG * queue.size + 64) {
      const first = queue.oldest!;
      queue.unlink(first);
      context.abandon(first);
    }
  }
  context.device.exposed(chain);
}

/** IN_ORDER: descriptors are used in ring order (2.7.5). */
function startsInOrder(queue: QueueState, chain: Chain): boolean {
  if (!queue.inOrder) return true;
  const expected = queue.nextHead;
  queue.nextHead = (chain.direct[chain.direct.length - 1] + 1) & (queue.size - 1);
  if (chain.head === expected) return true;
  const what = `queue ${queue.index}: IN_ORDER, but a chain starts at descriptor ${chain.head}, not ${expected}`;
  queue.context.report.driverBroke(undefined, 'queue', what);
  return false;
}

/** Inferred knowledge: the driver re-uses descriptors of a used chain without ever having looked at its element. */
function forgetReused(queue: QueueState, head: number): void {
  if (queue.context.observing) return;
  if (((queue.published - queue.judged) & 0xffff) === queue.exposed) {
    while (queue.oldest !== undefined) forget(queue, queue.oldest);
  } else {
    const chain = queue.byHead[head];
    if (chain !== undefined) forget(queue, chain);
  }
}

function forget(queue: QueueState, chain: Chain): void {
  queue.judged = (queue.judged + 1) & 0xffff;
  queue.unlink(chain);
  queue.context.abandon(chain);
}

function hitsInstructions(queue: QueueState, chain: Chain): boolean {
  const { writable } = chain;
  for (let i = 0; i < writable.length; i++) {
    for (const other of queue.context.enabled) {
      if (other.isInstructions(writable[i].address, writable[i].length)) return true;
    }
  }
  return false;
}

/** The driver stores to the descriptor table; called before the copy of memory is updated (init.driver.device-cleanup.1). */
export function beforeDescriptorStore(
  queue: QueueState,
  address: number,
  source: Uint8Array,
  from: number,
  size: number,
): void {
  if (queue.exposed === 0 || queue.standing !== 'judged') return;
  // A used element that was not looked at yet: the descriptors may be free.
  if (queue.judged !== queue.published) return;
  const { memory } = queue.context;
  const start = Math.max(address, queue.descriptors);
  const end = Math.min(address + size, queue.descriptors + layout.descriptorTableBytes(queue.size));
  for (let at = start; at < end;) {
    const index = Math.floor((at - queue.descriptors) / layout.DESCRIPTOR_SIZE);
    const stop = Math.min(end, queue.descriptors + layout.DESCRIPTOR_SIZE * (index + 1));
    const length = stop - at;
    if (queue.owned[index] !== 0 && memory.nextDifference(at, source, from + at - address, length, 0) < length) {
      altered(queue, `descriptor ${index} of an exposed chain`);
      return;
    }
    at = stop;
  }
}

/** The driver stores near bytes of exposed chains; called before the copy of memory is updated. */
export function beforeBufferStore(
  queue: QueueState,
  address: number,
  source: Uint8Array,
  from: number,
  size: number,
): void {
  const { memory } = queue.context;
  if (!memory.contains(address, size)) return;
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    const table = chain.tableLength > 0 && chain.tableTouches(address, size);
    if (!table && !chain.readableTouches(address, size) && !chain.writableTouches(address, size)) continue;
    if (memory.nextDifference(address, source, from, size, 0) === size) continue;
    if (table && queue.standing === 'judged' && queue.judged === queue.published) {
      altered(queue, 'the indirect table of an exposed chain');
    }
    // What the device reads there, or what remains of what it wrote, is open now.
    chain.tainted = true;
  }
}

function altered(queue: QueueState, what: string): void {
  queue.context.report.driverBroke('init.driver.device-cleanup.1', 'queue', `queue ${queue.index}: altered ${what}`);
  queue.taint();
}
