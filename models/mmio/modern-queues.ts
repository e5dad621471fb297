/** Queue registers of the modern layout (4.2.2): addresses, QueueReady, QueueReset. */
import { clause } from '../clauses/catalogue.ts';
import type { QueueConfig } from '../seams.ts';
import { FEATURE } from '../status/feature-bits.ts';
import { hex } from './context.ts';
import { REG } from './layout.ts';
import { QueueBank } from './queue-bank.ts';
import { WROTE, type QueueState } from './queue-state.ts';

const READS_BACK = clause('untagged.mmio.5');
const RESET_0_AFTER_DEVICE_RESET = clause('mmio.device.register-layout.8');
const RESET_0_WHEN_ENABLED = clause('mmio.device.register-layout.9');
const RESETS = clause('mmio.device.register-layout.10');
const ONGOING = clause('mmio.device.register-layout.11');
const RESET_DONE = clause('mmio.device.register-layout.12');
const STOP_READ_BACK = clause('mmio.driver.register-layout.17');
const RESET_CONFIRMED = clause('mmio.driver.register-layout.21');
const RESET_VERIFIED = clause('basic.driver.virtqueue-reset.1');
const ALIGNED = clause('split.driver.virtqueues.1');
const SETUP_IN_ORDER = clause('untagged.mmio.13');
const STOP_BY_READY = clause('mmio.driver.register-layout.16');
const REENABLED = clause('basic.driver.virtqueue-re-enable.1');
const SETUP_AFTER_FEATURES = clause('init.driver.device-initialization.1.g');

export class ModernQueues extends QueueBank {
  /** RING_RESET was in force at some time before the last device reset. */
  #ringResetBefore = false;

  override powerOn(): void {
    this.#ringResetBefore = false;
    for (const queue of this.all) queue.stopUnread = false;
    super.powerOn();
  }

  override reset(): void {
    for (const queue of this.all) this.leaveQueue(queue);
    if (this.features.inForce.has(FEATURE.RING_RESET)) this.#ringResetBefore = true;
    super.reset();
    if (this.#ringResetBefore) for (const queue of this.all) queue.resetMustBeClear = true;
  }

  /** 4.2.2.2: whoever stops a queue has to read QueueReady back, before anything else is done. */
  protected override leaveQueue(queue: QueueState): void {
    if (!queue.stopUnread) return;
    queue.stopUnread = false;
    const what = `queue ${String(queue.index)}: QueueReady was not read back after it was zeroed`;
    this.context.breakNothing('mmio.driver.register-layout.17', what);
  }

  override readOwn(offset: number, value: number): boolean {
    if (offset === REG.QueueReady) this.#readReady(value);
    else if (offset === REG.QueueReset) this.#readReset(value);
    else return false;
    return true;
  }

  override writeOwn(offset: number, value: number): boolean {
    switch (offset) {
      case REG.QueueReady:
        this.#writeReady(value);
        return true;
      case REG.QueueDescLow:
        this.#writeAddress(0, false, value);
        return true;
      case REG.QueueDescHigh:
        this.#writeAddress(0, true, value);
        return true;
      case REG.QueueDriverLow:
        this.#writeAddress(1, false, value);
        return true;
      case REG.QueueDriverHigh:
        this.#writeAddress(1, true, value);
        return true;
      case REG.QueueDeviceLow:
        this.#writeAddress(2, false, value);
        return true;
      case REG.QueueDeviceHigh:
        this.#writeAddress(2, true, value);
        return true;
      case REG.QueueReset:
        this.#writeReset(value);
        return true;
      default:
        return false;
    }
  }

  /** One of the six address registers was written. `part`: 0 descriptor, 1 driver, 2 device area. */
  #writeAddress(part: 0 | 1 | 2, high: boolean, value: number): void {
    if (!this.certain('wrote')) return;
    const queue = this.selected;
    if (!this.mayProgram(queue, 'a ring address')) return;
    if (part === 0) {
      if (high) queue.descHigh = value;
      else queue.descLow = value;
      queue.wrote |= high ? WROTE.DESC_HIGH : WROTE.DESC_LOW;
    } else if (part === 1) {
      if (high) queue.driverHigh = value;
      else queue.driverLow = value;
      queue.wrote |= high ? WROTE.DRIVER_HIGH : WROTE.DRIVER_LOW;
    } else {
      if (high) queue.deviceHigh = value;
      else queue.deviceLow = value;
      queue.wrote |= high ? WROTE.DEVICE_HIGH : WROTE.DEVICE_LOW;
    }
  }

  override readUnseen(offset: number): void {
    if (offset === REG.QueueReady && this.certain('read')) this.selected.stopUnread = false;
    if (offset === REG.QueueReset && this.certain('read') && this.selected.reset === 'asked') {
      this.#resetDone(this.selected);
    }
    if (offset === REG.QueueReset && this.certain('read')) this.selected.resetUnread = false;
  }

