/** What a driver may and must select (2.2.1, 6.1, 6.3), and whether the device then owes acceptance or refusal. */
import { clause, type ClauseId } from '../clauses/catalogue.ts';
import type { MmioContext } from '../mmio/context.ts';
import { judgeGoingOn } from './driver-duties.ts';
import { FEATURE, featureName, type FeatureSet } from './feature-bits.ts';

/**
 * What the device owes a selection when FEATURES_OK is written: `valid` should stick (2.2.2), `invalid` must read back
 * clear, `either` where the specification or missing knowledge leaves both open.
 */
export type Verdict = 'valid' | 'invalid' | 'either';

const SUBSET = clause('basic.driver.feature-bits.1');
const CLOSED = clause('basic.driver.feature-bits.2');
const VALIDATED = clause('basic.driver.feature-bits.3');
const IGNORED = clause('basic.driver.feature-bits.4');
const DEFINED = clause('basic.driver.feature-bits.5');
const VERSION_1 = clause('reserved.driver.reserved-feature-bits.1');
const READ_FIRST = clause('init.driver.device-initialization.1.d');

/** Offered features that a driver should accept (6.1). */
const SHOULD_ACCEPT: readonly (readonly [number, ClauseId])[] = [
  [FEATURE.ACCESS_PLATFORM, 'reserved.driver.reserved-feature-bits.3'],
  [FEATURE.RING_PACKED, 'reserved.driver.reserved-feature-bits.6'],
  [FEATURE.ORDER_PLATFORM, 'reserved.driver.reserved-feature-bits.7'],
  [FEATURE.NOTIF_CONFIG_DATA, 'reserved.driver.reserved-feature-bits.13'],
];
const SHOULD_ACCEPT_INDEX = SHOULD_ACCEPT.map(([bit, id]) => [bit, id, clause(id)] as const);

/** Bits whose acceptance on MMIO has a clause of its own. */
const OWN_CLAUSE = new Map<number, ClauseId>([
  [FEATURE.SR_IOV, 'reserved.driver.reserved-feature-bits.10'],
  [FEATURE.ADMIN_VQ, 'untagged.mmio.14'],
]);

interface Selection {
  readonly legacy: boolean;
  readonly selected: FeatureSet;
  readonly selectedReserved: boolean;
  readonly offeredKnown: number;
  readonly offerUnseen: number;
  readonly offered: FeatureSet;
  readonly offerable: FeatureSet;
  readonly offersUnknown: boolean;
  isOffered(bit: number): boolean | undefined;
}

/** Judges the driver's selection and says what the device owes it. */
export function judgeSelection(context: MmioContext, selection: Selection): Verdict {
  const { report } = context;
  const { selected, legacy } = selection;
  let verdict: Verdict = 'valid';
  report.exercise(SUBSET);
  report.exercise(DEFINED);
  if (selection.selectedReserved) {
    context.breakDevice('basic.driver.feature-bits.5', 'accepted a feature bit from 128 on');
    verdict = 'either';
  }
  const unread = windowsSelected(selected) & ~(selection.offeredKnown | selection.offerUnseen);
  if (unread !== 0) {
    context.breakNothing('init.driver.device-initialization.1.d', 'accepted features without reading the offer');
    verdict = 'either';
  } else {
    report.exercise(READ_FIRST);
  }
  // The legacy interface has bits 0 to 31 only; what is written above them means nothing there.
  const bits = legacy ? selected.bits().filter((bit) => bit < 32) : selected.bits();
  for (const bit of bits) {
    const offered = selection.isOffered(bit);
    if (offered === false) {
      context.breakDevice('basic.driver.feature-bits.1', `accepted ${featureName(bit)}, which is not offered`);
      verdict = 'invalid';
    } else if (!selection.offerable.has(bit) && bit !== FEATURE.UNUSED) {
      // Offered against the rules, or not known to be offered: the device can't be held to either answer.
      const id = OWN_CLAUSE.get(bit) ?? 'basic.driver.feature-bits.5';
      context.breakDevice(id, `accepted ${featureName(bit)}, which is not defined for this device`);
      if (verdict === 'valid') verdict = 'either';
    }
  }
  if (selection.offersUnknown) {
    report.exercise(IGNORED);
    report.exercise(VALIDATED);
    const taken = bits.find((bit) => selection.isOffered(bit) === true && !selection.offerable.has(bit));
    if (taken !== undefined) {
      context.breakNothing('basic.driver.feature-bits.4', `accepted ${featureName(taken)}, which it cannot know`);
      context.breakNothing(
        'basic.driver.feature-bits.3',
        `did not find out that ${featureName(taken)} cannot be offered`,
      );
    }
  }
  for (const [bit, needs] of context.facts.selectionDependencies ?? []) {
    if (!selected.has(bit)) continue;
    report.exercise(CLOSED);
    if (selected.has(needs)) continue;
    const what = `accepted ${featureName(bit)} without ${featureName(needs)}, which it requires`;
    context.breakDevice('basic.driver.feature-bits.2', what);
    verdict = 'invalid';
  }
  judgeGoingOn(context, selection);
  if (legacy) judgeLegacy(context, selection);
  else verdict = judgeModern(context, selection, verdict);
  return verdict;
}

function judgeModern(context: MmioContext, selection: Selection, before: Verdict): Verdict {
  const { report, setup } = context;
  const { selected } = selection;
  let verdict = before;
  // Declining these, if offered, is a reason that the specification grants a device for refusing (6.2).
  for (const bit of [FEATURE.ACCESS_PLATFORM, FEATURE.ORDER_PLATFORM]) {
    if (verdict === 'valid' && !selected.has(bit) && selection.isOffered(bit) !== false) verdict = 'either';
  }
  for (const [bit, id, index] of SHOULD_ACCEPT_INDEX) {
    if (selection.isOffered(bit) !== true) continue;
    report.exercise(index);
    if (!selected.has(bit)) context.breakNothing(id, `did not accept ${featureName(bit)} although it is offered`);
  }
  if (selected.has(FEATURE.VERSION_1)) {
    report.exercise(VERSION_1);
    return verdict;
  }
  // Without VERSION_1 a modern device may refuse, or serve the driver through rules that the registers don't show.
  const offered = selection.isOffered(FEATURE.VERSION_1);
  if (offered !== false) {
    context.breakDevice('reserved.driver.reserved-feature-bits.1', 'did not accept VERSION_1');
  } else {
    context.loseTrack();
  }
  if (verdict === 'invalid') return verdict;
  if (setup.claims.requiresVersion1 === true) return 'invalid';
  return setup.claims.requiresVersion1 === false ? verdict : 'either';
}

function judgeLegacy(context: MmioContext, selection: Selection): void {
  const { selected } = selection;
  if (selection.isOffered(FEATURE.ANY_LAYOUT) === true) {
    context.report.exercise(clause('reserved.driver.legacy-reserved-feature-bits.1'));
    if (!selected.has(FEATURE.ANY_LAYOUT)) {
      context.breakNothing('reserved.driver.legacy-reserved-feature-bits.1', 'did not accept ANY_LAYOUT');
    }
  }
  if (selection.isOffered(FEATURE.UNUSED) === true && selected.has(FEATURE.UNUSED)) {
    context.breakNothing('reserved.driver.legacy-reserved-feature-bits.2', 'accepted feature bit 30');
  }
}

function windowsSelected(selected: FeatureSet): number {
  let windows = 0;
  for (let w = 0; w < selected.windows.length; w++) if (selected.windows[w] !== 0) windows |= 1 << w;
  return windows;
}
