/** Judges the elements of the used ring: which chain comes back, in which order, and with which length (2.7.8, 2.7.9). */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import type { Chain } from './chain.ts';
import { USED_ELEMENT_SIZE, USED_RING } from './layout.ts';
import type { QueueState } from './queue-state.ts';
import { exerciseSpecials, indirectExplanation } from './specials.ts';
import { hex } from './walk.ts';

const ID = clause('untagged.split.3');
const BATCH = clause('untagged.split.4');
const ONCE = clause('untagged.split.6');
const ORDER = clause('reserved.device.reserved-feature-bits.5');
const ELEMENT_FIRST = clause('split.device.virtqueue-used-ring.1');
const WRITTEN = clause('split.device.virtqueue-used-ring.2');
const WRITTEN_MORE = clause('split.device.virtqueue-used-ring.3');
const READ_ONLY = clause('split.device.virtqueue-descriptor-table.1');
const TABLE = clause('split.device.virtqueue-descriptor-table.4');
const OUTSIDE = clause('untagged.memory.1');

/** What is known of a slot of the used ring (`QueueState.fresh`). */
const FreshId = 1;
const FreshLength = 2;
const Fresh = 3;
/** Published while stale, yet plausible: a later store proves that it came too late. */
const AcceptedStale = 4;

/** The device has stored to elements of the used ring (observed). */
export function elementsStored(queue: QueueState, address: number, end: number): void {
  const ring = queue.used + USED_RING;
  const last = Math.min(queue.size - 1, Math.floor((end - 1 - ring) / USED_ELEMENT_SIZE));
  for (let slot = Math.max(0, Math.floor((address - ring) / USED_ELEMENT_SIZE)); slot <= last; slot++) {
    const at = ring + USED_ELEMENT_SIZE * slot;
    if ((queue.fresh[slot] & AcceptedStale) !== 0 && queue.standing === 'judged') {
      queue.fresh[slot] = 0;
      // Slots of entries that may come next are the device's to fill.
      if (((slot - queue.published) & (queue.size - 1)) >= queue.exposed) {
        queue.context.report.violate(
          ELEMENT_FIRST,
          `queue ${queue.index}: used element ${slot} stored before used.idx = ${queue.published}`,
          'stored after it',
        );
        queue.lose();
        return;
      }
    }
    if (address < at + 4) queue.fresh[slot] |= FreshId;
    if (end > at + 4) queue.fresh[slot] |= FreshLength;
  }
}

/** Judges the elements up to used.idx, where device stores are observed. */
export function judgeElements(queue: QueueState): void {
  queue.batchStart = queue.judged;
  while (queue.judged !== queue.published && queue.standing === 'judged') {
    const taken = judgeElement(queue, queue.judged, true);
    queue.judged = (queue.judged + taken) & 0xffff;
  }
}

/** The driver has loaded elements of the used ring; up to `wasPublished` they were known to be complete before. */
export function elementsLoaded(queue: QueueState, address: number, end: number, wasPublished: number): void {
  const ring = queue.used + USED_RING;
  while (queue.judged !== queue.published && queue.standing === 'judged') {
    const at = ring + USED_ELEMENT_SIZE * (queue.judged & (queue.size - 1));
    if (address > at || end < at + USED_ELEMENT_SIZE) return;
    // One load of index and elements is no proof of order: a bad element gets a second look.
    const certain = ((wasPublished - queue.judged) & 0xffff) !== 0 && ((wasPublished - queue.judged) & 0x8000) === 0;
    const taken = judgeElement(queue, queue.judged, certain);
    if (taken === 0) return;
    queue.judged = (queue.judged + taken) & 0xffff;
  }
}

