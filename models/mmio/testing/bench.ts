/** Couples the ideal device with the register model: every access goes to the device and is then judged. */
import { clause, type ClauseId, type ClauseIndex } from '../../clauses/catalogue.ts';
import { umbrellasOf } from '../../clauses/umbrellas.ts';
import { Report } from '../../report.ts';
import type { DeviceFacts, QueueConfig, TransportListener } from '../../seams.ts';
import { endiannessMode, type Claims, type JudgeSetup } from '../../setup.ts';
import type { HostEvent } from '../../trace/event-log.ts';
import { FEATURE } from '../../status/feature-bits.ts';
import { STATUS } from '../../status/status-bits.ts';
import { swap32 } from '../context.ts';
import { REG } from '../layout.ts';
import { RegisterModel } from '../register-model.ts';
import { IdealDevice, QUEUES, QUEUE_SIZE_MAX, type IdealOptions } from './ideal-device.ts';

/** Facts of a device type like the block device. */
export const FACTS: DeviceFacts = {
  deviceId: 2,
  knownFeatures: [1, 2, 5, 9, 11, 12],
  legacyFeatures: [0, 7],
  dependencies: [[11, 9]],
  selectionDependencies: [[11, 9]],
  configFields: [
    { name: 'capacity', offset: 0, width: 8 },
    { name: 'size_max', offset: 8, width: 4, feature: 1 },
    { name: 'blk_size', offset: 20, width: 4 },
    { name: 'writeback', offset: 32, width: 1, feature: 11, writable: true },
    { name: 'unused0', offset: 33, width: 1, zero: true },
    { name: 'num_queues', offset: 34, width: 2 },
  ],
  queueCount: () => QUEUES,
  fewestQueues: QUEUES,
};

export interface BenchOptions extends IdealOptions {
  readonly synchronous?: boolean;
  readonly claims?: Claims;
  readonly endianness?: 'le' | 'be-legacy';
}

export const MEMORY = { base: 0x4000_0000, size: 0x100000 };

export class Bench {
  readonly report: Report;
  readonly device: IdealDevice;
  readonly model: RegisterModel;
  /** What the model told the queue and device models. */
  readonly calls: string[] = [];
  readonly configs: QueueConfig[] = [];
  readonly fields = new Map<string, bigint>();
  readonly legacy: boolean;
  readonly #big: boolean;

