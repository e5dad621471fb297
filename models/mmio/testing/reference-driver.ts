/**
 * A second opinion on the driver: what a driver has done so far and which rule, if any, its next action breaks. Written
 * as plain conditions over a handful of facts, apart from the models, so that an exploration can compare the two.
 */
import { FEATURE } from '../../status/feature-bits.ts';
import { MEMORY, type Bench } from './bench.ts';
import { REG } from '../layout.ts';

export const ACTIONS = [
  'reset',
  'read status',
  'ack',
  'driver',
  'features ok',
  'driver ok',
  'failed',
  'clear driver',
  'offer',
  'select good',
  'select unoffered',
  'select without version 1',
  'program',
  'program odd size',
  'ready 1',
  'ready 0',
  'read ready',
  'queue reset',
  'read queue reset',
  'notify',
  'suspend',
  'resume',
  'settle',
] as const;
export type Action = (typeof ACTIONS)[number];

const GOOD = [FEATURE.VERSION_1, FEATURE.RING_RESET, FEATURE.SUSPEND];

/** Facts about the driver's past since the last reset. */
export class ReferenceDriver {
  /** Status bits it has set, without those that read back clear. */
  status = 0;
  /** A reset was asked for and not yet seen to be done. */
  resetting = false;
  /** It wrote on during a reset: a device may have dropped that. */
  hasty = false;
  offer = false;
  selection: 'none' | 'good' | 'unoffered' | 'without version 1' = 'none';
  negotiation: 'open' | 'asked' | 'accepted' | 'refused' = 'open';
  ready = false;
  /** RING_RESET on the queue: asked for, or seen done and not re-enabled since. */
  queueReset: 'no' | 'asked' | 'done' = 'no';
  programmed: 'no' | 'good' | 'odd' = 'no';
  unreadStop = false;
  queueVoid = false;
  /** The queue is void until the device is reset. */
  queueLost = false;
  live = false;
  suspend: 'no' | 'asked' | 'yes' | 'resuming' | 'unclear' = 'no';
  /** The device was given time since the driver last asked for a suspend or resume. */
  timed = false;
  /** It broke a rule that leaves the device free until reset. */
  void = false;

  key(): string {
    return JSON.stringify(this);
  }

  /** The clause that the action breaks now, `''` if it breaks one without an id, undefined if it is in order. */
  breaks(action: Action): string | undefined {
    if (action === 'reset') return this.unreadStop ? 'mmio.driver.register-layout.17' : undefined;
    if (action === 'settle' || action.startsWith('read ') || action === 'offer') return undefined;
    const write = ['ack', 'driver', 'features ok', 'driver ok', 'failed', 'clear driver', 'suspend', 'resume'];
    if (write.includes(action)) {
      if (this.resetting) return 'basic.driver.device-reset.1';
      return this.void ? undefined : this.#breaksStatus(action);
    }
    if (this.void) return undefined;
    if (action.startsWith('select')) {
      if (this.negotiation === 'refused') {
        return (this.status & 128) === 0 ? 'init.driver.device-initialization.6' : 'basic.driver.device-status-field.3';
      }
      if (this.negotiation !== 'open') {
        return action === `select ${this.selection}` ? undefined : 'init.driver.device-initialization.4';
      }
      return (this.status & 2) === 0 ? 'init.driver.device-initialization.1.c' : undefined;
    }
    return action === 'notify' ? this.#breaksNotify() : this.#breaksQueue(action);
  }

  #breaksStatus(action: Action): string | undefined {
    const bit = { ack: 1, driver: 2, 'features ok': 8, 'driver ok': 4, failed: 128, suspend: 16, resume: 4 }[
      action as 'ack'
    ] as number | undefined;
    if (bit === undefined) return (this.status & 2) !== 0 ? 'basic.driver.device-status-field.2' : this.#afterFailed(1);
    if (this.#afterFailed(bit) !== undefined) return this.#afterFailed(bit);
    // Whatever it means to set: DRIVER_OK comes with it, so it asks a device to resume that was not seen suspended.
    if (this.suspend === 'asked') return 'init.driver.device-suspend.2';
    if ((this.status & bit) !== 0 && action !== 'resume') return undefined;
    if (action === 'driver' && (this.status & 1) === 0) return 'init.driver.device-initialization.1.b';
    if (action === 'features ok') {
      if (this.negotiation === 'refused') return 'init.driver.device-initialization.6';
      if ((this.status & 2) === 0) return 'init.driver.device-initialization.1.c';
      if (this.selection !== 'none' && !this.offer) return 'init.driver.device-initialization.1.d';
      if (this.selection === 'unoffered') return 'basic.driver.feature-bits.1';
      return this.selection === 'good' ? undefined : 'reserved.driver.reserved-feature-bits.1';
    }
    if (action === 'driver ok' || (action === 'resume' && !this.live)) {
      if ((this.status & 4) !== 0) return undefined;
      if (this.negotiation === 'refused') return 'init.driver.device-initialization.6';
      if (this.negotiation === 'open') return 'init.driver.device-initialization.1.e';
      if (this.negotiation === 'asked') return 'init.driver.device-initialization.1.f';
      return undefined;
    }
    if (action === 'suspend') return this.live ? undefined : 'init.driver.device-suspend.1';
    return undefined;
  }

