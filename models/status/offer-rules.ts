/** What a device may and must offer (2.2.2, 6.2, 6.3, 4.2.5), judged window by window as the driver reads the offer. */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import type { Report } from '../report.ts';
import type { DeviceFacts } from '../seams.ts';
import { FEATURE, FeatureSet, featureName, windowNames } from './feature-bits.ts';

const WINDOW = clause('untagged.mmio.2');
const UNDEFINED = clause('basic.device.feature-bits.4');
const CLOSED = clause('basic.device.feature-bits.1');
const VERSION_1 = clause('reserved.device.reserved-feature-bits.1');
const SR_IOV = clause('reserved.device.reserved-feature-bits.10');
const ADMIN_VQ = clause('untagged.mmio.14');
const ANY_LAYOUT = clause('reserved.device.legacy-reserved-feature-bits.3');
const UNUSED = clause('reserved.device.legacy-reserved-feature-bits.4');

/** Bits with a clause of their own, so that one mistake is reported once. */
const OWN_CLAUSE: readonly (readonly [number, ClauseIndex, string])[] = [
  [FEATURE.UNUSED, UNUSED, 'bit 30 not offered: it is not to be negotiated'],
  [FEATURE.SR_IOV, SR_IOV, 'SR_IOV not offered: MMIO has no SR-IOV capability'],
  [FEATURE.ADMIN_VQ, ADMIN_VQ, 'ADMIN_VQ not offered: reserved on MMIO'],
];

/**
 * The bits that a device of this type may offer on MMIO. The device-independent legacy bits 24 and 27 are accepted on
 * the modern layout too: a device that also serves drivers without VERSION_1 is transitional and must offer 27 (6.3).
 * NOTIF_CONFIG_DATA is accepted: 4.2 does not define it for MMIO, but does not reserve it either (4.2.5).
 */
export function offerable(facts: DeviceFacts, legacy: boolean): FeatureSet {
  const { SR_IOV: srIov, ADMIN_VQ: adminVq, UNUSED: unused, ...allowed } = FEATURE;
  const set = FeatureSet.of(...Object.values(allowed), ...facts.knownFeatures);
  if (legacy) for (const bit of facts.legacyFeatures) set.add(bit);
  for (const bit of [srIov, adminVq, unused]) {
    if (facts.knownFeatures.includes(bit)) set.add(bit);
  }
  return set;
}

/** Judges the window of the offer that was just read for the first time since reset. */
export function judgeOffer(
  report: Report,
  facts: DeviceFacts,
  offered: FeatureSet,
  known: number,
  window: number,
  allowed: FeatureSet,
  legacy: boolean,
): void {
  const value = offered.windows[window];
  let undefinedBits = (value & ~allowed.windows[window]) >>> 0;
  for (const [bit, index, expected] of OWN_CLAUSE) {
    if (bit >>> 5 !== window || allowed.has(bit)) continue;
    report.exercise(index);
    if (!offered.has(bit)) continue;
    report.violate(index, expected, 'offered');
    undefinedBits = (undefinedBits & ~(1 << (bit & 31))) >>> 0;
  }
  report.exercise(UNDEFINED);
  if (undefinedBits !== 0) {
    // A window without a single defined bit that shows something is no offer: the selector was not obeyed.
    const index = allowed.windows[window] === 0 ? WINDOW : UNDEFINED;
    const expected = `only bits that VIRTIO 1.4 defines for this type and transport (window ${String(window)})`;
    report.violate(index, expected, windowNames(window, undefinedBits));
  }
  judgeDependencies(report, facts, offered, known, window);
  if (!legacy && window === 1) {
    const missing = !offered.has(FEATURE.VERSION_1);
    report.exercise(VERSION_1);
    if (missing) report.violate(VERSION_1, 'VERSION_1 offered', windowNames(1, value));
  }
  if (legacy && window === 0) {
    report.exercise(ANY_LAYOUT);
    if (!offered.has(FEATURE.ANY_LAYOUT)) report.violate(ANY_LAYOUT, 'ANY_LAYOUT offered', windowNames(0, value));
  }
}

/** 2.2.2: no feature is offered without those it requires. Pairs are judged once both their windows are known. */
function judgeDependencies(
  report: Report,
  facts: DeviceFacts,
  offered: FeatureSet,
  known: number,
  window: number,
): void {
  for (const [bit, needs] of facts.dependencies) {
    const windows = (1 << (bit >>> 5)) | (1 << (needs >>> 5));
    if ((windows & (1 << window)) === 0 || (known & windows) !== windows || !offered.has(bit)) continue;
    report.exercise(CLOSED);
    if (!offered.has(needs)) {
      report.violate(CLOSED, `${featureName(needs)} offered, because ${featureName(bit)} requires it`, 'not offered');
    }
  }
}
