/**
 * Notification suppression, device to driver (2.7.7): which used-ring updates the device must, may and should not notify.
 */
import { clause } from '../clauses/catalogue.ts';
import type { QueueState } from './queue-state.ts';

const EVENT_IGNORED = clause('split.device.used-buffer-notification-suppression.1');
const SUPPRESSED = clause('split.device.used-buffer-notification-suppression.2');
const WANTED = clause('split.device.used-buffer-notification-suppression.3');
const FLAG_IGNORED = clause('split.device.used-buffer-notification-suppression.4');
const EVENT_REACHED = clause('split.device.used-buffer-notification-suppression.5');
const EVENT_AHEAD = clause('split.device.used-buffer-notification-suppression.6');
const ON_EMPTY = clause('reserved.device.legacy-reserved-feature-bits.2');

/** An index in [old, now) equals `event`, in 16-bit arithmetic: that entry is the one to notify. */
export function reachesEvent(event: number, now: number, old: number): boolean {
  return ((now - event - 1) & 0xffff) < ((now - old) & 0xffff);
}

/**
 * The device has moved used.idx from `old` to `now`, at some time after `earliestRow`. `emptied`: all chains are back.
 * What the driver changed since then may or may not have been in force.
 */
export function judgeNotification(
  queue: QueueState,
  old: number,
  now: number,
  earliestRow: number,
  emptied: boolean,
): void {
  const { interrupts, transport, shaken } = queue.context;
  if (queue.life !== 'live' || transport.voided || transport.quiescing === true || shaken) {
    interrupts.usedAllowed();
    const suspending = queue.life === 'live' && transport.suspending === true && !transport.voided && !shaken;
    if (suspending && certainlyWanted(queue, old, now, earliestRow)) interrupts.usedBeforeSuspend();
    return;
  }
  const flagged = (queue.availableFlags & 1) !== 0;
  const reached = reachesEvent(queue.usedEvent, now, old);
  if (queue.eventIdx) {
    if (queue.usedEventRow > earliestRow) interrupts.usedAllowed();
    else if (reached) {
      const flagCertain = flagged && queue.availableFlagsRow <= earliestRow;
      interrupts.usedOwed(flagCertain ? FLAG_IGNORED : EVENT_REACHED, earliestRow);
    } else suppressed(queue, earliestRow, emptied);
    return;
  }
  if (queue.availableFlagsRow > earliestRow || queue.availableFlags > 1) interrupts.usedAllowed();
  else if (!flagged) {
    // A device that obeys used_event all the same misses this one: name the rule that it breaks.
    const explained = queue.usedEvent !== 0 && !reached && queue.usedEventRow <= earliestRow;
    interrupts.usedOwed(explained ? EVENT_IGNORED : WANTED, earliestRow);
  } else suppressed(queue, earliestRow, emptied);
}

/** Whatever the device has read of the driver's wishes since `earliestRow`, they ask for a notification. */
function certainlyWanted(queue: QueueState, old: number, now: number, earliestRow: number): boolean {
  if (queue.eventIdx) return queue.usedEventRow <= earliestRow && reachesEvent(queue.usedEvent, now, old);
  return queue.availableFlagsRow <= earliestRow && queue.availableFlags === 0;
}

function suppressed(queue: QueueState, earliestRow: number, emptied: boolean): void {
  const { interrupts } = queue.context;
  if (!queue.notifyOnEmpty) interrupts.usedUnwanted(queue.eventIdx ? EVENT_AHEAD : SUPPRESSED);
  // Running out of available descriptors and running out of work are not the same moment: only both together oblige.
  else if (emptied && queue.exposeRow <= earliestRow) interrupts.usedOwed(ON_EMPTY, earliestRow);
  else interrupts.usedAllowed();
}
