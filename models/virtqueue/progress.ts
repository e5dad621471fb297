/** Progress: which chains the device has been told of (2.7.10), and which it owes by now. */
import { clause, type ClauseId } from '../clauses/catalogue.ts';
import { Special, type Chain } from './chain.ts';
import { availableEventOffset } from './layout.ts';
import { lifeClause } from './attribution.ts';
import type { QueueState } from './queue-state.ts';
import { blameStuck } from './specials.ts';
import { reachesEvent } from './suppression.ts';

const SPURIOUS_KICK = clause('split.device.available-buffer-notification-suppression.5');
const SUSPEND_FINISH = clause('init.device.device-suspend.8.b');
const KICK_IGNORES_EVENT = clause('split.driver.available-buffer-notification-suppression.2');
const KICK_SUPPRESSED = clause('split.driver.available-buffer-notification-suppression.3');
const KICK_OWED = clause('split.driver.available-buffer-notification-suppression.4');
const KICK_IGNORES_FLAG = clause('split.driver.available-buffer-notification-suppression.5');
const KICK_EVENT = clause('split.driver.available-buffer-notification-suppression.6');
const KICK_EVENT_AHEAD = clause('split.driver.available-buffer-notification-suppression.7');

/** What the device has put into its suppression field asks for a kick for the entries since the last one. */
function wantsKick(queue: QueueState): boolean {
  const { memory } = queue.context;
  if (!queue.eventIdx) return (memory.u16(queue.used, queue.big) & 1) === 0;
  const event = memory.u16(queue.used + availableEventOffset(queue.size), queue.big);
  return reachesEvent(event, queue.availableIndex, queue.checkedIndex);
}

/**
 * The device's suppression field is looked at after an avail.idx update. If it asks for no kick, the device has promised
 * to look for itself (2.7.10). `byDriver`: the driver has loaded it, and knows.
 */
export function kickPromised(queue: QueueState, byDriver: boolean): void {
  if (queue.life !== 'live' || queue.size === 0 || queue.kickedIndex === queue.availableIndex) return;
  if (queue.checkedIndex !== queue.availableIndex) {
    if (wantsKick(queue)) return;
    markKicked(queue, Special.Promised);
    queue.checkedIndex = queue.availableIndex;
  }
  if (byDriver) queue.sawSuppression = true;
}

function markKicked(queue: QueueState, special: number): void {
  const { transport } = queue.context;
  if (queue.spurious) special |= Special.AfterSpuriousKick;
  if (transport.legacy && !transport.driverOk) special |= Special.BeforeDriverOk;
  for (let chain = queue.youngest; chain !== undefined && !chain.kicked; chain = chain.older) {
    chain.kicked = true;
    chain.special |= special;
  }
}

/** QueueNotify: was it needed, and what does it oblige the device to (2.7.10.1, 2.7.10.2)? */
export function judgeKick(queue: QueueState): void {
  const { report, interrupts } = queue.context;
  if (!queue.isEnabled) queue.life = queue.context.transport.queueLife(queue.index);
  if (queue.life !== 'live') {
    queue.deadKick = true;
    return;
  }
  if (queue.size === 0 || queue.standing !== 'judged') {
    interrupts.usedAllowed();
    return;
  }
  if (queue.kickedIndex === queue.availableIndex) {
    report.exercise(SPURIOUS_KICK);
    queue.spurious = true;
    return;
  }
  const wanted = !queue.sawSuppression;
  if (queue.eventIdx) {
    report.exercise(KICK_IGNORES_FLAG);
    report.exercise(wanted ? KICK_EVENT : KICK_EVENT_AHEAD);
  } else {
    report.exercise(KICK_IGNORES_EVENT);
    report.exercise(wanted ? KICK_OWED : KICK_SUPPRESSED);
  }
  if (!wanted) {
    report.driverBroke(
      queue.eventIdx
        ? 'split.driver.available-buffer-notification-suppression.7'
        : 'split.driver.available-buffer-notification-suppression.3',
      'nothing',
      `queue ${queue.index}: kicked although the device asked for none`,
    );
  }
  markKicked(queue, 0);
  // Kicked for although the device looks for itself.
  queue.spurious = queue.checkedIndex === queue.availableIndex;
  queue.kickedIndex = queue.checkedIndex = queue.availableIndex;
}

