/**
 * ConfigGeneration (2.5, 4.2.2): two reads of it with equal values enclose one unchanged configuration. So all that was
 * read while it kept its value must belong together: a byte with two values shows a change that was not told.
 */
import { clause } from '../clauses/catalogue.ts';
import type { Report } from '../report.ts';
import { hex } from '../mmio/context.ts';

const CHANGES = clause('mmio.device.register-layout.6');
const SAME_MEANS_SAME = clause('untagged.mmio.9');

export class GenerationModel {
  readonly #report: Report;
  /** Last value read, or -1. */
  #value = -1;
  /** What each byte read since ConfigGeneration took its value, or -1. */
  readonly #snapshot: Int16Array;
  /** A byte was read with another value than the snapshot's. */
  #differs = -1;
  #hostChanged = false;
  /** The snapshot holds something. */
  #taken = false;

  constructor(report: Report, size: number) {
    this.#report = report;
    this.#snapshot = new Int16Array(size).fill(-1);
  }

  restart(): void {
    this.#value = -1;
    this.#forget();
  }

  hostChanged(): void {
    this.#hostChanged = true;
  }

  byteRead(offset: number, byte: number): void {
    if (this.#value < 0) return;
    const before = this.#snapshot[offset];
    if (before < 0) {
      this.#snapshot[offset] = byte;
      this.#taken = true;
    } else if (before !== byte) this.#differs = offset;
  }

  /** The driver wrote the byte: what it reads from now on is no change by the device. */
  byteWritten(offset: number): void {
    if (offset < this.#snapshot.length) this.#snapshot[offset] = -1;
  }

  /** ConfigGeneration was read. `judged`: the device's duties are not void. */
  read(value: number, judged: boolean): void {
    const before = this.#value;
    this.#value = value;
    if (before !== value) {
      this.#forget();
      return;
    }
    this.#report.exercise(SAME_MEANS_SAME);
    if (this.#hostChanged) this.#report.exercise(CHANGES);
    if (this.#differs < 0) return;
    const index = this.#hostChanged ? CHANGES : SAME_MEANS_SAME;
    const expected = `another ConfigGeneration than ${hex(value)}: the byte at ${hex(this.#differs)} changed meanwhile`;
    if (judged) this.#report.violate(index, expected, hex(value));
    this.#forget();
  }

  #forget(): void {
    if (this.#taken) this.#snapshot.fill(-1);
    this.#taken = false;
    this.#differs = -1;
    this.#hostChanged = false;
  }
}
