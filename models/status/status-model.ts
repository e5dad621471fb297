/**
 * The driver's side of the device status field (2.1.1, 3.1, 3.4): judges every write of Status against the sequence that
 * a driver must follow, and sets what the next reads must show.
 */
import { clause } from '../clauses/catalogue.ts';
import { judgeGivingUp } from './driver-duties.ts';
import { FEATURE } from './feature-bits.ts';
import { DEFINED_STATUS, STATUS, statusNames } from './status-bits.ts';
import { StatusReads } from './status-reads.ts';

const SUSPEND_TOO_EARLY = clause('init.device.device-suspend.1');
const RESET_FIRST = clause('init.driver.device-initialization.1.a');
const ACKNOWLEDGE_FIRST = clause('init.driver.device-initialization.1.b');
const DRIVER_FIRST = clause('init.driver.device-initialization.1.c');
const DRIVER_OK_LAST = clause('init.driver.device-initialization.1.h');
const BITS_STAY = clause('basic.driver.device-status-field.2');
const KICK_AFTER_DRIVER_OK = clause('init.driver.device-initialization.7');
const NO_KICK_SUSPENDED = clause('init.driver.device-suspend.4');
const FEATURES_OK_SET = clause('init.driver.device-initialization.1.e');
const RESET_AFTER_FAILED = clause('basic.driver.device-status-field.3');
const STOP_AFTER_REFUSAL = clause('init.driver.device-initialization.6');
const LEGACY_SEQUENCE = clause('init.driver.legacy-device-initialization.1');
const TELLS_LEGACY = clause('basic.driver.legacy-feature-bits.1');
const FEATURES_BEFORE_OK = clause('init.driver.device-initialization.4');

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, SUSPEND, DEVICE_NEEDS_RESET, FAILED } = STATUS;

export class StatusModel extends StatusReads {
  /** Status was written. */
  write(value: number): void {
    if (value === 0) {
      this.#reset();
      return;
    }
    if (!this.known) return;
    if (this.resetPending) {
      // The device may still be at the reset, and may drop what is written meanwhile.
      this.context.breakNothing('basic.driver.device-reset.1', 'went on without waiting for the reset to complete');
      this.resetDone();
      this.unsure = true;
    }
    this.resetUnread = false;
    if (!this.context.voided) this.#judgeWrite(value);
    if (this.context.voided) this.written |= value & FAILED;
    this.may |= DEVICE_NEEDS_RESET | (value & ~DEFINED_STATUS);
    this.must &= ~DEVICE_NEEDS_RESET;
    this.updateLife();
  }

  /** DriverFeatures was written (2.2.1, 3.1.1): its place is after DRIVER and before FEATURES_OK. */
  selectFeatures(value: number): void {
    const { context, negotiation } = this;
    this.selectionMade = true;
    if (!context.voided && !this.#selectionInTurn(value)) return;
    if (!negotiation.writeSelection(value)) {
      context.breakDevice('mmio.driver.register-layout.13', 'wrote DriverFeatures without writing DriverFeaturesSel');
    } else if (this.legacy && !this.legacyFixed) {
      negotiation.applyLegacySelection();
    }
  }

  /** QueueNotify was written (3.1.1, 3.4): whether it counts, or comes at a time when nothing may come of it. */
  mayNotify(value: number): boolean {
    const { context } = this;
    if (this.legacy || context.voided) return true;
    context.report.exercise(KICK_AFTER_DRIVER_OK);
    if (!this.driverOk) {
      context.breakNothing('init.driver.device-initialization.7', `notified queue ${String(value)} before DRIVER_OK`);
      return false;
    }
    const { phase } = this.suspend;
    if (this.negotiation.inForce.has(FEATURE.SUSPEND)) context.report.exercise(NO_KICK_SUSPENDED);
    if (phase === 'running') return true;
    const id = phase === 'resuming' ? 'init.driver.device-suspend.6' : 'init.driver.device-suspend.4';
    context.breakNothing(id, `notified queue ${String(value)} while ${phase}`);
    return false;
  }

  /** Legacy: the first use of the device makes the feature set final (3.1.2). */
  fixLegacyFeatures(): void {
    if (this.legacyFixed) return;
    this.legacyFixed = true;
    this.negotiation.judgeSelection();
    this.negotiation.applyLegacySelection();
    if (!this.context.voided) this.listener.featuresFixed();
  }

  #reset(): void {
    this.known = true;
    if (!this.resetSeen) this.context.report.exercise(RESET_FIRST);
    // The two ways out that the rules leave: taken.
    if ((this.written & FAILED) !== 0) this.context.report.exercise(RESET_AFTER_FAILED);
    if (this.features === 'refused') this.context.report.exercise(STOP_AFTER_REFUSAL);
    this.resetSeen = true;
    this.neededReset = this.needsReset;
    this.clear();
    this.resetPending = true;
    this.resetConfirmed = false;
    this.resetUnread = true;
    this.listener.resetAsked();
  }

