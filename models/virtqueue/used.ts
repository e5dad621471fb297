/** Judges the used ring: what the device hands back, in which order, and with which lengths (2.7.8, 2.7.9). */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import type { Chain } from './chain.ts';
import { USED_ELEMENT_SIZE, USED_INDEX, USED_RING } from './layout.ts';
import { judgeDue } from './progress.ts';
import type { QueueState } from './queue-state.ts';
import { exerciseSpecials, indirectExplanation } from './specials.ts';
import { judgeNotification } from './suppression.ts';
import { hex } from './walk.ts';

const INDEX = clause('untagged.split.2');
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
const USED_FLAGS = clause('split.device.available-buffer-notification-suppression.1');
const USED_FLAGS_EVENT_IDX = clause('split.device.available-buffer-notification-suppression.3');
const QUEUE_RESET = clause('basic.device.virtqueue-reset.2');
const RESET_WORKS = clause('untagged.live.3');
const SUSPEND_STOP = clause('init.device.device-suspend.8.a');
const SUSPEND_FINISH = clause('init.device.device-suspend.8.b');

/** What is known of a slot of the used ring (`QueueState.fresh`). */
const FreshId = 1;
const FreshLength = 2;
const Fresh = 3;
/** Published while stale, yet plausible: a later store proves that it came too late. */
const AcceptedStale = 4;

/** Inferred knowledge: so many bytes of poison in a row are no coincidence. */
const POISON_RUN = 16;

/** The device has stored to used.flags: 0 or 1, and 0 with EVENT_IDX (2.7.10.2). */
export function usedFlagsStored(queue: QueueState): void {
  if (queue.standing !== 'judged' || queue.usedFlagsUnknown) return;
  const { report, memory } = queue.context;
  const flags = memory.u16(queue.used, queue.big);
  report.check(
    queue.eventIdx ? USED_FLAGS_EVENT_IDX : USED_FLAGS,
    queue.eventIdx ? flags === 0 : flags <= 1,
    () => `queue ${queue.index}: used.flags ${queue.eventIdx ? '0 (EVENT_IDX is negotiated)' : '0 or 1'}`,
    () => `used.flags = ${flags}`,
  );
}

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

/** used.idx as it is in memory now, by a device store (`observed`) or a driver load. */
export function usedIndexSeen(queue: QueueState, observed: boolean): void {
  const { report, memory, interrupts } = queue.context;
  const index = memory.u16(queue.used + USED_INDEX, queue.big);
  const old = queue.published;
  const delta = (index - old) & 0xffff;
  if (delta === 0) {
    queue.unchangedRow = report.row;
    if (!observed) judgeDue(queue);
    return;
  }
  queue.published = index;
  const earliestRow = observed ? report.row : Math.max(queue.unchangedRow, queue.oldest?.exposedRow ?? 0);
  queue.unchangedRow = report.row;
  if (queue.standing !== 'judged' || !queue.accessible) {
    interrupts.usedAllowed();
    if (queue.life === 'suspended') judgeSuspendedUse(queue);
    queue.lose();
    return;
  }
  const available = queue.exposed - ((old - queue.judged) & 0xffff);
  report.exercise(INDEX);
  report.exercise(ONCE);
  if (delta > available) {
    const backwards = delta >= 0x8000;
    const first = queue.lastUsedSerial === 0 && old === 0;
    const expected = `queue ${queue.index}: used.idx from ${old} on by at most ${available}, the chains exposed`;
    const seen = `used.idx = ${index}`;
    if (backwards || first) report.violate(INDEX, expected, seen);
    // Seen only afterwards, too large a first step may have been several good ones and one too many.
    if (!backwards && (!first || !observed)) report.violate(ONCE, expected, seen);
    if (queue.lastUsedSerial === 0) {
      // The first answer since the queue was set up: the device may have kept its counter over a reset.
      if (queue.cause === 'queue-reset') report.violate(QUEUE_RESET, expected, seen);
      else if (queue.cause === 'device-reset') report.violate(RESET_WORKS, expected, seen);
    }
    interrupts.usedAllowed();
    queue.lose();
    return;
  }
  queue.stalled = false;
  judgeNotification(queue, old, index, earliestRow, available === delta);
  if (observed) judgeElements(queue);
  else judgeDue(queue);
}

function judgeSuspendedUse(queue: QueueState): void {
  if (queue.standing === 'tainted' || queue.suspensionReported) return;
  queue.suspensionReported = true;
  // Either it went on taking buffers, or it reported itself suspended before it had finished.
  const late = queue.youngest !== undefined && queue.oldest?.inexact === false;
  queue.context.report.violate(
    late ? SUSPEND_STOP : SUSPEND_FINISH,
    `queue ${queue.index}: buffers finished, and no more of them taken, before the device reports itself suspended`,
    `used.idx = ${queue.published} while suspended`,
  );
}

function judgeElements(queue: QueueState): void {
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
    report.violate(
      indirectExplanation(chain) ?? WRITTEN,
      `queue ${queue.index}: len of used entry ${position} at most ${chain.writableLength}, the writable part of the chain`,
      `len ${length}`,
    );
    chain.tainted = true;
  } else if (observing && !prefixWritten(queue, chain, length)) {
    report.violate(
      indirectExplanation(chain) ?? WRITTEN,
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

/** The device has filled the slots that a batch would skip: it doesn't batch, so it is out of order. */
function writtenOneByOne(queue: QueueState, position: number, count: number): boolean {
  if (!queue.context.observing) return false;
  for (let i = 1; i < count; i++) if ((queue.fresh[(position + i) & (queue.size - 1)] & Fresh) === 0) return false;
  return true;
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

/** The driver has loaded guest memory: completes the used chains whose writable part it knows now (inferred knowledge). */
export function buffersLoaded(queue: QueueState, address: number, size: number): void {
  const { context, unread } = queue;
  const { memory, report } = context;
  for (let i = 0; i < unread.length; i++) {
    const chain = unread[i];
    if (!chain.writableTouches(address, size)) continue;
    if (chain.writable.some((segment) => memory.isClosing(segment.address, segment.length))) continue;
    unread.splice(i--, 1);
    let left = chain.usedLength;
    for (const segment of chain.writable) {
      const length = Math.min(left, segment.length);
      left -= length;
      if (!memory.keptPoison(segment.address, length, POISON_RUN)) continue;
      report.violate(
        WRITTEN,
        `queue ${queue.index}: the first ${chain.usedLength} writable bytes of the chain at head ${chain.head} written`,
        `the descriptor at ${hex(segment.address)} still holds what the driver had put there`,
      );
      chain.tainted = true;
      break;
    }
    context.device.completed(chain, chain.usedLength);
    context.returnChain(chain);
  }
}
