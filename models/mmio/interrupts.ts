/**
 * What InterruptStatus and the interrupt line owe (4.2.2.1, 4.2.3.4): every event shows until acknowledged, and nothing
 * shows that is no event.
 *
 * A device may raise an event a while after its cause, so causes are kept as *reasons*: one stays good until the device
 * was given time and the bit was then acknowledged or seen clear. Where the target shows no device stores, a used buffer
 * may be noticed only after its interrupt, so there a used-buffer bit without a known reason proves nothing.
 */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import type { InterruptSink } from '../seams.ts';
import type { DeviceLife } from '../status/status-reads.ts';
import { hex, type MmioContext } from './context.ts';
import { EventBit } from './event-bit.ts';
import { LineModel } from './line-model.ts';

const UNTIL_ACK = clause('mmio.device.register-layout.3');
const ONLY_EVENTS = clause('mmio.device.register-layout.4');
const RESET_CLEARS = clause('mmio.device.register-layout.5');
const BIT_MEANING = clause('untagged.mmio.6');
const NOT_BEFORE_DRIVER_OK = clause('basic.device.device-status-field.1');
const NOT_AFTER_RESET = clause('basic.device.device-reset.2');
const NOT_WHILE_SUSPENDED = clause('init.device.device-suspend.3');
const NOTIFIES_BEFORE = clause('init.device.device-suspend.8.c');
const NO_CONFIG_WHILE_SUSPENDED = clause('init.device.device-suspend.4');
const CONFIG_AFTER_RESUME = clause('init.device.device-suspend.5');
export const NEEDS_RESET_NOTIFIED = clause('basic.device.device-status-field.3');
const ACK_DEFINED = clause('mmio.driver.register-layout.20');
const ACK_HANDLED = clause('mmio.driver.notifications-from-the-device.3');
const ACK_WHAT_WAS_HANDLED = clause('mmio.driver.register-layout.19');
const IGNORE_UNDEFINED = clause('mmio.driver.register-layout.18');
const SPURIOUS_BORNE = clause('split.driver.used-buffer-notification-suppression.5');
const READ_CAUSE = clause('mmio.driver.notifications-from-the-device.1');

const USED = 1;
const CONFIG = 2;

/** Looks at one and the same event after which a driver that acknowledges none of them can't be said to be about to. */
const LOOKS = 16;

export class InterruptModel implements InterruptSink {
  readonly #context: MmioContext;
  readonly #used = new EventBit(USED, 'used-buffer');
  readonly #config = new EventBit(CONFIG, 'config-change');
  readonly #line: LineModel;
  #life: DeviceLife = 'before-driver-ok';
  readonly #legacy: boolean;
  /** A legacy queue was in use since the last reset: notifications are due before DRIVER_OK too (3.1.2). */
  legacyQueues = false;
  /** What happened to the configuration while suspended is to be notified after resume, or may be. */
  #heldBack: 'nothing' | 'allowed' | 'owed' = 'nothing';
  /** A used-buffer notification is due before the device shows itself suspended; it has done so since. */
  #dueBySuspend = false;
  #dueAtSuspend = false;
  /** Bit 1 showed without a known reason; DEVICE_NEEDS_RESET in the next Status read would be one. */
  #suspect = false;
  /** Row of the last InterruptStatus read that lacked an owed bit. */
  #missRow = -1;
  #readSinceAck = false;
  /** Since the last reset and before DRIVER_OK a queue was notified, or the host did something. */
  #promptedEarly = false;
  /** Bits that InterruptStatus has shown since the last acknowledgement, and how often it has shown any. */
  #shown = 0;
  #looks = 0;

  /**
   * InterruptStatus has shown a used-buffer notification since the last acknowledgement for which nothing was used. Known
   * only where every store of the device is in sight.
   */
  spuriousShown = false;

  constructor(context: MmioContext) {
    this.#context = context;
    this.#legacy = context.setup.transport === 'mmio-v1';
    this.#line = new LineModel(context);
  }

  powerOn(): void {
    this.#forget();
    this.#life = 'before-driver-ok';
  }

  /** The driver asked for a reset: what was owed is not owed any more. */
  resetAsked(): void {
    this.#used.carry();
    this.#config.carry();
    this.#forget();
  }

  /** The device has handled the reset: everything must be clear. */
  resetDone(): void {
    this.#forget();
  }

