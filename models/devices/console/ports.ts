/** The ports of a console and what both sides have said about them (5.3.6.2). */
import { ByteStream } from './stream.ts';

export class Port {
  readonly id: number;
  /** The device has announced it and not removed it. */
  added = false;
  /** The driver has opened it: `maybe` while the message is on its way. */
  guestOpen: 'no' | 'maybe' | 'yes' = 'no';
  /** Somebody listens on the host side; undefined if nobody has said. */
  hostOpen: boolean | undefined;
  /** What the host itself did last: messages of the device about that may be older, and are not heeded. */
  hostDid: 'opened' | 'closed' | 'pulled' | undefined;
  /** Guest to host, and host to guest. */
  readonly output: ByteStream;
  readonly input: ByteStream;
  /** Settled with certainty: output up to here is to be seen by now. */
  outputDue: number | undefined;

  constructor(id: number, emergencyOutput: boolean) {
    this.id = id;
    this.output = new ByteStream(!emergencyOutput || id !== 0);
    this.input = new ByteStream(true);
  }

  /** Device reset: announcements are forgotten; what is under way may be lost. */
  reset(): void {
    this.added = false;
    this.guestOpen = 'no';
    this.output.loosen();
    this.input.loosen();
  }
}

export class Ports {
  readonly #ports = new Map<number, Port>();
  readonly #emergencyOutput: boolean;
  /** Output of a port that was not mentioned yet may hold anything. */
  #wild = false;

  constructor(emergencyOutput: boolean) {
    this.#emergencyOutput = emergencyOutput;
  }

  get(id: number): Port {
    let port = this.#ports.get(id);
    if (port === undefined) {
      port = new Port(id, this.#emergencyOutput);
      port.output.wild = this.#wild;
      this.#ports.set(id, port);
    }
    return port;
  }

  /** What comes out of any port is open until it has been seen quiet. */
  loseOutput(): void {
    this.#wild = true;
    for (const port of this.#ports.values()) {
      port.output.wild = true;
      port.outputDue = undefined;
    }
  }

  /** The port, if it has been mentioned before. */
  find(id: number): Port | undefined {
    return this.#ports.get(id);
  }

  /** Another port of which something holds. */
  other(port: Port, holds: (other: Port) => boolean): Port | undefined {
    for (const other of this.#ports.values()) if (other !== port && holds(other)) return other;
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Port> {
    return this.#ports.values();
  }
}
