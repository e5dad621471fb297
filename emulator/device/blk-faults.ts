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

const UNUSED0 = 33;
const UNUSED1 = 57;
const WRITE_ZEROES_MAY_UNMAP = 56;

export function spoilBlockConfig(config: Uint8Array, faults: DeviceFaults): void {
  if (faults['blk-padding-not-zero']) config[UNUSED0] = config[UNUSED1] = 0xaa;
  if (faults['blk-deallocation-claimed']) config[WRITE_ZEROES_MAY_UNMAP] = 1;
}
