/**
 * A register file that keeps every rule of 4.2, except for the one it is told to break. It has no rings: whoever drives
 * it says when a buffer was used (`raise`). `slow` makes it take the time that the specification allows for.
 */
import { FEATURE } from '../../status/feature-bits.ts';
import { STATUS } from '../../status/status-bits.ts';
import { swap32 } from '../context.ts';
import { MAGIC, REG } from '../layout.ts';
import type { Mutation } from './mutations.ts';

export interface IdealOptions {
  readonly legacy?: boolean;
  readonly offered?: readonly number[];
  readonly slow?: boolean;
  readonly requiresVersion1?: boolean;
  readonly mutation?: Mutation;
}

/** What the ideal device offers unless told otherwise. FLUSH (9) and CONFIG_WCE (11) are block features. */
export const OFFERED = [9, 11, 28, 29, 32, 40, 43];
export const OFFERED_LEGACY = [9, 11, 24, 27, 28, 29];
export const QUEUES = 2;
export const QUEUE_SIZE_MAX = 64;
export const CAPACITY = 0x1_0000_0080;

class Queue {
  ready = 0;
  pfn = 0;
  resetting = 0;
}

export class IdealDevice {
  status = 0;
  isr = 0;
  line = 0;
  generation = 0;
  /** Bit sets as windows 0 and 1. */
  selected = [0, 0];
  readonly queues = Array.from({ length: QUEUES }, () => new Queue());
  readonly config = new Uint8Array(64);
  /** Work that a slow device has put off until it is given time. */
  readonly pending: (() => void)[] = [];
  #deviceSel = 0;
  #driverSel = 0;
  #queueSel = 0;
  #resets = 0;
  #reads = 0;
  #accepted = 0;
  #heldBack = false;
  readonly #legacy: boolean;
  readonly #offered: readonly number[];
  readonly #options: IdealOptions;
  readonly #is: (mutation: Mutation) => boolean;

