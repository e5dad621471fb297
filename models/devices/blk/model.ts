/** The block device (5.2): what it promises for requests, data and configuration, judged from one event to the next. */
import { clause, type ClauseIndex } from '../../clauses/catalogue.ts';
import { Ascending } from '../../ascending.ts';
import type { Report } from '../../report.ts';
import type { ChainView, DeviceModel, InterruptSink, Negotiated } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import type { HostEvent } from '../../trace/event-log.ts';
import { BlkConfig } from './config.ts';
import { Feature, HEADER, MOST_SECTORS, RequestType, SECTOR, SEGMENT, Status } from './constants.ts';
import { statusName, typeName, ZoneModel } from './constants.ts';
import { judgeId, judgeLifetime } from './answers.ts';
import { Disk, type Mismatch, type ReadStats } from './disk.ts';
import { judgeDriver, judgeFeatures } from './driver-rules.ts';
import { allowBeyond, beginEffects, NO_EFFECTS, settleEffects, type Started } from './effects.ts';
import { BLK_FACTS } from './facts.ts';
import { baseType, isDefinedType, isRangeType, parseRequest, swappedHeader, type BlkRequest } from './request.ts';
import { Clearings } from './clearings.ts';
import { rule } from './verdict.ts';
import { firstDifference } from './version.ts';

const C = {
  status: clause('untagged.blk.1'),
  data: clause('untagged.blk.2'),
  zeroes: clause('blk.device.device-operation.9'),
  durable: clause('blk.device.device-operation.13'),
  legacyOrder: clause('blk.device.legacy-device-operation.1'),
  framing: clause('split.device.message-framing.1'),
};

/** A request from its exposure to its completion. */
interface Pending extends Started {
  /** Undefined: no request can be made out. */
  readonly request: BlkRequest | undefined;
  /** Nothing is owed for its status or data. */
  readonly loose: boolean;
  /** The capacity between exposure and completion. */
  low: number;
  high: number;
}

export class BlkModel implements DeviceModel {
  readonly facts = BLK_FACTS;
  readonly #setup: JudgeSetup;
  readonly #report: Report;
  readonly #config: BlkConfig;
  readonly #disk = new Disk();
  readonly #clearings = new Clearings();
  readonly #pending = new Ascending<Pending>();
  readonly #stats: ReadStats = { zeroes: false, refusedBy: undefined, stableFromEarlierEpoch: false };
  /** A request in the usual framing went wrong: failures in other framings say nothing about framing. */
  #plainFailed = false;

  constructor(setup: JudgeSetup, report: Report, interrupts: InterruptSink) {
    this.#setup = setup;
    this.#report = report;
    this.#config = new BlkConfig(setup, report, interrupts);
  }

  reset(): void {
    for (let i = 0; i < this.#pending.size; i++) {
      const { exposedAt, versions } = this.#pending.valueAt(i);
      this.#disk.withdraw(exposedAt, versions);
    }
    this.#pending.clear();
    this.#disk.reset();
    this.#config.reset();
  }

  offered(features: Negotiated): void {
    this.#config.seeOffer(features);
  }

