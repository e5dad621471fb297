/** The device status field (2.1): which bits stand, and what setting each one sets off. */
import type { DeviceFaults } from '../faults/switches.ts';
import { Status } from './bits.ts';

/** What the rest of the device does at the steps of its life. */
export interface Life {
  readonly legacy: boolean;
  readonly faults: DeviceFaults;
  reset(): void;
  /** FEATURES_OK is being set: whether the driver's features will do. */
  agree(): boolean;
  start(): void;
  /** Whether SUSPEND was negotiated. */
  canSuspend(): boolean;
  /** Finishes what is under way. */
  suspend(): void;
  resume(): void;
}

/** Bits that mean nothing to the device and are only kept. */
const KEPT = Status.ACKNOWLEDGE | Status.DRIVER | Status.FAILED;

export class StatusRegister {
  bits = 0;
  suspended = false;
  private readonly life: Life;
  private shown = 0;
  private writes = 0;
  private resetsAsked = 0;

  constructor(life: Life) {
    this.life = life;
  }

  has(bit: number): boolean {
    return (this.bits & bit) !== 0;
  }

  read(): number {
    const faults = this.life.faults;
    let value = this.bits;
    if (faults['status-starts-nonzero'] && this.writes === 0) value |= Status.ACKNOWLEDGE;
    if (faults['status-loses-acknowledge'] && this.has(Status.DRIVER)) value &= ~Status.ACKNOWLEDGE;
    if (faults['status-hides-driver-ok']) value &= ~Status.DRIVER_OK;
    if (faults['status-undefined-bit'] && value !== 0) value |= 32;
    if (faults['status-read-lags']) {
      const before = this.shown;
      this.shown = value;
      return before;
    }
    return value;
  }

  /** 0 resets; anything else sets flags, and no flag is ever cleared by leaving it out (2.1.1). */
  write(value: number): void {
    this.writes++;
    value &= 0xff;
    if (value === 0) this.reset();
    else if (this.suspended) this.writeSuspended(value);
    else this.advance(value);
  }

  private reset(): void {
    const faults = this.life.faults;
    if (faults['reset-needs-two-writes'] && this.has(Status.DRIVER) && ++this.resetsAsked % 2 === 1) return;
    const before = this.bits;
    this.life.reset();
    if (faults['reset-keeps-acknowledge']) this.bits = before & Status.ACKNOWLEDGE;
    if (faults['reset-keeps-needs-reset']) this.bits = before & Status.NEEDS_RESET;
  }

  private advance(value: number): void {
    const { life } = this;
    const wasRunning = this.has(Status.DRIVER_OK);
    const added = value & ~this.bits;
    this.bits |= value & KEPT;
    // A legacy driver doesn't know FEATURES_OK (3.1.2); one that sets it all the same gets it back.
    if ((added & Status.FEATURES_OK) !== 0 && (life.legacy || life.agree())) this.bits |= Status.FEATURES_OK;
    // Without agreed features there is no device to set live.
    if ((added & Status.DRIVER_OK) !== 0 && (life.legacy || this.has(Status.FEATURES_OK))) {
      this.bits |= Status.DRIVER_OK;
      life.start();
    }
    if ((value & Status.SUSPEND) !== 0) this.suspend(wasRunning);
  }

  /** 3.4.2: ignored before initialization is complete; a device that needs a reset can't suspend, and says so already. */
  private suspend(wasRunning: boolean): void {
    const { life } = this;
    const faults = life.faults;
    if (!wasRunning && faults['suspend-accepted-before-driver-ok']) this.bits |= Status.SUSPEND;
    if (!wasRunning || !life.canSuspend() || this.has(Status.NEEDS_RESET) || faults['suspend-ignored']) return;
    life.suspend();
    // Finishing what was under way may have shown that the device can't go on.
    if (this.has(Status.NEEDS_RESET)) return;
    this.suspended = true;
    this.bits |= Status.SUSPEND;
    if (!faults['suspend-keeps-driver-ok']) this.bits &= ~Status.DRIVER_OK;
  }

  private writeSuspended(value: number): void {
    const faults = this.life.faults;
    this.bits |= value & KEPT;
    // A device that broke down meanwhile fails to resume; DEVICE_NEEDS_RESET tells.
    if ((value & Status.DRIVER_OK) === 0 || this.has(Status.NEEDS_RESET) || faults['resume-ignored']) return;
    this.suspended = false;
    this.bits |= Status.DRIVER_OK;
    if (!faults['resume-keeps-suspend-bit']) this.bits &= ~Status.SUSPEND;
    this.life.resume();
  }
}