  #readReady(value: number): void {
    if (!this.certain('read')) return;
    const queue = this.selected;
    const { report } = this.context;
    if (queue.stopUnread) {
      queue.stopUnread = false;
      report.exercise(STOP_READ_BACK);
    }
    if (!this.judged(queue)) return;
    if (queue.reset === 'asked') return;
    if (queue.reset === 'done') {
      report.exercise(RESET_DONE);
      if (value !== 0) this.#notReset(queue, `QueueReady ${hex(value)}`);
      else if (queue.readyAfterReset) this.#tooEarly(queue);
    } else if (!queue.readyWritten && !this.enabledSinceReset) {
      this.judgeAfterReset(queue, value, 'QueueReady');
    } else {
      report.exercise(READS_BACK);
      if (value === queue.ready) return;
      report.violate(READS_BACK, `QueueReady ${String(queue.ready)} for queue ${String(queue.index)}`, hex(value));
    }
  }

  #writeReady(value: number): void {
    if (!this.certain('wrote')) return;
    const queue = this.selected;
    if (this.context.voided) return;
    if (value === 1) this.#enable(queue);
    else if (value === 0) this.#disable(queue);
    else this.voidQueue(queue, 'untagged.mmio.13', `wrote ${hex(value)} to QueueReady`);
  }

  #readReset(value: number): void {
    if (!this.certain('read')) return;
    const queue = this.selected;
    const { report } = this.context;
    queue.resetUnread = false;
    if (!this.judged(queue)) return;
    if (queue.resetMustBeClear) {
      report.exercise(RESET_0_AFTER_DEVICE_RESET);
      if (value === 0) return;
      report.violate(
        RESET_0_AFTER_DEVICE_RESET,
        `QueueReset 0 for queue ${String(queue.index)} after device reset`,
        hex(value),
      );
      return;
    }
    if (!this.features.inForce.has(FEATURE.RING_RESET)) return;
    if (queue.reset === 'asked') {
      report.exercise(ONGOING);
      if (value > 1) {
        report.violate(
          ONGOING,
          `QueueReset 1 or 0 for queue ${String(queue.index)}, whose reset was asked for`,
          hex(value),
        );
      } else if (value === 0) {
        report.exercise(RESET_CONFIRMED);
        report.exercise(RESET_VERIFIED);
        this.#resetDone(queue);
      }
      return;
    }
    const index = queue.reset === 'done' ? RESET_DONE : RESET_0_WHEN_ENABLED;
    if (index === RESET_0_WHEN_ENABLED && queue.ready === 0) return;
    report.exercise(index);
    if (value === 0) return;
    const why = queue.reset === 'done' ? 'once its reset has completed' : 'while enabled';
    report.violate(index, `QueueReset 0 for queue ${String(queue.index)} ${why}`, hex(value));
  }

  #writeReset(value: number): void {
    if (!this.certain('wrote')) return;
    const queue = this.selected;
    if (this.context.voided) return;
    queue.resetMustBeClear = false;
    if (value !== 1 || !this.features.inForce.has(FEATURE.RING_RESET)) {
      queue.hopeless = true;
      this.voidQueue(queue, undefined, `wrote ${hex(value)} to QueueReset${value === 1 ? ' without RING_RESET' : ''}`);
      return;
    }
    if (queue.voided) return;
    this.context.report.exercise(RESETS);
    queue.reset = 'asked';
    queue.resetUnread = true;
    queue.readyAfterReset = false;
  }

  /** The device was given time: a queue reset has completed by now. */
  override settled(): void {
    for (const queue of this.all) {
      if (queue.reset === 'asked' && !queue.voided && !this.context.voided) this.#resetDone(queue);
    }
  }

  #resetDone(queue: QueueState): void {
    queue.reset = 'done';
    queue.resetUnread = false;
    queue.ready = 0;
    queue.wrote = 0;
    if (!queue.enabled) return;
    queue.enabled = false;
    this.context.listener.queueDisabled(queue.index, 'queue-reset');
  }

  /** QueueReset shows the reset complete (or it was never begun) but the queue is still ready. */
  #notReset(queue: QueueState, seen: string): void {
    const expected = `QueueReady 0 for queue ${String(queue.index)} once its reset has completed`;
    this.context.report.violate(RESET_DONE, expected, seen);
    this.context.report.violate(RESETS, `queue ${String(queue.index)} reset by writing 1 to QueueReset`, seen);
    queue.readyAfterReset = true;
  }

  /** The queue has become unready since: the reset was still in progress when QueueReset read 0. */
  #tooEarly(queue: QueueState): void {
    queue.readyAfterReset = false;
    const expected = `QueueReset 1 for queue ${String(queue.index)} as long as its reset was in progress`;
    this.context.report.violate(ONGOING, expected, 'QueueReset 0, QueueReady 1 and later 0');
  }

  #disable(queue: QueueState): void {
    queue.readyWritten = true;
    if (queue.ready !== 0) {
      queue.stopUnread = true;
      this.context.report.exercise(STOP_BY_READY);
    }
    if (queue.reset === 'asked') {
      queue.hopeless = true;
      this.voidQueue(queue, 'mmio.driver.register-layout.21', 'wrote QueueReady before its reset was seen complete');
    }
    queue.ready = 0;
    // The registers keep their values; the next enabling may rely on them.
    if (!queue.enabled) return;
    queue.enabled = false;
    this.context.listener.queueDisabled(queue.index, 'ready-0');
  }

  #enable(queue: QueueState): void {
    const { report, listener } = this.context;
    this.leaveQueue(queue);
    const reenabled = queue.reset === 'done';
    const before = queue.ready;
    queue.readyWritten = true;
    queue.resetMustBeClear = false;
    if (queue.reset === 'asked') {
      queue.hopeless = true;
      this.voidQueue(queue, 'mmio.driver.register-layout.21', 'enabled before its reset was seen complete');
      this.judgeResetRead(queue);
      return;
    }
    this.judgeResetRead(queue);
    queue.reset = 'none';
    queue.ready = 1;
    this.enabledSinceReset = true;
    if (before !== 0) {
      this.voidQueue(queue, 'untagged.mmio.13', 'enabled while in use');
      return;
    }
    report.exercise(SETUP_AFTER_FEATURES);
    if (!this.status.featuresConfirmed) {
      this.voidQueue(queue, 'init.driver.device-initialization.1.g', 'enabled before FEATURES_OK was read back set');
      return;
    }
    if (this.status.driverOk && !reenabled) {
      this.voidQueue(queue, 'init.driver.device-initialization.1.h', 'enabled after DRIVER_OK');
      return;
    }
    const size = this.sizeFault(queue);
    if (size !== undefined) {
      this.voidQueue(queue, ...size);
      if (reenabled) this.#notSetUpAgain(queue);
      return;
    }
    if (!this.#addressesFit(queue)) {
      if (reenabled && !queue.addressesWritten) this.#notSetUpAgain(queue);
      return;
    }
    if (queue.hopeless) return;
    report.exercise(SETUP_IN_ORDER);
    if (reenabled) report.exercise(REENABLED);
    queue.voided = false;
    queue.enabled = true;
    const { size: entries, descriptors, available, used } = queue;
    const order = this.context.setup.mode.rings;
    const config: QueueConfig = { index: queue.index, size: entries, descriptors, available, used, order };
    listener.queueEnabled(config);
  }

  /** 2.6.1.2.2: a queue that was reset is set up as at first before it is enabled again. */
  #notSetUpAgain(queue: QueueState): void {
    const what = `queue ${String(queue.index)}: enabled after its reset without being set up as at first`;
    this.context.breakNothing('basic.driver.virtqueue-re-enable.1', what);
  }

  #addressesFit(queue: QueueState): boolean {
    if (!queue.addressesWritten) {
      this.voidQueue(queue, 'untagged.mmio.13', 'enabled before all its addresses were written');
      return false;
    }
    const packed = this.features.inForce.has(FEATURE.RING_PACKED);
    if (!packed) this.context.report.exercise(ALIGNED);
    const { size, descriptors, available, used } = queue;
    // Alignment and bytes of the parts of a packed or split ring (2.8, 2.7).
    if (!this.#areaFits(queue, 0, descriptors, 16, 16 * size, packed)) return false;
    if (packed)
      return this.#areaFits(queue, 1, available, 4, 4, packed) && this.#areaFits(queue, 2, used, 4, 4, packed);
    if (!this.#areaFits(queue, 1, available, 2, 6 + 2 * size, packed)) return false;
    return this.#areaFits(queue, 2, used, 4, 6 + 8 * size, packed);
  }

  #areaFits(
    queue: QueueState,
    area: number,
    address: number,
    alignment: number,
    length: number,
    packed: boolean,
  ): boolean {
    if (address % alignment !== 0) {
      const id = packed ? undefined : 'split.driver.virtqueues.1';
      this.voidQueue(queue, id, `area ${String(area)} at ${hex(address)} is not aligned to ${String(alignment)}`);
      return false;
    }
    if (!this.inMemory(address, length)) {
      const physical = this.features.inForce.has(FEATURE.ACCESS_PLATFORM);
      const id = physical ? undefined : 'reserved.driver.reserved-feature-bits.5';
      this.voidQueue(queue, id, `area ${String(area)} at ${hex(address)} is not in memory`);
      return false;
    }
    return true;
  }
}