/** The device was given time: what it was told of and owes must be back. */
export function judgeSettled(queue: QueueState): void {
  const { context } = queue;
  const { transport, observing, device } = context;
  if (queue.life !== 'live') {
    if (queue.exposed > 0 || queue.deadKick || queue.withdrawn.length > 0) exerciseDead(queue);
    return;
  }
  if (queue.standing !== 'judged' || queue.size === 0) return;
  if (observing) kickPromised(queue, false);
  judgeMissedKick(queue);
  if (transport.voided || transport.quiescing === true || context.shaken || queue.stalled) return;
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    const owed = chain.kicked && !chain.tainted && device.mustComplete(chain);
    if (owed && observing) {
      stuck(queue, chain);
      return;
    }
    if (owed) chain.due = true;
    // In order, nothing can be owed behind a chain that isn't.
    else if (queue.inOrder) return;
  }
}

function judgeMissedKick(queue: QueueState): void {
  if (queue.kickedIndex === queue.availableIndex || queue.checkedIndex === queue.availableIndex) return;
  if (queue.missedKickReported || !wantsKick(queue)) return;
  queue.missedKickReported = true;
  queue.context.report.driverBroke(
    missedKickClause(queue),
    'nothing',
    `queue ${queue.index}: exposed entries up to ${queue.availableIndex} without the kick that the device asked for`,
  );
}

/** The rule that a missed kick breaks: of the field that is not to count, where obeying it explains the silence. */
function missedKickClause(queue: QueueState): ClauseId {
  const { memory } = queue.context;
  if (queue.eventIdx) {
    const silenced = (memory.u16(queue.used, queue.big) & 1) !== 0;
    return `split.driver.available-buffer-notification-suppression.${silenced ? 5 : 6}`;
  }
  const event = memory.u16(queue.used + availableEventOffset(queue.size), queue.big);
  const explained = event !== 0 && !reachesEvent(event, queue.availableIndex, queue.checkedIndex);
  return `split.driver.available-buffer-notification-suppression.${explained ? 2 : 4}`;
}

/** Inferred knowledge: the driver has looked at used.idx after the device was given time. */
export function judgeDue(queue: QueueState): void {
  const { context } = queue;
  if (queue.standing !== 'judged' || queue.life !== 'live' || queue.stalled) return;
  const { transport } = context;
  if (queue.judged !== queue.published || transport.voided || transport.quiescing === true || context.shaken) return;
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    if (!chain.due || chain.tainted) continue;
    stuck(queue, chain);
    return;
  }
}

function stuck(queue: QueueState, chain: Chain): void {
  queue.stalled = true;
  blameStuck(queue, chain);
}

/** The queue is not live and was left alone: the device kept a rule that it could have broken. */
function exerciseDead(queue: QueueState): void {
  const index = lifeClause(queue);
  if (index !== undefined) queue.context.report.exercise(index);
}

/**
 * The device reports itself suspended: what it had begun should be finished (3.4.2). A chain was certainly begun if one
 * that became available after it has been used already.
 */
export function judgeSuspended(queue: QueueState): void {
  if (queue.standing !== 'judged' || queue.lastUsedSerial === 0) return;
  const { oldest, context } = queue;
  context.report.check(
    SUSPEND_FINISH,
    oldest === undefined || oldest.tainted || oldest.serial > queue.lastUsedSerial || queue.judged !== queue.published,
    () => `queue ${queue.index}: chain at head ${oldest!.head}, begun before later ones, used before suspending`,
    () => 'suspended without it',
  );
}
