/** The block device's offer and configuration space: capacity, padding, cache mode, zone characteristics (5.2.4, 5.2.5). */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import type { InterruptSink, Negotiated } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { swapField } from '../bytes.ts';
import { Feature, ZoneModel } from './constants.ts';
import { WRITEBACK_OFFSET } from './facts.ts';
import type { Bounds, Circumstances } from './verdict.ts';

const C = {
  legacyLayout: clause('blk.device.legacy-device-configuration-layout.1'),
  modernLayout: clause('untagged.basic.2'),
  asConfigured: clause('untagged.basic.6'),
  offerFlush: clause('blk.device.device-initialization.1'),
  wceNeedsFlush: clause('blk.device.device-initialization.2'),
  wceAlone: clause('blk.device.device-initialization.3'),
  padding: clause('blk.device.device-initialization.4'),
  zonedUnzoned: clause('blk.device.device-initialization.5'),
  legacyZoned: clause('blk.device.device-initialization.6'),
  zonesDeclined: clause('blk.device.device-initialization.7'),
  zoneModel: clause('blk.device.device-initialization.9'),
  zonePadding: clause('blk.device.device-initialization.18'),
  legacyCache: clause('blk.device.legacy-device-initialization.1'),
  statusKeepsCache: clause('blk.device.legacy-device-initialization.2'),
  featuresKeepCache: clause('blk.device.legacy-device-initialization.3'),
  capacityMayChange: clause('blk.device.device-operation.1'),
  capacityNotified: clause('blk.device.device-operation.2'),
  mayUnmap: clause('blk.device.device-operation.10'),
  mayUnmapNotified: clause('blk.device.device-operation.12'),
  cacheModeKept: clause('untagged.blk.5'),
  lifetimeOffered: clause('blk.device.device-operation.15'),
  lifetimeMeaningless: clause('blk.device.device-operation.16'),
};
/** Features whose fields lie behind the padding. */
const AFTER_UNUSED1 = [Feature.SECURE_ERASE, Feature.ZONED];
const AFTER_UNUSED0 = [Feature.MQ, Feature.DISCARD, Feature.WRITE_ZEROES, ...AFTER_UNUSED1];
const CAPACITY_READ = 'blk.driver.device-operation.1';
const EARLY_WRITEBACK = 'blk.driver.device-initialization.4';
/** Bits of Status (2.1). */
const DRIVER_OK = 4;
const FEATURES_OK = 8;
const SUSPEND = 16;

export class BlkConfig implements Circumstances, Bounds {
  readonly #setup: JudgeSetup;
  readonly #report: Report;
  readonly #interrupts: InterruptSink;
  readonly legacy: boolean;
  readonly serial: string | undefined;
  readonly #fields = new Map<string, number>();
  #offered: Negotiated | undefined;
  #accepted: Negotiated | undefined;
  /** The device is not followed until its next reset: whether negotiation is complete is not known. */
  #lost = false;
  #driverOk = false;

  /** Range in which the capacity lies: the two differ while a change may not have arrived. */
  low: number;
  high: number;
  /** What the host last set, while the device may still show the capacity before that. */
  #resizedTo: number | undefined;
  #resizeSettled = false;
  /** The driver asked for a suspend: changes may be kept back until it has resumed (3.4). */
  #suspended = false;

  /** The host has changed the capacity; that was notified, and capacity not read since. */
  #capacityChanged = false;
  #capacityUnread = false;

  /** The cache mode as last read; undefined while anything is possible. */
  writeback: number | undefined;
  /** The cache mode that the driver has chosen (5.2.5); undefined where it did not, or not in a way that binds the device. */
  #chosen: number | undefined;
  /** Grows whenever the driver writes to the field. */
  writebackWrites = 0;
  #statusSince = false;
  #featuresSince = false;
  #wroteSinceFeatures = false;
  /** The driver has set CONFIG_WCE in DriverFeatures. */
  #wceWritten = false;
  /** Status was written with DRIVER_OK or FEATURES_OK: the device need not take features any more. */
  #settled = false;
  /** `write_zeroes_may_unmap` as last read since DRIVER_OK, and the log row of that read. */
  #mayUnmap: number | undefined;
  #mayUnmapRow = 0;

