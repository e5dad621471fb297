/**
 * The interrupt line against InterruptStatus (4.2.3.4): asserted exactly while a bit is set. Two looks are compared only
 * if nothing can have happened between: they are neighbours in a trace that shows every device action, or the device was
 * given time since the driver last changed anything and bits don't clear by themselves.
 */
import { clause } from '../clauses/catalogue.ts';
import { hex, type MmioContext } from './context.ts';

const LINE = clause('untagged.mmio.12');

export class LineModel {
  /** A level was sampled since the driver last did something that changes it. */
  known = false;
  level = 0;
  readonly #context: MmioContext;
  #levelRow = -2;
  /** Last InterruptStatus value read since the driver last acknowledged or reset, or -1. */
  #status = -1;
  #statusRow = -2;
  /** The device was given time since the last acknowledgement, and since the last InterruptStatus read. */
  #settledSinceAck = false;
  #settledSinceStatus = false;
  /** The level was sampled after the device was given time since the last acknowledgement. */
  #levelSettled = false;

  constructor(context: MmioContext) {
    this.#context = context;
  }

  forget(): void {
    this.known = false;
    this.#status = -1;
    this.#statusRow = -2;
    this.#levelRow = -2;
    this.#settledSinceAck = false;
    this.#settledSinceStatus = false;
  }

  acknowledged(): void {
    this.forget();
  }

  settled(): void {
    this.#settledSinceAck = true;
    this.#settledSinceStatus = true;
  }

  sampled(level: number): void {
    const { report, setup } = this.#context;
    this.known = true;
    this.level = level;
    this.#levelRow = report.row;
    this.#levelSettled = this.#settledSinceAck;
    if (!this.#judged()) return;
    if (setup.observesDeviceStores) {
      if (this.#statusRow === report.row - 1) this.#compare(this.#status, level);
    } else if (this.#status > 0 && this.#settledSinceStatus) {
      this.#compare(this.#status, level);
    }
  }

  isrRead(value: number): void {
    const { report, setup } = this.#context;
    const before = this.#status;
    this.#status = value;
    this.#statusRow = report.row;
    this.#settledSinceStatus = false;
    if (!this.known || !this.#judged()) return;
    if (setup.observesDeviceStores) {
      if (this.#levelRow === report.row - 1) this.#compare(value, this.level);
    } else if (value === 0 && before === 0 && this.level === 1 && this.#levelSettled) {
      // Clear before and after: a bit that was set in between and went by itself is not for this clause to judge.
      this.#compare(value, this.level);
    }
  }

  #judged(): boolean {
    const { setup, voided, resetPending } = this.#context;
    return setup.observesInterrupt && !voided && !resetPending;
  }

  #compare(status: number, level: number): void {
    const { report } = this.#context;
    report.exercise(LINE);
    if ((status !== 0 ? 1 : 0) === level) return;
    const expected = status !== 0 ? 'asserted' : 'not asserted';
    const seen = level === 1 ? 'asserted' : 'not asserted';
    report.violate(LINE, `the interrupt line ${expected} with InterruptStatus ${hex(status)}`, seen);
  }
}
