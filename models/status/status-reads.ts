/**
 * The device's side of the device status field (2.1.2): which bits a read must show, and what life the device's queues
 * lead in consequence. The driver's side, `StatusModel`, builds on it.
 *
 * A reset takes the time it takes (2.4): until the device shows 0, or was given time, nothing it shows is judged.
 */
import { clause } from '../clauses/catalogue.ts';
import type { MmioContext } from '../mmio/context.ts';
import type { FeatureModel } from './feature-model.ts';
import type { Verdict } from './selection-rules.ts';
import { STATUS, statusNames } from './status-bits.ts';
import { SuspendModel } from './suspend-model.ts';

const FLAGS = clause('untagged.mmio.7');
const STARTS_AT_0 = clause('untagged.basic.1');
const RESET_TO_0 = clause('basic.device.device-reset.1');
const SHOULD_ADMIT_ERROR = clause('basic.device.device-status-field.2');
const KEEPS_WORKING = clause('untagged.live.1');
const SUSPEND_TOO_EARLY = clause('init.device.device-suspend.1');
const WAIT_FOR_RESET = clause('basic.driver.device-reset.1');
const REREAD = clause('init.driver.device-initialization.1.f');

const { DRIVER_OK, FEATURES_OK, SUSPEND, DEVICE_NEEDS_RESET, FAILED } = STATUS;

/** Why the device may not touch any queue now, or `live` (the queue's own state comes on top). */
export type DeviceLife = 'live' | 'before-driver-ok' | 'after-reset' | 'suspended' | 'needs-reset' | 'failed';

/** What the status model tells the register model. */
export interface StatusListener {
  /** The driver wrote 0. */
  resetAsked(): void;
  /** The device has handled the reset, as far as can be seen. */
  resetDone(): void;
  featuresFixed(): void;
  driverOkSet(): void;
  lifeChanged(): void;
  /** Status was read and is in step with the model; `owed`: DRIVER_OK was set, so a notification must follow (2.1.2). */
  needsResetSeen(owed: boolean, earliestRow: number): void;
  /** The device is running again after a suspend; it can have been since `earliestRow`. */
  resumed(earliestRow: number): void;
}

/** Slips in the register protocol, or of manners: too many descriptors, a console that is not opened. */
const HARMLESS = /^(mmio|init|basic|reserved|console\.driver\.multiport[^.]*)\.|^split\.driver\.message-framing\.2$/;

export abstract class StatusReads {
  /** The bits that the driver has set since reset, without those that the device refused or took back. */
  written = 0;
  resetPending = false;
  /** The last reset is known to have completed: the device showed status 0, or was given time. */
  resetConfirmed = true;
  /** DRIVER_OK was set in its turn. */
  driverOk = false;
  /** A read showed DEVICE_NEEDS_RESET. */
  needsReset = false;
  life: DeviceLife = 'before-driver-ok';
  features: 'open' | 'asked' | 'accepted' | 'refused' = 'open';
  /** Legacy: the device has been used, the feature set is final. */
  legacyFixed = false;
  /** The driver has written DriverFeatures since the last reset. */
  selectionMade = false;
  readonly suspend: SuspendModel;
  protected readonly context: MmioContext;
  protected readonly negotiation: FeatureModel;
  protected readonly listener: StatusListener;
  protected readonly legacy: boolean;
  /** A read must show these bits, ... */
  protected must = 0;
  /** ... may or may not show these, and must not show any other. */
  protected may: number = DEVICE_NEEDS_RESET;
  /** Power-on or a reset has been seen: the state is known. */
  protected known = false;
  protected resetSeen = false;
  /** A read showed DEVICE_NEEDS_RESET before the last reset. */
  protected neededReset = false;
  /** The reset was not followed by a read of Status yet. */
  protected resetUnread = false;
  /** The driver did something that a device may have ignored; a read will tell. */
  protected unsure = false;
  /** The driver set SUSPEND before the device was initialised: it must not have had an effect. */
  protected earlySuspend = false;
  protected verdict: Verdict = 'either';
  /** Last row at which DEVICE_NEEDS_RESET cannot have been set, as far as seen. */
  protected cleanRow = 0;
  /** Row at which DRIVER_OK was set, and whether the device may have had reason to give up before that. */
  protected driverOkRow = 0;
  protected troubledBefore = false;
  /** The host broke the device: 1, and time has passed since: 2. */
  protected hostError = 0;

