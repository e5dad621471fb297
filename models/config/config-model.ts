/**
 * The configuration space (2.5): puts fields together from the driver's reads, and judges that they are stable, frozen
 * while suspended, and that ConfigGeneration tells of every change (4.2.2.1).
 *
 * Kept byte by byte: what a byte last read, and whether it may have changed since for a reason that the trace shows
 * (host action, the driver's own write, reset or negotiation for fields that the driver may write).
 */
import { clause } from '../clauses/catalogue.ts';
import { zero } from '../collections.ts';
import { hex, type MmioContext } from '../mmio/context.ts';
import type { ConfigField } from '../seams.ts';
import { GenerationModel } from './generation-model.ts';

const READABLE_EARLY = clause('basic.device.device-configuration-space.1');
const CHANGE_NOTIFIED = clause('untagged.basic.4');
const FROZEN = clause('init.device.device-suspend.3');
const WRITES_IGNORED = clause('init.device.device-suspend.2');
const BYTE_ACCESS = clause('untagged.mmio.10');
const LEGACY_EARLY_WRITE = clause('init.device.legacy-device-initialization.1');
const WIDTH = clause('mmio.driver.register-layout.5');
const CHECK_FEATURE = clause('basic.driver.device-configuration-space.3');
const NO_EARLY_WRITE = clause('init.driver.device-initialization.3');

/** What the model has to know of the rest of the device. */
export interface ConfigSurroundings {
  /** True or false if it is known whether the feature is offered. */
  isOffered(bit: number): boolean | undefined;
  /** Negotiation is complete, and without the feature. */
  isDeclined(bit: number): boolean;
  /** Feature negotiation is complete (modern: FEATURES_OK was read back set). */
  readonly negotiated: boolean;
  readonly suspended: boolean;
}

/** A byte's `#state`: never read, read and binding, or free to differ because of a change that the trace explains. */
const UNKNOWN = 0;
const STABLE = 1;
/** The host changed something: the old value or, once, a new one. */
const CHANGING = 2;

/** Fields up to this width, in bytes, are exact as numbers. */
const WIDEST_NUMBER = 6;

/** Fields are written down with the properties that they have; here all have all, so that they are alike to the engine. */
function uniform({ name, offset, width, feature, writable, volatile }: ConfigField): ConfigField {
  return { name, offset, width, feature, writable, volatile };
}

export class ConfigModel {
  /** Called with every whole field that the driver has read, in the order of its bytes' arrival. */
  onField: (name: string, value: bigint) => void = () => undefined;
  readonly generation: GenerationModel;
  readonly #context: MmioContext;
  readonly #around: ConfigSurroundings;
  readonly #fields: readonly ConfigField[];
  /** Index into #fields by byte offset, or -1. */
  readonly #fieldAt: Int16Array;
  /** Offsets of the bytes that the driver may write or that change by themselves. */
  readonly #unsettled: readonly number[];
  readonly #bytes: Uint8Array;
  readonly #state: Uint8Array;
  /** 1: the byte was last read before FEATURES_OK. */
  readonly #early: Uint8Array;
  /** 1: the driver wrote the byte while the device was suspended. */
  readonly #frozenWrite: Uint8Array;
  /** Width of the access that last read the byte. */
  readonly #width: Uint8Array;
  /** Per field, the bytes read since it was last passed on, as a bit mask. */
  readonly #arrived: Uint8Array;
  readonly #big: boolean;
  readonly #legacy: boolean;
  /** Some byte has been read, some byte is marked in #frozenWrite, some bit is set in #arrived. */
  #anyRead = false;
  #anyFrozenWrite = false;
  #anyArrived = false;
  #hostChangeUnsettled = false;
  /** The host changed something while the device was suspended: the fields stay as they are until it resumes (3.4.2). */
  #changeHeld = false;
  /** Legacy: where the driver wrote a switch before negotiation was final, and what; -1: nowhere. */
  #earlyWriteAt = -1;
  #earlyWrite = 0;

