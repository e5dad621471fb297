/**
 * Feature negotiation (2.2, 3.1, 6): what the device offers, what the driver selects, what is in force.
 *
 * The offer is known window by window, as the driver reads it, and outlives resets: a device offers all that it
 * understands (2.2). What the driver selects counts from FEATURES_OK on; the legacy interface has no such moment, there
 * it counts at once and is final with the first use of the device (3.1.2).
 */
import { clause } from '../clauses/catalogue.ts';
import { hex, type MmioContext } from '../mmio/context.ts';
import { FEATURE, FeatureSet, WINDOWS, featureName, windowNames } from './feature-bits.ts';
import { judgeOffer, offerable } from './offer-rules.ts';
import { RememberedSets } from './remembered-sets.ts';
import { judgeSelection, type Verdict } from './selection-rules.ts';

const WINDOW = clause('untagged.mmio.2');
const ACCEPT_VALID = clause('basic.device.feature-bits.2');
const REFUSE_INVALID = clause('basic.device.feature-bits.3');
const ACCEPT_AGAIN = clause('basic.device.feature-bits.5');
const SEL_BEFORE_READ = clause('mmio.driver.register-layout.12');
const SEL_BEFORE_WRITE = clause('mmio.driver.register-layout.13');

/** A selector register: what was written, and whether that still holds (a reset may or may not have cleared it). */
class Selector {
  value = 0;
  written = false;
  /** Something was written in a way that leaves open what it holds now, whatever resets follow. */
  unclear = false;

  powerOn(): void {
    this.value = 0;
    this.unclear = false;
  }

  write(value: number): void {
    this.value = value;
    this.written = true;
    this.unclear = false;
  }

  /** The selector's value is certain. A register that only ever held 0 holds 0 before and after a reset. */
  certain(legacy: boolean): boolean {
    return !this.unclear && (this.written || (legacy && this.value === 0));
  }
}

export class FeatureModel {
  readonly offered = new FeatureSet();
  /** Bit w: window w of the offer has been read since power-on. */
  offeredKnown = 0;
  /** Bit w: window w of the offer was read, but the trace doesn't tell what it showed. */
  offerUnseen = 0;
  readonly selected = new FeatureSet();
  /** The driver selected a bit from 128 on. */
  selectedReserved = false;
  /** The features in force: empty until the device can have accepted them. */
  readonly inForce = new FeatureSet();
  readonly legacy: boolean;
  readonly #context: MmioContext;
  /** The bits that VIRTIO 1.4 lets a device of this type offer on this transport. */
  readonly offerable: FeatureSet;
  readonly #deviceSel = new Selector();
  readonly #driverSel = new Selector();
  /** Bit w: window w was read since the last reset, so another value now contradicts the device itself. */
  #readSinceReset = 0;
  /** Every set the device accepted since power-on, and the union of them. */
  readonly #accepted = new RememberedSets();
  readonly #everAccepted = new FeatureSet();

  constructor(context: MmioContext) {
    this.#context = context;
    this.legacy = context.setup.transport === 'mmio-v1';
    this.offerable = offerable(context.facts, this.legacy);
  }

  powerOn(): void {
    this.offered.clear();
    this.offeredKnown = this.offerUnseen = 0;
    this.#accepted.forget();
    this.#everAccepted.clear();
    this.#deviceSel.powerOn();
    this.#driverSel.powerOn();
    this.reset();
  }

  reset(): void {
    this.selected.clear();
    this.selectedReserved = false;
    this.inForce.clear();
    this.#deviceSel.written = false;
    this.#driverSel.written = false;
    this.#readSinceReset = 0;
  }

  selectDevice(window: number): void {
    this.#deviceSel.write(window);
  }

  selectDriver(window: number): void {
    this.#driverSel.write(window);
  }

  /** DeviceFeaturesSel and DriverFeaturesSel hold what nobody knows, until they are written as they should be. */
  scrambleSelectors(device: boolean, driver: boolean): void {
    if (device) this.#deviceSel.unclear = true;
    if (driver) this.#driverSel.unclear = true;
  }

