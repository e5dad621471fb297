/** The events of a saved trace with symbolic names: rows of the register listing and of the sequence diagram. */
import { swap32 } from '../../models/mmio/context.ts';
import { registerName, REG } from '../../models/mmio/layout.ts';
import { endiannessMode, type EndiannessModeName, type Transport } from '../../models/setup.ts';
import { statusNames } from '../../models/status/status-bits.ts';
import { placeName } from '../memory/names.ts';
import { QueueRegisters } from '../memory/queue-registers.ts';

export type Party = 'driver' | 'bus' | 'device';

/** Something that one party did to another; `from` equal to `to` is a note beside that party. */
export interface Message {
  readonly from: Party;
  readonly to: Party;
  readonly text: string;
  /** How many events in a row it stands for. */
  readonly times: number;
}

/** One event as it stands in the trace file (models/trace/text.ts), and what it says. */
export interface ListingLine {
  readonly raw: string;
  readonly meaning: string;
}

export function listing(
  events: readonly string[],
  transport: Transport,
  mode: EndiannessModeName,
): readonly ListingLine[] {
  const reader = new EventReader(transport, mode);
  return events.map((raw) => ({ raw, meaning: reader.message(raw).text }));
}

/** The messages of a trace; neighbours that do the same sort of thing to memory become one. */
export function messages(
  events: readonly string[],
  transport: Transport,
  mode: EndiannessModeName,
): readonly Message[] {
  const reader = new EventReader(transport, mode);
  const merged: Message[] = [];
  for (const event of events) {
    const next = reader.message(event);
    const last = merged.at(-1);
    const memory = next.from === 'bus' || next.to === 'bus';
    if (last !== undefined && memory && last.from === next.from && last.to === next.to) {
      const times = last.times + 1;
      const what = next.from === 'bus' ? 'loads' : 'stores';
      merged[merged.length - 1] = { ...next, times, text: `${String(times)} ${what}, last: ${next.text}` };
    } else {
      merged.push(next);
    }
  }
  return merged;
}

const WORD = 4;

/** Reads events one after the other, since what a place in memory means depends on those before. */
class EventReader {
  readonly #transport: Transport;
  readonly #swapped: boolean;
  readonly #queues: QueueRegisters;

  constructor(transport: Transport, mode: EndiannessModeName) {
    this.#transport = transport;
    this.#swapped = endiannessMode(mode, transport).registers === 'big';
    this.#queues = new QueueRegisters(transport);
  }

  message(event: string): Message {
    const words = event.split(' ');
    const message = (from: Party, to: Party, text: string): Message => ({ from, to, text, times: 1 });
    switch (words[0]) {
      case 'r':
        return message(
          'device',
          'driver',
          `${this.#register(words[1])} reads ${this.#value(words[1], words[2], words[4])}`,
        );
      case 'w': {
        const offset = Number.parseInt(words[1], 16);
        if (Number(words[2]) === WORD) this.#queues.write(offset, this.#meant(words[1], words[2], Number(words[3])));
        return message(
          'driver',
          'device',
          `${this.#register(words[1])} := ${this.#value(words[1], words[2], words[3])}`,
        );
      }
      case 'store':
        return message('driver', 'bus', `${this.#place(words[1], words[2])} := ${bytes(words[2])}`);
      case 'dstore':
        return message('device', 'bus', `${this.#place(words[1], words[2])} := ${bytes(words[2])}`);
      case 'load':
        return message('bus', 'driver', `${this.#place(words[1], words[3])} reads ${bytes(words[3])}`);
      case 'irq':
        return message('device', 'driver', `interrupt line ${words[1] === '1' ? 'up' : 'down'}`);
      case 'host':
        return message('device', 'device', `host: ${event.slice('host '.length)}`);
      case 'settled':
        return message(
          'device',
          'device',
          words[1] === 'idle' ? 'given time: nothing more happens' : 'given time: not done',
        );
      case 'outcome':
        return message('device', 'device', event);
      case 'power-on':
        this.#queues.clear();
        return message('device', 'device', 'power on');
      default:
        return message('bus', 'bus', event);
    }
  }

  #register(offset: string): string {
    return registerName(this.#transport, Number.parseInt(offset, 16));
  }

  /** Legacy registers may be big-endian; the trace has the bytes in the order of their addresses. */
  #meant(offset: string, size: string, value: number): number {
    const isRegister = Number.parseInt(offset, 16) < REG.Config && Number(size) === WORD;
    return this.#swapped && isRegister && Number.isFinite(value) ? swap32(value) : value;
  }

  /** Bits by name where they have any. */
  #value(offset: string, size: string, text: string): string {
    const number = this.#meant(offset, size, Number(text));
    const shown = number === Number(text) ? text : `0x${number.toString(16).padStart(2 * WORD, '0')}`;
    const isStatus = Number.parseInt(offset, 16) === REG.Status && Number.isFinite(number) && number > 0;
    return isStatus ? `${shown} ${statusNames(number)}` : shown;
  }

  #place(address: string, digits: string): string {
    const name = placeName(this.#queues.places(), Number(address), digits.length / 2);
    return name === undefined ? `[${address}]` : `${name} [${address}]`;
  }
}

const MOST_BYTES = 16;

function bytes(digits: string): string {
  const count = digits.length / 2;
  const shown = digits
    .slice(0, 2 * MOST_BYTES)
    .replaceAll(/../g, '$& ')
    .trim();
  return count <= MOST_BYTES ? shown : `${shown} … (${String(count)} bytes)`;
}