  constructor(context: MmioContext, negotiation: FeatureModel, listener: StatusListener) {
    this.context = context;
    this.negotiation = negotiation;
    this.listener = listener;
    this.legacy = context.setup.transport === 'mmio-v1';
    this.suspend = new SuspendModel(context.report);
  }

  powerOn(): void {
    this.known = true;
    this.resetSeen = false;
    this.clear();
    this.resetPending = false;
    this.resetConfirmed = true;
    this.resetUnread = false;
    this.life = 'before-driver-ok';
  }

  /** The host made the device fail (a test action). */
  hostBroke(): void {
    if (this.hostError === 0) this.hostError = 1;
  }

  settled(): void {
    if (this.resetPending) {
      this.resetConfirmed = true;
      this.resetDone();
    }
    if (this.hostError === 1) this.hostError = 2;
    this.suspend.settled();
  }

  /** Status was read. */
  read(value: number): void {
    const { report } = this.context;
    if (!this.known) return;
    if (this.resetPending) {
      if (value !== 0) return;
      report.exercise(RESET_TO_0);
      report.exercise(WAIT_FOR_RESET);
      this.resetConfirmed = true;
      this.resetDone();
      this.resetUnread = false;
      return;
    }
    if (this.features === 'asked') this.#readFeaturesOk(value);
    if (this.context.voided) {
      this.#noteNeedsReset(value);
      return;
    }
    if (this.suspend.phase !== 'running') this.#readSuspend(value);
    report.exercise(FLAGS);
    if (this.resetUnread) {
      report.exercise(RESET_TO_0);
      report.exercise(WAIT_FOR_RESET);
    }
    // The bit may come at any time, but a reset takes it away first.
    const survived = this.resetUnread && this.neededReset && value === DEVICE_NEEDS_RESET;
    if (survived) report.violate(RESET_TO_0, 'Status 0 after a reset', `Status ${statusNames(value)}, as before`);
    else if (((value ^ this.must) & ~this.may) !== 0) this.#wrong(value);
    else this.unsure = false;
    this.resetUnread = false;
    this.#noteNeedsReset(value);
  }

  /** Status was read, and the trace doesn't tell what it showed: whatever lets the driver go on. */
  readUnseen(): void {
    if (!this.known) return;
    this.unsure = true;
    if (this.resetPending) {
      this.resetConfirmed = true;
      this.resetDone();
      this.resetUnread = false;
    } else if (this.features === 'asked') {
      this.features = 'accepted';
      this.may |= FEATURES_OK;
      this.negotiation.acceptedUnseen();
      if (!this.context.voided) this.listener.featuresFixed();
    }
  }

  /** Nothing is known until the next reset. */
  forget(): void {
    this.known = false;
  }

  /** The driver's next step fits only a device whose FEATURES_OK it has read back set. */
  get featuresConfirmed(): boolean {
    return this.legacy || this.features === 'accepted';
  }

  describe(): string {
    const parts = [`status=${statusNames(this.written)}`];
    if (this.resetPending) parts.push('reset pending');
    if (this.needsReset) parts.push('needs reset');
    if (this.suspend.phase !== 'running') parts.push(this.suspend.phase);
    if (this.features === 'asked' || this.features === 'refused') parts.push(`FEATURES_OK ${this.features}`);
    return parts.join(' ');
  }

  protected clear(): void {
    this.written = 0;
    this.driverOk = false;
    this.needsReset = false;
    this.features = 'open';
    this.legacyFixed = this.selectionMade = false;
    this.suspend.reset();
    this.must = 0;
    this.may = DEVICE_NEEDS_RESET;
    this.unsure = false;
    this.earlySuspend = false;
    this.hostError = 0;
    this.cleanRow = this.context.report.row;
  }

  protected resetDone(): void {
    this.resetPending = false;
    this.life = 'after-reset';
    this.cleanRow = this.context.report.row;
    this.listener.resetDone();
    this.listener.lifeChanged();
  }

