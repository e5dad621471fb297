/** The identification registers (4.2.2) and how a driver is to probe them (4.2.3.1.1). */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import { hex, swap32, type MmioContext } from './context.ts';
import { MAGIC, REG, registerName, type RegisterName } from './layout.ts';

const MAGIC_VALUE = clause('mmio.device.register-layout.1');
const VERSION_MODERN = clause('mmio.device.register-layout.2');
const VERSION_LEGACY = clause('untagged.legacy.2');
const CONSTANT = clause('untagged.mmio.15');
const ORDER_MODERN = clause('untagged.mmio.1');
const ORDER_LEGACY = clause('untagged.legacy.7');
const MAGIC_FIRST = clause('mmio.driver.device-initialization.1');
const ID_NEXT = clause('mmio.driver.device-initialization.2');
const IGNORE_MAGIC = clause('mmio.driver.register-layout.6');
const IGNORE_VERSION = clause('mmio.driver.register-layout.8');
const IGNORE_PLACEHOLDER = clause('mmio.driver.register-layout.10');
const ABORT_PLACEHOLDER = clause('mmio.driver.device-initialization.3');
const LEAVE_PLACEHOLDER = clause('mmio.driver.device-initialization.4');

const SAW_MAGIC = 1;
const SAW_VERSION = 2;
const SAW_ID = 4;

export class IdentityModel {
  /** The driver has probed as it must, or has been told once that it has not. */
  probed = true;
  /** What the driver has read tells it to leave this device alone, and it has not been told so yet. */
  get mustIgnore(): boolean {
    return this.#ignoreFor !== 0;
  }
  readonly #context: MmioContext;
  readonly #legacy: boolean;
  #vendor = -1;
  #saw = 0;
  /** The identification registers whose values forbid any use, as SAW_ bits. */
  #ignoreFor = 0;

  constructor(context: MmioContext) {
    this.#context = context;
    this.#legacy = context.setup.transport === 'mmio-v1';
  }

  powerOn(): void {
    this.#vendor = -1;
    this.#saw = 0;
    this.probed = false;
    this.#ignoreFor = 0;
  }

  /** How the driver came to use the device is not in the trace. */
  assumeProbed(): void {
    this.probed = true;
  }

  /** An identification register was read, with a value that the trace doesn't tell. */
  readUnseen(offset: number): void {
    if (offset === REG.MagicValue) this.#saw |= SAW_MAGIC;
    else if (offset === REG.Version) this.#saw |= SAW_VERSION;
    else if (offset === REG.DeviceID) this.probed = this.#judgeMagicFirst();
  }

  readMagic(value: number): void {
    this.#saw |= SAW_MAGIC;
    this.#expect(MAGIC_VALUE, 'MagicValue', MAGIC, value);
    this.#judgeUse(SAW_MAGIC, value !== MAGIC, [IGNORE_MAGIC]);
  }

  readVersion(value: number): void {
    this.#saw |= SAW_VERSION;
    const version = this.#legacy ? 1 : 2;
    this.#expect(this.#legacy ? VERSION_LEGACY : VERSION_MODERN, 'Version', version, value);
    this.#judgeUse(SAW_VERSION, value !== version, [IGNORE_VERSION]);
  }

  readDeviceId(value: number): void {
    this.#judgeMagicFirst();
    this.#saw |= SAW_ID;
    const { facts, report } = this.#context;
    // A placeholder (0) is no device of another type.
    if (value !== 0 && facts.deviceId !== 0) this.#expect(CONSTANT, 'DeviceID', facts.deviceId, value);
    this.#judgeUse(SAW_ID, value === 0, [IGNORE_PLACEHOLDER, ABORT_PLACEHOLDER, LEAVE_PLACEHOLDER]);
    report.exercise(ID_NEXT);
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

  /**
   * A register was accessed although the device is to be ignored. Reading the identification registers again is a new
   * probe, except for VendorID, which no probe needs: a placeholder is left alone (4.2.3.1.1).
   */
  usedAnyway(did: 'read' | 'wrote', offset: number): void {
    const reasons = this.#ignoreFor;
    if (did === 'read') {
      if (offset <= REG.DeviceID) return;
      if (offset === REG.VendorID && reasons !== SAW_ID) return;
    }
    this.#ignoreFor = 0;
    const what = `${did} ${registerName(this.#context.setup.transport, offset)}`;
    if ((reasons & SAW_MAGIC) !== 0) {
      this.#context.breakNothing('mmio.driver.register-layout.6', `${what} although MagicValue is wrong`);
    } else if ((reasons & SAW_VERSION) !== 0) {
      this.#context.breakNothing('mmio.driver.register-layout.8', `${what} although Version is not supported`);
    } else {
      for (const id of ['mmio.driver.device-initialization.4', 'mmio.driver.device-initialization.3'] as const) {
        this.#context.breakNothing(id, `${what} although DeviceID is 0`);
      }
      this.#context.breakNothing('mmio.driver.register-layout.10', `${what} although DeviceID is 0`);
    }
  }

  #judgeUse(register: number, forbidden: boolean, exercised: readonly ClauseIndex[]): void {
    if (!forbidden) {
      this.#ignoreFor &= ~register;
      return;
    }
    for (const index of exercised) this.#context.report.exercise(index);
    this.#ignoreFor |= register;
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
