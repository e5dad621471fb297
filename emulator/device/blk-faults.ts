/** How seeded defects of the block device go wrong, where that takes more than a condition in its code. */
import type { DeviceFaults } from '../faults/switches.ts';
import type { Chain } from './types.ts';

/** Where the status byte goes: the last device-writable byte (5.2.6), unless a defect puts it elsewhere. */
export function statusPlace(chain: Chain, last: number, faults: DeviceFaults): number {
  if (faults['blk-status-in-first-byte']) return 0;
  // A device that takes the last descriptor to be the status byte alone.
  if (faults['blk-status-starts-last-descriptor']) {
    return chain.writableLength - chain.writable[chain.writable.length - 1].length;
  }
  return last;
}

/** Whether write zeroes does nothing. */
export function leavesData(unmap: boolean, faults: DeviceFaults): boolean {
  return faults['blk-write-zeroes-leaves-data'] || (unmap && faults['blk-write-zeroes-unmap-leaves-data']);
}

/** Whether LIFETIME is offered: where there are metrics (5.2.6.2). */
export function offersLifetime(metrics: boolean, faults: DeviceFaults): boolean {
  if (faults['blk-lifetime-offered'] || faults['blk-lifetime-reserved-values']) return true;
  return metrics && !faults['blk-lifetime-not-offered'];
}

/** Sectors that a back-end deallocates at once. */
const DEALLOCATION_UNIT = 4;

/** The sectors that a segment clears: those asked for, unless a defect rounds them to what the back-end deallocates. */
export function clearedRange(
  asked: { readonly sector: number; readonly count: number },
  deallocates: 'discard' | 'unmap' | undefined,
  capacity: number,
  faults: DeviceFaults,
): { readonly sector: number; readonly count: number } {
  const rounds =
    (deallocates === 'discard' && faults['blk-discard-rounds-outward']) ||
    (deallocates === 'unmap' && faults['blk-write-zeroes-unmap-rounds-outward']);
  if (!rounds) return asked;
  const sector = asked.sector - (asked.sector % DEALLOCATION_UNIT);
  const end = Math.ceil((asked.sector + asked.count) / DEALLOCATION_UNIT) * DEALLOCATION_UNIT;
  return { sector, count: Math.min(end, capacity) - sector };
}

/** For the fault `blk-deallocation-changes-silently`. */
export function toggleDeallocation(config: Uint8Array): void {
  config[WRITE_ZEROES_MAY_UNMAP] ^= 1;
}

const BLK_SIZE = 20;
const UNUSED0 = 33;
const UNUSED1 = 57;
const WRITE_ZEROES_MAY_UNMAP = 56;

export function spoilBlockConfig(config: Uint8Array, faults: DeviceFaults): void {
  // Byte order as in the rest of the space: whichever it is, one byte of the four is not 0.
  if (faults['blk-size-in-sectors']) {
    for (let i = 0; i < 4; i++) if (config[BLK_SIZE + i] !== 0) config[BLK_SIZE + i] = 1;
  }
  if (faults['blk-padding-not-zero']) config[UNUSED0] = config[UNUSED1] = 0xaa;
  if (faults['blk-deallocation-claimed']) config[WRITE_ZEROES_MAY_UNMAP] = 1;
}
