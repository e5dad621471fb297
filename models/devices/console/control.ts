/** The control queues of a multiport console (5.3.6.2): which ports exist, and what has to be said about them. */
import { clause } from '../../clauses/catalogue.ts';
import { emptyKeyed } from '../../collections.ts';
import type { Report } from '../../report.ts';
import type { ChainView } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { readU16, readU32, swapU16, swapU32 } from '../bytes.ts';
import { CONTROL_RX, ControlEvent, eventName, isDeviceEvent, MESSAGE, ROOM_FOR_ANY } from './constants.ts';
import type { Ports } from './ports.ts';
import { Told } from './told.ts';

const C = {
  addsNew: clause('console.device.multiport-device-operation.1'),
  removesKnown: clause('console.device.multiport-device-operation.2'),
  announced: clause('untagged.console.4'),
  severalConsoles: clause('console.device.multiport-device-operation-info.1'),
  legacyOrder: clause('console.device.legacy-device-operation.1'),
};
const DRIVER = {
  legacyOrder: 'console.driver.legacy-device-operation.1',
  ready: 'console.driver.multiport-device-operation.1',
  answersConsole: 'console.driver.multiport-device-operation.3',
  opensConsole: 'console.driver.multiport-device-operation.4',
} as const;

/** What a driver tells (5.3.6.2). */
const DRIVER_EVENTS: readonly number[] = [ControlEvent.DEVICE_READY, ControlEvent.PORT_READY, ControlEvent.PORT_OPEN];

/** Waits that have to run out before a message counts as missing on a target that is never known to be idle. */
const PATIENCE = 2;
/** Control messages that a driver may send before it answers CONSOLE_PORT. */
const OTHER_MESSAGES = 4;

export interface ControlMessage {
  readonly id: number;
  readonly event: number;
  readonly value: number;
}

/** A message, and the bytes that follow its header. */
interface Held {
  readonly message: ControlMessage;
  readonly rest: Uint8Array;
}

export class Control {
  readonly #setup: JudgeSetup;
  readonly #report: Report;
  readonly #ports: Ports;
  readonly #told: Told;
  /** Last read; undefined before that. */
  maxPorts: number | undefined;
  /** Receive buffers in flight that can hold a message. */
  readonly #buffers = new Map<number, ChainView>();
  /** What the driver has sent and the device has not yet returned. */
  readonly #sent = new Map<number, ControlMessage>();
  /** DEVICE_READY messages with value 1 so far. */
  #readies = 0;
  /** Nobody knows what the device has read in the control queue: the driver may have said anything, twice as well. */
  #garbled = false;
  /** The device has read one, and nothing else about it since. */
  #isReady = false;
  /** Ports that the device must still announce, as there were buffers for it. */
  #owed: Set<number> = new Set();
  #waits = 0;
  #couldTell = false;
  /** Messages whose turn has not come: older buffers are still out, or the driver has not looked at them yet. */
  readonly #held = new Map<number, Held>();
  /** A message may have been missed, or taken for a later one: what ports there are is not known. */
  #blind = false;
  /** A buffer that does not hold every message was offered: of what follows a header, some may have been left out. */
  #cramped = false;
  /** Ports that the driver has spoken of without having been told of them: answers about these announce nothing. */
  readonly #provoked = new Set<number>();
  /** The device has sent a message since power-on: it understands what the driver says. */
  #heard = false;
  /** Nominated consoles that the driver has not answered, and the messages it has sent since. */
  readonly #unanswered = new Map<number, number>();
  /** Those of them that the driver has closed since: its own doing, or an answer with the wrong value. */
  readonly #closed = new Set<number>();
  /** Those of them that were unanswered when all was at rest. */
  readonly #overdue = new Set<number>();

  constructor(setup: JudgeSetup, report: Report, ports: Ports) {
    this.#setup = setup;
    this.#report = report;
    this.#ports = ports;
    this.#told = new Told(setup, report);
  }