  /** A report may serve many benches one after another. */
  constructor(options: BenchOptions = {}, report = new Report()) {
    this.report = report;
    report.row = 0;
    report.clearFindings();
    this.device = new IdealDevice(options);
    this.legacy = options.legacy ?? false;
    const transport = this.legacy ? 'mmio-v1' : 'mmio-v2';
    const synchronous = options.synchronous ?? true;
    const setup: JudgeSetup = {
      device: 'blk',
      transport,
      mode: endiannessMode(options.endianness ?? 'le', transport),
      memory: MEMORY,
      observesDeviceStores: synchronous,
      observesInterrupt: true,
      claims: options.claims ?? {},
    };
    this.#big = setup.mode.registers === 'big';
    this.model = new RegisterModel(setup, FACTS, this.report, this.#listener());
    this.model.config.onField = (name, value) => this.fields.set(name, value);
    this.model.powerOn();
  }

  read(offset: number, size = 4): number {
    this.report.row++;
    const value = this.device.read(offset, size);
    this.model.read(offset, size, this.#big && offset < REG.Config ? swap32(value) : value);
    return value;
  }

  write(offset: number, value: number, size = 4): void {
    this.report.row++;
    this.device.write(offset, value, size);
    this.model.write(offset, size, this.#big && offset < REG.Config ? swap32(value) : value);
  }

  settle(certain = true): void {
    this.report.row++;
    this.device.settle();
    this.model.settled(certain);
  }

  irq(): void {
    this.report.row++;
    this.model.irq(this.device.line);
  }

  host(event: HostEvent): void {
    this.report.row++;
    if (event.action === 'resize-disk') this.device.resize(event.sectors);
    if (event.action === 'break-device') this.device.break();
    this.model.host(event);
  }

  /** Reset, as a driver should: until Status reads 0. */
  reset(): void {
    this.write(REG.Status, 0);
    if (this.read(REG.Status) === 0) return;
    this.settle();
    this.read(REG.Status);
  }

  probe(): void {
    for (const offset of [REG.MagicValue, REG.Version, REG.DeviceID, REG.VendorID]) this.read(offset);
  }

  /** Reset up to DRIVER, then offer and selection of `features`. */
  select(...features: readonly number[]): void {
    this.reset();
    this.write(REG.Status, STATUS.ACKNOWLEDGE);
    this.write(REG.Status, STATUS.ACKNOWLEDGE | STATUS.DRIVER);
    for (const window of this.legacy ? [0] : [0, 1]) {
      this.write(REG.DeviceFeaturesSel, window);
      this.read(REG.DeviceFeatures);
      let value = 0;
      for (const bit of features) if (bit >>> 5 === window) value |= 1 << (bit & 31);
      this.write(REG.DriverFeaturesSel, window);
      this.write(REG.DriverFeatures, value >>> 0);
    }
  }

  /** FEATURES_OK, written and read back. Returns whether the device kept it. */
  featuresOk(): boolean {
    this.write(REG.Status, 11);
    return (this.read(REG.Status) & STATUS.FEATURES_OK) !== 0;
  }

  /** Programs and enables a queue of 8 entries. */
  enableQueue(index: number, base = MEMORY.base + 0x1000 * index): void {
    this.programQueue(index, base);
    this.write(REG.QueueReady, 1);
  }

  programQueue(index: number, base = MEMORY.base + 0x1000 * index): void {
    this.write(REG.QueueSel, index);
    this.read(REG.QueueReady);
    if (this.read(REG.QueueSizeMax) !== QUEUE_SIZE_MAX) return;
    this.write(REG.QueueSize, 8);
    for (const [offset, value] of [
      [REG.QueueDescLow, base],
      [REG.QueueDriverLow, base + 0x100],
      [REG.QueueDeviceLow, base + 0x200],
    ]) {
      this.write(offset, value);
      this.write(offset + 4, 0);
    }
  }

  /** Everything up to a live device with its queues. */
  start(...features: readonly number[]): void {
    this.select(...(features.length > 0 ? features : [FEATURE.VERSION_1]));
    this.featuresOk();
    for (let i = 0; i < QUEUES; i++) this.enableQueue(i);
    this.write(REG.Status, 15);
  }

  /** The clauses that the device broke, without those that only stand for others. */
  violated(): ClauseId[] {
    const broken = [...new Set(this.report.violations.map((violation) => violation.clause))];
    const umbrellas = new Set<ClauseIndex>(broken.flatMap((id) => [...umbrellasOf(clause(id))]));
    return broken.filter((id) => !umbrellas.has(clause(id)));
  }

  /** The driver's faults, by clause ('' where the catalogue has none). */
  faults(): string[] {
    return this.report.driverFaults.map((fault) => fault.clause ?? '');
  }

  #listener(): TransportListener {
    const { calls } = this;
    return {
      deviceReset: () => calls.push('deviceReset'),
      featuresFixed: () => calls.push('featuresFixed'),
      driverOk: () => calls.push('driverOk'),
      lifeChanged: () => undefined,
      queueEnabled: (config) => {
        this.configs.push(config);
        calls.push(`queueEnabled ${String(config.index)}`);
      },
      queueDisabled: (index, cause) => calls.push(`queueDisabled ${String(index)} ${cause}`),
      notified: (index) => calls.push(`notified ${String(index)}`),
      configRead: () => undefined,
      configWritten: () => undefined,
      deviceVoided: () => calls.push('deviceVoided'),
      queueVoided: (index) => calls.push(`queueVoided ${String(index)}`),
    };
  }
}