  featuresFixed(features: Negotiated): void {
    this.#config.fixFeatures(features);
    judgeFeatures(this.#config, this.#setup.driver, this.#report);
  }

  lostTrack(): void {
    this.#config.lostTrack();
    this.#disk.loseTrack();
  }

  queueLost(): void {
    this.#disk.loseTrack();
  }

  driverOk(): void {
    this.#config.driverOk();
  }

  driverWrote(register: 'status' | 'features', value: number): void {
    this.#config.driverWrote(register, value);
  }

  configChangeShown(): void {
    this.#config.changeShown();
  }

  configChangeServed(): void {
    this.#config.changeServed();
  }

  configField(name: string, value: bigint): void {
    const capacity = this.#config.field(name, value);
    if (name === 'capacity') this.#widen();
    if (capacity !== undefined) this.#disk.truncate(capacity);
  }

  configWritten(offset: number, size: number, value: number): void {
    this.#config.configWritten(offset, size, value);
  }

  host(event: HostEvent): void {
    if (event.action === 'break-device') this.#config.brokeDown();
    if (event.action !== 'resize-disk') return;
    this.#disk.truncate(Math.min(this.#config.low, event.sectors));
    this.#config.resized(event.sectors);
    this.#widen();
  }

  settled(certain: boolean): void {
    this.#config.settled(certain);
  }

  describe(): string {
    const { low, high, writeback } = this.#config;
    const capacity = low === high ? `${low}` : `${low} to ${high}`;
    return `disk ${capacity} sectors, writeback=${writeback ?? '?'}, ${this.#pending.size} in flight`;
  }

  mustComplete(chain: ChainView): boolean {
    const { maxChain } = this.#setup.claims;
    if (chain.tainted || (maxChain !== undefined && chain.descriptorCount > maxChain)) return false;
    const pending = this.#pending.get(chain.serial);
    if (pending?.request === undefined || pending.loose) return false;
    // Segments cut short are a mistake that a device may answer by giving up (5.2.6.1).
    return !isRangeType(baseType(pending.request.type)) || pending.request.dataOut % SEGMENT === 0;
  }

  exposed(chain: ChainView): void {
    const config = this.#config;
    const request = chain.tainted ? undefined : parseRequest(chain, this.#setup.mode.config);
    const exposedAt = this.#disk.begin();
    let loose = request === undefined || this.#zoned();
    if (request !== undefined) {
      judgeDriver(request, config, this.#report);
      // 5.2.6.4: without ANY_LAYOUT a legacy device may rely on the framing.
      if (config.legacy && config.accepted(Feature.ANY_LAYOUT) !== true && !request.canonical) loose = true;
    }
    if (request === undefined && !chain.tainted) {
      this.#report.driverBroke(undefined, 'device', 'a request without room for its header or its status');
    }
    if (loose) this.#disk.blur();
    this.#pending.add(chain.serial, {
      request,
      exposedAt,
      versions: request === undefined || loose ? NO_EFFECTS : beginEffects(this.#disk, config, request, exposedAt),
      loose,
      writethrough: config.writeback === 0,
      writebackWrites: config.writebackWrites,
      low: config.low,
      high: config.high,
    });
  }

  abandoned(chain: ChainView): void {
    const pending = this.#pending.get(chain.serial);
    if (pending === undefined) return;
    this.#pending.delete(chain.serial);
    this.#disk.withdraw(pending.exposedAt, pending.versions);
  }

  completed(chain: ChainView): void {
    const pending = this.#pending.get(chain.serial);
    if (pending === undefined) return;
    this.#pending.delete(chain.serial);
    const { request } = pending;
    if (request !== undefined && !pending.loose && !chain.tainted && unchanged(request)) {
      this.#judge(request, pending);
    } else {
      // What was carried out is anyone's guess: the request was rewritten in flight, or nothing is owed for it.
      for (const version of pending.versions) this.#disk.settle(version, false, false);
      this.#disk.blur();
    }
    this.#disk.end(pending.exposedAt);
  }

  #judge(request: BlkRequest, pending: Pending): void {
    const { chain, type } = request;
    const reads = type === RequestType.IN || type === RequestType.GET_ID || type === RequestType.GET_LIFETIME;
    const bytes = chain.written(reads ? 0 : request.dataIn, reads ? request.dataIn + 1 : 1);
    const status = bytes[bytes.length - 1];
    const right = this.#judgeStatus(request, pending, status);
    const ok = status === Status.OK;
    if (ok && right) {
      if (type === RequestType.IN) this.#judgeData(request, pending, bytes);
      else if (type === RequestType.GET_ID) judgeId(request, bytes, this.#setup.claims.serial, this.#report);
      else if (type === RequestType.GET_LIFETIME)
        judgeLifetime(request, bytes, this.#config, this.#setup.mode.config, this.#report);
    }
    if (ok && type === RequestType.FLUSH && this.#config.accepted(Feature.FLUSH) === true) {
      this.#disk.flushed(pending.exposedAt);
    }
    if (ok) this.#clearings.completed(request, pending.exposedAt);
    if (pending.versions.length > 0) settleEffects(this.#disk, this.#config, request, pending, status);
  }

  /** Returns whether the status is one that the device may give. */
  #judgeStatus(request: BlkRequest, pending: Pending, status: number): boolean {
    const report = this.#report;
    const ruling = rule(request, this.#config, pending);
    const kept = ((ruling.allowed >>> Math.min(status, 31)) & 1) === 1;
    report.exercise(C.status);
    if (ruling.clause !== C.status) report.exercise(ruling.clause);
    if (!request.canonical) report.exercise(C.framing);
    const foreign = this.#config.legacy && this.#setup.mode.guest === 'big';
    if (foreign) report.exercise(C.legacyOrder);
    if (kept) return true;
    let index = status > Status.UNSUPP ? C.status : ruling.clause;
    if (foreign && this.#swapExplains(request, pending, status)) index = C.legacyOrder;
    else index = this.#blame(request.canonical, index);
    const seen = `${statusName(status)} for ${describe(request)}`;
    report.violate(index, `${ruling.why} (${typeName(request.type)})`, seen);
    return false;
  }

  /** Failures that only unusual framing brings about break the rule on framing. */
  #blame(canonical: boolean, index: ClauseIndex): ClauseIndex {
    if (canonical) this.#plainFailed = true;
    else if (!this.#plainFailed) return C.framing;
    return index;
  }

  /** A device that reads the header in the wrong byte order would answer just so. */
  #swapExplains(request: BlkRequest, bounds: Pending, status: number): boolean {
    const swapped = swappedHeader(request, this.#setup.mode.config);
    if (swapped.type !== request.type) return isDefinedType(swapped.type) !== (status === Status.UNSUPP);
    return status === Status.IOERR && swapped.sector !== request.sector && swapped.sector >= bounds.low;
  }

  #judgeData(request: BlkRequest, pending: Pending, bytes: Uint8Array): void {
    const { dataIn, sector } = request;
    if (
      dataIn === 0 ||
      dataIn % SECTOR !== 0 ||
      request.dataOut > 0 ||
      sector + dataIn / SECTOR > Math.min(pending.high, MOST_SECTORS)
    )
      return;
    const stats = this.#stats;
    stats.zeroes = stats.stableFromEarlierEpoch = false;
    stats.refusedBy = undefined as ClauseIndex | undefined;
    const mismatch = this.#disk.judgeRead(pending.exposedAt, sector, dataIn / SECTOR, bytes, stats);
    const report = this.#report;
    report.exercise(C.data);
    if (stats.zeroes) report.exercise(C.zeroes);
    if (stats.stableFromEarlierEpoch) report.exercise(C.durable);
    if (stats.refusedBy !== undefined) report.exercise(stats.refusedBy);
    this.#clearings.exercise(report, sector, dataIn / SECTOR);
    if (mismatch !== undefined) this.#reportMismatch(request, mismatch, bytes);
  }

  #reportMismatch(request: BlkRequest, { sector, offset, expected, refused }: Mismatch, bytes: Uint8Array): void {
    let index: ClauseIndex;
    if (refused?.refusedBy !== undefined) index = refused.refusedBy;
    else if (this.#disk.stableAcrossReset(expected)) index = C.durable;
    else if (expected.kind === 'zeroes') index = C.zeroes;
    else index = this.#blame(request.canonical && !expected.oddFraming, C.data);
    const seen = refused === undefined ? '' : ', what a request wrote that had to be refused';
    const [at, owed] = firstDifference(expected, sector, bytes, offset);
    const place = `sector ${sector} byte ${at}`;
    this.#report.violate(index, `${place}: ${hex(owed)} (${expected.kind})`, `${hex(bytes[offset + at])}${seen}`);
    const cleared = this.#clearings.explain(sector, expected, bytes.subarray(offset, offset + SECTOR));
    if (cleared === undefined) return;
    const kept = `${place} kept: no segment of a request that clears sectors names it`;
    this.#report.violate(cleared, kept, 'the sector reads as zeroes since such a request nearby');
  }

  /** The capacity is changing: requests in flight may meet it before or after. */
  #widen(): void {
    const { low, high } = this.#config;
    for (let i = 0; i < this.#pending.size; i++) {
      const pending = this.#pending.valueAt(i);
      if (pending.low === low && pending.high === high) continue;
      pending.low = Math.min(pending.low, low);
      pending.high = Math.max(pending.high, high);
      allowBeyond(pending.versions);
    }
  }

  /** Zoned devices have rules of their own for statuses and data, which are not followed here. */
  #zoned(): boolean {
    return this.#config.accepted(Feature.ZONED) === true && this.#config.limit('zoned.model') !== ZoneModel.NONE;
  }
}

/** The driver has left header and data alone since it exposed them. */
function unchanged({ chain, header, payload }: BlkRequest): boolean {
  return chain.reads(0, header) && (payload === undefined || chain.reads(HEADER, payload));
}

function describe(request: BlkRequest): string {
  const framing = request.canonical ? '' : ', header or status sharing a buffer';
  const data = request.dataOut > 0 ? request.dataOut : request.dataIn;
  return `${typeName(request.type)} at sector ${request.sector} with ${data} bytes of data${framing}`;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