/** Judges one used element; returns how many entries of the ring it stands for, 0 if it can't be believed. */
function judgeElement(queue: QueueState, position: number, certain: boolean): number {
  const { report, memory, observing } = queue.context;
  const slot = position & (queue.size - 1);
  const at = queue.used + USED_RING + USED_ELEMENT_SIZE * slot;
  const id = memory.u32(at, queue.big);
  const length = memory.u32(at + 4, queue.big);
  const pending = (queue.published - position) & 0xffff;
  const fresh = observing ? queue.fresh[slot] & Fresh : Fresh;
  const chain = id < queue.size ? queue.byHead[id] : undefined;
  let count = 1;
  if (chain !== undefined && queue.inOrder) count = placeInOrder(queue, chain);

  const plausible = chain !== undefined && count <= pending && length <= chain.writableLength;
  if (!certain && !plausible) return 0;
  report.exercise(ELEMENT_FIRST);
  if (fresh !== Fresh) {
    if (queue.inOrder && isBatchGap(queue, position, pending)) {
      return leave(
        queue,
        BATCH,
        `queue ${queue.index}: a batch is finished by one used entry in its first slot, naming its last head`,
        `used.idx moved over entry ${position}, which the device did not write`,
      );
    }
    if (!plausible || !prefixWritten(queue, chain, length)) {
      const field = fresh === FreshId ? 'len' : 'element';
      return leave(
        queue,
        ELEMENT_FIRST,
        `queue ${queue.index}: ${field} of used entry ${position} stored before used.idx = ${queue.published}`,
        `used.idx stored, but the entry still holds what it held before (id ${id}, len ${length})`,
      );
    }
    queue.fresh[slot] = AcceptedStale;
  } else if (observing) queue.fresh[slot] = 0;

  report.exercise(ID);
  if (chain === undefined) {
    const again = id < queue.size && queue.returned[id] !== 0;
    return leave(
      queue,
      again ? ONCE : ID,
      `queue ${queue.index}: used entry ${position} names the head of an exposed chain`,
      again ? `id ${id}, which was handed back already` : `id ${id}, which is no head of an exposed chain`,
    );
  }
  if (queue.inOrder) {
    report.exercise(ORDER);
    if (count > pending || (count > 1 && writtenOneByOne(queue, position, count))) {
      if (count > pending && finishedBefore(queue, chain)) {
        const expected = `queue ${queue.index}: used.idx advances by ${count}, the size of the batch that ends with head ${id}`;
        report.violate(BATCH, expected, `used.idx = ${queue.published}, ${pending} on`);
      }
      return leave(
        queue,
        ORDER,
        `queue ${queue.index}: IN_ORDER: head ${queue.oldest!.head} is used next`,
        `used entry ${position} names head ${id}, ${count - 1} further on`,
      );
    }
    // The entry stands for all chains before it too: they count as completely used (2.7.9).
    for (let skipped = 1; skipped < count; skipped++) {
      const before = queue.oldest!;
      report.exercise(BATCH);
      if (!prefixWritten(queue, before, before.writableLength)) {
        report.violate(
          BATCH,
          `queue ${queue.index}: chain at head ${before.head}, skipped by the batch, completely used`,
          `${describeUnwritten(queue, before, before.writableLength)} of its writable part never written`,
        );
      }
      retire(queue, before, before.writableLength);
    }
  }
  if (length > 0) report.exercise(WRITTEN);
  if (length < chain.writableLength) report.exercise(WRITTEN_MORE);
  if (length > chain.writableLength) {
    const explanation = indirectExplanation(chain);
    const expected = `queue ${queue.index}: len of used entry ${position} at most ${chain.writableLength}, the writable part of the chain`;
    blameExplained(queue, explanation, WRITTEN, expected, `len ${length}`);
    if (explanation === undefined) report.violate(ID, expected, `len ${length}`);
    chain.tainted = true;
  } else if (observing && !prefixWritten(queue, chain, length)) {
    blameExplained(
      queue,
      indirectExplanation(chain),
      WRITTEN,
      `queue ${queue.index}: the first ${length} writable bytes of the chain at head ${id} written before used.idx`,
      `${describeUnwritten(queue, chain, length)} not written`,
    );
    // The data may be under way: don't report it again when it comes.
    chain.inexact = true;
    chain.tainted = true;
  }
  retire(queue, chain, length);
  return count;
}

/** Reports a violation under what explains it, if anything does, so that the explanation can be tried. */
function blameExplained(
  { context: { report } }: QueueState,
  explanation: ClauseIndex | undefined,
  index: ClauseIndex,
  expected: string,
  seen: string,
): void {
  report.explanation = explanation;
  report.violate(index, expected, seen);
  report.explanation = undefined;
}