  /** Device reset. `used`: the driver has used the device with MULTIPORT since the last one. */
  reset(used: boolean): void {
    if (used && this.#readies === 0) this.#report.driverBroke(DRIVER.ready, 'nothing', 'no DEVICE_READY message');
    for (const [id, messages] of this.#unanswered) {
      if (messages >= OTHER_MESSAGES) this.#blameUnanswered(id);
    }
    for (const kept of [
      this.#buffers,
      this.#sent,
      this.#unanswered,
      this.#closed,
      this.#overdue,
      this.#held,
      this.#provoked,
      this.#owed,
    ]) {
      emptyKeyed(kept);
    }
    this.#told.reset();
    this.#blind = this.#cramped = this.#isReady = false;
    this.#readies = 0;
    this.#garbled = false;
  }

  /** What the driver says can't be followed until the next reset. */
  garble(): void {
    this.#garbled = true;
  }

  /** The driver has put a buffer into the control receive queue. */
  offered(chain: ChainView): void {
    if (!chain.tainted && chain.readableLength === 0 && chain.writableLength >= MESSAGE) {
      this.#buffers.set(chain.serial, chain);
      if (chain.writableLength < ROOM_FOR_ANY) this.#cramped = true;
    } else {
      this.#blind = true;
    }
  }

  /** The driver has put a message into the control transmit queue. */
  sent(chain: ChainView): void {
    if (chain.tainted) this.garble();
    if (chain.tainted || chain.readableLength < MESSAGE || chain.writableLength > 0) return;
    const message = this.#parse(chain.read(0, MESSAGE));
    if (this.#foreign && !this.#judgeOrder(message)) return;
    this.#sent.set(chain.serial, message);
    const { id, event, value } = message;
    if (event === ControlEvent.DEVICE_READY) {
      this.#report.exercise(clause(DRIVER.ready));
      if (value === 1) this.#readies++;
    } else if (this.#ports.find(id)?.added !== true) {
      this.#provoked.add(id);
    } else if (event === ControlEvent.PORT_READY && value === 1) {
      this.#told.askedFor(id);
    } else if (event === ControlEvent.PORT_READY) {
      // 5.3.6.2: adding the port has failed. A device may leave it alone until the driver opens it after all.
      this.#ports.get(id).guestOpen = 'no';
    }
    for (const [port, messages] of this.#unanswered) this.#unanswered.set(port, messages + 1);
    if (event !== ControlEvent.PORT_OPEN) return;
    const port = this.#ports.get(id);
    // From now on the device may know.
    if (value !== 1) port.guestOpen = 'no';
    else if (port.guestOpen === 'no') port.guestOpen = 'maybe';
    if (!this.#unanswered.has(id)) return;
    // It may have been closed before the driver has read CONSOLE_PORT: then the answer is yet to come.
    if (value !== 1) {
      this.#closed.add(id);
      return;
    }
    this.#unanswered.delete(id);
    this.#report.exercise(clause(DRIVER.answersConsole));
    this.#report.exercise(clause(DRIVER.opensConsole));
  }

  /** Nothing that may be the answer has come, or one with the wrong value has. */
  #blameUnanswered(id: number): void {
    if (!this.#closed.has(id)) {
      this.#report.driverBroke(DRIVER.answersConsole, 'nothing', `CONSOLE_PORT ${id} not answered with PORT_OPEN`);
      return;
    }
    this.#report.exercise(clause(DRIVER.answersConsole));
    this.#report.driverBroke(DRIVER.opensConsole, 'nothing', `CONSOLE_PORT ${id} answered with PORT_OPEN 0`);
  }

  /** Legacy, big-endian guest: a message that makes sense in the opposite byte order only is written in that (5.3.6.3). */
  #judgeOrder({ event, value }: ControlMessage): boolean {
    const makesSense = (e: number, v: number): boolean => DRIVER_EVENTS.includes(e) && v <= 1;
    const wrong = !makesSense(event, value) && makesSense(swapU16(event), swapU16(value));
    if (wrong)
      this.#report.driverBroke(DRIVER.legacyOrder, 'nothing', `control message with event ${event}, value ${value}`);
    else this.#report.exercise(clause(DRIVER.legacyOrder));
    return !wrong;
  }

  /** The device has read a message of the driver. */
  accepted(chain: ChainView): void {
    const message = this.#sent.get(chain.serial);
    this.#sent.delete(chain.serial);
    if (message === undefined) return;
    const { id, event, value } = message;
    if (event === ControlEvent.PORT_OPEN && value === 1) {
      const port = this.#ports.get(id);
      if (port.guestOpen === 'maybe') port.guestOpen = 'yes';
    }
    if (event === ControlEvent.DEVICE_READY) {
      this.#isReady = value === 1;
      if (this.#isReady) this.#deviceReady();
    }
    if (event === ControlEvent.PORT_READY && value === 1 && this.#ports.find(id)?.added === true) this.#told.ready(id);
  }

  #deviceReady(): void {
    const { ports } = this.#setup.claims;
    if (ports === undefined) return;
    const missing = ports.filter((id) => this.#told.has(id) && this.#ports.find(id)?.added !== true);
    // A device has nowhere to keep messages for which the driver offers no buffer.
    if (missing.length > this.#buffers.size) return;
    for (const id of missing) this.#owed.add(id);
    this.#waits = 0;
  }

  /** The host has plugged in a port. */
  plugged(id: number): void {
    this.#told.plugged(id);
    if (!this.#isReady || this.#buffers.size === 0 || this.#ports.find(id)?.added === true) return;
    this.#owed.add(id);
    this.#waits = 0;
  }

  unplugged(id: number): void {
    this.#owed.delete(id);
    this.#told.unplugged(id, this.#ports.find(id)?.added === true);
  }

  /** The host has opened or closed its end of a port. */
  hostEnd(id: number, open: boolean): void {
    this.#told.hostEnd(id, open);
  }

  /** The host has set the size of the console, which the device shows in its configuration space, too. */
  resized(cols: number, rows: number): void {
    this.#told.resized(cols, rows);
  }

  /** A buffer is gone without anybody having seen whether there was a message in it. */
  dropped(chain: ChainView): void {
    if (chain.queue === CONTROL_RX) this.#blind = true;
    this.#buffers.delete(chain.serial);
    this.#sent.delete(chain.serial);
  }

  /** The device has put a message into a buffer of the control receive queue. */
  received(chain: ChainView, usedLength: number): void {
    const [oldest] = this.#buffers.keys();
    // A device that uses buffers in another order may also have made the messages in that order.
    if (oldest !== chain.serial) this.#blind = true;
    const usable = this.#buffers.delete(chain.serial);
    if (!usable || chain.tainted) {
      this.#blind = true;
      return;
    }
    if (usedLength < MESSAGE && this.#cramped) {
      // What a device does with a message that does not fit is left open, and with a buffer that it took for it.
      this.#blind = true;
      this.#release();
      return;
    }
    const report = this.#report;
    const long = report.check(
      C.announced,
      usedLength >= MESSAGE,
      () => `a control message of at least ${MESSAGE} bytes`,
      () => `${usedLength} bytes`,
    );
    if (long) this.#heard = true;
    if (long) {
      const message = this.#ordered(this.#parse(chain.written(0, MESSAGE)));
      const rest = chain.written(MESSAGE, Math.min(usedLength, chain.writableLength) - MESSAGE);
      this.#held.set(chain.serial, { message, rest });
    }
    this.#release();
  }

  /** Messages are judged in the order of their buffers. */
  #release(): void {
    const [oldest = Infinity] = this.#buffers.keys();
    for (const serial of [...this.#held.keys()].sort((a, b) => a - b)) {
      if (serial > oldest) return;
      const { message, rest } = this.#held.get(serial)!;
      this.#held.delete(serial);
      if (this.#blind) this.#believe(message);
      else if (this.#message(message) && !this.#cramped) this.#told.message(message, rest);
    }
  }

  /** Takes a message for what it says, as others have been missed. */
  #believe({ id, event, value }: ControlMessage): void {
    const port = this.#ports.get(id);
    if (event === ControlEvent.DEVICE_REMOVE) this.#remove(id);
    else port.added = true;
    this.#owed.delete(id);
    if (event === ControlEvent.PORT_OPEN && port.hostDid === undefined) port.hostOpen = value === 1;
  }

  /** Legacy: the fields are in the byte order of the guest (5.3.6.3). */
  #ordered(message: ControlMessage): ControlMessage {
    if (!this.#foreign) return message;
    const swapped = { id: swapU32(message.id), event: swapU16(message.event), value: swapU16(message.value) };
    const foreign = !isDeviceEvent(message.event) && isDeviceEvent(swapped.event);
    this.#report.check(
      C.legacyOrder,
      !foreign,
      () => `control message in ${this.#setup.mode.config}-endian order`,
      () => `${eventName(swapped.event)} for port ${swapped.id} in the opposite order`,
    );
    return foreign ? swapped : message;
  }

  get #foreign(): boolean {
    return this.#setup.transport === 'mmio-v1' && this.#setup.mode.guest === 'big';
  }

  /** False where it is about a port that it must not be about. */
  #message({ id, event, value }: ControlMessage): boolean {
    const report = this.#report;
    const known = this.#ports.find(id)?.added === true;
    if (event === ControlEvent.DEVICE_ADD) return this.#add(id, known);
    if (event === ControlEvent.DEVICE_REMOVE) {
      const kept = report.check(
        C.removesKnown,
        known,
        () => 'DEVICE_REMOVE for a port that was added',
        () => `port ${id}`,
      );
      if (kept) this.#remove(id);
      return kept;
    }
    if (!known && this.#provoked.has(id)) return false;
    const announced = report.check(
      C.announced,
      known,
      () => `DEVICE_ADD for port ${id} before other messages about it`,
      () => `${eventName(event)} for port ${id}`,
    );
    if (!announced) return false;
    const port = this.#ports.get(id);
    if (event === ControlEvent.PORT_OPEN && port.hostDid === undefined) port.hostOpen = value === 1;
    if (event === ControlEvent.CONSOLE_PORT) {
      report.exercise(C.severalConsoles);
      this.#unanswered.set(id, 0);
      this.#closed.delete(id);
      this.#overdue.delete(id);
    }
    return true;
  }

  #add(id: number, known: boolean): boolean {
    const most = this.maxPorts ?? Infinity;
    // A driver that says again that it is ready may be told again.
    const again = known && (this.#readies > 1 || this.#garbled);
    const kept = this.#report.check(
      C.addsNew,
      (!known || again) && id < most,
      () => `DEVICE_ADD for a new port below max_nr_ports ${most}`,
      () => `port ${id}${known ? ', which exists' : ''}`,
    );
    if (this.#owed.delete(id)) this.#report.exercise(C.announced);
    if (kept) this.#ports.get(id).added = true;
    return kept;
  }

  #remove(id: number): void {
    const port = this.#ports.get(id);
    port.added = false;
    port.guestOpen = 'no';
    port.output.loosen();
    port.input.loosen();
    this.#unanswered.delete(id);
  }

  /** A buffer for messages that the device has been told of is still unused now that it was given time. */
  mayTell(): void {
    this.#couldTell = this.#setup.observesDeviceStores;
  }

  /** The device was given time: what it had to announce must have come. */
  settled(certain: boolean): void {
    if (certain) this.#judgeUnanswered();
    if (certain && this.#couldTell && !this.#blind && !this.#cramped && this.#held.size === 0) this.#told.overdue();
    this.#couldTell = false;
    if (this.#owed.size === 0 || this.#buffers.size === 0 || this.#blind || this.#held.size > 0) return;
    if (!certain && ++this.#waits < PATIENCE) return;
    const missing = [...this.#owed].join(', ');
    this.#report.check(
      C.announced,
      false,
      () => `DEVICE_ADD for port ${missing} after DEVICE_READY`,
      () => `no message, ${this.#buffers.size} buffers free`,
    );
    this.#owed.clear();
    // A device that reads DEVICE_READY in the other byte order knows no such message.
    if (this.#foreign && !this.#heard) {
      const expected = `DEVICE_READY understood in ${this.#setup.mode.config}-endian order`;
      this.#report.violate(C.legacyOrder, expected, 'no control message has ever come');
    }
  }

  /** Twice at rest since a console was nominated: the driver is not going to answer. */
  #judgeUnanswered(): void {
    for (const port of this.#unanswered.keys()) {
      if (!this.#overdue.has(port)) {
        this.#overdue.add(port);
        continue;
      }
      this.#unanswered.delete(port);
      this.#blameUnanswered(port);
    }
  }

  #parse(bytes: Uint8Array): ControlMessage {
    const order = this.#setup.mode.config;
    return { id: readU32(bytes, 0, order), event: readU16(bytes, 4, order), value: readU16(bytes, 6, order) };
  }
}
