/**
 * What a driver that broke the rules has described as device-writable, in every reading of its descriptors: a device that
 * can't know what was meant may write there, and nowhere else (design, section 2).
 */
import { AVAILABLE_RING, DESCRIPTOR_SIZE, DescriptorFlag } from './layout.ts';
import type { QueueState } from './queue-state.ts';

/** Nested and overlapping tables are followed this deep. */
const MAX_DEPTH = 2;
/** Entries of one indirect table that are looked at. */
const MAX_ENTRIES = 65536;

/** Permits everything that the descriptor table and the tables it refers to call device-writable. */
export function permitDescribed(queue: QueueState): void {
  const { memory } = queue.context;
  permitTable(queue, queue.descriptors, queue.size, 0);
  for (let slot = 0; slot < queue.size; slot++) {
    const head = memory.u16(queue.available + AVAILABLE_RING + 2 * slot, queue.big);
    if (head >= queue.size) permitTable(queue, queue.descriptors + DESCRIPTOR_SIZE * head, 1, 0);
  }
  for (const address of queue.strays) permitTable(queue, address, 1, 0);
  for (let chain = queue.oldest; chain !== undefined; chain = chain.younger) {
    for (const { address, length } of chain.writable) permit(queue, address, length);
    if (chain.tableLength > 0) permitTable(queue, chain.tableAddress, chain.tableLength / DESCRIPTOR_SIZE, 1);
  }
}

/** As above, for the descriptors that a store to the descriptor table touched. */
export function permitDescriptors(queue: QueueState, address: number, size: number): void {
  const first = Math.max(0, Math.floor((address - queue.descriptors) / DESCRIPTOR_SIZE));
  const last = Math.min(queue.size - 1, Math.floor((address + size - 1 - queue.descriptors) / DESCRIPTOR_SIZE));
  for (let i = first; i <= last; i++) permitTable(queue, queue.descriptors + DESCRIPTOR_SIZE * i, 1, 0);
}

function permitTable(queue: QueueState, table: number, entries: number, depth: number): void {
  const { memory } = queue.context;
  const { big } = queue;
  const count = Math.min(Math.ceil(entries), MAX_ENTRIES);
  for (let i = 0; i < count; i++) {
    const at = table + DESCRIPTOR_SIZE * i;
    if (!memory.contains(at, DESCRIPTOR_SIZE)) return;
    // Descriptors of zeros describe nothing.
    const touched = memory.skipUntouched(at);
    if (touched > at + DESCRIPTOR_SIZE) {
      i += Math.floor((touched - at) / DESCRIPTOR_SIZE) - 1;
      continue;
    }
    const flags = memory.u16(at + 12, big);
    if ((flags & (DescriptorFlag.Write | DescriptorFlag.Indirect)) === 0) continue;
    const address = memory.u64(at, big);
    const length = memory.u32(at + 8, big);
    if ((flags & DescriptorFlag.Write) !== 0) permit(queue, address, length);
    if ((flags & DescriptorFlag.Indirect) !== 0 && depth < MAX_DEPTH) {
      permitTable(queue, address, length / DESCRIPTOR_SIZE, depth + 1);
    }
  }
}

function permit(queue: QueueState, address: number, length: number): void {
  const { memory, enabled } = queue.context;
  if (length === 0) return;
  memory.permit(address, length);
  if ((queue.permitted.get(address) ?? 0) < length) queue.permitted.set(address, length);
  // A device that may write its own instructions may write anywhere.
  for (const other of enabled) if (other.isInstructions(address, length)) memory.wild = true;
}
