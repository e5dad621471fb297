/**
 * The one judge of a trace: composes the models of registers, memory, queues and device type, and feeds each event to
 * those whom it concerns. Live runs and recorded traces of anybody's driver go through the same door.
 */
import { clause } from './clauses/catalogue.ts';
import { DeclaredFields } from './config/declared-fields.ts';
import { createDeviceModel, deviceFacts } from './devices/index.ts';
import { ShadowMemory } from './memory/shadow-memory.ts';
import { REG } from './mmio/layout.ts';
import { RegisterModel } from './mmio/register-model.ts';
import type { Report } from './report.ts';
import type { ChainView, DeviceModel, DisableCause, QueueConfig, TransportListener } from './seams.ts';
import type { JudgeSetup } from './setup.ts';
import { STATUS } from './status/status-bits.ts';
import { EventKind, type EventLog } from './trace/event-log.ts';
import { QueueSet } from './virtqueue/queue-set.ts';

const ANSWERS = clause('untagged.live.2');
const TABLE_AFTER_DIRECT = clause('split.device.indirect-descriptors.2');

export class Contract implements TransportListener {
  readonly report: Report;
  readonly registers: RegisterModel;
  readonly queues: QueueSet;
  /** Called where the lifecycle may have moved: after every write of a register and every read of Status. */
  onStep: (() => void) | undefined;
  readonly #setup: JudgeSetup;
  readonly #memory: ShadowMemory;
  readonly #swapped: boolean;
  readonly #legacy: boolean;
  readonly #seesMemory: boolean;
  readonly #declared: DeclaredFields;
  #device: DeviceModel;
  /** It died or hung: nothing is judged until a fresh one is started. */
  #dead = false;
  #selectedQueue = 0;
  #featureWindow = 0;
  #resetUnconfirmed = false;
  #offerTold = false;
  /** A configuration change was shown since time was last given. */
  #changeShown = false;

