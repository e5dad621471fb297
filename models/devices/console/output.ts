/** What comes out of the host side of a console (5.3.6, 5.3.5): transmitted bytes in order, and emergency characters. */
import { clause } from '../../clauses/catalogue.ts';
import type { Report } from '../../report.ts';
import { hexBytes } from '../bytes.ts';
import type { ConsoleConfig } from './config.ts';
import type { Port, Ports } from './ports.ts';

const C = {
  queues: clause('untagged.console.1'),
  stream: clause('untagged.console.3'),
  emergencyOutput: clause('console.device.device-initialization.2'),
  legacyLayout: clause('console.device.legacy-device-configuration-layout.1'),
};

export class OutputJudge {
  readonly #report: Report;
  readonly #ports: Ports;
  readonly #config: ConsoleConfig;

  constructor(report: Report, ports: Ports, config: ConsoleConfig) {
    this.#report = report;
    this.#ports = ports;
    this.#config = config;
  }

  /** The device is known to be idle: what it has taken must be on the host side by now. */
  due(port: Port, open: boolean): void {
    port.outputDue = open ? undefined : port.output.end;
  }

  /** All output of a port since the last time. */
  cameOut(port: Port, bytes: readonly number[], multiport: boolean): void {
    const { output, outputDue } = port;
    const report = this.#report;
    port.outputDue = undefined;
    if (output.wild) {
      // Once all was quiet, the stream can be followed again: from there on.
      if (outputDue !== undefined) output.wild = false;
      output.clear(outputDue);
      // How much of this had been transmitted since then can't be told.
      if (bytes.length > 0) output.loosen();
      return;
    }
    const explained = output.consume(bytes);
    if (bytes.length > 0) {
      report.exercise(C.stream);
      if (multiport) report.exercise(C.queues);
    }
    if (explained < bytes.length) this.#unexplained(port, bytes, explained);
    else if (outputDue === undefined || !this.#missing(port, outputDue)) return;
    output.clear();
  }

  /** Reports what should have come out by now. */
  #missing(port: Port, due: number): boolean {
    const { output } = port;
    const report = this.#report;
    const bytes = output.owed(due);
    if (bytes > 0) {
      report.exercise(C.stream);
      report.violate(C.stream, `all that was transmitted comes out of port ${port.id}`, `${bytes} bytes are missing`);
      return true;
    }
    if (!output.carriesSide || port.hostOpen === false || this.#config.emergencies === 0) return false;
    const characters = output.sideOwed();
    report.exercise(C.emergencyOutput);
    if (characters === 0) return false;
    const seen = `${characters} characters are missing`;
    report.violate(C.emergencyOutput, 'the low byte written to emerg_wr comes out', seen);
    if (!this.#config.emergencyLive)
      report.violate(this.#config.emergencyClause, 'a write to emerg_wr works before the device is configured', seen);
    return true;
  }

  #unexplained(port: Port, bytes: readonly number[], explained: number): void {
    const rest = bytes.slice(explained);
    const owner = this.#ports.other(port, ({ output }) => output.owed() > 0 && output.accepts(rest));
    const owed = port.output.owed();
    let index = C.stream;
    if (owner !== undefined && rest.length > 1) index = C.queues;
    else if (this.#config.isForeignEmergency(rest[0])) index = C.legacyLayout;
    else if (port.output.sideOwed() > 0 && owed === 0) index = C.emergencyOutput;
    const expected = owed > 0 ? 'the bytes that were transmitted, in order' : 'no more bytes';
    const origin = owner === undefined ? '' : `, which were transmitted on port ${owner.id}`;
    const seen = `${hexBytes(rest)} after ${explained} bytes${origin}`;
    this.#report.violate(index, `from port ${port.id}: ${expected}`, seen);
  }
}