  #readFeaturesOk(value: number): void {
    const { report } = this.context;
    report.exercise(REREAD);
    this.may &= ~FEATURES_OK;
    if ((value & FEATURES_OK) !== 0) {
      this.features = 'accepted';
      if (!this.context.voided) this.must |= FEATURES_OK;
      this.negotiation.accepted(this.verdict);
      if (!this.context.voided) this.listener.featuresFixed();
    } else {
      this.features = 'refused';
      this.written &= ~FEATURES_OK;
      this.negotiation.refused(this.verdict);
    }
  }

  #readSuspend(value: number): void {
    const before = this.suspend.phase;
    this.suspend.read(value);
    const after = this.suspend.phase;
    if (before === after) return;
    const bits = DRIVER_OK | SUSPEND;
    this.may &= ~bits;
    this.must &= ~bits;
    if (after === 'suspended') {
      this.must |= SUSPEND;
    } else if (after === 'running') {
      this.written = (this.written & ~SUSPEND) | DRIVER_OK;
      this.must |= DRIVER_OK;
      this.listener.resumed(this.suspend.resumeRow);
    } else {
      this.may |= bits;
    }
    this.updateLife();
  }

  #wrong(value: number): void {
    const { report } = this.context;
    if (this.unsure) {
      this.context.loseTrack();
      return;
    }
    const extra = (value & ~(this.must | this.may)) >>> 0;
    const expected = this.may === DEVICE_NEEDS_RESET ? '' : ` (either: ${statusNames(this.may)})`;
    let index = FLAGS;
    if (this.written === 0 && this.resetUnread) index = RESET_TO_0;
    else if (this.written === 0 && !this.resetSeen) index = STARTS_AT_0;
    else if (extra === SUSPEND && this.earlySuspend) index = SUSPEND_TOO_EARLY;
    if (index !== FLAGS && index !== RESET_TO_0) report.exercise(index);
    report.violate(index, `Status ${statusNames(this.must)}${expected}`, `Status ${statusNames(value)}`);
  }

  #noteNeedsReset(value: number): void {
    const { report, setup } = this.context;
    if ((value & DEVICE_NEEDS_RESET) === 0) {
      if (this.needsReset) {
        this.needsReset = false;
        this.updateLife();
      }
      this.cleanRow = report.row;
      if (this.hostError === 2 && this.driverOk && !this.context.voided) {
        report.exercise(SHOULD_ADMIT_ERROR);
        report.violate(SHOULD_ADMIT_ERROR, 'DEVICE_NEEDS_RESET set after an error that only a reset cures', 'not set');
        this.hostError = 3;
      }
      return;
    }
    if (this.needsReset) return;
    this.needsReset = true;
    if (this.hostError !== 0) report.exercise(SHOULD_ADMIT_ERROR);
    if (!this.context.voided) {
      this.must |= DEVICE_NEEDS_RESET;
      // With everything in sight (device stores too) and nobody to blame, giving up means not serving its queues.
      const excused = this.hostError !== 0 || this.suspend.phase !== 'running' || this.suspend.failed || this.unsure;
      if (this.driverOk && setup.observesDeviceStores && !excused && this.driverFaultless()) {
        report.exercise(KEEPS_WORKING);
        report.violate(KEEPS_WORKING, 'a working device: neither driver nor host did anything wrong', 'NEEDS_RESET');
      }
    }
    // One that was raised before DRIVER_OK is not to be notified of (2.1.2).
    const earlier = this.troubledBefore && this.cleanRow <= this.driverOkRow;
    this.listener.needsResetSeen((value & DRIVER_OK) !== 0 && this.driverOk && !earlier, this.cleanRow);
    this.updateLife();
  }

  /** No fault of the driver except slips that void nothing and that no device could stumble over. */
  protected driverFaultless(): boolean {
    return this.context.report.driverFaults.every(
      (fault) => fault.voids === 'nothing' && HARMLESS.test(fault.clause ?? ''),
    );
  }

  protected updateLife(): void {
    let life: DeviceLife;
    if (this.resetPending) return;
    if ((this.written & FAILED) !== 0) life = 'failed';
    else if (this.needsReset) life = 'needs-reset';
    else if (this.suspend.phase === 'suspended') life = 'suspended';
    else if (this.written === 0 && this.resetSeen) life = 'after-reset';
    else life = this.driverOk ? 'live' : 'before-driver-ok';
    if (life === this.life) return;
    this.life = life;
    this.listener.lifeChanged();
  }
}
