/** Suspend and resume (3.4) as Status reads show them: SUSPEND set and DRIVER_OK clear means suspended. */
import { clause } from '../clauses/catalogue.ts';
import type { Report } from '../report.ts';
import { STATUS, statusNames } from './status-bits.ts';

const SUSPENDS_OR_FAILS = clause('init.device.device-suspend.6');
const RESUMES_OR_FAILS = clause('init.device.device-suspend.7');
const ENCODING = clause('untagged.basic.5');
const VERIFIED = clause('init.driver.device-suspend.2');

/**
 * `unclear`: the driver set DRIVER_OK before it saw how its suspend request ended. Either end is right, and only what the
 * device shows after it was given time is an end.
 */
export type SuspendPhase = 'running' | 'suspending' | 'suspended' | 'resuming' | 'unclear';

export class SuspendModel {
  phase: SuspendPhase = 'running';
  /** Row of the last request to suspend, and to resume. */
  suspendRow = 0;
  resumeRow = 0;
  /** The device answered a request with DEVICE_NEEDS_RESET. */
  failed = false;
  /** The device was given time since the request; a missing answer is reported once. */
  #timed = false;
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  reset(): void {
    this.phase = 'running';
    this.failed = false;
    this.#timed = false;
  }

  /** A request is under way, so the device may be between the two states. */
  get moving(): boolean {
    return this.phase === 'suspending' || this.phase === 'resuming' || this.phase === 'unclear';
  }

  settled(): void {
    this.#timed = true;
  }

  /** The driver set SUSPEND on a running device. */
  ask(row: number): void {
    this.phase = 'suspending';
    this.suspendRow = row;
    this.#timed = false;
  }

  /** The driver wrote DRIVER_OK; false if it had not seen the device suspended. */
  resume(row: number): boolean {
    this.#timed = false;
    if (this.phase === 'suspended') {
      this.phase = 'resuming';
      this.resumeRow = row;
      return true;
    }
    if (this.phase !== 'suspending') return true;
    this.phase = 'unclear';
    this.resumeRow = row;
    return false;
  }

  /** Status was read while not known to be running. */
  read(value: number): void {
    const suspend = (value & STATUS.SUSPEND) !== 0;
    const running = (value & STATUS.DRIVER_OK) !== 0;
    if ((value & STATUS.DEVICE_NEEDS_RESET) !== 0) {
      this.failed = true;
      if (this.phase !== 'suspended') this.phase = 'unclear';
      return;
    }
    const phase = this.phase;
    if (phase === 'suspending') this.#readSuspending(value, suspend, running);
    else if (phase === 'resuming') this.#readResuming(value, suspend, running);
    else if (phase === 'suspended') this.#report.exercise(ENCODING);
    else if (suspend !== running && this.#timed) this.phase = suspend ? 'suspended' : 'running';
  }

  #readSuspending(value: number, suspend: boolean, running: boolean): void {
    this.#report.exercise(SUSPENDS_OR_FAILS);
    this.#report.exercise(VERIFIED);
    if (suspend && !running) {
      this.#report.exercise(ENCODING);
      this.phase = 'suspended';
    } else if (!suspend && !running) {
      this.#report.violate(ENCODING, 'SUSPEND set and DRIVER_OK clear, or still running', statusNames(value));
      this.phase = 'unclear';
    } else if (this.#timed) {
      const expected = 'SUSPEND set and DRIVER_OK clear, or DEVICE_NEEDS_RESET, after time was given';
      this.#report.violate(SUSPENDS_OR_FAILS, expected, statusNames(value));
      this.phase = 'unclear';
    }
  }

  #readResuming(value: number, suspend: boolean, running: boolean): void {
    this.#report.exercise(RESUMES_OR_FAILS);
    if (running && !suspend) {
      this.#report.exercise(ENCODING);
      this.phase = 'running';
    } else if (!suspend && !running) {
      this.#report.violate(ENCODING, 'DRIVER_OK set and SUSPEND clear, or still suspended', statusNames(value));
      this.phase = 'unclear';
    } else if (this.#timed) {
      const expected = 'DRIVER_OK set and SUSPEND clear, or DEVICE_NEEDS_RESET, after time was given';
      this.#report.violate(RESUMES_OR_FAILS, expected, statusNames(value));
      this.phase = 'unclear';
    }
  }
}
