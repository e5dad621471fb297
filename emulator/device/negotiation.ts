/** Feature bits (2.2): what is offered, what the driver writes, and what counts as accepted. */
import type { DeviceFaults } from '../faults/switches.ts';
import { Feature } from './bits.ts';

/** Windows of 32 bits that can hold an offered bit; 128 and above are reserved (2.2). */
const WINDOWS = 4;

const MODERN_FEATURES: readonly number[] = [
  Feature.INDIRECT_DESC,
  Feature.EVENT_IDX,
  Feature.VERSION_1,
  Feature.IN_ORDER,
  Feature.RING_RESET,
  Feature.SUSPEND,
];

/** Without VERSION_1 only bits 0 to 31 exist. */
const LEGACY_FEATURES: readonly number[] = [
  Feature.NOTIFY_ON_EMPTY,
  Feature.ANY_LAYOUT,
  Feature.INDIRECT_DESC,
  Feature.EVENT_IDX,
];

export class Negotiation {
  /** The windows' selectors. */
  deviceSelector = 0;
  driverSelector = 0;
  private readonly legacy: boolean;
  private readonly faults: DeviceFaults;
  private readonly offered = new Uint32Array(WINDOWS);
  private readonly driver = new Uint32Array(WINDOWS);
  private readonly accepted = new Uint32Array(WINDOWS);
  /** The driver wrote a bit beyond every window. */
  private beyond = false;
  private succeeded = 0;

  constructor(legacy: boolean, typeFeatures: readonly number[], withhold: readonly number[], faults: DeviceFaults) {
    this.legacy = legacy;
    this.faults = faults;
    for (const bit of legacy ? LEGACY_FEATURES : MODERN_FEATURES) this.offer(bit);
    for (const bit of typeFeatures) if (!legacy || bit < 32) this.offer(bit);
    for (const bit of withhold) this.withdraw(bit);
    this.offerWrongly();
  }

  /** DeviceFeatures. Windows beyond the known bits read 0. */
  readWindow(): number {
    const faults = this.faults;
    let window = this.deviceSelector;
    if (faults['device-features-selector-ignored']) window = 0;
    if (faults['device-features-windows-repeat']) window %= 2;
    return window < WINDOWS ? this.offered[window] : 0;
  }

  /** DriverFeatures. */
  writeWindow(value: number): void {
    const window = this.faults['driver-features-selector-ignored'] ? 0 : this.driverSelector;
    if (window >= WINDOWS) this.beyond = value !== 0;
    else if (this.faults['driver-features-accumulate']) this.driver[window] |= value;
    else this.driver[window] = value;
    // No FEATURES_OK closes a legacy negotiation: the latest set counts (3.1.2). Bits never offered count as not accepted.
    if (this.legacy && window === 0) this.accepted[0] = this.driver[0] & this.offered[0];
  }

  /** FEATURES_OK is being set: true if the device can work with the driver's set, which then is the accepted one. */
  finish(acceptableToType: (has: (bit: number) => boolean) => boolean): boolean {
    if (!this.isAcceptable(acceptableToType)) return false;
    for (let window = 0; window < WINDOWS; window++) this.accepted[window] = this.driver[window];
    this.succeeded++;
    return true;
  }

  hasOffered(bit: number): boolean {
    return hasBit(this.offered, bit);
  }

  has(bit: number): boolean {
    return hasBit(this.accepted, bit);
  }

  reset(): void {
    this.deviceSelector = this.driverSelector = 0;
    this.beyond = false;
    if (this.faults['offer-shrinks-after-reset'] && this.has(Feature.EVENT_IDX)) this.withdraw(Feature.EVENT_IDX);
    if (this.faults['reset-keeps-driver-features']) return;
    for (let window = 0; window < WINDOWS; window++) this.driver[window] = this.accepted[window] = 0;
  }

  private isAcceptable(acceptableToType: (has: (bit: number) => boolean) => boolean): boolean {
    const faults = this.faults;
    if (faults['features-ok-always']) return true;
    if (faults['renegotiation-refused'] && this.succeeded > 0) return false;
    if (faults['features-ok-refuses-event-idx-declined'] && this.declined(Feature.EVENT_IDX)) return false;
    if (faults['features-ok-refuses-event-idx-accepted'] && hasBit(this.driver, Feature.EVENT_IDX)) return false;
    if (faults['features-ok-refuses-minimal'] && this.acceptsOnlyVersion1()) return false;
    // 6.1 lets a device insist on VERSION_1, and the modern layout has no legacy behaviour to fall back to.
    if (this.declined(Feature.VERSION_1)) return false;
    const windows = faults['unoffered-high-features-accepted'] ? 1 : WINDOWS;
    if (!faults['unoffered-features-accepted']) {
      if (this.beyond) return false;
      for (let w = 0; w < windows; w++) if ((this.driver[w] & ~this.offered[w]) !== 0) return false;
    }
    return acceptableToType((bit) => hasBit(this.driver, bit));
  }

  private declined(bit: number): boolean {
    return this.hasOffered(bit) && !hasBit(this.driver, bit);
  }

  private acceptsOnlyVersion1(): boolean {
    return this.driver[0] === 0 && this.driver[1] === 1;
  }

  private offer(bit: number): void {
    if (bit < 32 * WINDOWS) this.offered[bit >> 5] |= 1 << (bit & 31);
  }

  private withdraw(bit: number): void {
    if (bit < 32 * WINDOWS) this.offered[bit >> 5] &= ~(1 << (bit & 31));
  }

  private offerWrongly(): void {
    const faults = this.faults;
    if (this.legacy) {
      if (faults['legacy-any-layout-not-offered']) this.withdraw(Feature.ANY_LAYOUT);
      if (faults['legacy-bit-30-offered']) this.offer(30);
      return;
    }
    if (faults['version-1-not-offered']) this.withdraw(Feature.VERSION_1);
    if (faults['reserved-feature-offered']) this.offer(44);
    if (faults['sr-iov-offered']) this.offer(37);
    if (faults['admin-queue-offered']) this.offer(41);
    if (faults['notif-config-data-offered']) this.offer(39);
    if (faults['undefined-type-feature-offered']) this.offer(60);
  }
}

function hasBit(words: Uint32Array, bit: number): boolean {
  return bit < 32 * WINDOWS && (words[bit >> 5] & (1 << (bit & 31))) !== 0;
}
