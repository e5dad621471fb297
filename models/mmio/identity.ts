/** The identification registers (4.2.2) and how a driver is to probe them (4.2.3.1.1). */
import { clause, type ClauseId, type ClauseIndex } from '../clauses/catalogue.ts';
import { hex, swap32, type MmioContext } from './context.ts';
import { MAGIC, type RegisterName } from './layout.ts';

const MAGIC_VALUE = clause('mmio.device.register-layout.1');
const VERSION_MODERN = clause('mmio.device.register-layout.2');
const VERSION_LEGACY = clause('untagged.legacy.2');
const CONSTANT = clause('untagged.mmio.15');
const ORDER_MODERN = clause('untagged.mmio.1');
const ORDER_LEGACY = clause('untagged.legacy.7');
const MAGIC_FIRST = clause('mmio.driver.device-initialization.1');
const ID_NEXT = clause('mmio.driver.device-initialization.2');

const SAW_MAGIC = 1;
const SAW_VERSION = 2;
const SAW_ID = 4;

export class IdentityModel {
  /** The driver has probed as it must, or has been told once that it has not. */
  probed = true;
  /** The rule that tells the driver to leave this device alone, if one applies. */
  mustIgnore: ClauseId | undefined;
  readonly #context: MmioContext;
  readonly #legacy: boolean;
  #vendor = -1;
  #saw = 0;

  constructor(context: MmioContext) {
    this.#context = context;
    this.#legacy = context.setup.transport === 'mmio-v1';
  }

  powerOn(): void {
    this.#vendor = -1;
    this.#saw = 0;
    this.probed = false;
    this.mustIgnore = undefined;
  }

  readMagic(value: number): void {
    this.#saw |= SAW_MAGIC;
    this.#expect(MAGIC_VALUE, 'MagicValue', MAGIC, value);
    if (value !== MAGIC) this.mustIgnore ??= 'mmio.driver.register-layout.6';
  }

  readVersion(value: number): void {
    this.#saw |= SAW_VERSION;
    const version = this.#legacy ? 1 : 2;
    this.#expect(this.#legacy ? VERSION_LEGACY : VERSION_MODERN, 'Version', version, value);
    if (value !== version) this.mustIgnore ??= 'mmio.driver.register-layout.8';
  }

  readDeviceId(value: number): void {
    this.#judgeMagicFirst();
    this.#saw |= SAW_ID;
    this.#expect(CONSTANT, 'DeviceID', this.#context.facts.deviceId, value);
    if (value === 0) this.mustIgnore ??= 'mmio.driver.device-initialization.4';
    this.#context.report.exercise(ID_NEXT);
    this.probed = true;
  }

  readVendorId(value: number): void {
    const { report } = this.#context;
    report.exercise(CONSTANT);
    if (this.#vendor < 0) this.#vendor = value;
    else if (value !== this.#vendor) report.violate(CONSTANT, `VendorID ${hex(this.#vendor)} as before`, hex(value));
  }

  /** Another register is accessed before the probe is complete: called until `probed`. */
  touched(): void {
    if (!this.#judgeMagicFirst()) return;
    this.probed = true;
    this.#context.breakNothing('mmio.driver.device-initialization.2', 'used a device without reading DeviceID first');
  }

  /** A register other than the identification ones was written although the device is to be ignored. */
  writtenAnyway(): void {
    const id = this.mustIgnore;
    this.mustIgnore = undefined;
    this.#context.breakNothing(id, 'went on with a device that is to be ignored');
  }

  #judgeMagicFirst(): boolean {
    if (this.probed) return true;
    this.#context.report.exercise(MAGIC_FIRST);
    if ((this.#saw & (SAW_MAGIC | SAW_VERSION)) === (SAW_MAGIC | SAW_VERSION)) return true;
    this.probed = true;
    const what = 'used a device without reading MagicValue and Version first';
    this.#context.breakNothing('mmio.driver.device-initialization.1', what);
    return false;
  }

  /** A value that reads byte-swapped is reported as what it is: a register in the wrong byte order. */
  #expect(index: ClauseIndex, name: RegisterName, expected: number, value: number): void {
    const { report } = this.#context;
    const order = this.#legacy ? ORDER_LEGACY : ORDER_MODERN;
    report.exercise(index);
    report.exercise(order);
    if (value === expected) return;
    const broken = value === swap32(expected) ? order : index;
    report.violate(broken, `${name} ${hex(expected)}`, hex(value));
  }
}
