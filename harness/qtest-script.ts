/**
 * A recorded scenario as a qtest script: what a person pastes into a stock QEMU (or any qtest endpoint) to see the
 * deviation without this project. Comment lines start with `#` and are filtered out by the command that the head gives.
 */
import { EventKind, type EventLog } from '../models/trace/event-log.ts';
import { hexNumber } from '../models/trace/text.ts';
import { registerName } from '../models/mmio/layout.ts';
import { isUniform } from '../targets/qtest/commands.ts';
import type { SessionInfo } from '../targets/target.ts';
import { swapValue } from './driver/bytes.ts';

const WIDTH: Record<number, string> = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' };

/** Between the commands of a pasted script, and how long to wait for the last answers. */
const PACE_SECONDS = 0.02;
const PATIENCE_SECONDS = 5;

/** Number of equal bytes from which a store is written as `memset`. */
const UNIFORM_FROM = 8;

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

/**
 * The shell line that feeds a script to a fresh implementation. Fed at once, commands would be carried out faster than a
 * device with threads or files behind it completes requests, so they go in one by one; nothing but the time limit ends a
 * QEMU without a guest.
 */
function pasteLine(log: EventLog, commandLine: readonly string[]): string {
  const hostActs = log.kind.subarray(0, log.length).includes(EventKind.Host);
  const qmp = commandLine.indexOf('-qmp');
  const needed = hostActs || qmp < 0 ? commandLine : commandLine.toSpliced(qmp, 2);
  const seconds = Math.ceil(log.length * PACE_SECONDS) + PATIENCE_SECONDS;
  return `grep -v '^#' THIS_FILE | while read -r line; do echo "$line"; sleep ${PACE_SECONDS}; done | timeout --foreground ${seconds} ${needed.join(' ')}`;
}

/** A store as a command: `memset` where every byte is the same, so that cleared rings stay one short line. */
function store(at: string, bytes: Uint8Array): string {
  if (bytes.length >= UNIFORM_FROM && isUniform(bytes)) {
    return `memset ${at} ${bytes.length} ${hexNumber(bytes[0], 1)}`;
  }
  return `write ${at} ${bytes.length} ${hex(bytes)}`;
}

/**
 * The script's lines. Values are as the guest CPU sees them, so on a big-endian machine they are swapped back from the
 * log's convention. Undefined when the session has no register base (in-process targets).
 */
export function qtestScript(log: EventLog, info: SessionInfo, head: readonly string[]): string[] {
  const base = info.registerBase ?? 0;
  const order = info.mode.guest;
  const lines = head.map((line) => `# ${line}`);
  if (info.commandLine) {
    lines.push('# In an empty folder:');
    for (const line of info.preparation ?? []) lines.push(`#   ${line}`);
    lines.push(`#   ${pasteLine(log, info.commandLine)}`);
  }
  for (let row = 0; row < log.length; row++) {
    const kind = log.kind[row] as EventKind;
    const size = log.size[row];
    const at = hexNumber(
      kind === EventKind.RegRead || kind === EventKind.RegWrite ? base + log.address[row] : log.address[row],
      4,
    );
    switch (kind) {
      case EventKind.RegRead: {
        const value = swapValue(log.value[row], size, order);
        lines.push(`# ${registerName(info.transport, log.address[row])} -> ${hexNumber(value, size)}`);
        lines.push(`read${WIDTH[size]} ${at}`);
        break;
      }
      case EventKind.RegWrite:
        lines.push(`# ${registerName(info.transport, log.address[row])}`);
        lines.push(`write${WIDTH[size]} ${at} ${hexNumber(swapValue(log.value[row], size, order), size)}`);
        break;
      case EventKind.Store:
        lines.push(store(at, log.payload(row)));
        break;
      case EventKind.Load:
        lines.push(`# -> ${hex(log.payload(row))}`);
        lines.push(`read ${at} ${size}`);
        break;
      case EventKind.Host:
        lines.push(`# on the host side: ${JSON.stringify(log.host(row))}`);
        break;
      case EventKind.Outcome: {
        const { outcome, evidence } = log.outcome(row);
        lines.push(`# here it ${outcome}: ${evidence.replaceAll('\n', ' | ')}`);
        break;
      }
      case EventKind.Settled:
        if (log.value[row] === 0) lines.push('# what was waited for never came');
        break;
      case EventKind.DeviceStore:
      case EventKind.Irq:
      case EventKind.PowerOn:
        break;
    }
  }
  return lines;
}
