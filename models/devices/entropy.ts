/** The entropy device (5.4): every buffer comes back with at least one byte of randomness. */
import { clause } from '../clauses/catalogue.ts';
import { Ascending } from '../ascending.ts';
import type { Report } from '../report.ts';
import type { ChainView, DeviceFacts, DeviceModel } from '../seams.ts';
import { DEVICE_IDS } from '../setup.ts';

export const ENTROPY_FACTS: DeviceFacts = {
  deviceId: DEVICE_IDS.rng,
  knownFeatures: [],
  legacyFeatures: [],
  dependencies: [],
  configFields: [],
  queueCount: () => 1,
  fewestQueues: 1,
};

const RANDOM = clause('entropy.device.device-operation.1');
const PARTIAL = clause('entropy.device.device-operation.2');
const WRITABLE_ONLY = 'entropy.driver.device-operation.1';
const WRITABLE_ONLY_INDEX = clause(WRITABLE_ONLY);

/** True randomness repeats this many bytes with a probability of 2^-64. */
const ENOUGH = 8;
/** One more byte makes up for the 256 values that a constant can have. */
const ENOUGH_CONSTANT = 9;
/** As much of a buffer is kept for comparison. */
const KEPT = 64;

export class EntropyModel implements DeviceModel {
  readonly facts = ENTROPY_FACTS;
  readonly #report: Report;
  /** What the driver had in the buffers that are in flight. */
  readonly #before = new Ascending<Uint8Array>();
  #previous: Uint8Array | undefined;

  constructor(report: Report) {
    this.#report = report;
  }

  reset(): void {
    this.#before.clear();
  }

  featuresFixed(): void {}
  driverOk(): void {}
  configField(): void {}
  configWritten(): void {}
  host(): void {}
  settled(): void {}

  exposed(chain: ChainView): void {
    if (chain.readableLength === 0) this.#report.exercise(WRITABLE_ONLY_INDEX);
    else this.#report.driverBroke(WRITABLE_ONLY, 'nothing', `${chain.readableLength} device-readable bytes`);
    if (chain.tainted) return;
    this.#before.add(chain.serial, chain.written(0, Math.min(chain.writableLength, KEPT)));
  }

  mustComplete(chain: ChainView): boolean {
    return !chain.tainted && chain.writableLength > 0 && chain.readableLength === 0;
  }

  completed(chain: ChainView, usedLength: number): void {
    const before = this.#before.get(chain.serial);
    this.#before.delete(chain.serial);
    if (before === undefined || chain.tainted || chain.writableLength === 0) return;
    const report = this.#report;
    // Device-readable buffers are the driver's mistake; what comes of them is not judged.
    if (chain.readableLength > 0) return;
    const filled = report.check(
      RANDOM,
      usedLength >= 1,
      () => 'at least one random byte',
      () => 'used length 0',
    );
    if (!filled) return;
    if (usedLength < chain.writableLength) report.exercise(PARTIAL);
    const now = chain.written(0, Math.min(usedLength, chain.writableLength, KEPT));
    const fault = this.#notRandom(now, before);
    if (fault !== undefined) report.violate(RANDOM, `${now.length} random bytes`, fault);
    this.#previous = now;
  }

  /** Why the bytes cannot be random, or undefined. */
  #notRandom(now: Uint8Array, before: Uint8Array): string | undefined {
    if (now.length < ENOUGH) return undefined;
    if (samePrefix(now, before, now.length)) return 'the buffer is as the driver left it';
    const constant = allEqual(now);
    if (constant && now[0] === 0) return 'nothing but zeroes';
    if (constant && now.length >= ENOUGH_CONSTANT) return 'the same byte over and over';
    const previous = this.#previous;
    const common = Math.min(now.length, previous?.length ?? 0);
    if (common < ENOUGH || !samePrefix(now, previous!, common)) return undefined;
    return 'the same bytes as in the buffer before';
  }

  abandoned(chain: ChainView): void {
    this.#before.delete(chain.serial);
  }

  describe(): string {
    return `entropy, ${this.#before.size} in flight`;
  }
}

function samePrefix(one: Uint8Array, other: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return false;
  return true;
}

function allEqual(bytes: Uint8Array): boolean {
  for (let i = 1; i < bytes.length; i++) if (bytes[i] !== bytes[0]) return false;
  return true;
}
