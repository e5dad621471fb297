/**
 * A recorded scenario as a qtest script: what a person pastes into a stock QEMU (or any qtest endpoint) to see the
 * deviation without this project. Comment lines start with `#` and are filtered out by the command that the head gives.
 */
import { EventKind, type EventLog } from '../models/trace/event-log.ts';
import { hexNumber } from '../models/trace/text.ts';
import { registerName } from '../models/mmio/layout.ts';
import type { SessionInfo } from '../targets/target.ts';
import { swapValue } from './driver/bytes.ts';

const WIDTH: Record<number, string> = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' };

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
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
    lines.push(`#   grep -v '^#' THIS_FILE | ${info.commandLine.join(' ')}`);
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
        lines.push(`write ${at} ${size} ${hex(log.payload(row))}`);
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
