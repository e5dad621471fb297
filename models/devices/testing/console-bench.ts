/** A console driver and device by hand: what they do is told to the model, message by message. */
import type { ClauseIndex } from '../../clauses/catalogue.ts';
import { Report } from '../../report.ts';
import { endiannessMode, type Claims, type EndiannessModeName, type Transport } from '../../setup.ts';
import { ControlEvent, Feature } from '../console/constants.ts';
import { ConsoleModel } from '../console/model.ts';
import { fakeChain, features, type FakeChain } from './fake-chain.ts';

export interface BenchOptions {
  readonly transport?: Transport;
  readonly mode?: EndiannessModeName;
  readonly claims?: Claims;
  readonly accepted?: readonly number[];
}

export const text = (value: string): number[] => [...Buffer.from(value)];

export class Bench {
  readonly report: Report;
  readonly owed: ClauseIndex[] = [];
  readonly model: ConsoleModel;
  readonly #little: boolean;
  readonly #accepted: readonly number[];

  constructor(options: BenchOptions = {}, report = new Report()) {
    this.report = report;
    report.clearFindings();
    const transport = options.transport ?? 'mmio-v2';
    const mode = endiannessMode(options.mode ?? 'le', transport);
    this.#little = mode.config === 'little';
    this.model = new ConsoleModel(
      {
        device: 'console',
        transport,
        mode,
        memory: { base: 0, size: 1 << 20 },
        observesDeviceStores: true,
        observesInterrupt: true,
        claims: options.claims ?? {},
      },
      this.report,
      {
        usedOwed: () => undefined,
        usedAllowed: () => undefined,
        usedBeforeSuspend: () => undefined,
        usedUnwanted: () => undefined,
        configOwed: (index) => this.owed.push(index),
        configAllowed: () => undefined,
      },
    );
    this.#accepted = options.accepted ?? [Feature.SIZE, Feature.EMERG_WRITE];
    this.start();
  }

  start(): void {
    this.model.offered(features(...this.#accepted));
    this.model.featuresFixed(features(...this.#accepted));
    this.model.driverOk();
  }

  expose(queue: number, content: readonly number[] | number): FakeChain {
    const chain =
      typeof content === 'number' ? fakeChain(queue, [], [content]) : fakeChain(queue, [new Uint8Array(content)], []);
    this.model.exposed(chain);
    return chain;
  }

  /** The driver transmits and the device takes it. */
  transmit(queue: number, value: string): void {
    this.model.completed(this.expose(queue, text(value)), 0);
  }

  type(value: string, port = 0): void {
    this.model.host({ action: 'console-input', port, bytes: text(value) });
  }

  output(value: string, port = 0): void {
    this.model.host({ action: 'console-output', port, bytes: text(value) });
  }

  /** The device fills a buffer. */
  fill(chain: FakeChain, content: readonly number[] | string): void {
    const bytes = typeof content === 'string' ? text(content) : content;
    chain.in.set(bytes);
    this.model.completed(chain, bytes.length);
  }

  message(id: number, event: number, value = 0, little = this.#little): number[] {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setUint32(0, id, little);
    bytes.setUint16(4, event, little);
    bytes.setUint16(6, value, little);
    return [...new Uint8Array(bytes.buffer)];
  }

  /** A control message of the driver, taken by the device. */
  say(id: number, event: number, value = 1): void {
    this.model.completed(this.expose(3, this.message(id, event, value)), 0);
  }

  /** A control message of the device. */
  hear(id: number, event: number, value = 0, little = this.#little): void {
    this.fill(this.expose(2, 64), this.message(id, event, value, little));
  }

  /** Announces a port and opens it on both sides. */
  open(id: number): void {
    this.hear(id, ControlEvent.DEVICE_ADD);
    this.say(id, ControlEvent.PORT_READY);
    this.hear(id, ControlEvent.PORT_OPEN, 1);
    this.say(id, ControlEvent.PORT_OPEN);
  }

  take(): string[] {
    return this.report.violations.splice(0).map((violation) => violation.clause);
  }

  takeFaults(): (string | undefined)[] {
    return this.report.driverFaults.splice(0).map((fault) => fault.clause);
  }
}