  #afterFailed(bit: number): string | undefined {
    const fresh = (this.status & 128) !== 0 && (this.status & bit) === 0;
    return fresh ? 'basic.driver.device-status-field.3' : undefined;
  }

  #breaksNotify(): string | undefined {
    if (!this.live) return 'init.driver.device-initialization.7';
    if (this.suspend === 'resuming') return 'init.driver.device-suspend.6';
    if (this.suspend !== 'no') return 'init.driver.device-suspend.4';
    return this.ready ? undefined : 'untagged.mmio.17';
  }

  #breaksQueue(action: Action): string | undefined {
    const resetting = this.queueReset === 'asked';
    if (action === 'queue reset') return this.negotiation === 'accepted' ? undefined : '';
    if (action === 'ready 0') return resetting ? 'mmio.driver.register-layout.21' : undefined;
    if (action.startsWith('program')) {
      if (resetting) return 'mmio.driver.register-layout.21';
      return this.ready ? 'mmio.driver.register-layout.15' : undefined;
    }
    if (this.unreadStop) return 'mmio.driver.register-layout.17';
    if (resetting) return 'mmio.driver.register-layout.21';
    return this.#breaksEnabling();
  }

  #breaksEnabling(): string | undefined {
    if (this.ready) return 'untagged.mmio.13';
    if (this.negotiation !== 'accepted') return 'init.driver.device-initialization.1.g';
    if (this.live && this.queueReset !== 'done') return 'init.driver.device-initialization.1.h';
    if (this.programmed === 'no') return 'untagged.mmio.13';
    return this.programmed === 'odd' ? 'untagged.split.1' : undefined;
  }

  /** Performs the action on the bench and takes note of it. */
  act(bench: Bench, action: Action): void {
    const broken = this.breaks(action);
    switch (action) {
      case 'reset':
        bench.write(REG.Status, 0);
        Object.assign(this, new ReferenceDriver());
        this.resetting = true;
        return;
      case 'settle':
        bench.settle();
        this.resetting = false;
        this.timed = true;
        this.#queueIsReset();
        return;
      case 'read status':
        this.#readStatus(bench.read(REG.Status));
        return;
      case 'offer':
        for (const window of [0, 1]) {
          bench.write(REG.DeviceFeaturesSel, window);
          bench.read(REG.DeviceFeatures);
        }
        this.offer = true;
        return;
      case 'select good':
      case 'select unoffered':
      case 'select without version 1':
        this.#select(bench, action.slice(7) as 'good', broken);
        return;
      case 'notify':
        bench.write(REG.QueueNotify, 0);
        return;
      case 'read ready':
        bench.write(REG.QueueSel, 0);
        bench.read(REG.QueueReady);
        this.unreadStop = false;
        return;
      case 'read queue reset':
        bench.write(REG.QueueSel, 0);
        if (bench.read(REG.QueueReset) === 0 && !this.resetting) this.#queueIsReset();
        return;
      case 'program':
      case 'program odd size':
      case 'ready 1':
      case 'ready 0':
      case 'queue reset':
        this.#queue(bench, action, broken);
        return;
      default:
        this.#status(bench, action, broken);
    }
  }

  #queueIsReset(): void {
    if (this.queueReset !== 'asked' || this.queueVoid || this.void) return;
    this.queueReset = 'done';
    this.ready = false;
    this.programmed = 'no';
  }

  #readStatus(value: number): void {
    if (this.resetting) {
      if (value === 0) this.resetting = false;
      return;
    }
    if (this.negotiation === 'asked') {
      this.negotiation = (value & 8) !== 0 ? 'accepted' : 'refused';
      if (this.negotiation === 'refused') this.status &= ~8;
    }
    if (this.void || this.suspend === 'no') return;
    const bits = value & 20;
    if (this.suspend === 'unclear' && !this.timed) return;
    if (bits === 16 && this.suspend !== 'resuming') this.suspend = 'yes';
    if (bits === 4 && this.suspend !== 'asked') {
      this.suspend = 'no';
      this.status &= ~16;
    }
  }

  #status(bench: Bench, action: Action, broken: string | undefined): void {
    const bits = { ack: 1, driver: 2, 'features ok': 8, 'driver ok': 4, failed: 128, suspend: 16, resume: 4 }[
      action as 'ack'
    ] as number | undefined;
    const value = bits === undefined ? (this.status & ~2) | 1 : this.status | bits;
    bench.write(REG.Status, value);
    if (this.resetting) {
      this.resetting = false;
      this.hasty = true;
    }
    if (this.void) return;
    if (bits === undefined && (this.status & 2) === 0) this.status |= 1;
    const voiding =
      broken !== undefined && !['init.driver.device-suspend.1', 'init.driver.device-suspend.2'].includes(broken);
    const unread = broken === 'init.driver.device-initialization.1.d';
    if (action === 'features ok' && !voiding)
      this.negotiation = this.negotiation === 'open' ? 'asked' : this.negotiation;
    if (action === 'features ok' && voiding && broken !== 'basic.driver.device-reset.1') {
      const judged = broken === 'basic.driver.feature-bits.1' || broken.startsWith('reserved') || unread;
      if (judged && this.negotiation === 'open') this.negotiation = 'asked';
    }
    if (broken === 'basic.driver.device-reset.1') {
      // What the device makes of a hasty write is its own affair; the exploration does not follow it further.
      this.void = true;
      return;
    }
    if (voiding && !(unread && this.selection === 'good')) {
      this.void = true;
      return;
    }
    if (bits === undefined) return;
    if (action === 'suspend' && !this.live) return;
    const asks = action === 'suspend' && (this.status & 16) === 0;
    this.status |= bits;
    this.timed = false;
    if (asks) this.suspend = 'asked';
    else if (this.suspend === 'yes') this.suspend = 'resuming';
    else if (this.suspend === 'asked') this.suspend = 'unclear';
    if (bits === 4) this.live = true;
  }

  #select(bench: Bench, selection: 'good' | 'unoffered' | 'without version 1', broken: string | undefined): void {
    const features = { good: GOOD, unoffered: [FEATURE.VERSION_1, 12], 'without version 1': [29] }[selection];
    for (const window of [0, 1]) {
      let value = 0;
      for (const bit of features) if (bit >>> 5 === window) value |= 1 << (bit & 31);
      bench.write(REG.DriverFeaturesSel, window);
      bench.write(REG.DriverFeatures, value >>> 0);
    }
    if (broken !== undefined) this.void = true;
    else if (this.negotiation === 'open') this.selection = selection;
  }

  #queue(bench: Bench, action: Action, broken: string | undefined): void {
    bench.write(REG.QueueSel, 0);
    if (action.startsWith('program')) {
      bench.write(REG.QueueSize, action === 'program' ? 8 : 7);
      for (const [i, offset] of [REG.QueueDescLow, REG.QueueDriverLow, REG.QueueDeviceLow].entries()) {
        bench.write(offset, MEMORY.base + 0x100 * i);
        bench.write(offset + 4, 0);
      }
      if (this.void) return;
      if (broken === undefined) this.programmed = action === 'program' ? 'good' : 'odd';
      else this.queueVoid = true;
      if (broken === 'mmio.driver.register-layout.21') this.queueLost = true;
      return;
    }
    if (action === 'queue reset') {
      bench.write(REG.QueueReset, 1);
      if (this.void) return;
      if (broken !== undefined) this.queueVoid = this.queueLost = true;
      else if (!this.queueVoid) this.queueReset = 'asked';
      return;
    }
    bench.write(REG.QueueReady, action === 'ready 1' ? 1 : 0);
    if (this.void) return;
    if (this.queueReset === 'asked') this.queueVoid = this.queueLost = true;
    if (action === 'ready 0') {
      if (this.ready) this.unreadStop = true;
      this.ready = false;
      return;
    }
    this.unreadStop = false;
    if (this.queueReset === 'asked') return;
    const bad = this.#breaksEnabling() !== undefined;
    this.queueVoid = bad || this.queueLost;
    this.ready = true;
    this.queueReset = 'no';
  }
}
