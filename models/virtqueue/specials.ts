/** Which rule explains best that a chain went wrong: what is out of the ordinary about it, or about its queue. */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import { Special, type Chain } from './chain.ts';
import { alignUp, availableBytes, descriptorTableBytes } from './layout.ts';
import type { Parameters, QueueState } from './queue-state.ts';

const LIVE = clause('untagged.live.1');
const LAYOUT = clause('split.device.legacy-virtqueue-layout.1');
const LAYOUT_REGISTERS = clause('untagged.legacy.4');
const MIXED = clause('split.device.indirect-descriptors.2');
const LEGACY_DRIVER = clause('basic.device.legacy-feature-bits.1');
const CHAIN_LIMIT = clause('split.device.message-framing.2');
const KICKS_DECLINED = clause('split.device.available-buffer-notification-suppression.2');
const KICKS_PUT_OFF = clause('split.device.available-buffer-notification-suppression.4');
const TABLE_WRITE = clause('split.device.indirect-descriptors.1');

type Row = readonly [bit: number, clause: ClauseIndex];

/** Explain a chain that doesn't come back on their own; the first that applies is the one. */
const STRONG: readonly Row[] = [
  [Special.BeforeDriverOk, clause('init.device.legacy-device-initialization.2')],
  [Special.DirectThenIndirect, MIXED],
  [Special.TableWrite, TABLE_WRITE],
];
/** Explain it if other chains came back since the queue was set up. */
const WITH_EVIDENCE: readonly Row[] = [
  [Special.AfterSpuriousKick, clause('split.device.available-buffer-notification-suppression.5')],
  [Special.OddFraming, clause('split.device.message-framing.1')],
];
const RE_ENABLED: Row = [Special.ReEnabled, clause('basic.device.virtqueue-reset.2')];
const RECONFIGURED: Row = [Special.Reconfigured, clause('basic.device.virtqueue-re-enable.1')];
/** Possible explanations of a queue that never worked since it was set up; it may be dead for another reason as well. */
const QUEUE: readonly Row[] = [
  [Special.BigEndian, clause('split.device.legacy-virtqueue-endianness.1')],
  [Special.AfterReset, clause('untagged.live.3')],
];
const ALL: readonly Row[] = [
  ...STRONG,
  ...WITH_EVIDENCE,
  RE_ENABLED,
  RECONFIGURED,
  [Special.UnusualAlignment, LAYOUT],
  ...QUEUE,
];

const USUAL_ALIGNMENT = 4096;

/** A queue has been set up: takes note of what is special about it. */
export function beginService(queue: QueueState): void {
  const { context, size, descriptors, available, used } = queue;
  let special = 0;
  if (queue.cause === 'queue-reset') {
    special |= Special.ReEnabled;
    if (!sameParameters(queue.previous, queue)) special |= Special.Reconfigured;
  }
  if (context.resets > 0) special |= Special.AfterReset;
  if (queue.big) special |= Special.BigEndian;
  if (
    context.transport.legacy &&
    used - descriptors !== alignUp(descriptorTableBytes(size) + availableBytes(size), USUAL_ALIGNMENT)
  ) {
    special |= Special.UnusualAlignment;
  }
  queue.previous = { size, descriptors, available, used };
  queue.special = special;
  queue.worked = queue.longestUsed = 0;
}

function sameParameters(one: Parameters | undefined, other: Parameters): boolean {
  if (one === undefined || one.size !== other.size) return false;
  return one.descriptors === other.descriptors && one.available === other.available && one.used === other.used;
}

/** A chain came back as it should: its specialities have been coped with. */
export function exerciseSpecials(queue: QueueState, chain: Chain): void {
  const { context } = queue;
  const { report, transport } = context;
  report.exercise(LIVE);
  if (transport.legacy) {
    report.exercise(LAYOUT);
    report.exercise(LAYOUT_REGISTERS);
    if (transport.featuresOk) context.workedWithFeaturesOk = true;
    else {
      context.workedAsLegacy = true;
      report.exercise(LEGACY_DRIVER);
    }
  }
  if (chain.descriptorCount > queue.longestUsed) {
    if (queue.longestUsed > 0) report.exercise(CHAIN_LIMIT);
    queue.longestUsed = chain.descriptorCount;
  }
  if (chain.special === 0) return;
  if ((chain.special & Special.Promised) !== 0) report.exercise(queue.eventIdx ? KICKS_PUT_OFF : KICKS_DECLINED);
  queue.worked |= chain.special;
  for (let i = 0; i < ALL.length; i++) {
    const row = ALL[i];
    if ((chain.special & row[0]) !== 0 && row[1] !== LAYOUT) report.exercise(row[1]);
  }
}

