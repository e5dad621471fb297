/** The console device (5.3): port streams, control messages, size and emergency writes. */
import { clause, type ClauseIndex } from '../../clauses/catalogue.ts';
import { Ascending } from '../../ascending.ts';
import type { Report } from '../../report.ts';
import type { ChainView, DeviceModel, InterruptSink, Negotiated } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import type { HostEvent } from '../../trace/event-log.ts';
import { ConsoleConfig } from './config.ts';
import { CONTROL_RX, CONTROL_TX, Feature, portOf, receives, SUSPEND } from './constants.ts';
import { Control } from './control.ts';
import { CONSOLE_FACTS } from './facts.ts';
import { hexBytes } from '../bytes.ts';
import { judgeDriver } from './driver-rules.ts';
import { OutputJudge } from './output.ts';
import { Ports, type Port } from './ports.ts';

const C = {
  asConfigured: clause('untagged.basic.6'),
  queues: clause('untagged.console.1'),
  stream: clause('untagged.console.3'),
};
/** A buffer of a data queue from exposure to completion. */
interface Buffered {
  readonly chain: ChainView;
  /** Buffers that mix directions or are otherwise broken: what comes of them is not judged. */
  odd: boolean;
  /** Transmit: its place in the output, and what the driver had put there. */
  readonly start: number;
  readonly bytes: Uint8Array | undefined;
}

export class ConsoleModel implements DeviceModel {
  readonly facts = CONSOLE_FACTS;
  readonly #setup: JudgeSetup;
  readonly #report: Report;
  readonly #ports: Ports;
  readonly #control: Control;
  readonly #config: ConsoleConfig;
  readonly #output: OutputJudge;
  #accepted: Negotiated | undefined;
  /** MULTIPORT was accepted; kept, as at a reset the features are gone before anything else. */
  #multiport = false;
  #driverOk = false;
  /** The driver broke a rule after which the device may transmit anything, until its next reset. */
  #lost = false;
  /** The host broke the device since the last reset. */
  #broken = false;
  /** A data or control buffer was exposed since the last reset. */
  #used = false;
  /** Buffers of the data queues in flight, by queue, oldest first. */
  readonly #inFlight = new Map<number, Ascending<Buffered>>();

  constructor(setup: JudgeSetup, report: Report, interrupts: InterruptSink) {
    this.#setup = setup;
    this.#report = report;
    this.#ports = new Ports(setup.claims.emergencyOutput === true);
    this.#control = new Control(setup, report, this.#ports);
    this.#config = new ConsoleConfig(setup, report, interrupts);
    this.#output = new OutputJudge(report, this.#ports, this.#config);
    this.#ports.get(0);
  }