  /** The driver notified a queue, or something was done on the host side: a device may answer either, too early. */
  prompted(): void {
    if (this.#life === 'before-driver-ok') this.#promptedEarly = true;
  }

  lifeChanged(life: DeviceLife): void {
    if (life === 'suspended' && this.#life !== 'suspended') {
      this.#used.knownClear = false;
      this.#config.knownClear = false;
      this.#dueAtSuspend = (this.#dueBySuspend || this.#used.owed >= 0) && !this.#context.voided;
      this.#dueBySuspend = false;
    } else if (life !== 'suspended') this.#dueAtSuspend = false;
    this.#life = life;
  }

  /** The device was seen running again after a suspend (3.4). */
  resumed(earliestRow: number): void {
    const held = this.#heldBack;
    this.#heldBack = 'nothing';
    if (held === 'owed') this.configOwed(CONFIG_AFTER_RESUME, earliestRow);
    else if (held === 'allowed') this.configAllowed();
  }

  // InterruptSink

  usedOwed(index: ClauseIndex, earliestRow: number): void {
    this.#owe(this.#used, index, earliestRow);
  }

  usedAllowed(): void {
    this.#used.addReason();
  }

  usedBeforeSuspend(): void {
    if (this.#used.seen || this.#context.voided) return;
    this.#dueBySuspend = true;
  }

  usedUnwanted(index: ClauseIndex): void {
    // Only where every device store is in sight is it known that no other update called for the bit.
    if (!this.#context.setup.observesDeviceStores) return;
    this.#context.report.exercise(index);
    this.#used.unwanted = index;
  }

  configOwed(index: ClauseIndex, earliestRow: number): void {
    if (this.#life === 'suspended') {
      this.#heldBack = 'owed';
      return;
    }
    // On its way to a suspend or back, or once it needs a reset, the device may keep it to itself; but not that it needs one.
    if (index !== NEEDS_RESET_NOTIFIED && (!this.#context.awake || this.#life === 'needs-reset')) this.configAllowed();
    else this.#owe(this.#config, index, earliestRow);
  }

  configAllowed(): void {
    if (this.#life === 'suspended') {
      if (this.#heldBack === 'nothing') this.#heldBack = 'allowed';
      return;
    }
    this.#config.addReason();
  }

  // Registers and line

  /** InterruptStatus was read. */
  read(value: number): void {
    const context = this.#context;
    this.#readSinceAck = true;
    this.#shown |= value;
    if (context.resetPending) return;
    this.#look(value);
    context.report.exercise(ONLY_EVENTS);
    if ((value & ~(USED | CONFIG)) !== 0) {
      context.report.violate(ONLY_EVENTS, 'InterruptStatus bits 2 to 31 clear', `InterruptStatus ${hex(value)}`);
    }
    this.#line.isrRead(value);
    if (this.#dueAtSuspend) this.#judgeDueAtSuspend(value);
    const crossed = this.#used.owed >= 0 || this.#config.owed >= 0;
    if (crossed) context.report.exercise(BIT_MEANING);
    this.#readBit(this.#used, value, this.#config);
    this.#readBit(this.#config, value, this.#used);
  }

  /** 3.4.2: notifications are sent before the device shows itself suspended, as they must not be sent after that. */
  #judgeDueAtSuspend(value: number): void {
    this.#dueAtSuspend = false;
    const shown = (value & USED) !== 0;
    this.#context.report.check(
      NOTIFIES_BEFORE,
      shown,
      () => 'the used-buffer bit set: buffers were used before the device showed itself suspended',
      () => `InterruptStatus ${hex(value)} while suspended`,
    );
    if (!shown) this.#used.owed = -1;
  }

  /** InterruptACK was written. */
  acknowledge(value: number): void {
    const { report } = this.#context;
    if (this.#line.known && this.#line.level === 1) {
      report.exercise(READ_CAUSE);
      if (!this.#readSinceAck) {
        const what = 'acknowledged an interrupt without reading InterruptStatus';
        this.#context.breakNothing('mmio.driver.notifications-from-the-device.1', what);
      }
    }
    report.exercise(ACK_HANDLED);
    report.exercise(ACK_DEFINED);
    if ((value & ~(USED | CONFIG)) !== 0) {
      this.#context.breakNothing('mmio.driver.register-layout.20', `acknowledged undefined bits: ${hex(value)}`);
    }
    if ((this.#shown & ~(USED | CONFIG)) !== 0) {
      report.exercise(IGNORE_UNDEFINED);
      if ((value & this.#shown & ~(USED | CONFIG)) !== 0) {
        this.#context.breakNothing(
          'mmio.driver.register-layout.18',
          `acted on undefined bits: acknowledged ${hex(value)}`,
        );
      }
    }
    this.#judgeHandled(value & (USED | CONFIG));
    if ((value & USED) !== 0) {
      if (this.spuriousShown) report.exercise(SPURIOUS_BORNE);
      this.spuriousShown = false;
      this.#used.acknowledge(report.row);
      this.#dueAtSuspend = this.#dueBySuspend = false;
    }
    if ((value & CONFIG) !== 0) this.#config.acknowledge(report.row);
    this.#line.acknowledged();
    this.#missRow = -1;
    this.#readSinceAck = false;
    this.#shown = this.#looks = 0;
  }

  /** InterruptStatus was read, with a value that the trace doesn't tell. */
  readUnseen(): void {
    this.#readSinceAck = true;
    this.#shown |= USED | CONFIG;
  }

  /** A malformed access touched InterruptACK: it may or may not have acknowledged. */
  acknowledgedMaybe(): void {
    this.#used.loseTrack(this.#context.report.row);
    this.#config.loseTrack(this.#context.report.row);
    this.#line.acknowledged();
  }

  /** Status was read in step with the model: a config-change bit without reason is now explained, or not. */
  statusRead(needsReset: boolean): void {
    if (!this.#suspect) return;
    this.#suspect = false;
    if (needsReset || this.#context.voided) return;
    const seen = 'InterruptStatus bit 1 set, Status without DEVICE_NEEDS_RESET';
    this.#context.report.violate(ONLY_EVENTS, 'no config-change bit without a configuration change', seen);
  }

  /**
   * Status was written on a live device, without DEVICE_NEEDS_RESET: if the device had just set it, the driver has cleared it
   * unseen (which 2.1.1 forbids), and the reason for a config-change bit with it.
   */
  statusOverwritten(): void {
    this.#suspect = false;
    if (!this.#config.seen) this.#config.addReason();
  }

  irq(level: number): void {
    this.#line.sampled(level);
  }

  settled(certain: boolean): void {
    const { report, voided, resetPending } = this.#context;
    if (!certain && !voided && !resetPending && this.#missRow >= 0 && report.row - this.#missRow <= 2) {
      // The wait that ran out was for InterruptStatus itself: it was the last thing looked at.
      this.#blameMissing(this.#used);
      this.#blameMissing(this.#config);
    }
    this.#missRow = -1;
    this.#used.settled();
    this.#config.settled();
    this.#line.settled();
  }

  describe(): string {
    const parts = [this.#used, this.#config].map((bit) => bit.describe()).filter((text) => text !== '');
    return parts.length === 0 ? '' : `interrupts: ${parts.join(', ')}`;
  }

  #forget(): void {
    this.#used.forget();
    this.#config.forget();
    this.#line.forget();
    this.#heldBack = 'nothing';
    this.#dueAtSuspend = this.#dueBySuspend = false;
    this.#suspect = this.spuriousShown = this.#promptedEarly = false;
    this.#missRow = -1;
    this.legacyQueues = false;
    this.#readSinceAck = false;
    this.#shown = this.#looks = 0;
  }

  /** Events are handled one by one: what InterruptStatus has not shown cannot have been handled (4.2.2.2). */
  #judgeHandled(acknowledged: number): void {
    if (acknowledged === 0) return;
    const { report } = this.#context;
    report.exercise(ACK_WHAT_WAS_HANDLED);
    const unseen = acknowledged & ~this.#shown;
    // An asserted line that was not looked into at all has been reported for that.
    if (unseen === 0 || (!this.#readSinceAck && this.#line.known && this.#line.level === 1)) return;
    const shown = this.#readSinceAck ? `InterruptStatus showed ${hex(this.#shown)}` : 'InterruptStatus was not read';
    this.#context.breakNothing('mmio.driver.register-layout.19', `acknowledged ${hex(acknowledged)}, but ${shown}`);
  }

  /** A driver that looks again and again at events, and acknowledges none, leaves the line asserted. */
  #look(value: number): void {
    if ((value & (USED | CONFIG)) === 0 || !this.#live) return;
    if (++this.#looks !== LOOKS) return;
    const what = `read InterruptStatus ${hex(value)} ${String(LOOKS)} times without acknowledging anything`;
    this.#context.breakNothing('mmio.driver.notifications-from-the-device.3', what);
  }

  /** Whether notifications can be due now. */
  get #live(): boolean {
    if (this.#life === 'live' || this.#life === 'needs-reset') return true;
    // FAILED resumes nothing: a suspended device stays silent (3.4.2).
    if (this.#life === 'failed') return this.#context.awake;
    return this.#legacy && this.legacyQueues && this.#life !== 'suspended';
  }

  #owe(bit: EventBit, index: ClauseIndex, earliestRow: number): void {
    bit.addReason();
    if (this.#context.voided || !this.#live) return;
    this.#context.report.exercise(index);
    if (bit.seen || bit.lastAck > earliestRow) return;
    bit.owe(index);
  }

  #readBit(bit: EventBit, value: number, other: EventBit): void {
    const { report, voided } = this.#context;
    if ((value & bit.mask) === 0) {
      if (bit.seen && !voided) {
        report.exercise(UNTIL_ACK);
        report.violate(UNTIL_ACK, `the ${bit.name} bit set until acknowledged`, `InterruptStatus ${hex(value)}`);
      }
      if (bit.owed >= 0) {
        this.#missRow = report.row;
        if (bit.owedSettled) this.#blameMissing(bit, (value & other.mask) !== 0 && !other.explained && !other.seen);
      }
      bit.readClear();
      return;
    }
    if (bit.seen) {
      report.exercise(UNTIL_ACK);
      return;
    }
    const explained = bit.owed >= 0 || bit.explained;
    if (bit === this.#used && this.#context.setup.observesDeviceStores) this.spuriousShown = !explained && this.#live;
    if (!voided) this.#judgeNew(bit, explained, value);
    bit.readSet();
  }

  /** A bit shows that did not show before. */
  #judgeNew(bit: EventBit, explained: boolean, value: number): void {
    const { report, setup } = this.#context;
    // A driver that did not wait for its reset may see what the reset was about to clear.
    if (!this.#context.resetConfirmed && !bit.knownClear) return;
    const shown = `InterruptStatus ${hex(value)}`;
    const used = bit.mask === USED;
    const life = this.#life;
    if (life === 'after-reset' && !this.#live) {
      const index = bit.knownClear ? NOT_AFTER_RESET : RESET_CLEARS;
      report.exercise(index);
      report.violate(index, `the ${bit.name} bit clear after reset`, shown);
      return;
    }
    if (life === 'before-driver-ok' && used && !this.#live) {
      // What may be left over may also be an answer, to a notification that came too early or to the host.
      const stale = bit.carried && !bit.knownClear && !this.#promptedEarly;
      const index = stale ? RESET_CLEARS : this.#legacy ? ONLY_EVENTS : NOT_BEFORE_DRIVER_OK;
      report.exercise(index);
      report.violate(index, `the ${bit.name} bit clear before DRIVER_OK`, shown);
      return;
    }
    if (life === 'suspended') {
      // Seen clear since the suspend was seen, so it was raised while suspended. Else it may be older.
      if (bit.knownClear) {
        const index = used ? NOT_WHILE_SUSPENDED : NO_CONFIG_WHILE_SUSPENDED;
        report.exercise(index);
        report.violate(index, `no ${bit.name} notification while suspended`, shown);
      }
      return;
    }
    if (bit.unwanted >= 0 && !explained) {
      if (this.#context.blameless)
        report.violate(bit.unwanted as ClauseIndex, 'no notification for this used-ring update', shown);
      return;
    }
    if (explained || !this.#context.blameless) return;
    if (!setup.observesDeviceStores) {
      if (!used) this.#suspect = true;
      return;
    }
    const index = bit.setAtAck ? UNTIL_ACK : ONLY_EVENTS;
    if (!used && index === ONLY_EVENTS) {
      this.#suspect = true;
      return;
    }
    const expected = index === UNTIL_ACK ? 'clear after it was acknowledged' : 'clear: there was no such event';
    report.exercise(index);
    report.violate(index, `the ${bit.name} bit ${expected}`, shown);
  }

  #blameMissing(bit: EventBit, otherInstead = false): void {
    if (bit.owed < 0 || this.#context.voided || !this.#live) return;
    const index = otherInstead ? BIT_MEANING : (bit.owed as ClauseIndex);
    const seen = otherInstead ? 'only the other bit set' : 'the bit clear, after time was given';
    this.#context.report.violate(index, `the ${bit.name} bit set in InterruptStatus`, seen);
    bit.owed = -1;
  }
}
