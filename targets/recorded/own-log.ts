/** Our own trace text (models/trace/text.ts), line by line: one device, whose registers are at address 0. */
import { EventKind, EventLog } from '../../models/trace/event-log.ts';
import { parseEvent } from '../../models/trace/text.ts';
import type { RecordingSink } from './sink.ts';

const EVENT = /^(?:([rw]) [0-9a-f]+ [1248] |(store|dstore|load|irq|host|settled|outcome|power-on)\b)/;

export class OwnReader {
  readonly #sink: RecordingSink;
  readonly #log = new EventLog();

  constructor(sink: RecordingSink) {
    this.#sink = sink;
  }

  /** Reads one line; false if it is no event. */
  read(text: string, line: number): boolean {
    if (!EVENT.test(text)) return false;
    const log = this.#log;
    log.clear();
    try {
      parseEvent(text, log);
    } catch (error) {
      this.#sink.malformed((error as Error).message, line);
      return true;
    }
    const [kind, address, size, value] = [log.kind[0] as EventKind, log.address[0], log.size[0], log.value[0]];
    switch (kind) {
      case EventKind.RegRead:
        this.#sink.access('read', address, size, value, 'bytes', OWN_REGION, line);
        break;
      case EventKind.RegWrite:
        this.#sink.access('wrote', address, size, value, 'bytes', OWN_REGION, line);
        break;
      case EventKind.Store:
        this.#sink.memory('wrote', address, log.payload(0), line);
        break;
      case EventKind.Load:
        this.#sink.memory('read', address, log.payload(0), line);
        break;
      case EventKind.DeviceStore:
        this.#sink.memory('device', address, log.payload(0), line);
        break;
      case EventKind.PowerOn:
        this.#sink.powerOn(line);
        break;
      case EventKind.Irq:
        this.#sink.interrupt(value === 1 ? 1 : 0, line);
        break;
      case EventKind.Host:
      case EventKind.Settled:
      case EventKind.Outcome:
        // What the device and its host did is no conduct of the driver.
        this.#sink.other(text.split(' ', 1)[0]);
        break;
    }
    return true;
  }
}

/** What the accesses of our own traces give as their region. */
export const OWN_REGION = 'virtcheck trace';