  constructor(setup: JudgeSetup, report: Report) {
    this.#setup = setup;
    this.report = report;
    this.#legacy = setup.transport === 'mmio-v1';
    this.#swapped = setup.mode.registers === 'big';
    this.#seesMemory = setup.observesMemory !== false;
    this.#memory = new ShadowMemory(this.#seesMemory ? setup : { memory: { base: 0, size: 0 } });
    const facts = deviceFacts(setup);
    this.registers = new RegisterModel(setup, facts, report, this);
    this.#declared = new DeclaredFields(setup, report, facts.configFields);
    this.#device = createDeviceModel(setup, report, this.registers.interrupts);
    this.queues = new QueueSet(setup, report, this.#memory, this.registers, this.registers.interrupts, {
      exposed: (chain: ChainView) => {
        const before = report.driverFaults.length;
        this.#device.exposed(chain);
        // A request that the type's rules forbid voids more than itself where its model says so.
        for (let i = before; i < report.driverFaults.length; i++) {
          const { voids } = report.driverFaults[i];
          if (voids === 'device') this.deviceVoided();
          else if (voids === 'queue') this.queueVoided(chain.queue);
        }
      },
      mustComplete: (chain: ChainView) => this.#device.mustComplete(chain),
      completed: (chain: ChainView, usedLength: number) => {
        // Only what is certain explains: a device that mistakes a table for a buffer gets everything else wrong too.
        report.explanation = chain.explanation === TABLE_AFTER_DIRECT ? chain.explanation : undefined;
        this.#device.completed(chain, usedLength);
        report.explanation = undefined;
      },
      abandoned: (chain: ChainView) => this.#device.abandoned(chain),
    });
    this.registers.config.onField = (name, value) => {
      this.#declared.field(name, value);
      this.#device.configField(name, value);
    };
    this.#powerOn();
  }

  /** The trace begins while a driver is at work: nothing is judged before its next reset, nor how it probed. */
  beginUnknown(): void {
    this.registers.beginUnknown();
  }

  /**
   * Judges the rows of a log from `from` on. Findings go to the report, with their row numbers, or with the numbers that
   * `numbers` holds for the rows; these must not decrease from one call to the next.
   */
  judge(log: EventLog, from = 0, numbers?: Float64Array): void {
    const { report } = this;
    report.describeState = () => this.describe();
    if (!this.#dead) report.exercise(ANSWERS);
    const { kind, address, size, value } = log;
    for (let row = from; row < log.length; row++) {
      report.row = numbers === undefined ? row : numbers[row];
      const what = kind[row] as EventKind;
      if (this.#dead && what !== EventKind.PowerOn) continue;
      switch (what) {
        case EventKind.RegRead:
          if (Number.isNaN(value[row])) {
            this.registers.readUnseen(address[row], size[row]);
            break;
          }
          this.registers.read(address[row], size[row], value[row]);
          if (value[row] === 0) this.#readZero(address[row]);
          else if (address[row] === REG.DeviceFeatures) this.#tellOffer();
          if (address[row] === REG.Status) this.onStep?.();
          break;
        case EventKind.RegWrite:
          this.#wrote(address[row], size[row], value[row]);
          this.registers.write(address[row], size[row], value[row]);
          this.onStep?.();
          break;
        case EventKind.Store:
          this.queues.driverStore(address[row], log.bytes, value[row], size[row]);
          break;
        case EventKind.Load:
          this.queues.driverLoad(address[row], log.bytes, value[row], size[row]);
          break;
        case EventKind.DeviceStore:
          this.queues.deviceStore(address[row], log.bytes, value[row], size[row]);
          break;
        case EventKind.Irq:
          this.registers.irq(value[row]);
          break;
        case EventKind.Host:
          this.registers.host(log.host(row));
          // The host broke it: no request is owed an answer until the device is reset.
          if (log.host(row).action === 'break-device') this.queues.deviceVoided();
          this.#declared.host(log.host(row));
          this.#device.host(log.host(row));
          break;
        case EventKind.Settled:
          this.registers.settled(value[row] === 1);
          this.queues.settled(value[row] === 1);
          if (value[row] === 1) this.#changeServed();
          this.#device.settled(value[row] === 1);
          break;
        case EventKind.Outcome:
          this.#failed(log, row);
          break;
        case EventKind.PowerOn:
          this.#powerOn();
          break;
      }
    }
  }

  /** The state of all models in a line, for findings. */
  describe(): string {
    return [this.registers.describe(), this.queues.describe(), this.#device.describe()]
      .filter((text) => text !== '')
      .join('; ');
  }

  #powerOn(): void {
    this.#dead = false;
    this.#selectedQueue = 0;
    this.#featureWindow = 0;
    this.#resetUnconfirmed = false;
    this.#offerTold = this.#changeShown = false;
    this.#memory.powerOn();
    this.registers.powerOn();
    this.#declared.powerOn();
    this.queues.powerOn();
    this.#device = createDeviceModel(this.#setup, this.report, this.registers.interrupts);
  }

  #failed(log: EventLog, row: number): void {
    const { outcome, evidence } = log.outcome(row);
    this.report.violate(ANSWERS, 'an answer', `${outcome}: ${evidence}`);
    const blamed = this.#device.blameForDeath?.();
    if (blamed !== undefined) this.report.violate(blamed, 'an answer', `${outcome}: ${evidence}`);
    this.#dead = true;
  }

  /** Everybody has come to rest: what the driver does at a configuration change is done, unless it has more to worry about. */
  #changeServed(): void {
    const { status } = this.registers;
    if (!this.#changeShown || !this.registers.driverOk || status.needsReset) return;
    if (status.suspend.phase !== 'running' || (status.written & STATUS.FAILED) !== 0) return;
    this.#changeShown = false;
    this.#device.configChangeServed?.();
  }

  /** A register read as 0: where that confirms a reset or the end of a queue, the queues hear of it. */
  #readZero(offset: number): void {
    switch (offset) {
      case REG.Status:
        if (!this.#resetUnconfirmed) return;
        this.#resetUnconfirmed = false;
        if (this.#seesMemory) this.queues.resetConfirmed();
        return;
      case REG.QueueReady:
      case REG.QueueReset:
        if (!this.#legacy) this.queues.queueDisabledConfirmed(this.#selectedQueue);
        return;
      case REG.QueuePFN:
        if (this.#legacy) this.queues.queueDisabledConfirmed(this.#selectedQueue);
        return;
      default:
        return;
    }
  }

  #wrote(offset: number, size: number, raw: number): void {
    if (size !== 4) return;
    switch (offset) {
      case REG.QueueSel:
        this.#selectedQueue = this.#value(raw);
        return;
      case REG.Status:
        if (raw !== 0) this.#device.driverWrote?.('status', this.#value(raw));
        return;
      case REG.DriverFeaturesSel:
        this.#featureWindow = this.#value(raw);
        return;
      case REG.DriverFeatures:
        // Device types' own bits are all in the first window that legacy drivers know.
        if (this.#featureWindow === 0) this.#device.driverWrote?.('features', this.#value(raw));
        return;
      default:
        return;
    }
  }

  #value(raw: number): number {
    if (!this.#swapped) return raw;
    return (((raw & 0xff) << 24) | ((raw & 0xff00) << 8) | ((raw >>> 8) & 0xff00) | (raw >>> 24)) >>> 0;
  }

  /** Once the windows with known bits have all been read, the device type judges the offer as a whole. */
  #tellOffer(): void {
    const needed = this.#legacy ? 1 : 3;
    const { negotiation } = this.registers;
    if (this.#offerTold || (negotiation.offeredKnown & needed) !== needed) return;
    this.#offerTold = true;
    this.#device.offered?.(negotiation.offered);
  }

  // TransportListener: what the register model makes of the registers.

  deviceReset(): void {
    this.#resetUnconfirmed = true;
    this.#offerTold = this.#changeShown = false;
    if (this.#seesMemory) this.queues.deviceReset();
    this.#device.reset();
  }

  featuresFixed(): void {
    this.queues.featuresFixed();
    this.#device.featuresFixed(this.registers.features);
  }

  driverOk(): void {
    this.queues.driverOk();
    this.#device.driverOk();
  }

  lifeChanged(): void {
    this.queues.lifeChanged();
  }

  queueEnabled(config: QueueConfig): void {
    if (this.#seesMemory) this.queues.queueEnabled(config);
  }

  queueDisabled(index: number, cause: DisableCause): void {
    if (this.#seesMemory) this.queues.queueDisabled(index, cause);
  }

  notified(index: number): void {
    if (this.#seesMemory) this.queues.notified(index);
  }

  /** Values reach the device type field by field, through the configuration model. */
  configRead(): void {
    return;
  }

  configChangeShown(): void {
    this.#changeShown = true;
    this.#device.configChangeShown?.();
  }

  configWritten(offset: number, size: number, value: number): void {
    this.#device.configWritten(offset, size, value);
  }

  deviceVoided(): void {
    this.#device.lostTrack?.();
    this.queues.deviceVoided();
  }

  queueVoided(index: number): void {
    this.#device.queueLost?.(index);
    this.queues.queueVoided(index);
  }
}