  constructor(context: MmioContext, around: ConfigSurroundings) {
    this.#context = context;
    this.#around = around;
    this.#fields = context.facts.configFields.map(uniform);
    this.#big = context.setup.mode.config === 'big';
    this.#legacy = context.setup.transport === 'mmio-v1';
    let size = 0;
    for (const field of this.#fields) size = Math.max(size, field.offset + field.width);
    this.#fieldAt = new Int16Array(size).fill(-1);
    this.#fields.forEach((field, i) => this.#fieldAt.fill(i, field.offset, field.offset + field.width));
    this.#unsettled = this.#fields
      .filter((field) => field.writable === true || field.volatile === true)
      .flatMap((field) => Array.from({ length: field.width }, (_, i) => field.offset + i));
    this.#bytes = new Uint8Array(size);
    this.#state = new Uint8Array(size);
    this.#early = new Uint8Array(size);
    this.#frozenWrite = new Uint8Array(size);
    this.#width = new Uint8Array(size);
    this.#arrived = new Uint8Array(this.#fields.length);
    this.generation = new GenerationModel(context.report, size);
  }

  powerOn(): void {
    if (this.#anyRead) zero(this.#state);
    this.#anyRead = false;
    this.#forgetFrozenWrites();
    this.#forgetArrived();
    this.#earlyWriteAt = -1;
    this.#hostChangeUnsettled = this.#changeHeld = false;
    this.generation.restart();
  }

  /** A reset or the end of negotiation may change what the driver can write (2.5, 5.2.5), and nothing else. */
  negotiationChanged(): void {
    for (const offset of this.#unsettled) this.#forget(offset);
    this.#forgetFrozenWrites();
    this.#forgetArrived();
    this.#earlyWriteAt = -1;
  }

  #forgetFrozenWrites(): void {
    if (this.#anyFrozenWrite) zero(this.#frozenWrite);
    this.#anyFrozenWrite = false;
  }

  #forgetArrived(): void {
    if (this.#anyArrived) zero(this.#arrived);
    this.#anyArrived = false;
  }

  reset(): void {
    if (this.#changeHeld) this.hostChanged();
    this.negotiationChanged();
    this.generation.restart();
  }

  /** The host changed the configuration: every field may have a new value, now or soon; after resume, if suspended. */
  hostChanged(): void {
    this.#changeHeld = this.#around.suspended;
    if (this.#changeHeld) return;
    for (let i = 0; i < this.#state.length; i++) if (this.#state[i] === STABLE) this.#state[i] = CHANGING;
    this.#forgetArrived();
    this.#hostChangeUnsettled = true;
    this.generation.hostChanged();
  }

  /** The device may have resumed: what the host did meanwhile is due from now on, even if the device is suspended again. */
  lifeChanged(): void {
    if (this.#changeHeld && !this.#around.suspended) this.hostChanged();
  }

  settled(): void {
    // A device may keep a change back until it has resumed, or until a reset if it never does (3.4).
    if (this.#context.awake) this.#hostChangeUnsettled = false;
  }

  /** Read `size` bytes at `offset` of the configuration space; `value` as logged. */
  read(offset: number, size: number, value: number): void {
    if (this.#context.facts.opaqueConfig === true) return;
    this.lifeChanged();
    const field = this.#fieldFor(offset, size, 'read');
    if (field === undefined || this.#context.resetPending) return;
    const { report } = this.#context;
    if (field.feature !== undefined) {
      const offered = this.#around.isOffered(field.feature);
      if (offered !== undefined) report.exercise(CHECK_FEATURE);
      if (offered === false) {
        const what = `read ${field.name} although the feature that it depends on is not offered`;
        this.#context.breakNothing('basic.driver.device-configuration-space.3', what);
      }
      if (offered !== true) return;
    }
    report.exercise(READABLE_EARLY);
    const judged = !this.#context.voided && field.volatile !== true && !this.#unusable(field);
    if (this.#state[offset] === STABLE && this.#width[offset] !== size) report.exercise(BYTE_ACCESS);
    this.#anyRead = true;
    let wrong = false;
    let rest = value;
    for (let i = offset; i < offset + size; i++) {
      const byte = rest & 0xff;
      rest = Math.floor(rest / 256);
      this.generation.byteRead(i, byte);
      if (this.#state[i] === STABLE && this.#bytes[i] !== byte && judged) wrong = true;
      // Until the device has had time, this may be the old value as well as the new one, or one in between.
      if (this.#state[i] !== STABLE) this.#state[i] = this.#hostChangeUnsettled ? CHANGING : STABLE;
      if (wrong) continue;
      this.#bytes[i] = byte;
    }
    if (wrong) this.#unstable(field, offset, size, value);
    const early = this.#around.negotiated ? 0 : 1;
    for (let i = offset; i < offset + size; i++) {
      this.#frozenWrite[i] = 0;
      this.#early[i] = early;
      this.#width[i] = size;
    }
    if (offset === this.#earlyWriteAt && judged) this.#judgeEarlyWrite(field, value);
    this.#arrive(field, offset, size);
  }

  /** A switch whose feature was declined is not the driver's: the device may set it as it sees fit (2.5). */
  #unusable({ writable, feature }: ConfigField): boolean {
    return writable === true && feature !== undefined && this.#around.isDeclined(feature);
  }

  /** Wrote `size` bytes at `offset`. */
  write(offset: number, size: number, value: number): void {
    const context = this.#context;
    if (context.facts.opaqueConfig === true) {
      if (!this.#legacy) this.#judgeEarly('configuration space');
      return;
    }
    const field = this.#fieldFor(offset, size, 'wrote');
    if (field === undefined) {
      for (let i = offset; i < Math.min(offset + size, this.#state.length); i++) this.#forget(i);
      return;
    }
    // An emergency write needs no negotiation (5.3.4): that is the field that the driver may write but not rely on reading.
    const emergency = field.writable === true && field.volatile === true;
    if (!this.#legacy && !emergency) {
      this.#judgeEarly(field.name);
    }
    if (field.writable !== true)
      context.breakNothing(undefined, `wrote ${field.name}, which is not the driver's to set`);
    for (let i = offset; i < offset + size; i++) {
      if (this.#around.suspended && this.#state[i] === STABLE) {
        // Should have no effect (3.4): what was there must still be there.
        context.report.exercise(WRITES_IGNORED);
        this.#frozenWrite[i] = 1;
        this.#anyFrozenWrite = true;
      } else {
        this.#forget(i);
      }
      this.generation.byteWritten(i);
    }
    this.#arrived[this.#fieldAt[offset]] = 0;
    // A legacy driver may set a switch (one byte, 0 or 1) before it negotiates (3.1.2). It is to read as it was set.
    const early = this.#legacy && !this.#around.negotiated && field.writable === true && !emergency;
    this.#earlyWriteAt = early && field.width === 1 && value <= 1 ? offset : -1;
    this.#earlyWrite = value;
  }

  /** Modern: nothing is written before negotiation is complete (3.1.1). */
  #judgeEarly(name: string): void {
    // How far negotiation has come is not followed on a device that is void.
    if (this.#context.voided) return;
    this.#context.report.exercise(NO_EARLY_WRITE);
    if (this.#around.negotiated) return;
    this.#context.breakNothing('init.driver.device-initialization.3', `wrote ${name} before FEATURES_OK`);
  }

  #judgeEarlyWrite(field: ConfigField, value: number): void {
    const { report } = this.#context;
    report.exercise(LEGACY_EARLY_WRITE);
    if (value === this.#earlyWrite) return;
    const expected = `${field.name} ${String(this.#earlyWrite)}, as written before negotiation`;
    report.violate(LEGACY_EARLY_WRITE, expected, String(value));
  }

  #forget(i: number): void {
    this.#state[i] = UNKNOWN;
    this.generation.byteWritten(i);
  }

  /** The field that the access lies in, if it is one that the driver may make. Otherwise its value means nothing. */
  #fieldFor(offset: number, size: number, did: string): ConfigField | undefined {
    const { report } = this.#context;
    const index = offset < this.#fieldAt.length ? this.#fieldAt[offset] : -1;
    const field = index < 0 ? undefined : this.#fields[index];
    if (field === undefined) {
      const what = `${did} configuration space at ${hex(offset)}, where the device type has no field`;
      this.#context.breakNothing('mmio.driver.register-layout.1', what);
      return undefined;
    }
    report.exercise(WIDTH);
    const end = field.offset + field.width;
    // 6-byte fields are arrays of bytes; the legacy interface never had a rule on widths (4.2.4).
    const width = field.width === 6 ? 1 : Math.min(field.width, 4);
    const fits = offset + size <= end && offset % size === 0 && size <= 4;
    if (fits && (size === width || this.#legacy)) return field;
    if (this.#legacy) return undefined;
    const what = `${did} ${String(size)} bytes at ${hex(offset)} of ${field.name}, ${String(field.width)} bytes wide`;
    this.#context.breakNothing('mmio.driver.register-layout.5', what);
    return undefined;
  }

  /** A byte that nothing explains changing has changed. */
  #unstable(field: ConfigField, offset: number, size: number, value: number): void {
    const { report } = this.#context;
    let early = false;
    let written = false;
    let before = 0;
    for (let i = offset + size - 1; i >= offset; i--) {
      before = before * 256 + this.#bytes[i];
      early ||= this.#early[i] === 1;
      written ||= this.#frozenWrite[i] === 1;
    }
    let rest = value;
    for (let i = offset; i < offset + size; i++) {
      this.#bytes[i] = rest & 0xff;
      rest = Math.floor(rest / 256);
    }
    const where = `${field.name} (bytes at ${hex(offset)})`;
    let index = CHANGE_NOTIFIED;
    if (this.#width[offset] !== size) index = BYTE_ACCESS;
    else if (written) index = WRITES_IGNORED;
    else if (this.#around.suspended) index = FROZEN;
    else if (early && this.#around.negotiated) index = READABLE_EARLY;
    if (index !== READABLE_EARLY && index !== BYTE_ACCESS) report.exercise(index);
    report.violate(index, `${where} as read before: ${hex(before)}; nothing changed it`, hex(value));
  }

  #arrive(field: ConfigField, offset: number, size: number): void {
    const index = this.#fieldAt[offset];
    const mask = ((1 << size) - 1) << (offset - field.offset);
    const arrived = this.#arrived[index] | mask;
    if (arrived !== (1 << field.width) - 1) {
      this.#arrived[index] = arrived;
      this.#anyArrived = true;
      return;
    }
    this.#arrived[index] = 0;
    const { width } = field;
    // In two halves, since whole numbers are exact up to 2^53 only.
    if (width <= WIDEST_NUMBER) {
      this.onField(field.name, BigInt(this.#number(field.offset, width)));
    } else {
      const low = this.#number(this.#big ? field.offset + width - 4 : field.offset, 4);
      const high = this.#number(this.#big ? field.offset : field.offset + 4, width - 4);
      this.onField(field.name, (BigInt(high) << 32n) | BigInt(low));
    }
  }

  #number(offset: number, width: number): number {
    let value = 0;
    for (let k = 0; k < width; k++) value = value * 256 + this.#bytes[this.#big ? offset + k : offset + width - 1 - k];
    return value;
  }
}