  /** DeviceFeatures was read (4.2.2). */
  readOffer(value: number): void {
    const { report } = this.#context;
    if (this.#deviceSel.unclear) return;
    if (!this.#deviceSel.certain(this.legacy)) {
      this.#context.breakNothing(
        'mmio.driver.register-layout.12',
        'read DeviceFeatures without writing DeviceFeaturesSel',
      );
      return;
    }
    report.exercise(SEL_BEFORE_READ);
    if (this.#context.resetPending) return;
    report.exercise(WINDOW);
    const window = this.#deviceSel.value;
    const read = window < WINDOWS && ((this.#readSinceReset >>> window) & 1) !== 0;
    if (!read || this.offered.windows[window] !== value) this.#newValue(window, value);
  }

  /** DeviceFeatures was read, and the trace doesn't tell what it showed. */
  readOfferUnseen(): void {
    if (!this.#deviceSel.certain(this.legacy)) {
      this.readOffer(0);
      return;
    }
    this.#context.report.exercise(SEL_BEFORE_READ);
    if (this.#deviceSel.value < WINDOWS) this.offerUnseen |= 1 << this.#deviceSel.value;
  }

  #newValue(window: number, value: number): void {
    const { report, facts, setup } = this.#context;
    if (window >= WINDOWS) {
      if (value !== 0) report.violate(WINDOW, `0 in feature window ${String(window)}`, hex(value));
      return;
    }
    const bit = 1 << window;
    const before = this.offered.windows[window];
    if ((this.#readSinceReset & bit) !== 0) {
      const seen = `${windowNames(window, value)} (${hex(value)})`;
      report.violate(WINDOW, `the window as read before: ${windowNames(window, before)} (${hex(before)})`, seen);
    } else if ((this.offeredKnown & bit) !== 0) {
      // A reset lies between. Offering less than was once accepted makes the same negotiation fail.
      report.exercise(ACCEPT_AGAIN);
      const withdrawn = (before & ~value & this.#everAccepted.windows[window]) >>> 0;
      if (withdrawn !== 0) {
        const names = windowNames(window, withdrawn);
        report.violate(ACCEPT_AGAIN, `${names} offered again after reset, as it was accepted before`, 'not offered');
      }
    }
    this.#readSinceReset |= bit;
    this.offeredKnown |= bit;
    this.offered.windows[window] = value;
    judgeOffer(report, facts, this.offered, this.offeredKnown, window, this.offerable, setup.transport === 'mmio-v1');
  }

  /**
   * DriverFeatures was written. Returns false if the write cannot be placed: then nobody knows what is selected.
   */
  writeSelection(value: number): boolean {
    if (!this.#driverSel.certain(this.legacy)) return false;
    this.#context.report.exercise(SEL_BEFORE_WRITE);
    const window = this.#driverSel.value;
    if (window < WINDOWS) this.selected.windows[window] = value;
    else if (value !== 0) this.selectedReserved = true;
    return true;
  }

  /** Whether a DriverFeatures write of `value` now would change the selection. */
  changesSelection(value: number): boolean {
    const window = this.#driverSel.value;
    return window < WINDOWS ? this.selected.windows[window] !== value : value !== 0;
  }

  /** FEATURES_OK is written, or (legacy) the device is used for the first time: judges the driver's choice. */
  judgeSelection(): Verdict {
    return judgeSelection(this.#context, this);
  }

  /** The device left FEATURES_OK set: the selection is in force. */
  accepted(verdict: Verdict): void {
    const { report } = this.#context;
    if (verdict === 'invalid') {
      report.exercise(REFUSE_INVALID);
      report.violate(REFUSE_INVALID, `FEATURES_OK clear after selecting ${this.#excess()}`, 'FEATURES_OK set');
    } else if (verdict === 'valid') {
      report.exercise(ACCEPT_VALID);
      if (this.#accepted.has(this.selected)) report.exercise(ACCEPT_AGAIN);
    }
    this.#accepted.add(this.selected);
    for (let w = 0; w < WINDOWS; w++) this.#everAccepted.windows[w] |= this.selected.windows[w];
    this.inForce.assign(this.selected);
  }

  /** FEATURES_OK was read, and the trace doesn't tell what it showed: taken to have stuck. */
  acceptedUnseen(): void {
    this.inForce.assign(this.selected);
  }

  /** The device cleared FEATURES_OK. */
  refused(verdict: Verdict): void {
    const { report } = this.#context;
    this.inForce.clear();
    if (verdict === 'invalid') {
      report.exercise(REFUSE_INVALID);
    } else if (this.#accepted.has(this.selected)) {
      report.exercise(ACCEPT_AGAIN);
      report.violate(ACCEPT_AGAIN, `${String(this.selected)} accepted again, as before the reset`, 'FEATURES_OK clear');
    } else if (verdict === 'valid') {
      report.exercise(ACCEPT_VALID);
      report.violate(ACCEPT_VALID, `FEATURES_OK set: ${String(this.selected)} is a valid subset`, 'FEATURES_OK clear');
    }
  }

  /** Legacy: what is written counts, as far as it was offered (3.1.2); bits from 32 on do not exist there (6). */
  applyLegacySelection(): void {
    const known = (this.offeredKnown & 1) !== 0;
    this.inForce.windows[0] = known ? this.selected.windows[0] & this.offered.windows[0] : this.selected.windows[0];
  }

  /** True or false if it is known whether the bit is offered, else undefined. */
  isOffered(bit: number): boolean | undefined {
    return ((this.offeredKnown >>> (bit >>> 5)) & 1) === 0 ? undefined : this.offered.has(bit);
  }

  /** The driver has looked, since the last reset, at every window with bits that a driver of the type can know. */
  get offerRead(): boolean {
    const needed = this.legacy ? 1 : 3;
    return (this.#readSinceReset & needed) === needed;
  }

  /** The offer, as far as it was read, has bits that no driver for this type and transport can know. */
  get offersUnknown(): boolean {
    for (let w = 0; w < WINDOWS; w++) {
      if ((this.offered.windows[w] & ~this.offerable.windows[w]) !== 0) return true;
    }
    return false;
  }

  #excess(): string {
    const excess: string[] = [];
    for (const bit of this.selected.bits()) if (this.isOffered(bit) === false) excess.push(featureName(bit));
    if (excess.length > 0) return `${excess.join(', ')} (not offered)`;
    return this.selected.has(FEATURE.VERSION_1) ? String(this.selected) : `${String(this.selected)} without VERSION_1`;
  }
}
