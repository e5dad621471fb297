import { describe, expect, it } from 'vitest';
import { EventKind, EventLog } from '../../models/trace/event-log.ts';
import { PciAsRegisters } from './pci-as-registers.ts';

const COMMON = { structure: 'common', bar: 1, offset: 0, length: 0x38 } as const;
const NOTIFY = { structure: 'notify', bar: 4, offset: 0x100, length: 0x100 } as const;
const MULTIPLIER = 8;
const QUEUE_SELECT = 0x16;
const QUEUE_NOTIFY_OFF = 0x1e;
const MMIO_QUEUE_NOTIFY = 0x050;

/** A device whose queue 1 is notified at the third place. */
function bench() {
  const log = new EventLog();
  const watched = new PciAsRegisters(
    { revision: 1, deviceId: 3, capabilities: [COMMON, NOTIFY], notifyMultiplier: MULTIPLIER },
    'little',
    log,
  );
  const space = { read: () => 2, write: () => undefined };
  const notified = (): readonly number[] =>
    Array.from({ length: log.length }, (_, row) => row)
      .filter((row) => log.kind[row] === EventKind.RegWrite && log.address[row] === MMIO_QUEUE_NOTIFY)
      .map((row) => log.value[row]);
  return { common: watched.watch(COMMON.bar, space), notify: watched.watch(NOTIFY.bar, space), notified };
}

describe('a notification over PCI', () => {
  it('counts at the address of its queue, and nowhere else', () => {
    const { common, notify, notified } = bench();
    common.write(QUEUE_SELECT, 2, 1);
    common.read(QUEUE_NOTIFY_OFF, 2);
    notify.write(NOTIFY.offset + MULTIPLIER, 2, 1);
    notify.write(NOTIFY.offset + 2 / MULTIPLIER, 2, 1);
    expect(notified()).toEqual([]);
    notify.write(NOTIFY.offset + 2 * MULTIPLIER, 2, 1);
    expect(notified()).toEqual([1]);
  });

  it('counts anywhere as long as nobody has asked where the queue is notified', () => {
    const { notify, notified } = bench();
    notify.write(NOTIFY.offset, 2, 1);
    expect(notified()).toEqual([1]);
  });
});