  constructor(options: IdealOptions = {}) {
    this.#options = options;
    this.#legacy = options.legacy ?? false;
    this.#offered = options.offered ?? (this.#legacy ? OFFERED_LEGACY : OFFERED);
    this.#is = (mutation) => options.mutation === mutation;
    this.setCapacity(CAPACITY);
    this.generation = 0;
    if (this.#is('status-starts-at-1')) this.status = 1;
  }

  /** All that a test may want to tell two states of the device apart by. */
  key(): string {
    const queues = this.queues.map((q) => `${String(q.ready)},${String(q.pfn)},${String(q.resetting)}`).join(';');
    const sels = `${String(this.#deviceSel)},${String(this.#driverSel)},${String(this.#queueSel)}`;
    const bits = `${String(this.status)},${String(this.isr)},${this.selected.join(',')},${String(this.pending.length)}`;
    const past = `${String(Math.min(this.#resets, 2))},${String(this.#heldBack)},${String(Math.min(this.#accepted, 2))}`;
    return [queues, sels, bits, past, this.config.join('')].join('|');
  }

  read(offset: number, size = 4): number {
    const value = this.#read(offset, size);
    return this.#is('big-endian') && offset < REG.Config ? swap32(value) : value;
  }

  #read(offset: number, size: number): number {
    if (offset >= REG.Config) return this.#readConfig(offset - REG.Config, size);
    const queue = this.queues[this.#queueSel] as Queue | undefined;
    switch (offset) {
      case REG.MagicValue:
        return this.#is('magic') ? 0x74726977 : MAGIC;
      case REG.Version:
        return (this.#legacy ? 1 : 2) + (this.#is('version') ? 1 : 0);
      case REG.DeviceID:
        return this.#is('device-id') ? 3 : 2;
      case REG.VendorID:
        return this.#is('vendor-changes') ? this.#reads++ : 0x554d4551;
      case REG.DeviceFeatures:
        return this.#offer(this.#deviceSel);
      case REG.QueueSizeMax:
        if (this.#is('absent-queue-has-size')) return QUEUE_SIZE_MAX;
        if (queue === undefined || (this.#is('present-queue-has-none') && this.#queueSel === 1)) return 0;
        return this.#is('size-max-too-large') ? 65536 : QUEUE_SIZE_MAX;
      case REG.QueuePFN:
        return queue?.pfn ?? 0;
      case REG.QueueReady:
        if (this.#is('ready-stuck')) return 0;
        if (this.#is('ready-global')) return this.queues[0].ready | this.queues[1].ready;
        return queue?.ready ?? 0;
      case REG.QueueReset:
        return (queue?.resetting ?? 0) * (this.#is('queue-reset-garbled') ? 2 : 1);
      case REG.InterruptStatus:
        return this.#readIsr();
      case REG.Status:
        return this.#readStatus();
      case REG.SHMLenLow:
      case REG.SHMLenHigh:
      case REG.SHMBaseLow:
      case REG.SHMBaseHigh:
        return this.#is('shm-zero') ? 0 : 0xffffffff;
      case REG.ConfigGeneration:
        return this.generation;
      default:
        return 0;
    }
  }

  write(offset: number, value: number, size = 4): void {
    if (offset >= REG.Config) {
      this.#writeConfig(offset - REG.Config, value, size);
      return;
    }
    if (size !== 4 || offset % 4 !== 0) return;
    const queue = this.queues[this.#queueSel] as Queue | undefined;
    switch (offset) {
      case REG.DeviceFeaturesSel:
        this.#deviceSel = value;
        return;
      case REG.DriverFeaturesSel:
        this.#driverSel = value;
        return;
      case REG.DriverFeatures:
        if (this.#driverSel < 2 && (this.status & STATUS.FEATURES_OK) === 0) this.selected[this.#driverSel] = value;
        return;
      case REG.QueueSel:
        this.#queueSel = value;
        return;
      case REG.QueuePFN:
        if (queue !== undefined) queue.pfn = value;
        return;
      case REG.QueueReady:
        if (queue !== undefined) queue.ready = value;
        return;
      case REG.QueueReset:
        if (queue !== undefined && value === 1 && this.#has(FEATURE.RING_RESET)) this.#resetQueue(queue);
        return;
      case REG.InterruptACK:
        if (this.#is('ack-ignored')) return;
        this.isr = this.#is('ack-clears-all') ? 0 : this.isr & ~value;
        this.#updateLine();
        return;
      case REG.Status:
        this.#writeStatus(value);
        return;
      default:
        return;
    }
  }

  /** Does what it put off: the device is given time. */
  settle(): void {
    for (const work of this.pending.splice(0)) work();
  }

  /** A buffer was used (1) or the configuration changed (2): notifies the driver. */
  raise(bits: number): void {
    const suspended = (this.status & STATUS.SUSPEND) !== 0 && (this.status & STATUS.DRIVER_OK) === 0;
    if (suspended && !this.#is('suspend-notifies') && !this.#is('suspend-notifies-config')) {
      if ((bits & 2) !== 0) this.#heldBack = true;
      return;
    }
    if ((this.status & STATUS.DRIVER_OK) === 0 && !this.#legacy && !suspended && !this.#is('isr-early')) {
      if (!(this.#is('isr-after-reset') && this.status === 0)) return;
    }
    this.isr |= this.#is('isr-bits-swapped') ? ((bits & 1) << 1) | (bits >>> 1) : bits;
    this.#updateLine();
  }

  /** The host resized the disk. */
  resize(sectors: number): void {
    this.setCapacity(sectors);
    this.#defer(() => this.raise(2));
  }

  /** The host broke the device. */
  break(): void {
    if (!this.#is('needs-reset-hidden')) this.status |= STATUS.DEVICE_NEEDS_RESET;
    if (!this.#is('needs-reset-unannounced')) this.raise(2);
  }

  setCapacity(sectors: number): void {
    new DataView(this.config.buffer).setBigUint64(0, BigInt(sectors), true);
    if (!this.#is('generation-stuck')) this.generation = (this.generation + 1) & 0xff;
  }

  #defer(work: () => void): void {
    if (this.#options.slow === true) this.pending.push(work);
    else work();
  }

  #has(bit: number): boolean {
    if ((this.status & STATUS.FEATURES_OK) === 0) return false;
    return ((this.selected[bit >>> 5] >>> (bit & 31)) & 1) !== 0;
  }

  #offer(window: number): number {
    if (this.#is('offer-repeats-in-window-2') && window > 1) return this.#offer(window & 1);
    let value = 0;
    for (const bit of this.#offered) if (bit >>> 5 === window) value |= 1 << (bit & 31);
    if (window === 0) {
      if (this.#is('offer-unstable')) value ^= (this.#reads++ & 1) << 29;
      if (this.#is('offer-undefined')) value |= 1 << 26;
      if (this.#is('offer-open-dependency')) value &= ~(1 << 9);
      if (this.#is('offer-less-after-reset') && this.#resets > 1) value &= ~(1 << 29);
    } else if (window === 1) {
      if (this.#is('offer-admin-vq')) value |= 1 << 9;
      if (this.#is('offer-sr-iov')) value |= 1 << 5;
      if (this.#is('offer-no-version-1')) value &= ~1;
    }
    return value >>> 0;
  }

  #acceptable(): boolean {
    if (this.#is('accepts-anything')) return true;
    if (this.#is('refuses-valid')) return false;
    if (this.#is('refuses-again') && this.#accepted > 0) return false;
    for (const window of [0, 1]) if ((this.selected[window] & ~this.#offer(window)) !== 0) return false;
    const refused = this.#options.requiresVersion1 === true && (this.selected[1] & 1) === 0;
    // CONFIG_WCE without FLUSH: what the facts of the tests call a dependency of the selection.
    const open = (this.selected[0] & (1 << 11)) !== 0 && (this.selected[0] & (1 << 9)) === 0;
    return !refused && !open;
  }

  #readStatus(): number {
    let { status } = this;
    if (this.#is('status-drops-driver')) status &= ~STATUS.DRIVER;
    if (this.#is('status-sets-driver-ok') && (status & STATUS.FEATURES_OK) !== 0) status |= STATUS.DRIVER_OK;
    if (this.#is('status-drops-features-ok') && (status & STATUS.DRIVER_OK) !== 0) status &= ~STATUS.FEATURES_OK;
    return status;
  }

  #readIsr(): number {
    const value = this.isr;
    if (this.#is('isr-clears-on-read')) this.isr = 0;
    if (this.#is('isr-undefined-bit')) return value | 4;
    if (this.#is('isr-spurious-config') && (this.status & STATUS.DRIVER_OK) !== 0) return value | 2;
    return value;
  }

  #updateLine(): void {
    if (this.#is('line-low')) this.line = 0;
    else if (this.#is('line-stuck')) this.line |= this.isr !== 0 ? 1 : 0;
    else this.line = this.isr !== 0 ? 1 : 0;
  }

  #writeStatus(value: number): void {
    if (value === 0) {
      this.pending.length = 0;
      // Status 0 says that the reset is complete, so with it there is nothing left to take time.
      if (this.status === 0) this.#reset();
      else this.#defer(() => this.#reset());
      return;
    }
    const fresh = value & ~this.status;
    let next = this.status | (value & ~(STATUS.SUSPEND | STATUS.DRIVER_OK | STATUS.FEATURES_OK));
    if ((fresh & STATUS.FEATURES_OK) !== 0 && !this.#legacy && this.#acceptable()) {
      next |= STATUS.FEATURES_OK;
      this.#accepted++;
      if (this.#is('config-changes-with-features-ok')) this.config[0] ^= 0xff;
    }
    this.status = next;
    const suspended = (this.status & STATUS.SUSPEND) !== 0;
    if ((fresh & STATUS.SUSPEND) !== 0) this.#suspend();
    else if ((fresh & STATUS.DRIVER_OK) !== 0 && !suspended) this.status |= STATUS.DRIVER_OK;
    else if ((fresh & STATUS.DRIVER_OK) !== 0 && !this.#is('resume-ignored')) this.#defer(() => this.#resume());
  }

  #suspend(): void {
    const ready = this.#has(FEATURE.SUSPEND) && (this.status & STATUS.DRIVER_OK) !== 0;
    if (!ready) {
      if (this.#is('suspend-early')) this.status |= STATUS.SUSPEND;
      return;
    }
    if (this.#is('suspend-ignored')) return;
    this.#defer(() => {
      this.status |= STATUS.SUSPEND;
      if (!this.#is('suspend-keeps-driver-ok')) this.status &= ~STATUS.DRIVER_OK;
      if (this.#is('suspend-changes-config')) this.config[0] ^= 1;
    });
  }

  #resume(): void {
    this.status = (this.status & ~STATUS.SUSPEND) | STATUS.DRIVER_OK;
    if (this.#heldBack && !this.#is('resume-forgets-config')) this.raise(2);
    this.#heldBack = false;
  }

  #reset(): void {
    this.#resets++;
    if (!this.#is('reset-keeps-status')) this.status = 0;
    if (!this.#is('reset-keeps-isr')) this.isr = 0;
    this.#updateLine();
    this.selected = [0, 0];
    this.#heldBack = false;
    for (const queue of this.queues) {
      if (!this.#is('reset-keeps-ready')) queue.ready = queue.pfn = 0;
      if (!this.#is('reset-keeps-queue-reset')) queue.resetting = 0;
    }
    this.config[32] = 0;
  }

  #resetQueue(queue: Queue): void {
    if (this.#is('queue-reset-ignored')) return;
    queue.resetting = 1;
    this.#defer(() => {
      if (!this.#is('queue-reset-sticks') && !this.#is('reset-keeps-queue-reset')) queue.resetting = 0;
      if (!this.#is('queue-reset-keeps-ready')) queue.ready = 0;
    });
  }

  #readConfig(offset: number, size: number): number {
    if (this.#is('config-unstable')) this.config[0] ^= 1;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.config[offset + i] ?? 0);
    return value;
  }

  #writeConfig(offset: number, value: number, size: number): void {
    const suspended = (this.status & STATUS.SUSPEND) !== 0;
    if (suspended && !this.#is('suspend-takes-config-writes')) return;
    if (offset === 32 && size === 1) this.config[32] = value;
  }
}