/**
 * The rule on indirect tables that explains a wrong answer to this chain: a device that takes the table for a buffer
 * reports other lengths and writes to other places. That such a chain came back before proves little.
 */
export function indirectExplanation(chain: Chain): ClauseIndex | undefined {
  if ((chain.special & Special.DirectThenIndirect) !== 0) return MIXED;
  return (chain.special & Special.TableWrite) !== 0 ? TABLE_WRITE : undefined;
}

/**
 * Blames the layout where a ring with an unusual one never worked: a device that looks for it in another place answers
 * nothing, or writes over it with an offset. Returns whether it did.
 */
export function blameLayout(queue: QueueState, expected: string, seen: string): boolean {
  if ((queue.special & ~queue.worked & Special.UnusualAlignment) === 0) return false;
  const { report } = queue.context;
  for (const index of [LAYOUT, LAYOUT_REGISTERS]) {
    report.exercise(index);
    report.violate(index, expected, seen);
  }
  return true;
}

/** A chain that is owed did not come back. Reports the rules that explain it, or progress itself (untagged.live.1). */
export function blameStuck(queue: QueueState, chain: Chain): void {
  const { report } = queue.context;
  // A device that chokes on a mix of direct descriptors and a table drops what it had begun before as well.
  report.explanation = mixBeside(queue, chain) ? MIXED : undefined;
  blameRules(queue, chain);
  report.explanation = undefined;
}

/** Whether another chain, which mixes direct descriptors with a table, is still with the device. */
function mixBeside(queue: QueueState, stuck: Chain): boolean {
  if ((stuck.special & Special.DirectThenIndirect) !== 0) return false;
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    if ((chain.special & Special.DirectThenIndirect) !== 0) return true;
  }
  return false;
}

function blameRules(queue: QueueState, chain: Chain): void {
  const { report } = queue.context;
  const suspects = chain.special & (~queue.worked | Special.DirectThenIndirect | Special.TableWrite);
  const expected = `queue ${queue.index}: chain at head ${chain.head}, available and kicked for, is used`;
  const seen = `not used after the device was given time (used.idx = ${queue.published})`;
  const blame = ([bit, index]: Row): boolean => {
    if ((suspects & bit) === 0) return false;
    report.exercise(index);
    report.violate(index, expected, seen);
    return true;
  };
  if (blameLayout(queue, expected, seen)) return;
  if (STRONG.some(blame)) return;
  if (blame(RE_ENABLED)) {
    blame(RECONFIGURED);
    return;
  }
  if (queue.lastUsedSerial > 0 && WITH_EVIDENCE.some(blame)) return;
  report.exercise(LIVE);
  report.violate(LIVE, expected, seen);
  for (const index of permissionsExceeded(queue, chain)) report.violate(index, expected, seen);
  if (legacyOverlooked(queue)) report.violate(LEGACY_DRIVER, expected, `${seen}; with FEATURES_OK set others were`);
  QUEUE.some(blame);
}

/** Legacy: with FEATURES_OK set, which drivers of the legacy interface never set, the device did work (2.2.3). */
function legacyOverlooked({ context }: QueueState): boolean {
  const { transport } = context;
  return transport.legacy && !transport.featuresOk && context.workedWithFeaturesOk && !context.workedAsLegacy;
}

/** What the device may do and has gone too far with, if it left the chain alone because of that. */
function permissionsExceeded(queue: QueueState, chain: Chain): ClauseIndex[] {
  const exceeded: ClauseIndex[] = [];
  // It said that no kick was needed (2.7.10.2), and there was none.
  if ((chain.special & Special.Promised) !== 0) exceeded.push(queue.eventIdx ? KICKS_PUT_OFF : KICKS_DECLINED);
  // It was passed over in favour of later ones, and only shorter ones ever came back: not its framing but its length is
  // what the device minds, and the queue holds chains of this length (2.7.4.1).
  const passedOver = queue.lastUsedSerial > chain.serial;
  const framingFine = (chain.special & ~queue.worked & Special.OddFraming) === 0;
  if (passedOver && framingFine && chain.descriptorCount > queue.longestUsed) exceeded.push(CHAIN_LIMIT);
  return exceeded;
}
