/**
 * Register reads that are determined. Both logs are followed side by side for as long as the driver did the same on both;
 * where it acted on an answer that the two are free to differ in, the comparison ends. Compared are:
 *
 * - MagicValue, Version and DeviceID: constants of the layout and the type (4.2.2).
 * - Status: what the driver wrote last (2.1), but for what a device decides or does in its own time: FEATURES_OK,
 *   DEVICE_NEEDS_RESET, SUSPEND, and everything while a reset is under way.
 * - QueueReady after 1 was written to it: 1 (4.2.2).
 * - Block: the capacity, where both were set up with the same one and nobody resized the disk; writeback after the driver
 *   wrote it with CONFIG_WCE (5.2.5.2).
 *
 * VendorID, queue sizes, ConfigGeneration, InterruptStatus and everything about addresses are the device's own choice or
 * a matter of time.
 */
import type { Bench } from '../../harness/perform.ts';
import { swapValue } from '../../harness/driver/bytes.ts';
import type { DriverState } from '../../harness/driver/state.ts';
import { REG } from '../../models/mmio/layout.ts';
import { STATUS } from '../../models/status/status-bits.ts';
import { EventKind, type EventLog } from '../../models/trace/event-log.ts';
import type { Difference } from './difference.ts';

const CONFIG = 0x100;
const CAPACITY_BYTES = 8;
const WRITEBACK = 32;
const CONFIG_WCE = 11;
const SUSPEND = 43;
const DECIDED_BY_DEVICE = STATUS.FEATURES_OK | STATUS.DEVICE_NEEDS_RESET;

export function compareRegisters(one: Bench, other: Bench): Difference | undefined {
  const [a, b] = [one.driver!, other.driver!];
  // Until the driver has seen it, a device may be suspended or not.
  if (a.has(SUSPEND) || b.has(SUSPEND)) return undefined;
  const walk = new Walk(a, b, resized(one.log) || resized(other.log));
  let j = -1;
  for (let i = 0; i < one.log.length; i++) {
    if (!byDriver(one.log.kind[i])) continue;
    do j++;
    while (j < other.log.length && !byDriver(other.log.kind[j]));
    if (!walk.same(one.log, i, other.log, j)) return undefined;
    if (one.log.kind[i] === EventKind.RegWrite) walk.wrote(one.log.address[i], one.log.value[i]);
    else if (one.log.kind[i] === EventKind.RegRead) {
      const difference = walk.compare(one.log.address[i], one.log.size[i], one.log.value[i], other.log.value[j]);
      if (difference !== undefined) return difference;
    }
  }
  return undefined;
}

function byDriver(kind: number): boolean {
  return kind === EventKind.RegRead || kind === EventKind.RegWrite || kind === EventKind.Host;
}

/** Whether the host changed the size of the disk. */
export function resized({ objects }: EventLog): boolean {
  return objects.some((object) => 'action' in object && object.action === 'resize-disk');
}

/** What the driver has written so far, and what follows from it. */
class Walk {
  readonly #driver: DriverState;
  readonly #sameOrder: boolean;
  readonly #sameCapacity: boolean;
  #status = 0;
  #resetting = true;
  #selected = 0;
  readonly #ready = new Set<number>();
  #writeback = false;

  constructor(a: DriverState, b: DriverState, wasResized: boolean) {
    this.#driver = a;
    this.#sameOrder = a.registers === b.registers;
    const { capacity } = a.info.claims;
    this.#sameCapacity = capacity !== undefined && capacity === b.info.claims.capacity && !wasResized;
  }

  /** Whether the driver did the same; values of writes may differ only where they are addresses. */
  same(one: EventLog, i: number, other: EventLog, j: number): boolean {
    if (j >= other.length || !this.#sameOrder) return false;
    if (one.kind[i] !== other.kind[j]) return false;
    if (one.kind[i] === EventKind.Host) return true;
    if (one.address[i] !== other.address[j] || one.size[i] !== other.size[j]) return false;
    return one.kind[i] === EventKind.RegRead || isAddress(one.address[i]) || one.value[i] === other.value[j];
  }

  wrote(offset: number, raw: number): void {
    const value = swapValue(raw, 4, this.#driver.registers);
    if (offset === REG.Status) {
      this.#resetting = value === 0;
      this.#status = value;
      if (value === 0) {
        this.#ready.clear();
        this.#writeback = false;
      }
    } else if (offset === REG.QueueSel) this.#selected = value;
    else if (!this.#driver.legacy && offset === REG.QueueReady) {
      if (value === 1) this.#ready.add(this.#selected);
      else this.#ready.delete(this.#selected);
    } else if (!this.#driver.legacy && offset === REG.QueueReset) this.#ready.delete(this.#selected);
    else if (offset === CONFIG + WRITEBACK) this.#writeback = this.#driver.has(CONFIG_WCE) && this.#driver.featuresOk;
  }

  compare(offset: number, size: number, mine: number, theirs: number): Difference | undefined {
    const mask = this.#determined(offset, size);
    if (mask === 0) return undefined;
    const [one, other] = [mine, theirs].map((raw) =>
      offset < CONFIG ? (swapValue(raw, 4, this.#driver.registers) & mask) >>> 0 : raw,
    );
    if (one === other) return undefined;
    const where = offset < CONFIG ? `register 0x${offset.toString(16)}` : `configuration byte ${offset - CONFIG}`;
    const after = offset === REG.Status ? ` after 0x${this.#status.toString(16)} was written` : '';
    return {
      about: offset < CONFIG ? `register ${offset.toString(16)}` : `config ${offset - CONFIG}`,
      one: `${where} reads 0x${one.toString(16)}${after}`,
      other: `0x${other.toString(16)}`,
    };
  }

  /** Bits of a register or of the configuration that have to be the same; 0 for none. */
  #determined(offset: number, size: number): number {
    if (offset >= CONFIG) {
      if (this.#driver.device !== 'blk' || this.#resetting) return 0;
      const at = offset - CONFIG;
      if (at + size <= CAPACITY_BYTES) return this.#sameCapacity ? ~0 : 0;
      return at === WRITEBACK && size === 1 && this.#writeback ? ~0 : 0;
    }
    if (size !== 4) return 0;
    switch (offset) {
      case REG.MagicValue:
      case REG.Version:
      case REG.DeviceID:
        return ~0;
      case REG.Status:
        return this.#resetting ? 0 : ~DECIDED_BY_DEVICE;
      default:
        return offset === REG.QueueReady && !this.#driver.legacy && this.#ready.has(this.#selected) ? ~0 : 0;
    }
  }
}

function isAddress(offset: number): boolean {
  return (
    offset === REG.QueuePFN ||
    (offset >= REG.QueueDescLow && offset <= REG.QueueDescHigh) ||
    (offset >= REG.QueueDriverLow && offset <= REG.QueueDriverHigh) ||
    (offset >= REG.QueueDeviceLow && offset <= REG.QueueDeviceHigh)
  );
}
