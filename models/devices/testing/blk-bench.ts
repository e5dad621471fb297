/** For tests: a block model with the driver's and the device's side at hand. */
import type { ClauseIndex } from '../../clauses/catalogue.ts';
import { Report } from '../../report.ts';
import type { InterruptSink } from '../../seams.ts';
import { endiannessMode, type Claims, type EndiannessModeName, type JudgeSetup, type Transport } from '../../setup.ts';
import { fakeChain, features, type FakeChain } from './fake-chain.ts';
import { Feature } from '../blk/constants.ts';
import { BlkModel } from '../blk/model.ts';

export const SECTORS = 64;

export interface BenchOptions {
  readonly transport?: Transport;
  readonly mode?: EndiannessModeName;
  readonly claims?: Claims;
  readonly offered?: readonly number[];
  readonly accepted?: readonly number[];
  readonly report?: Report;
  /** Leave the device before negotiation. */
  readonly raw?: boolean;
}

export const USUAL = [Feature.FLUSH, Feature.DISCARD, Feature.WRITE_ZEROES];

export class Bench {
  readonly report: Report;
  readonly model: BlkModel;
  readonly owed: ClauseIndex[] = [];
  readonly #big: boolean;

  constructor(options: BenchOptions = {}) {
    const transport = options.transport ?? 'mmio-v2';
    const mode = endiannessMode(options.mode ?? 'le', transport);
    const setup: JudgeSetup = {
      device: 'blk',
      transport,
      mode,
      memory: { base: 0, size: 1 << 20 },
      observesDeviceStores: true,
      observesInterrupt: true,
      claims: { capacity: SECTORS, ...options.claims },
    };
    const interrupts: InterruptSink = {
      usedOwed: () => undefined,
      usedAllowed: () => undefined,
      usedBeforeSuspend: () => undefined,
      usedUnwanted: () => undefined,
      configOwed: (index) => this.owed.push(index),
      configAllowed: () => undefined,
    };
    this.report = options.report ?? new Report();
    this.#big = mode.config === 'big';
    this.model = new BlkModel(setup, this.report, interrupts);
    const offered = options.offered ?? USUAL;
    if (options.raw !== true) this.start(offered, options.accepted ?? offered);
  }

  start(offered: readonly number[], accepted: readonly number[]): void {
    this.model.offered(features(...offered));
    this.model.featuresFixed(features(...accepted));
    for (const name of ['discard', 'write_zeroes', 'secure_erase']) {
      this.model.configField(`max_${name}_sectors`, 32n);
      this.model.configField(`max_${name}_seg`, 4n);
    }
    this.model.driverOk();
  }

  header(type: number, sector: number): Uint8Array {
    const bytes = new DataView(new ArrayBuffer(16));
    bytes.setUint32(0, type, !this.#big);
    bytes.setBigUint64(8, BigInt(sector), !this.#big);
    return new Uint8Array(bytes.buffer);
  }

  segment(sector: number, sectors: number, flags = 0): Uint8Array {
    const bytes = new DataView(new ArrayBuffer(16));
    bytes.setBigUint64(0, BigInt(sector), !this.#big);
    bytes.setUint32(8, sectors, !this.#big);
    bytes.setUint32(12, flags, !this.#big);
    return new Uint8Array(bytes.buffer);
  }

  /** Exposes a request: data is what is written, or the length of what is read. */
  expose(type: number, sector: number, data: Uint8Array | number = 0): FakeChain {
    const header = this.header(type, sector);
    return typeof data === 'number'
      ? this.exposeChain([header], data > 0 ? [data, 1] : [1])
      : this.exposeChain([header, data], [1]);
  }

  exposeChain(readable: readonly Uint8Array[], writable: readonly number[]): FakeChain {
    const chain = fakeChain(0, readable, writable);
    this.model.exposed(chain);
    return chain;
  }

  /** The device completes a request. */
  finish(chain: FakeChain, status: number, data?: Uint8Array): void {
    if (data !== undefined) chain.in.set(data);
    if (chain.in.length > 0) chain.in[chain.in.length - 1] = status;
    this.model.completed(chain);
  }

  write(sector: number, data: Uint8Array, status = 0): void {
    this.finish(this.expose(1, sector, data), status);
  }

  read(sector: number, data: Uint8Array, status = 0): void {
    this.finish(this.expose(0, sector, data.length), status, data);
  }

  flush(status = 0): void {
    this.finish(this.expose(4, 0), status);
  }

  reset(accepted: readonly number[] = USUAL): void {
    this.model.reset();
    this.model.featuresFixed(features(...accepted));
    this.model.driverOk();
  }

  /** Clauses broken by the device since the last call. */
  take(): string[] {
    const ids = this.report.violations.map((violation) => violation.clause);
    this.report.violations.length = 0;
    return ids;
  }

  takeFaults(): (string | undefined)[] {
    const ids = this.report.driverFaults.map((fault) => fault.clause);
    this.report.driverFaults.length = 0;
    return ids;
  }
}

export function filled(byte: number, sectors = 1): Uint8Array {
  return new Uint8Array(512 * sectors).fill(byte);
}
