/** Judges used.flags and used.idx: how far the device says it has come (2.7.8, 2.7.10). */
import { clause } from '../clauses/catalogue.ts';
import { USED_INDEX } from './layout.ts';
import { judgeDue } from './progress.ts';
import type { QueueState } from './queue-state.ts';
import { blameLayout } from './specials.ts';
import { judgeNotification } from './suppression.ts';
import { judgeElements } from './used-elements.ts';

const INDEX = clause('untagged.split.2');
const ONCE = clause('untagged.split.6');
const ENDIANNESS = clause('split.device.legacy-virtqueue-endianness.1');
const USED_FLAGS = clause('split.device.available-buffer-notification-suppression.1');
const USED_FLAGS_EVENT_IDX = clause('split.device.available-buffer-notification-suppression.3');
const SPURIOUS_KICK = clause('split.device.available-buffer-notification-suppression.5');
const QUEUE_RESET = clause('basic.device.virtqueue-reset.2');
const RESET_WORKS = clause('untagged.live.3');
const SUSPEND_STOP = clause('init.device.device-suspend.8.a');
const SUSPEND_FINISH = clause('init.device.device-suspend.8.b');

/** The device has stored to used.flags: 0 or 1, and 0 with EVENT_IDX (2.7.10.2). */
export function usedFlagsStored(queue: QueueState): void {
  if (queue.standing !== 'judged' || queue.usedFlagsUnknown) return;
  const { report, memory } = queue.context;
  const flags = memory.u16(queue.used, queue.big);
  const rule = queue.eventIdx ? USED_FLAGS_EVENT_IDX : USED_FLAGS;
  report.exercise(rule);
  if (queue.eventIdx ? flags === 0 : flags <= 1) return;
  const expected = `queue ${queue.index}: used.flags ${queue.eventIdx ? '0 (EVENT_IDX is negotiated)' : '0 or 1'}`;
  const seen = `used.flags = ${flags}`;
  if (!blameLayout(queue, expected, seen)) report.violate(rule, expected, seen);
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
    const first = queue.lastUsedSerial === 0 && old === 0;
    const wrapped = index < old;
    const expected = `queue ${queue.index}: used.idx from ${old} on by at most ${available}, the chains exposed`;
    const seen = `used.idx = ${index}`;
    if (blameLayout(queue, expected, seen)) {
      interrupts.usedAllowed();
      queue.lose();
      return;
    }
    const swapped = ((index >> 8) | ((index & 0xff) << 8)) - old;
    if (queue.big && swapped > 0 && swapped <= available)
      report.violate(ENDIANNESS, expected, `${seen}, bytes swapped`);
    else if (wrapped || first) report.violate(INDEX, expected, seen);
    // Seen only afterwards, too large a first step may have been several good ones and one too many.
    if (!wrapped && (!first || !observed)) report.violate(ONCE, expected, seen);
    if (available === 0 && queue.spurious) report.violate(SPURIOUS_KICK, expected, seen);
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