/** Reports that the device has left the protocol; the queue isn't followed any more. */
function leave(queue: QueueState, index: ClauseIndex, expected: string, seen: string): 0 {
  queue.context.report.violate(index, expected, seen);
  queue.lose();
  return 0;
}

/** 1 for the oldest exposed chain, 2 for the next and so on. */
function placeInOrder(queue: QueueState, chain: Chain): number {
  let count = 1;
  for (let other = queue.oldest; other !== undefined && other !== chain; other = other.younger) count++;
  return count;
}

/** IN_ORDER: the device has completely written all chains before this one, as if it had finished them with it. */
function finishedBefore(queue: QueueState, last: Chain): boolean {
  if (!queue.context.observing) return false;
  let written = 0;
  for (let chain = queue.oldest; chain !== undefined && chain !== last; chain = chain.younger) {
    if (chain.inexact || !prefixWritten(queue, chain, chain.writableLength)) return false;
    written += chain.writableLength;
  }
  return written > 0;
}

/** The device has filled the slots that a batch would skip: it doesn't batch, so it is out of order. */
function writtenOneByOne(queue: QueueState, position: number, count: number): boolean {
  if (!queue.context.observing) return false;
  for (let i = 1; i < count; i++) if ((queue.fresh[(position + i) & (queue.size - 1)] & Fresh) === 0) return false;
  return true;
}

/**
 * IN_ORDER: the device has moved used.idx over an entry that it did not write, but it did write one of those beside it: a
 * batch put into the wrong slot, or naming the wrong head.
 */
function isBatchGap(queue: QueueState, position: number, pending: number): boolean {
  if (queue.batchStart !== position) return true;
  for (let i = 1; i < pending; i++) if ((queue.fresh[(position + i) & (queue.size - 1)] & Fresh) === Fresh) return true;
  return false;
}

/** The first `length` writable bytes were written since the chain was exposed, as far as can be known. */
function prefixWritten(queue: QueueState, chain: Chain, length: number): boolean {
  if (chain.inexact || chain.tainted || !queue.context.observing) return true;
  return unwrittenAt(queue, chain, length) < 0;
}

function unwrittenAt(queue: QueueState, chain: Chain, length: number): number {
  const { memory } = queue.context;
  let left = length;
  for (const segment of chain.writable) {
    const size = Math.min(left, segment.length);
    if (size > 0 && !memory.allWritten(segment.address, size)) return segment.address;
    left -= size;
  }
  return -1;
}

function describeUnwritten(queue: QueueState, chain: Chain, length: number): string {
  return `bytes of the descriptor at ${hex(Math.max(0, unwrittenAt(queue, chain, length)))}`;
}

/** The chain is back with the driver: its memory is out of bounds for the device again. */
function retire(queue: QueueState, chain: Chain, length: number): void {
  const { context } = queue;
  const { report, memory, observing } = context;
  queue.unlink(chain);
  context.worked = true;
  queue.lastUsedSerial = Math.max(queue.lastUsedSerial, chain.serial);
  chain.usedLength = length;
  if (!chain.tainted) exerciseSpecials(queue, chain);
  chain.explanation = indirectExplanation(chain);
  if (chain.readable.length > 0) report.exercise(READ_ONLY);
  report.exercise(TABLE);
  report.exercise(OUTSIDE);
  if (observing) {
    // After a driver's or a device's mistake memory stays open rather than accuse on shaky ground.
    if (context.taintedQueues === 0 && !chain.tainted) {
      for (const segment of chain.writable) memory.forbid(segment.address, segment.length);
      if (chain.inexact) context.grantAgain(chain);
    }
    context.device.completed(chain, length);
    context.returnChain(chain);
    return;
  }
  if (context.taintedQueues === 0) {
    for (const segment of chain.writable) memory.beginClosing(segment.address, segment.length);
    if (chain.inexact) context.grantAgain(chain);
  }
  if (chain.tainted || chain.inexact) context.abandon(chain);
  else if (chain.writableLength === 0) {
    context.device.completed(chain, length);
    context.returnChain(chain);
  } else queue.unread.push(chain);
}
