/**
 * QEMU's text trace (`-trace 'memory_region_ops_*' -trace 'virtio_*' -D FILE`), line by line. A write is logged before the
 * device acts on it and a read after, so the file is in the order of the accesses.
 */
import type { RecordingSink } from './sink.ts';

/** `-msg timestamp=on` puts thread and time before each event. */
const STAMP = /^\d+@\d+\.\d+:/;
const ACCESS =
  /^memory_region_ops_(read|write) cpu -?\d+ mr \S+ addr 0x([0-9a-f]{1,16}) value 0x([0-9a-f]{1,16}) size ([1248]) name '([^']*)'$/;
const ACCESS_PREFIX = 'memory_region_ops_';
const NAMED = /^virtio_(?:set_status|queue_notify) vdev (\S+) /;
const NOTIFYING = /^virtio_notify vdev (\S+) /;
const INTERRUPT = /^virtio_mmio_setting_irq .* IRQ ([01])$/;

/** Addresses and values beyond this are no longer exact. No device lies there. */
const DIGITS = 13;
/** Bytes, in hexadecimal digits, that a bus access of a size carries: device models may return more (QEMU's feature windows do). */
const DIGITS_PER_BYTE = 2;

/** Reads one line; false if it is none of QEMU's. */
export function readQemuLine(text: string, line: number, sink: RecordingSink): boolean {
  const event = text.charCodeAt(0) < 0x3a ? text.replace(STAMP, '') : text;
  if (event.startsWith(ACCESS_PREFIX)) {
    readAccess(event, line, sink);
    return true;
  }
  if (!event.startsWith('virtio_')) return false;
  let match = NAMED.exec(event);
  if (match !== null) {
    sink.named(match[1]);
  } else if ((match = NOTIFYING.exec(event)) !== null) {
    sink.notifying(match[1]);
  } else if ((match = INTERRUPT.exec(event)) !== null) {
    sink.interrupt(match[1] === '1' ? 1 : 0, line);
  }
  sink.other(event.slice(0, event.search(/[^a-z0-9_]|$/)));
  return true;
}

function readAccess(event: string, line: number, sink: RecordingSink): void {
  const match = ACCESS.exec(event);
  if (match === null) {
    sink.malformed('not a memory_region_ops event of QEMU, or only a part of one', line);
    return;
  }
  const [, did, address, value, size, region] = match;
  if (address.length > DIGITS) {
    sink.malformed(`the address 0x${address} is beyond anything that a device has`, line);
    return;
  }
  const bytes = Number(size);
  const carried = Number.parseInt(value.slice(-DIGITS_PER_BYTE * bytes), 16);
  sink.access(
    did === 'read' ? 'read' : 'wrote',
    Number.parseInt(address, 16),
    bytes,
    carried,
    'register',
    region,
    line,
  );
}