  /** The device may be suspended or broken: it need say nothing. */
  get #idle(): boolean {
    return this.#broken || this.#config.suspended;
  }

  lostTrack(): void {
    this.#loseOutput();
    this.#control.garble();
  }

  queueLost(queue: number): void {
    if (!receives(queue)) this.#loseOutput();
    if (queue === CONTROL_TX) this.#control.garble();
  }

  #loseOutput(): void {
    this.#lost = true;
    this.#ports.loseOutput();
  }

  reset(): void {
    // What was transmitted until now is not known, even if all was quiet at some time before.
    if (this.#lost) this.#ports.loseOutput();
    this.#lost = false;
    this.#control.reset(this.#used && this.#multiport && this.#driverOk);
    for (const port of this.#ports) port.reset();
    for (const queue of this.#inFlight.values()) queue.clear();
    this.#accepted = undefined;
    this.#driverOk = this.#used = this.#multiport = this.#broken = false;
    this.#config.reset();
  }

  offered(features: Negotiated): void {
    this.#config.offered = features;
    const { ports } = this.#setup.claims;
    if (ports === undefined || ports.length < 2) return;
    this.#report.check(
      C.asConfigured,
      features.has(Feature.MULTIPORT),
      () => `MULTIPORT is offered: there are ${ports.length} ports`,
      () => 'it is not',
    );
  }

  featuresFixed(features: Negotiated): void {
    this.#accepted = features;
    this.#multiport = features.has(Feature.MULTIPORT);
    this.#config.accepted = features;
  }

  driverOk(): void {
    this.#driverOk = this.#config.driverOk = true;
  }

  driverWrote(register: 'status' | 'features', value: number): void {
    if (register === 'status') this.#config.suspended = (value & SUSPEND) !== 0;
  }

  configField(name: string, value: bigint): void {
    if (name === 'max_nr_ports') this.#control.maxPorts = Number(value);
    else this.#config.field(name, value);
  }

  configWritten(offset: number, size: number, value: number): void {
    const written = this.#config.written(offset, size, value);
    if (written === undefined) return;
    const { byte, certain } = written;
    for (const port of this.#ports) {
      if (certain && !this.#idle) port.output.appendSide(byte);
      // What a partial write gives is not said, and a device that is suspended should not heed any (3.4.2).
      else port.output.wild = true;
    }
  }

  blameForDeath(): ClauseIndex | undefined {
    return this.#config.emergencyRow === this.#report.row ? this.#config.emergencyClause : undefined;
  }

  host(event: HostEvent): void {
    switch (event.action) {
      case 'console-input':
        this.#typed(this.#ports.get(event.port), event.bytes);
        break;
      case 'console-output':
        if (this.#lost) this.#ports.get(event.port).output.wild = true;
        this.#output.cameOut(this.#ports.get(event.port), event.bytes, this.#multiport);
        break;
      case 'resize-console':
        this.#config.resized(event.cols, event.rows);
        this.#control.resized(event.cols, event.rows);
        break;
      case 'break-device':
        this.#broken = true;
        break;
      case 'port':
        this.#portChanged(this.#ports.get(event.port), event.change);
        break;
      default:
    }
  }

  #portChanged(port: Port, change: 'add' | 'remove' | 'open' | 'close'): void {
    if (change === 'add') {
      port.hostDid = undefined;
      this.#control.plugged(port.id);
    } else if (port.hostDid === 'pulled') {
      // There is no end to open or close until the port is plugged in again.
      return;
    } else if (change === 'open') {
      port.hostOpen = true;
      port.hostDid = 'opened';
      this.#control.hostEnd(port.id, true);
    } else {
      port.hostOpen = false;
      port.hostDid = change === 'remove' ? 'pulled' : 'closed';
      if (change === 'remove') this.#control.unplugged(port.id);
      else this.#control.hostEnd(port.id, false);
      port.output.loosen();
      port.input.loosen();
    }
  }

  /** Input is owed to the guest only if the port was open on its side and a buffer was there to take it. */
  #typed(port: Port, bytes: readonly number[]): void {
    const open = this.#driverOk && (this.#multiport ? port.added && port.guestOpen === 'yes' : port.id === 0);
    const owed = open && port.hostOpen !== false;
    let room = -port.input.owed();
    const queue = this.#queue(receiveQueue(port.id));
    for (let i = 0; i < queue.size; i++) {
      const { chain, odd } = queue.valueAt(i);
      if (odd) room = -Infinity;
      room += chain.writableLength;
    }
    const taken = owed ? Math.max(0, Math.min(bytes.length, room)) : 0;
    if (taken > 0) port.input.append(bytes.slice(0, taken), true);
    if (taken < bytes.length) port.input.append(bytes.slice(taken), false);
  }

  /** Whether what the driver transmits must come out of the host side. */
  #outputOwed(port: Port): boolean {
    if (!this.#multiport) return port.id === 0 && port.hostOpen !== false;
    return port.added && port.guestOpen === 'yes' && port.hostOpen === true;
  }

  exposed(chain: ChainView): void {
    const { queue } = chain;
    this.#used = true;
    judgeDriver(chain, this.#setup.transport === 'mmio-v1' ? this.#accepted : undefined, this.#report);
    if (queue === CONTROL_RX || queue === CONTROL_TX) {
      if (!this.#multiport) return;
      if (queue === CONTROL_RX) this.#control.offered(chain);
      else this.#control.sent(chain);
      return;
    }
    const port = this.#ports.get(portOf(queue));
    const receive = receives(queue);
    const odd = chain.tainted || (receive ? chain.readableLength : chain.writableLength) > 0;
    let start = 0;
    let bytes: Uint8Array | undefined;
    if (receive) {
      // Input may disappear into a buffer that is broken.
      if (odd) port.input.loosen();
    } else if (chain.tainted) {
      port.output.wild = true;
    } else {
      bytes = chain.read(0, chain.readableLength);
      start = port.output.append(bytes, false);
    }
    this.#queue(queue).add(chain.serial, { chain, odd, start, bytes });
  }

  mustComplete(chain: ChainView): boolean {
    const { queue } = chain;
    const { maxChain } = this.#setup.claims;
    if (chain.tainted || (maxChain !== undefined && chain.descriptorCount > maxChain)) return false;
    if (queue === CONTROL_RX) {
      this.#control.mayTell();
      return false;
    }
    if (queue === CONTROL_TX) return this.#multiport && chain.readableLength >= 8 && chain.writableLength === 0;
    const port = this.#ports.get(portOf(queue));
    const entry = this.#queue(queue).get(chain.serial);
    if (entry === undefined || entry.odd) return false;
    const there = this.#multiport ? port.added && port.guestOpen === 'yes' : port.id === 0;
    if (!there || port.hostOpen === false) return false;
    return receives(queue) ? this.#inputFor(port, chain) : chain.readableLength > 0;
  }

  /** More input is owed than the buffers before this one can take. */
  #inputFor(port: Port, chain: ChainView): boolean {
    let left = port.input.owed();
    const queue = this.#queue(chain.queue);
    for (let i = 0; i < queue.size; i++) {
      const { chain: earlier, odd } = queue.valueAt(i);
      if (left <= 0 || odd) return false;
      if (earlier.serial === chain.serial) return chain.writableLength > 0;
      left -= earlier.writableLength;
    }
    return false;
  }

  completed(chain: ChainView, usedLength: number): void {
    const { queue } = chain;
    if (queue === CONTROL_RX) {
      if (this.#multiport) this.#control.received(chain, usedLength);
      return;
    }
    if (queue === CONTROL_TX) {
      if (this.#multiport) this.#control.accepted(chain);
      return;
    }
    const entry = this.#queue(queue).get(chain.serial);
    if (entry === undefined) return;
    const port = this.#ports.get(portOf(queue));
    const inOrder = this.#isOldest(queue, chain.serial);
    this.#queue(queue).delete(chain.serial);
    if (receives(queue)) {
      if (entry.odd || chain.tainted) port.input.loosen();
      else if (inOrder) this.#received(port, chain, Math.min(usedLength, chain.writableLength));
      else this.#overtaken(queue, chain.serial, port);
      return;
    }
    const { bytes } = entry;
    if (bytes === undefined || entry.odd || chain.tainted) return;
    if (!chain.reads(0, bytes)) port.output.wild = true;
    else if (this.#outputOwed(port)) port.output.require(entry.start, bytes.length);
  }

  #isOldest(queue: number, serial: number): boolean {
    const inFlight = this.#queue(queue);
    return inFlight.size > 0 && inFlight.keyAt(0) === serial;
  }

  /**
   * A buffer is known before older ones. Either the device used it first, or the driver has not looked at the others yet:
   * how the input is spread over them can't be told.
   */
  #overtaken(queue: number, serial: number, port: Port): void {
    const inFlight = this.#queue(queue);
    for (let i = 0; i < inFlight.size && inFlight.keyAt(i) < serial; i++) inFlight.valueAt(i).odd = true;
    port.input.loosen();
  }

  #received(port: Port, chain: ChainView, length: number): void {
    const { input } = port;
    const report = this.#report;
    if (chain.writableLength === 0 || input.wild) return;
    // Ports that are going away may hand back their buffers empty.
    if (length === 0 && (port.hostOpen === false || (this.#multiport && !port.added))) return;
    report.exercise(C.stream);
    if (this.#multiport) report.exercise(C.queues);
    if (length === 0) {
      report.violate(C.stream, `input in a buffer of port ${port.id}`, 'used length 0');
      return;
    }
    const bytes = chain.written(0, length);
    const explained = input.consume(bytes);
    if (explained === length) return;
    const rest = bytes.subarray(explained);
    const owner = this.#ports.other(port, (other) => other.input.owed() > 0 && other.input.accepts(rest));
    const index = owner !== undefined && rest.length > 1 ? C.queues : C.stream;
    const origin = owner === undefined ? '' : `, the input of port ${owner.id}`;
    const expected = input.owed() > 0 ? 'its input in order' : 'no more input';
    report.violate(index, `on port ${port.id}: ${expected}`, `${hexBytes(rest)} after ${explained} bytes${origin}`);
    input.clear();
  }

  abandoned(chain: ChainView): void {
    this.#control.dropped(chain);
    // Input may have gone into the buffer before it was withdrawn.
    if (this.#queue(chain.queue).delete(chain.serial) && receives(chain.queue)) {
      this.#ports.get(portOf(chain.queue)).input.loosen();
    }
  }

  settled(certain: boolean): void {
    if (!this.#idle) this.#control.settled(certain);
    this.#config.settled(certain);
    if (!certain) return;
    for (const port of this.#ports) this.#output.due(port, this.#taintedOutput(port));
  }

  /** A broken buffer is still with the device, or one whose bytes are not followed: what will come out is open. */
  #taintedOutput(port: Port): boolean {
    const queue = this.#queue(receiveQueue(port.id) + 1);
    for (let i = 0; i < queue.size; i++) if (queue.valueAt(i).chain.tainted || port.output.wild) return true;
    return false;
  }

  describe(): string {
    let buffers = 0;
    for (const queue of this.#inFlight.values()) buffers += queue.size;
    const ports = [...this.#ports].filter((port) => port.added).map((port) => port.id);
    const control = this.#multiport ? `, ports ${ports.join(' ') || 'none'}` : '';
    return `console${control}, ${this.#ports.get(0).input.owed()} bytes of input owed, ${buffers} in flight`;
  }

  #queue(index: number): Ascending<Buffered> {
    let queue = this.#inFlight.get(index);
    if (queue === undefined) {
      queue = new Ascending();
      this.#inFlight.set(index, queue);
    }
    return queue;
  }
}

function receiveQueue(port: number): number {
  return port === 0 ? 0 : 2 * port + 2;
}