  constructor(setup: JudgeSetup, report: Report, interrupts: InterruptSink) {
    this.#setup = setup;
    this.#report = report;
    this.#interrupts = interrupts;
    this.serial = setup.claims.serial;
    this.legacy = setup.transport === 'mmio-v1';
    this.low = setup.claims.capacity ?? 0;
    this.high = setup.claims.capacity ?? Infinity;
  }

  offered(bit: number): boolean | undefined {
    return this.#offered?.has(bit);
  }

  accepted(bit: number): boolean | undefined {
    return this.#accepted?.has(bit);
  }

  /** RO is offered: every write must fail (5.2.6.2). */
  get readOnly(): boolean {
    return this.offered(Feature.RO) ?? (this.accepted(Feature.RO) === true || this.#setup.claims.readOnly === true);
  }

  limit(name: string): number | undefined {
    return this.#fields.get(name);
  }

  reset(): void {
    this.#accepted = undefined;
    this.#driverOk = this.#suspended = this.#lost = false;
    this.#capacityUnread = this.#capacityChanged = false;
    this.writeback = this.#chosen = this.#mayUnmap = undefined;
    this.#statusSince = this.#featuresSince = this.#wroteSinceFeatures = this.#wceWritten = this.#settled = false;
  }

  seeOffer(features: Negotiated): void {
    this.#offered = features;
    const flush = features.has(Feature.FLUSH);
    const report = this.#report;
    report.check(
      C.offerFlush,
      flush,
      () => 'FLUSH is offered',
      () => 'it is not',
    );
    if (features.has(Feature.CONFIG_WCE)) {
      report.check(
        C.wceNeedsFlush,
        flush,
        () => 'CONFIG_WCE is offered together with FLUSH',
        () => 'CONFIG_WCE without FLUSH',
      );
    }
    this.#judgeDeclared(features);
    if (this.legacy) {
      report.check(
        C.legacyZoned,
        !features.has(Feature.ZONED),
        () => 'a legacy device does not offer ZONED',
        () => 'ZONED is offered',
      );
    }
  }

  /** Features that must be offered, or not, by what is known of the storage (5.2.5.2, 5.2.6.2). */
  #judgeDeclared(features: Negotiated): void {
    const { readOnly, zoned, wearMetrics } = this.#setup.claims;
    const report = this.#report;
    if (readOnly !== undefined) {
      report.check(
        C.asConfigured,
        features.has(Feature.RO) === readOnly,
        () =>
          `RO is ${readOnly ? '' : 'not '}offered: the backend was opened ${readOnly ? 'read-only' : 'for writing'}`,
        () => (readOnly ? 'it is not' : 'it is'),
      );
    }
    if (zoned === false) {
      report.check(
        C.zonedUnzoned,
        !features.has(Feature.ZONED),
        () => 'ZONED is not offered: the device is declared not to be zoned',
        () => 'ZONED is offered',
      );
    }
    if (wearMetrics === undefined) return;
    report.check(
      wearMetrics ? C.lifetimeOffered : C.lifetimeMeaningless,
      features.has(Feature.LIFETIME) === wearMetrics,
      () => (wearMetrics ? 'LIFETIME is offered: there are metrics' : 'LIFETIME is not offered: there are no metrics'),
      () => (wearMetrics ? 'it is not' : 'it is'),
    );
  }

  fixFeatures(features: Negotiated): void {
    this.#accepted = features;
    if (!this.legacy) this.writeback = this.#chosen = undefined;
    this.#wroteSinceFeatures = false;
    if (this.offered(Feature.RO) !== true) return;
    const id = 'blk.driver.device-operation.3';
    if (features.has(Feature.RO)) this.#report.exercise(clause(id));
    else this.#report.driverBroke(id, 'nothing', 'RO is offered but not accepted');
  }

  lostTrack(): void {
    this.#lost = true;
  }

  driverOk(): void {
    this.#driverOk = true;
  }

