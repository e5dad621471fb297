/** Descriptor chains (2.7.5): from a head index to the runs of memory that it describes, trusting nothing. */
import { crash, hang } from '../faults/misbehave.ts';
import type { DeviceFaults } from '../faults/switches.ts';
import { Descriptor, DESCRIPTOR_SIZE } from './bits.ts';
import type { GuestView } from './guest-view.ts';
import type { Chain, Segment } from './types.ts';

export class BufferChain implements Chain {
  readonly queue: number;
  readonly head: number;
  /** Which life of the queue it was taken in; a chain of an earlier life is nobody's any more. */
  readonly epoch: number;
  readonly readable: Segment[] = [];
  readonly writable: Segment[] = [];
  readableLength = 0;
  writableLength = 0;
  /** Index of the last descriptor walked. */
  last = 0;
  /** With IN_ORDER: finished, but not yet its turn. */
  finished = false;
  written = 0;
  /** For the fault `data-after-used-index`: stores held back. */
  late: { address: number; bytes: Uint8Array }[] | null = null;

  constructor(queue: number, head: number, epoch: number) {
    this.queue = queue;
    this.head = head;
    this.epoch = epoch;
  }
}

/** A chain must not describe more (2.7.5.2). */
const MOST_BYTES = 2 ** 32;

export interface WalkSettings {
  readonly view: GuestView;
  readonly faults: DeviceFaults;
  readonly littleEndian: boolean;
}

/**
 * Walks the chain that starts at `head` of the table at `table`. Returns the reason as a string where the chain breaks a
 * rule. Bounded by `size` buffers, which catches loops as well: a chain is never longer than the queue (2.7.5.3.1).
 */
export function walkChain(
  settings: WalkSettings,
  chain: BufferChain,
  table: number,
  size: number,
  indirectAllowed: boolean,
): string | null {
  const { view, faults } = settings;
  const data = view.data;
  let little = settings.littleEndian;
  let count = size;
  let index = chain.head;
  let inTable = false;
  let buffers = 0;
  for (;;) {
    if (index >= count) {
      if (faults['crash-on-next-out-of-range']) crash('descriptor index out of range');
      return 'descriptor index out of range';
    }
    const at = table - view.base + DESCRIPTOR_SIZE * index;
    let address = little
      ? data.getUint32(at, true) + data.getUint32(at + 4, true) * 0x1_0000_0000
      : data.getUint32(at + 4, false) + data.getUint32(at, false) * 0x1_0000_0000;
    const length = data.getUint32(at + 8, little);
    let flags = data.getUint16(at + 12, little);
    const next = data.getUint16(at + 14, little);

    if ((flags & Descriptor.INDIRECT) !== 0) {
      const error = checkTable(settings, address, length, flags, inTable, indirectAllowed, chain);
      if (error !== null) return error;
      if (faults['indirect-drops-preceding-buffers']) dropBuffers(chain);
      table = address;
      count = length / DESCRIPTOR_SIZE;
      index = faults['indirect-starts-at-second'] && count > 1 ? 1 : 0;
      inTable = true;
      chain.last = index;
      if (faults['legacy-indirect-little-endian']) little = true;
      continue;
    }

    // The bound comes before anything is kept, so that a hostile chain costs no more than an honest one.
    if (++buffers > size) {
      if (faults['hang-on-descriptor-loop']) hang();
      return 'chain longer than the queue';
    }
    if (inTable && faults['indirect-table-truncated'] && buffers > 4) return null;
    if (faults['chain-cut-after-three'] && buffers === 3) flags &= ~Descriptor.NEXT;
    if (length === 0 && faults['zero-length-descriptor-fatal']) return 'zero-length descriptor';
    if (length === 0 && faults['hang-on-zero-length-descriptor']) hang();
    // A buffer of no bytes lies nowhere, so its address can't be wrong (2.7.5 sets no lower bound on `len`).
    if (length !== 0 && !view.contains(address, length)) {
      if (faults['crash-on-address-out-of-range']) crash('buffer outside memory');
      if (!faults['address-wraps-into-memory'] || length > 65536) return 'buffer outside memory';
      address = view.base + (address % (view.memory.size - length + 1));
    }
    if ((flags & Descriptor.WRITE) !== 0) {
      chain.writable.push({ address, length });
      chain.writableLength += length;
    } else if (chain.writable.length === 0) {
      chain.readable.push({ address, length });
      chain.readableLength += length;
    } else if (faults['readable-after-writable-overwritten']) {
      chain.writable.push({ address, length });
      chain.writableLength += length;
    } else {
      return 'device-readable buffer after a device-writable one';
    }
    if (chain.readableLength + chain.writableLength > MOST_BYTES) return 'chain of more than 2^32 bytes';
    chain.last = index;
    if ((flags & Descriptor.NEXT) === 0) return null;
    index = inTable && faults['indirect-ignores-next'] ? index + 1 : next;
  }
}

/** The rules for a descriptor that refers to an indirect table (2.7.5.3). Its WRITE flag means nothing. */
function checkTable(
  settings: WalkSettings,
  address: number,
  length: number,
  flags: number,
  inTable: boolean,
  allowed: boolean,
  chain: BufferChain,
): string | null {
  const { view, faults } = settings;
  if (!allowed) return 'indirect descriptor without the feature';
  if (faults['indirect-offered-but-broken']) return 'indirect descriptor';
  if (inTable) {
    if (faults['crash-on-nested-indirect']) crash('indirect table within an indirect table');
    if (faults['hang-on-nested-indirect']) hang();
    return 'indirect table within an indirect table';
  }
  if ((flags & Descriptor.NEXT) !== 0) return 'INDIRECT together with NEXT';
  if (length === 0 || length % DESCRIPTOR_SIZE !== 0) {
    if (faults['crash-on-indirect-length']) crash('indirect table length');
    return 'indirect table length is not a multiple of 16, or 0';
  }
  if (!view.contains(address, length)) return 'indirect table outside memory';
  if (faults['indirect-write-flag-fatal'] && (flags & Descriptor.WRITE) !== 0) return 'writable indirect table';
  if (faults['indirect-after-direct-fatal'] && chain.readable.length + chain.writable.length > 0) {
    return 'indirect descriptor not first';
  }
  if (faults['indirect-table-modified']) view.memory.store16(address + 14, 0xffff, settings.littleEndian);
  return null;
}

function dropBuffers(chain: BufferChain): void {
  chain.readable.length = chain.writable.length = 0;
  chain.readableLength = chain.writableLength = 0;
}
