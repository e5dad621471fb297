/** What all queues of a device share, and what they ask of each other. */
import { empty, zero } from '../collections.ts';
import type { Report } from '../report.ts';
import type { ChainView, DeviceModel, InterruptSink, TransportState } from '../seams.ts';
import type { JudgeSetup } from '../setup.ts';
import type { ShadowMemory } from '../memory/shadow-memory.ts';
import { Chain } from './chain.ts';
import type { SplitQueue } from './split-queue.ts';

/** What the queues tell and ask the device-type model. */
export type ChainObserver = Pick<DeviceModel, 'exposed' | 'mustComplete' | 'completed' | 'abandoned'>;

/** Arrays of one length that are kept: three for each of a console's queues. */
const MOST_SPARE = 24;

export class QueueContext {
  readonly setup: JudgeSetup;
  readonly report: Report;
  readonly memory: ShadowMemory;
  readonly transport: TransportState;
  readonly interrupts: InterruptSink;
  readonly device: ChainObserver;
  readonly observing: boolean;
  /** Queues that are set up, live or not. */
  readonly enabled: SplitQueue[] = [];
  /**
   * The driver broke a rule since the last device reset that lets the device give up as a whole (2.1.2: it should then
   * set DEVICE_NEEDS_RESET). No queue is owed progress; the rules on what it does all stay.
   */
  shaken = false;
  /** The device has used a chain since power-on. */
  worked = false;
  /** Legacy, since power-on: a chain came back although FEATURES_OK was not set; one came back with it set. */
  workedAsLegacy = false;
  workedWithFeaturesOk = false;
  /** Device resets since power-on that something may have been left over from. */
  resets = 0;
  /** Queues whose duties are void now. */
  taintedQueues = 0;
  #serial = 0;
  readonly #pool: Chain[] = [];
  /** Arrays of queues that are gone, by length. */
  readonly #spare = new Map<number, Uint8Array[]>();

  constructor(
    setup: JudgeSetup,
    report: Report,
    memory: ShadowMemory,
    transport: TransportState,
    interrupts: InterruptSink,
    device: ChainObserver,
  ) {
    this.setup = setup;
    this.report = report;
    this.memory = memory;
    this.transport = transport;
    this.interrupts = interrupts;
    this.device = device;
    this.observing = setup.observesDeviceStores;
  }

  powerOn(): void {
    empty(this.enabled);
    this.shaken = false;
    this.worked = this.workedAsLegacy = this.workedWithFeaturesOk = false;
    this.resets = 0;
    this.taintedQueues = 0;
    this.#serial = 0;
  }

  /** `size` zero bytes, of a queue that is gone if there is one: fresh arrays are what costs most at power-on. */
  takeBytes(size: number): Uint8Array {
    const bytes = this.#spare.get(size)?.pop();
    return bytes === undefined ? new Uint8Array(size) : zero(bytes);
  }

  returnBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const spare = this.#spare.get(bytes.length);
    if (spare === undefined) this.#spare.set(bytes.length, [bytes]);
    else if (spare.length < MOST_SPARE) spare.push(bytes);
  }

  takeChain(queue: number, head: number): Chain {
    const chain = this.#pool.pop() ?? new Chain(this.memory);
    chain.begin(queue, head, ++this.#serial, this.report.row);
    return chain;
  }

  returnChain(chain: Chain): void {
    this.#pool.push(chain);
  }

  abandon(chain: Chain): void {
    this.device.abandoned(chain);
    this.#pool.push(chain);
  }

  /** Permits the device to write the writable part of a chain, and finds out whether others share bytes with it. */
  grant(chain: Chain): void {
    let overlap = false;
    for (const { address, length } of chain.writable) if (this.memory.expose(address, length)) overlap = true;
    for (const queue of this.enabled) {
      if (queue.unread.length === 0) continue;
      for (const { address, length } of chain.writable) queue.dropUnread(address, length);
    }
    if (!overlap) return;
    chain.inexact = true;
    for (const queue of this.enabled) {
      for (let other = queue.oldest; other !== undefined; other = other.younger) {
        if (other !== chain && share(chain, other)) other.inexact = true;
      }
    }
  }

  /** After `chain` is gone: what it shared with chains that are still exposed is theirs to be written. */
  grantAgain(chain: Chain): void {
    for (const queue of this.enabled) {
      if (!queue.accessible) continue;
      for (let other = queue.oldest; other !== undefined; other = other.younger) {
        if (other === chain || !share(chain, other)) continue;
        for (const { address, length } of other.writable) this.memory.permit(address, length);
      }
    }
  }
}

/** The device-writable parts of two chains have bytes in common. */
export function share(one: Chain, other: ChainView): boolean {
  for (const { address, length } of other.writable) if (one.writableTouches(address, length)) return true;
  return false;
}
