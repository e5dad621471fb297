/** The console's configuration space: size, and emergency writes (5.3.4, 5.3.5). */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { InterruptSink, Negotiated } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { swapField } from '../bytes.ts';
import { Feature } from './constants.ts';
import { EMERG_WR_OFFSET } from './facts.ts';

const C = {
  size: clause('untagged.console.2'),
  legacyLayout: clause('console.device.legacy-device-configuration-layout.1'),
  modernLayout: clause('untagged.basic.2'),
  emergencyWrite: clause('console.device.device-initialization.1'),
};

export class ConsoleConfig {
  readonly #setup: JudgeSetup;
  readonly #report: Report;
  readonly #interrupts: InterruptSink;
  offered: Negotiated | undefined;
  accepted: Negotiated | undefined;
  driverOk = false;
  /** The driver asked for a suspend: changes may be kept back until it has resumed (3.4). */
  suspended = false;
  /** What the host last set. */
  #size: { readonly cols: number; readonly rows: number } | undefined;
  /** What the driver has read of the size before the host set one. */
  readonly #shown: { cols?: number; rows?: number } = {};
  #sizeSettled = false;
  /** Log row of the last emergency write, and how many there were. */
  emergencyRow = -1;
  emergencies = 0;
  /** There was one with DRIVER_OK set since power-on. */
  emergencyLive = false;
  readonly emergencyClause = C.emergencyWrite;
  /** What an emergency write would give in the wrong byte order. */
  #foreign = -1;

  constructor(setup: JudgeSetup, report: Report, interrupts: InterruptSink) {
    this.#setup = setup;
    this.#report = report;
    this.#interrupts = interrupts;
  }

  reset(): void {
    this.accepted = undefined;
    this.driverOk = this.suspended = false;
  }

  get #foreignOrder(): boolean {
    return this.#setup.transport === 'mmio-v1' && this.#setup.mode.guest === 'big';
  }

  /** The character that a write to emerg_wr puts out, if it is one. */
  written(offset: number, size: number, value: number): { byte: number; certain: boolean } | undefined {
    if (offset + size <= EMERG_WR_OFFSET || offset >= EMERG_WR_OFFSET + 4) return undefined;
    if (this.offered?.has(Feature.EMERG_WRITE) === false) return undefined;
    this.#report.exercise(C.emergencyWrite);
    this.emergencyRow = this.#report.row;
    const [first, last] = [value & 0xff, Math.floor(value / 2 ** 24) & 0xff];
    const little = this.#setup.mode.config === 'little';
    const certain = offset === EMERG_WR_OFFSET && size === 4;
    if (!certain) return { byte: first, certain };
    this.emergencies++;
    if (this.driverOk) this.emergencyLive = true;
    this.#foreign = little ? last : first;
    return { byte: little ? first : last, certain };
  }

  /** Legacy: the byte is the other end of what was written to emerg_wr. */
  isForeignEmergency(byte: number): boolean {
    return this.#foreignOrder && byte === this.#foreign;
  }

  resized(cols: number, rows: number): void {
    const before = this.#size ?? this.#shown;
    this.#size = { cols, rows };
    this.#sizeSettled = false;
    const negotiated = this.driverOk && this.accepted?.has(Feature.SIZE) === true;
    // A size that nobody has seen may be the new one already.
    const changed = differs(before.cols, cols) || differs(before.rows, rows);
    // With MULTIPORT a RESIZE message may take the place of the notification.
    const multiport = this.accepted?.has(Feature.MULTIPORT) === true;
    if (negotiated && changed && !multiport) this.#interrupts.configOwed(C.size, this.#report.row);
    else this.#interrupts.configAllowed();
  }

  settled(certain: boolean): void {
    if (certain && !this.suspended) this.#sizeSettled = true;
  }

  field(name: string, value: bigint): void {
    if ((name !== 'cols' && name !== 'rows') || this.accepted?.has(Feature.SIZE) !== true) return;
    if (this.#size === undefined) {
      this.#shown[name] = Number(value);
      return;
    }
    const owed = BigInt(this.#size[name]);
    const swapped = swapField(owed, 2);
    const report = this.#report;
    const seen = (): string => `${value}`;
    if (swapped !== owed) {
      const index = this.#foreignOrder ? C.legacyLayout : C.modernLayout;
      const expected = (): string => `${name} ${owed} in ${this.#setup.mode.config}-endian order`;
      const modern = this.#setup.transport !== 'mmio-v1';
      if ((modern || this.#foreignOrder) && !report.check(index, value !== swapped, expected, seen)) return;
    }
    if (!this.#sizeSettled) return;
    report.check(C.size, value === owed, () => `${name} ${owed}, which the host has set`, seen);
  }
}

/** Whether a field that may not have been seen yet is known to have had another value. */
function differs(before: number | undefined, now: number): boolean {
  return before !== undefined && before !== now;
}
