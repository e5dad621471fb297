/**
 * Rules on how a driver goes about registers and configuration space that void nothing when broken, and that no other
 * model has a state for: which accesses there may be (4.2.2.2), and reading a field in one piece (2.5.1, 2.5.4).
 */
import { clause } from '../clauses/catalogue.ts';
import { emptyKeyed } from '../collections.ts';
import type { ConfigField } from '../seams.ts';
import type { MmioContext } from './context.ts';
import { REG, registersByWord, type Register } from './layout.ts';

const DOCUMENTED = clause('mmio.driver.register-layout.1');
const NOT_READ_ONLY = clause('mmio.driver.register-layout.2');
const NOT_WRITE_ONLY = clause('mmio.driver.register-layout.3');
const ALIGNED_32 = clause('mmio.driver.register-layout.4');
const NOT_ATOMIC = clause('basic.driver.device-configuration-space.1');
const BRACKETED = clause('basic.driver.device-configuration-space.2');
const READ_TWICE = clause('basic.driver.legacy-device-configuration-space.1');

/** A register access carries at most so many bytes of a field; wider fields can be torn (2.5.1). */
const WIDEST_ACCESS = 4;

export class DriverConduct {
  readonly #context: MmioContext;
  readonly #legacy: boolean;
  readonly #registers: readonly (Register | undefined)[];
  readonly #fields: readonly ConfigField[];
  /** ConfigGeneration was read, and nothing but configuration space since. */
  #generationRead = false;
  /** What it read; NaN where the trace doesn't tell. */
  #generation = NaN;
  /** A wide field was read while the configuration changed, and has yet to be read again. */
  #torn: string | undefined;
  /** Bytes seen of the wide field that is being read, as a bit mask, and which field. */
  #field: ConfigField | undefined;
  #seen = 0;
  /** A wide field has been read; ConfigGeneration should be read next. */
  #unconfirmed: string | undefined;
  /** Legacy: how often each wide field was read since reset. */
  readonly #reads = new Map<string, number>();

  constructor(context: MmioContext) {
    this.#context = context;
    this.#legacy = context.setup.transport === 'mmio-v1';
    this.#registers = registersByWord(context.setup.transport);
    this.#fields = context.facts.configFields.filter((field) => field.width > WIDEST_ACCESS);
  }

  reset(): void {
    this.#generationRead = false;
    this.#field = this.#unconfirmed = this.#torn = undefined;
    this.#seen = 0;
    emptyKeyed(this.#reads);
  }

  /** A control register was read or written with an aligned access of 32 bits. */
  register(did: 'read' | 'wrote', offset: number): void {
    const { report } = this.#context;
    if (offset % 4 === 0 && this.#registers[offset / 4] !== undefined) {
      report.exercise(DOCUMENTED);
      report.exercise(ALIGNED_32);
      report.exercise(did === 'read' ? NOT_WRITE_ONLY : NOT_READ_ONLY);
    }
    // An interrupt may be served in the middle of anything.
    if (offset === REG.InterruptStatus || offset === REG.InterruptACK) return;
    if (this.#legacy || (did === 'read' && offset === REG.ConfigGeneration)) return;
    this.#leaveConfig();
  }

  /** ConfigGeneration was read; NaN where the trace doesn't tell what it showed. */
  generationRead(value: number): void {
    const { report } = this.#context;
    if (
      this.#unconfirmed !== undefined &&
      this.#generationRead &&
      !Number.isNaN(value) &&
      !Number.isNaN(this.#generation)
    ) {
      report.exercise(NOT_ATOMIC);
      if (value !== this.#generation) this.#torn = this.#unconfirmed;
    }
    this.#unconfirmed = undefined;
    this.#generationRead = true;
    this.#generation = value;
  }

  /** The configuration space was read. */
  configRead(offset: number, size: number): void {
    const field = this.#wideField(offset, size);
    if (field === undefined) return;
    if (field !== this.#field) this.#seen = 0;
    this.#field = field;
    this.#seen |= ((1 << size) - 1) << (offset - field.offset);
    if (this.#seen !== (1 << field.width) - 1) return;
    this.#seen = 0;
    this.#field = undefined;
    if (this.#legacy) {
      this.#reads.set(field.name, (this.#reads.get(field.name) ?? 0) + 1);
      return;
    }
    this.#context.report.exercise(BRACKETED);
    if (field.name === this.#torn) this.#torn = undefined;
    if (this.#generationRead) this.#unconfirmed = field.name;
    else this.#unbracketed(field.name, 'before');
  }

  /** DRIVER_OK was set: the fields that set-up needs have been read. */
  driverOk(): void {
    if (!this.#legacy) return;
    for (const [name, times] of this.#reads) {
      this.#context.report.exercise(READ_TWICE);
      if (times > 1) continue;
      const what = `read ${name} once only, in parts: without a generation counter nothing shows that they belong together`;
      this.#context.breakNothing('basic.driver.legacy-device-configuration-space.1', what);
    }
    this.#reads.clear();
  }

  #wideField(offset: number, size: number): ConfigField | undefined {
    for (const field of this.#fields) {
      if (offset >= field.offset && offset + size <= field.offset + field.width) return field;
    }
    return undefined;
  }

  #leaveConfig(): void {
    if (this.#unconfirmed !== undefined) this.#unbracketed(this.#unconfirmed, 'after');
    if (this.#torn !== undefined) {
      const what = `took ${this.#torn} as read, although ConfigGeneration had changed meanwhile`;
      this.#context.breakNothing('basic.driver.device-configuration-space.1', what);
      this.#context.breakNothing('basic.driver.device-configuration-space.2', what);
    }
    this.#torn = undefined;
    this.#unconfirmed = undefined;
    this.#generationRead = false;
  }

  #unbracketed(name: string, when: 'before' | 'after'): void {
    const what = `read ${name} in parts without reading ConfigGeneration ${when} it`;
    this.#context.breakNothing('basic.driver.device-configuration-space.2', what);
  }
}
