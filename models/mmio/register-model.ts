/**
 * The judge of everything that crosses an MMIO register file (4.2): routes accesses to the models of status, features,
 * queues, interrupts and configuration, and tells the queue and device models what the registers mean for them.
 */
import { clause, type ClauseId } from '../clauses/catalogue.ts';
import { ConfigModel } from '../config/config-model.ts';
import type { Report } from '../report.ts';
import type { DeviceFacts, Negotiated, QueueLife, TransportListener, TransportState } from '../seams.ts';
import type { JudgeSetup } from '../setup.ts';
import type { HostEvent } from '../trace/event-log.ts';
import { FeatureModel } from '../status/feature-model.ts';
import { STATUS } from '../status/status-bits.ts';
import { StatusModel } from '../status/status-model.ts';
import type { StatusListener } from '../status/status-reads.ts';
import { judgeOddRead, judgeOddWrite } from './access-rules.ts';
import { swap32, type MmioContext } from './context.ts';
import { DriverConduct } from './driver-conduct.ts';
import { IdentityModel } from './identity.ts';
import { InterruptModel, NEEDS_RESET_NOTIFIED } from './interrupts.ts';
import { REG, registersTouched } from './layout.ts';
import { LegacyQueues } from './legacy-queues.ts';
import { ModernQueues } from './modern-queues.ts';
import { SharedMemoryModel } from './shared-memory.ts';

/** Bit of InterruptStatus (4.2.2). */
const CONFIG_CHANGE = 2;
const CONFIG_ALONE_SUSPENDED = clause('init.driver.device-suspend.5');

export class RegisterModel implements TransportState, MmioContext, StatusListener {
  readonly setup: JudgeSetup;
  readonly facts: DeviceFacts;
  readonly report: Report;
  readonly listener: TransportListener;
  readonly legacy: boolean;
  readonly interrupts: InterruptModel;
  readonly status: StatusModel;
  readonly negotiation: FeatureModel;
  readonly config: ConfigModel;
  /** Until power-on or a reset is seen nothing is known, so nothing is owed. */
  voided = true;
  readonly #identity: IdentityModel;
  readonly #conduct: DriverConduct;
  readonly #queues: ModernQueues | LegacyQueues;
  readonly #sharedMemory: SharedMemoryModel;
  readonly #swap: boolean;
  /** Faults of the driver that were recorded when it last asked for a reset. */
  #faultsBefore = 0;

  constructor(setup: JudgeSetup, facts: DeviceFacts, report: Report, listener: TransportListener) {
    this.setup = setup;
    this.facts = facts;
    this.report = report;
    this.listener = listener;
    this.legacy = setup.transport === 'mmio-v1';
    this.#swap = this.legacy && setup.mode.registers === 'big';
    this.interrupts = new InterruptModel(this);
    this.negotiation = new FeatureModel(this);
    this.status = new StatusModel(this, this.negotiation, this);
    this.#queues = new (this.legacy ? LegacyQueues : ModernQueues)(this, this.negotiation, this.status);
    this.#identity = new IdentityModel(this);
    this.#conduct = new DriverConduct(this);
    this.#sharedMemory = new SharedMemoryModel(this);
    const { negotiation, status } = this;
    const negotiated = (): boolean => status.featuresConfirmed && (status.features === 'accepted' || status.driverOk);
    this.config = new ConfigModel(this, {
      isOffered: (bit) => negotiation.isOffered(bit),
      isDeclined: (bit) => negotiated() && !negotiation.inForce.has(bit),
      get negotiated() {
        return negotiated();
      },
      get suspended() {
        return status.suspend.phase === 'suspended';
      },
    });
  }

  // Events

  powerOn(): void {
    this.voided = false;
    this.#faultsBefore = this.report.driverFaults.length;
    this.negotiation.powerOn();
    this.status.powerOn();
    this.#queues.powerOn();
    this.interrupts.powerOn();
    this.#identity.powerOn();
    this.#conduct.reset();
    this.#sharedMemory.reset();
    this.config.powerOn();
  }