  /** False if the selection stays as it is. */
  #selectionInTurn(value: number): boolean {
    const { context, negotiation } = this;
    const changes = negotiation.changesSelection(value);
    if (this.legacy) {
      if (this.legacyFixed && changes) {
        context.breakDevice(undefined, 'changed the feature selection after the device was used');
      }
      return true;
    }
    context.report.exercise(DRIVER_FIRST);
    context.report.exercise(FEATURES_BEFORE_OK);
    if (this.features === 'refused' && (this.written & FAILED) !== 0) {
      context.breakDevice('basic.driver.device-status-field.3', 'selected features after FAILED, without a reset');
    } else if (this.features === 'refused') {
      context.breakDevice('init.driver.device-initialization.6', 'selected features after FEATURES_OK was refused');
    } else if (this.features !== 'open') {
      if (!changes) return false;
      context.breakDevice('init.driver.device-initialization.4', 'changed the feature selection after FEATURES_OK');
    } else if ((this.written & DRIVER) === 0) {
      context.breakDevice('init.driver.device-initialization.1.c', 'wrote DriverFeatures before setting DRIVER');
    }
    return true;
  }

  #judgeWrite(value: number): void {
    const context = this.context;
    const { report } = context;
    if (!this.resetSeen) {
      context.breakNothing(
        'init.driver.device-initialization.1.a',
        'set status bits without resetting the device first',
      );
      this.resetSeen = true;
    }
    const exempt = this.suspend.phase === 'running' ? 0 : DRIVER_OK | (value & DRIVER_OK ? SUSPEND : 0);
    const cleared = (this.written & ~value & ~exempt) >>> 0;
    if (this.features === 'refused' && (value & ~this.written) === FAILED) report.exercise(STOP_AFTER_REFUSAL);
    report.exercise(BITS_STAY);
    if (cleared !== 0) {
      context.breakDevice('basic.driver.device-status-field.2', `cleared ${statusNames(cleared)} without a reset`);
      return;
    }
    const fresh = (value & ~this.written) >>> 0;
    if ((fresh & FAILED) !== 0 && !this.selectionMade && this.negotiation.offerRead) {
      judgeGivingUp(context, this.negotiation);
    }
    if ((this.written & FAILED) !== 0 && fresh !== 0) {
      context.breakDevice(
        'basic.driver.device-status-field.3',
        `set ${statusNames(fresh)} after FAILED, without a reset`,
      );
      return;
    }
    if ((value & DEVICE_NEEDS_RESET) !== 0 && !this.needsReset) {
      context.breakDevice(undefined, "set DEVICE_NEEDS_RESET, which is the device's to set");
      return;
    }
    if ((fresh & ~DEFINED_STATUS) !== 0) {
      context.breakNothing(undefined, `set undefined status bits ${statusNames((fresh & ~DEFINED_STATUS) >>> 0)}`);
    }
    this.written = (this.written | (value & DEFINED_STATUS & ~DEVICE_NEEDS_RESET)) >>> 0;
    this.must |= fresh & (ACKNOWLEDGE | DRIVER | FAILED);
    if ((fresh & DRIVER) !== 0 && (fresh & ACKNOWLEDGE) !== 0) {
      // Two steps in one store: nothing forbids it, yet a device that insists on the sequence (3.1.1) may ignore it.
      this.unsure = true;
    }
    if ((fresh & DRIVER) !== 0) {
      if ((value & ACKNOWLEDGE) !== 0) report.exercise(ACKNOWLEDGE_FIRST);
      else context.breakDevice('init.driver.device-initialization.1.b', 'set DRIVER without ACKNOWLEDGE');
    }
    if ((fresh & FEATURES_OK) !== 0) this.#setFeaturesOk(fresh);
    if ((fresh & SUSPEND) !== 0) this.#setSuspend(fresh);
    else if (this.suspend.phase !== 'running') this.#writeWhileSuspending(value);
    if ((fresh & DRIVER_OK) !== 0 && this.suspend.phase === 'running') this.#setDriverOk(fresh);
  }

  #setFeaturesOk(fresh: number): void {
    const context = this.context;
    if (this.legacy) {
      // Legacy devices need not know the bit: it may read back either way.
      this.may |= FEATURES_OK;
      context.breakNothing('init.driver.legacy-device-initialization.1', 'set FEATURES_OK on the legacy interface');
      if (this.negotiation.isOffered(FEATURE.VERSION_1) !== true) {
        const what = 'took a device that does not offer VERSION_1 for a modern one';
        context.breakNothing('basic.driver.legacy-feature-bits.1', what);
      }
      return;
    }
    if (this.features === 'refused') {
      context.breakDevice('init.driver.device-initialization.6', 'went on negotiating after FEATURES_OK was refused');
      return;
    }
    if ((this.written & DRIVER) === 0 || (fresh & DRIVER) !== 0) {
      context.breakDevice('init.driver.device-initialization.1.c', 'set FEATURES_OK before DRIVER was set');
      return;
    }
    context.report.exercise(DRIVER_FIRST);
    this.verdict = this.negotiation.judgeSelection();
    if (this.unsure) this.verdict = 'either';
    this.features = 'asked';
    this.may |= FEATURES_OK;
  }

  #setDriverOk(fresh: number): void {
    const context = this.context;
    if (this.legacy) {
      context.report.exercise(LEGACY_SEQUENCE);
      context.report.exercise(TELLS_LEGACY);
      this.fixLegacyFeatures();
    } else if (this.features === 'refused') {
      context.breakDevice('init.driver.device-initialization.6', 'set DRIVER_OK although FEATURES_OK was refused');
    } else if (this.features === 'open') {
      context.breakDevice('init.driver.device-initialization.1.e', 'set DRIVER_OK without FEATURES_OK');
    } else if (this.features === 'asked') {
      const both = (fresh & FEATURES_OK) !== 0 ? ' in one write with FEATURES_OK' : ' without re-reading FEATURES_OK';
      context.breakDevice('init.driver.device-initialization.1.f', `set DRIVER_OK${both}`);
    }
    if (context.voided) return;
    if ((this.written & DRIVER) === 0) {
      context.breakDevice('init.driver.device-initialization.1.c', 'set DRIVER_OK without DRIVER');
      return;
    }
    if (!this.legacy) context.report.exercise(FEATURES_OK_SET);
    context.report.exercise(DRIVER_OK_LAST);
    this.driverOk = true;
    this.must |= DRIVER_OK;
    this.cleanRow = context.report.row;
    this.updateLife();
    this.listener.driverOkSet();
  }

  #setSuspend(fresh: number): void {
    const context = this.context;
    if ((fresh & DRIVER_OK) !== 0) {
      context.breakDevice('init.driver.device-suspend.1', 'set SUSPEND in one write with DRIVER_OK');
      return;
    }
    const offered = this.negotiation.isOffered(FEATURE.SUSPEND);
    if (this.driverOk && this.negotiation.inForce.has(FEATURE.SUSPEND)) {
      this.suspend.ask(context.report.row);
      this.must &= ~(DRIVER_OK | SUSPEND);
      this.may |= DRIVER_OK | SUSPEND;
      return;
    }
    const why = this.driverOk ? 'without having negotiated F_SUSPEND' : 'before DRIVER_OK';
    if (this.driverOk && offered === true) {
      context.breakDevice('init.driver.device-suspend.1', `set SUSPEND ${why}`);
      return;
    }
    context.breakNothing('init.driver.device-suspend.1', `set SUSPEND ${why}`);
    // It means nothing now, so whether it is set, and stays set, is no concern of the sequence.
    this.written &= ~SUSPEND;
    if (offered === true && !this.driverOk) {
      // A device that knows the bit must ignore it until it is initialised. For any other it may stick.
      context.report.exercise(SUSPEND_TOO_EARLY);
      this.may &= ~SUSPEND;
      this.earlySuspend = true;
    } else {
      this.may |= SUSPEND;
    }
  }

  #writeWhileSuspending(value: number): void {
    if ((value & DRIVER_OK) === 0) return;
    const context = this.context;
    const known = this.suspend.resume(context.report.row);
    if (this.suspend.moving) {
      this.must &= ~(DRIVER_OK | SUSPEND);
      this.may |= DRIVER_OK | SUSPEND;
    }
    if (known) return;
    context.breakNothing('init.driver.device-suspend.2', 'set DRIVER_OK without having seen the device suspended');
  }
}
