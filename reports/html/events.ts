/** The events of a saved trace with symbolic names: rows of the register listing and of the sequence diagram. */
import { registerName, REG } from '../../models/mmio/layout.ts';
import type { Transport } from '../../models/setup.ts';
import { statusNames } from '../../models/status/status-bits.ts';

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

const STATUS_AT = REG.Status;

export function listing(events: readonly string[], transport: Transport): readonly ListingLine[] {
  return events.map((raw) => ({ raw, meaning: messageOf(raw, transport).text }));
}

/** The messages of a trace; neighbours that do the same sort of thing to memory become one. */
export function messages(events: readonly string[], transport: Transport): readonly Message[] {
  const merged: Message[] = [];
  for (const event of events) {
    const next = messageOf(event, transport);
    const last = merged.at(-1);
    const memory = next.from === 'bus' || next.to === 'bus';
    if (last !== undefined && memory && last.from === next.from && last.to === next.to) {
      const times = last.times + 1;
      const what = next.from === 'device' ? 'stores' : next.from === 'driver' ? 'stores' : 'loads';
      merged[merged.length - 1] = { ...next, times, text: `${String(times)} ${what}, last: ${next.text}` };
    } else {
      merged.push(next);
    }
  }
  return merged;
}

function messageOf(event: string, transport: Transport): Message {
  const words = event.split(' ');
  const message = (from: Party, to: Party, text: string): Message => ({ from, to, text, times: 1 });
  switch (words[0]) {
    case 'r':
      return message('device', 'driver', `${register(words[1], transport)} reads ${value(words[1], words[4])}`);
    case 'w':
      return message('driver', 'device', `${register(words[1], transport)} := ${value(words[1], words[3])}`);
    case 'store':
      return message('driver', 'bus', `[${words[1]}] := ${bytes(words[2])}`);
    case 'dstore':
      return message('device', 'bus', `[${words[1]}] := ${bytes(words[2])}`);
    case 'load':
      return message('bus', 'driver', `[${words[1]}] reads ${bytes(words[3])}`);
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
      return message('device', 'device', 'power on');
    default:
      return message('bus', 'bus', event);
  }
}

function register(offset: string, transport: Transport): string {
  return registerName(transport, Number.parseInt(offset, 16));
}

/** Bits by name where they have any. */
function value(offset: string, text: string): string {
  const number = Number(text);
  return Number.parseInt(offset, 16) === STATUS_AT && Number.isFinite(number) && number > 0
    ? `${text} ${statusNames(number)}`
    : text;
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
