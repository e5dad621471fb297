/** Memory and queues at a moment of a trace, by going through its events up to there. */
import { swap32 } from '../../models/mmio/context.ts';
import { REG } from '../../models/mmio/layout.ts';
import { endiannessMode, type EndiannessMode, type EndiannessModeName, type Transport } from '../../models/setup.ts';
import { FEATURE } from '../../models/status/feature-bits.ts';
import { EventKind, EventLog } from '../../models/trace/event-log.ts';
import { parseEvent } from '../../models/trace/text.ts';
import { MemoryImage } from './image.ts';
import { QueueRegisters, type QueuePlace } from './queue-registers.ts';

/** A trace, and what its events need to be understood. */
export interface TraceEvents {
  /** One line an event (models/trace/text.ts). */
  readonly events: readonly string[];
  readonly mode: EndiannessModeName;
  /** Number of the event, from 0, at which the obligation was seen broken. Absent: after the last. */
  readonly brokeAt?: number;
}

export interface Moment {
  readonly memory: MemoryImage;
  readonly queues: readonly QueuePlace[];
  readonly mode: EndiannessMode;
  /** The driver negotiated EVENT_IDX, so the last fields of the rings mean something. */
  readonly eventIdx: boolean;
  /** What the event at that moment touched in memory, if it touched any. */
  readonly touched: { readonly address: number; readonly length: number } | undefined;
}

const REGISTER_BYTES = 4;

/** Throws TraceSyntaxError for a line that is no event. */
export function momentOf({ events, mode: name, brokeAt }: TraceEvents, transport: Transport): Moment {
  const mode = endiannessMode(name, transport);
  const log = new EventLog();
  const last = Math.min(brokeAt ?? events.length - 1, events.length - 1);
  for (const line of events.slice(0, last + 1)) parseEvent(line, log);
  const memory = new MemoryImage();
  const registers = new QueueRegisters(transport);
  const swapped = mode.registers === 'big';
  let window = 0;
  let eventIdx = false;
  for (let row = 0; row < log.length; row++) {
    const address = log.address[row];
    switch (log.kind[row] as EventKind) {
      case EventKind.PowerOn:
        memory.clear();
        registers.clear();
        eventIdx = false;
        break;
      case EventKind.RegWrite: {
        if (log.size[row] !== REGISTER_BYTES) break;
        const value = swapped ? swap32(log.value[row]) : log.value[row];
        registers.write(address, value);
        if (address === REG.DriverFeaturesSel) window = value;
        if (address === REG.Status && value === 0) eventIdx = false;
        if (address === REG.DriverFeatures && window === 0) eventIdx = (value & (1 << FEATURE.EVENT_IDX)) !== 0;
        break;
      }
      case EventKind.Store:
        memory.store(address, log.payload(row), 'driver');
        break;
      case EventKind.DeviceStore:
        memory.store(address, log.payload(row), 'device');
        break;
      case EventKind.Load:
        memory.load(address, log.payload(row));
        break;
      default:
        break;
    }
  }
  return { memory, queues: registers.places(), mode, eventIdx, touched: touchedBy(log, log.length - 1) };
}

const IN_MEMORY: readonly EventKind[] = [EventKind.Store, EventKind.DeviceStore, EventKind.Load];

function touchedBy(log: EventLog, row: number): Moment['touched'] {
  if (row < 0 || !IN_MEMORY.includes(log.kind[row] as EventKind)) return undefined;
  return { address: log.address[row], length: log.size[row] };
}