  /** Legacy: neither status nor feature writes change the cache mode (5.2.5.3). */
  driverWrote(register: 'status' | 'features', value: number): void {
    if (register === 'features') {
      this.#featuresSince = true;
      this.#wceWritten = !this.#settled && (value & (1 << Feature.CONFIG_WCE)) !== 0;
      return;
    }
    this.#statusSince = true;
    this.#suspended = (value & SUSPEND) !== 0;
    this.#settled ||= (value & (DRIVER_OK | FEATURES_OK)) !== 0;
    if ((value & DRIVER_OK) !== 0 && !this.#wceWritten) this.writeback = undefined;
  }

  configWritten(offset: number, size: number, value: number): void {
    if (offset > WRITEBACK_OFFSET || offset + size <= WRITEBACK_OFFSET) return;
    this.#chosen = size === 1 && value <= 1 && this.#mayChoose() ? value : undefined;
    this.writebackWrites++;
    this.#wroteSinceFeatures = true;
    // Whether it was taken shows when the field is read back.
    this.writeback = undefined;
    this.#statusSince = this.#featuresSince = false;
  }

  /**
   * Whether a cache mode that is written now is one that the device has to take. Without FLUSH a writeback cache could not be
   * emptied, so what a device makes of that choice is open; while suspended a write should have no effect (3.4.2).
   */
  #mayChoose(): boolean {
    if (this.legacy || this.#lost || this.#suspended) return false;
    return this.accepted(Feature.CONFIG_WCE) === true && this.accepted(Feature.FLUSH) === true;
  }

  /** The device has broken down, and may not take what is written from now on. */
  brokeDown(): void {
    this.#chosen = undefined;
  }

  resized(sectors: number): void {
    this.#report.exercise(C.capacityMayChange);
    const before = this.#resizedTo ?? (this.low === this.high ? this.high : undefined);
    this.low = Math.min(this.low, sectors);
    this.high = Math.max(this.high === Infinity ? 0 : this.high, sectors);
    this.#resizedTo = sectors;
    this.#resizeSettled = false;
    if (this.#driverOk) this.#capacityChanged = true;
    if (before !== undefined && before !== sectors && this.#driverOk)
      this.#interrupts.configOwed(C.capacityNotified, this.#report.row);
    else this.#interrupts.configAllowed();
  }

  changeShown(): void {
    // Other changes are notified, too: that the device needs a reset, for one.
    if (this.#capacityChanged) this.#capacityUnread = true;
  }

  /** 5.2.6.1: a driver should look at the capacity when it is told of a configuration change. */
  changeServed(): void {
    if (!this.#capacityUnread) return;
    this.#report.driverBroke(CAPACITY_READ, 'nothing', 'capacity not read after a configuration change');
    this.#capacityUnread = this.#capacityChanged = false;
  }

  settled(certain: boolean): void {
    if (!certain || this.#resizedTo === undefined || this.#suspended) return;
    this.#resizeSettled = true;
  }

  /** A whole field was read. Returns the new capacity if that has become certain. */
  field(name: string, value: bigint): number | undefined {
    if (name === 'capacity') return this.#capacity(value);
    this.#fields.set(name, Number(value));
    if (name === 'writeback') this.#readWriteback(Number(value));
    else if (name === 'write_zeroes_may_unmap') this.#readMayUnmap(Number(value));
    else if (name.startsWith('unused')) this.#padding(name, value);
    else if (name.startsWith('zoned.')) this.#zoned(name, Number(value));
    return undefined;
  }

  #capacity(value: bigint): number | undefined {
    const shown = Number(value);
    if (this.#capacityUnread) this.#report.exercise(clause(CAPACITY_READ));
    this.#capacityUnread = this.#capacityChanged = false;
    const known = this.#resizedTo ?? this.#setup.claims.capacity;
    if (known !== undefined) {
      const owed = BigInt(known);
      const swapped = swapField(owed, 8);
      if (swapped !== owed) {
        const index = this.legacy ? C.legacyLayout : C.modernLayout;
        const order = this.#setup.mode.config;
        const kept = this.#report.check(
          index,
          value !== swapped,
          () => `capacity ${known} in ${order}-endian order`,
          () => `its bytes are in the opposite order: ${value}`,
        );
        if (!kept) return undefined;
      }
    }
    if (this.#resizedTo !== undefined && shown !== this.#resizedTo) {
      // Until the change arrives, the capacity before it may show.
      const owed = this.#resizedTo;
      if (this.#resizeSettled) {
        this.#report.check(
          C.capacityNotified,
          false,
          () => `capacity ${owed}, which the host has set`,
          () => `${shown}`,
        );
        this.#resizedTo = undefined;
      }
      this.low = Math.min(this.low, shown);
      this.high = Math.max(this.high, shown);
      return undefined;
    }
    this.#resizedTo = undefined;
    this.low = this.high = shown;
    return shown;
  }

  /** 5.2.6.2: set where write zeroes can deallocate sectors; it may change, and then the driver should be notified. */
  #readMayUnmap(value: number): void {
    if (this.offered(Feature.WRITE_ZEROES) !== true) return;
    const { deallocates } = this.#setup.claims;
    const report = this.#report;
    if (deallocates !== undefined) {
      report.check(
        C.mayUnmap,
        (value !== 0) === deallocates,
        () =>
          `write_zeroes_may_unmap ${deallocates ? 'set' : 'clear'}: sectors are ${deallocates ? '' : 'never '}deallocated`,
        () => `${value}`,
      );
    }
    if (!this.#driverOk || this.#suspended) return;
    if (this.#mayUnmap !== undefined && this.#mayUnmap !== value)
      this.#interrupts.configOwed(C.mayUnmapNotified, this.#mayUnmapRow);
    this.#mayUnmap = value;
    this.#mayUnmapRow = report.row;
  }

  #readWriteback(value: number): void {
    const report = this.#report;
    if (!this.legacy && this.#lost) {
      this.writeback = undefined;
      return;
    }
    if (!this.legacy && this.#accepted === undefined) {
      report.driverBroke(EARLY_WRITEBACK, 'nothing', 'writeback read before FEATURES_OK');
    } else if (!this.legacy) {
      report.exercise(clause(EARLY_WRITEBACK));
      if (this.accepted(Feature.CONFIG_WCE) === true && this.accepted(Feature.FLUSH) === false) {
        if (!this.#wroteSinceFeatures) {
          report.check(
            C.wceAlone,
            value === 0,
            () => 'writeback 0: CONFIG_WCE is negotiated without FLUSH',
            () => `writeback ${value}`,
          );
        }
      }
      this.#judgeChosen(value);
    } else if (this.writeback !== undefined) {
      this.#legacyWriteback(value, this.writeback);
    }
    this.writeback = value;
    this.#statusSince = this.#featuresSince = false;
  }

  /** 5.2.5: with CONFIG_WCE the cache mode can be read and set through the field. */
  #judgeChosen(value: number): void {
    const chosen = this.#chosen;
    if (chosen === undefined) return;
    this.#report.check(
      C.cacheModeKept,
      value === chosen,
      () => `writeback ${chosen}, as the driver has set it`,
      () => `${value}`,
    );
  }

  #legacyWriteback(value: number, before: number): void {
    if (!this.#statusSince && !this.#featuresSince) return;
    const report = this.#report;
    if (this.#statusSince) report.exercise(C.statusKeepsCache);
    if (this.#featuresSince) report.exercise(C.featuresKeepCache);
    if (value === before) return;
    const both = this.#statusSince && this.#featuresSince;
    const writes = both ? 'status and feature writes' : this.#statusSince ? 'status writes' : 'feature writes';
    // Which of the two it was can't be told if there were both; the clause over them holds either way.
    const index = both ? C.legacyCache : this.#statusSince ? C.statusKeepsCache : C.featuresKeepCache;
    report.violate(index, `writeback stays ${before} across ${writes}`, `${value}`);
  }

  #padding(name: string, value: bigint): void {
    // The space may end with the last field that an offered feature needs: padding exists where a later field does.
    const later = name === 'unused0' ? AFTER_UNUSED0 : AFTER_UNUSED1;
    if (!later.some((feature) => this.offered(feature) === true)) return;
    this.#report.check(
      C.padding,
      value === 0n,
      () => `padding ${name} is 0`,
      () => `${value}`,
    );
  }

  #zoned(name: string, value: number): void {
    if (this.offered(Feature.ZONED) !== true || this.#accepted === undefined || this.legacy) return;
    const report = this.#report;
    const field = name.slice('zoned.'.length);
    if (!this.#accepted.has(Feature.ZONED)) {
      if (field.startsWith('unused')) return;
      report.check(
        C.zonesDeclined,
        value === 0,
        () => `${name} is 0: ZONED was declined`,
        () => `${value}`,
      );
    } else if (field === 'model') {
      report.check(
        C.zoneModel,
        value <= ZoneModel.HA,
        () => 'zone model 0, 1 or 2',
        () => `${value}`,
      );
    } else if (field.startsWith('unused') && (this.#fields.get('zoned.model') ?? ZoneModel.NONE) !== ZoneModel.NONE) {
      report.check(
        C.zonePadding,
        value === 0,
        () => `padding ${name} is 0`,
        () => `${value}`,
      );
    }
  }
}