  /** Driver read `size` bytes at `offset` from the device's base; `value` as logged. */
  read(offset: number, size: number, value: number): void {
    if (!this.#identity.probed && offset > REG.VendorID) this.#identity.touched();
    if (this.#identity.mustIgnore) this.#identity.usedAnyway('read', offset);
    if (offset >= REG.Config) {
      this.#conduct.configRead(offset - REG.Config, size);
      this.config.read(offset - REG.Config, size, value);
      this.listener.configRead(offset - REG.Config, size, value);
    } else if (size !== 4) {
      judgeOddRead(this, offset, size);
    } else {
      this.#conduct.register('read', offset);
      this.#readRegister(offset, this.#swap ? swap32(value) : value);
    }
  }

  /** Driver wrote `size` bytes at `offset` from the device's base; `value` as logged. */
  write(offset: number, size: number, value: number): void {
    if (!this.#identity.probed) this.#identity.touched();
    if (this.#identity.mustIgnore) this.#identity.usedAnyway('wrote', offset);
    if (offset >= REG.Config) {
      this.#writeConfig(offset - REG.Config, size, value);
    } else if (size !== 4) {
      this.#oddWrite(offset, size);
    } else {
      this.#conduct.register('wrote', offset);
      this.#writeRegister(offset, this.#swap ? swap32(value) : value);
    }
  }

  /**
   * Driver read `size` bytes at `offset`, and the trace doesn't tell what came back: whatever lets the driver go on is
   * assumed, and nothing is judged by it.
   */
  readUnseen(offset: number, size: number): void {
    if (!this.#identity.probed && offset > REG.VendorID) this.#identity.touched();
    if (offset >= REG.Config) {
      this.#conduct.configRead(offset - REG.Config, size);
      return;
    }
    if (size !== 4) {
      judgeOddRead(this, offset, size);
      return;
    }
    this.#conduct.register('read', offset);
    if (!this.legacy && offset === REG.ConfigGeneration) this.#conduct.generationRead(NaN);
    if (offset <= REG.DeviceID) this.#identity.readUnseen(offset);
    else if (offset === REG.Status) this.status.readUnseen();
    else if (offset === REG.DeviceFeatures) this.negotiation.readOfferUnseen();
    else if (offset === REG.InterruptStatus) this.interrupts.readUnseen();
    else this.#queues.readUnseen(offset);
  }

  /** The trace begins while the device is in use: nothing is known of it before its next reset. */
  beginUnknown(): void {
    this.#identity.assumeProbed();
    this.voided = true;
    this.status.forget();
  }

  irq(level: number): void {
    this.interrupts.irq(level);
  }

  /** The device was given time. To be called before the queue and device models hear of it. */
  settled(certain: boolean): void {
    this.interrupts.settled(certain);
    this.status.settled();
    this.#queues.settled();
    this.config.settled();
  }

  /** Something was done on the host side. To be called before the device model hears of it. */
  host(event: HostEvent): void {
    this.interrupts.prompted();
    if (event.action === 'resize-disk' || event.action === 'resize-console') this.config.hostChanged();
    else if (event.action === 'break-device') this.status.hostBroke();
  }

  describe(): string {
    const { inForce } = this.negotiation;
    const parts = [this.status.describe(), `features=${String(inForce)}`, this.#queues.describe()];
    parts.push(this.interrupts.describe(), this.voided ? '(device void)' : '');
    return parts.filter((text) => text !== '').join(' ');
  }

  // TransportState

  get features(): Negotiated {
    return this.negotiation.inForce;
  }

  get driverOk(): boolean {
    return this.status.driverOk && !this.voided;
  }

  get featuresOk(): boolean {
    return (this.status.written & STATUS.FEATURES_OK) !== 0;
  }

  get resetPending(): boolean {
    return this.status.resetPending;
  }

  get resetConfirmed(): boolean {
    return this.status.resetConfirmed;
  }

  get awake(): boolean {
    return this.status.suspend.phase === 'running';
  }

  get quiescing(): boolean {
    return this.status.resetPending || this.status.suspend.moving;
  }

  get suspending(): boolean {
    return this.status.suspend.phase === 'suspending';
  }

  queueLife(index: number): QueueLife {
    const life = this.status.life;
    if (life === 'after-reset' && !this.legacy) return life;
    const queue = this.#queues.queues.get(index);
    if (queue === undefined || queue.ready === 0) {
      if (life === 'after-reset') return life;
      return queue?.reset === 'done' ? 'queue-reset' : 'not-ready';
    }
    // The legacy interface lets the driver use the device before DRIVER_OK (3.1.2).
    if (this.legacy && (life === 'before-driver-ok' || life === 'after-reset')) return 'live';
    return life;
  }

  // MmioContext

  get blameless(): boolean {
    // Findings are taken away between scenarios; then all that are left are new.
    const faults = this.report.driverFaults;
    const from = this.#faultsBefore <= faults.length ? this.#faultsBefore : 0;
    for (let i = from; i < faults.length; i++) if (faults[i].voids !== 'nothing') return false;
    return true;
  }

  breakDevice(id: ClauseId | undefined, what: string): void {
    this.report.driverBroke(id, 'device', what);
    this.loseTrack();
  }

  breakNothing(id: ClauseId | undefined, what: string): void {
    this.report.driverBroke(id, 'nothing', what);
  }

  loseTrack(): void {
    if (this.voided) return;
    this.voided = true;
    this.listener.deviceVoided();
  }

  // StatusListener

  resetAsked(): void {
    this.voided = false;
    this.#faultsBefore = this.report.driverFaults.length;
    this.interrupts.resetAsked();
    for (const queue of this.#queues.all) {
      if (queue.enabled) this.listener.queueDisabled(queue.index, 'device-reset');
    }
    this.#queues.reset();
    this.negotiation.reset();
    this.#conduct.reset();
    this.#sharedMemory.reset();
    this.config.reset();
    this.listener.deviceReset();
  }

  resetDone(): void {
    this.interrupts.resetDone();
  }

  featuresFixed(): void {
    this.config.negotiationChanged();
    this.listener.featuresFixed();
  }

  driverOkSet(): void {
    // Legacy: the cache mode of a block device may change with DRIVER_OK (5.2.5.3).
    if (this.legacy) this.config.negotiationChanged();
    this.#conduct.driverOk();
    if (!this.legacy) this.#sharedMemory.driverOk();
    this.listener.driverOk();
  }

  lifeChanged(): void {
    this.interrupts.lifeChanged(this.status.life);
    this.config.lifeChanged();
    this.listener.lifeChanged();
  }

  needsResetSeen(owed: boolean, earliestRow: number): void {
    if (owed) this.interrupts.configOwed(NEEDS_RESET_NOTIFIED, earliestRow);
    else this.interrupts.configAllowed();
  }

  resumed(earliestRow: number): void {
    this.interrupts.resumed(earliestRow);
  }

  // Registers

  #readRegister(offset: number, value: number): void {
    switch (offset) {
      case REG.MagicValue:
        this.#identity.readMagic(value);
        return;
      case REG.Version:
        this.#identity.readVersion(value);
        return;
      case REG.DeviceID:
        this.#identity.readDeviceId(value);
        return;
      case REG.VendorID:
        this.#identity.readVendorId(value);
        return;
      case REG.DeviceFeatures:
        this.negotiation.readOffer(value);
        return;
      case REG.QueueSizeMax:
        this.#queues.readSizeMax(value);
        return;
      case REG.InterruptStatus:
        this.interrupts.read(value);
        if ((value & CONFIG_CHANGE) !== 0 && !this.resetPending) this.listener.configChangeShown?.();
        return;
      case REG.Status:
        this.status.read(value);
        this.interrupts.statusRead((value & STATUS.DEVICE_NEEDS_RESET) !== 0);
        return;
      default:
        this.#readOther(offset, value);
    }
  }

  #readOther(offset: number, value: number): void {
    if (this.#queues.readOwn(offset, value)) return;
    if (!this.legacy && offset === REG.ConfigGeneration) {
      this.#conduct.generationRead(value);
      if (!this.resetPending) this.config.generation.read(value, !this.voided);
    } else if (this.legacy || !this.#sharedMemory.read(offset, value)) {
      judgeOddRead(this, offset, 4);
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case REG.DeviceFeaturesSel:
        this.negotiation.selectDevice(value);
        return;
      case REG.DriverFeaturesSel:
        this.negotiation.selectDriver(value);
        return;
      case REG.DriverFeatures:
        this.status.selectFeatures(value);
        return;
      case REG.QueueSel:
        this.#queues.select(value);
        return;
      case REG.QueueSize:
        this.#queues.writeSize(value);
        return;
      case REG.QueueNotify:
        this.interrupts.prompted();
        this.#notify(value);
        return;
      case REG.InterruptACK:
        this.interrupts.acknowledge(value);
        return;
      case REG.Status:
        this.#judgeFailing(value);
        if (!this.legacy && this.driverOk && value !== 0 && (value & STATUS.DEVICE_NEEDS_RESET) === 0) {
          this.interrupts.statusOverwritten();
        }
        this.status.write(value);
        return;
      default:
        this.#writeOther(offset, value);
    }
  }

  #writeOther(offset: number, value: number): void {
    if (this.#queues.writeOwn(offset, value)) {
      // Until the next reset: what a queue notified of stays to be acknowledged when it has been stopped.
      if (this.legacy && this.#queues.anyInUse) this.interrupts.legacyQueues = true;
    } else if (!this.legacy && offset === REG.SHMSel) {
      this.#sharedMemory.write();
    } else {
      this.#oddWrite(offset, 4);
    }
  }

  #oddWrite(offset: number, size: number): void {
    const scrambles = judgeOddWrite(this, offset, size);
    if (scrambles === 'queue') this.#queues.scramble();
    else if (scrambles === 'acknowledgement') this.interrupts.acknowledgedMaybe();
    else if (scrambles === 'device') {
      // A bus may make two accesses of a wide one (QEMU does), so that the second register is written as it should be.
      const touched = registersTouched(this.setup.transport, offset, size).map((register) => register.offset);
      this.negotiation.scrambleSelectors(
        touched.includes(REG.DeviceFeaturesSel),
        touched.includes(REG.DriverFeaturesSel),
      );
    }
  }

  /** A driver has to bear notifications for which nothing was used (2.7.7.1): they are no reason to give up. */
  #judgeFailing(value: number): void {
    if ((value & ~this.status.written & STATUS.FAILED) === 0 || !this.driverOk || this.status.needsReset) return;
    if (!this.interrupts.spuriousShown) return;
    const id = 'split.driver.used-buffer-notification-suppression.5';
    this.breakNothing(id, 'gave up at an interrupt for which no buffer had been used');
  }

  #notify(value: number): void {
    if (!this.status.mayNotify(value)) return;
    const index = this.#queues.notify(value);
    if (index < 0) return;
    if (this.legacy) this.status.fixLegacyFeatures();
    this.listener.notified(index);
  }

  #writeConfig(offset: number, size: number, value: number): void {
    const { phase } = this.status.suspend;
    if (phase !== 'running') {
      this.report.exercise(CONFIG_ALONE_SUSPENDED);
      const id = phase === 'resuming' ? 'init.driver.device-suspend.6' : 'init.driver.device-suspend.5';
      this.breakNothing(id, `wrote the configuration space while ${phase}`);
    }
    this.config.write(offset, size, value);
    this.listener.configWritten(offset, size, value);
  }
}
