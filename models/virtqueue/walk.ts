/**
 * Reads a descriptor chain from memory as 2.7.5 says, and judges the driver's rules on the way. The first broken rule ends
 * the walk: what the chain means is anybody's guess from there on.
 */
import { clause, type ClauseId } from '../clauses/catalogue.ts';
import type { Segment } from '../seams.ts';
import { FEATURE } from '../status/feature-bits.ts';
import { Special, type Chain } from './chain.ts';
import { DESCRIPTOR_SIZE, DescriptorFlag } from './layout.ts';
import type { QueueState } from './queue-state.ts';

const FRAMING = clause('split.driver.message-framing.1');
const FEW = clause('split.driver.message-framing.2');
const PHYSICAL = clause('reserved.driver.reserved-feature-bits.5');
const LENGTH = clause('split.driver.virtqueue-descriptor-table.1');
const IN_ORDER_NEXT = clause('split.driver.virtqueue-descriptor-table.2');
const INDIRECT_NEGOTIATED = clause('split.driver.indirect-descriptors.1');
const INDIRECT_NESTED = clause('split.driver.indirect-descriptors.2');
const CHAIN_LENGTH = clause('split.driver.indirect-descriptors.3');
const INDIRECT_NEXT = clause('split.driver.indirect-descriptors.4');
const IN_ORDER_TABLE = clause('split.driver.indirect-descriptors.5');
const TABLE_LENGTH = clause('untagged.split.5');

/** Longest chain in bytes (2.7.5.2). */
const MAX_CHAIN_BYTES = 2 ** 32;
/** Message fields are multiples of this, apart from trailing status bytes: boundaries elsewhere are odd (2.7.4.1). */
const FIELD = 16;
/** Needless descriptors that are nobody's concern, and bytes from which on a piece may have reasons to be one. */
const EXCESS = 8;
const PIECE = 512;

/** Fills `chain` from the descriptors that start at its head. Returns false, having reported it, if a rule is broken. */
export function walkChain(queue: QueueState, chain: Chain): boolean {
  const { report, memory } = queue.context;
  const { size, big, inOrder } = queue;
  let table = queue.descriptors;
  let entries = size;
  let index = chain.head;
  let steps = 0;
  let inTable = false;
  let wrote = false;
  let outside = false;
  let empty = false;
  if (index >= size) return broken(queue, chain, undefined, `head ${index} is not below the queue size ${size}`);
  for (;;) {
    const at = table + DESCRIPTOR_SIZE * index;
    const address = memory.u64(at, big);
    const length = memory.u32(at + 8, big);
    const flags = memory.u16(at + 12, big);
    const next = memory.u16(at + 14, big);
    if (++steps > entries) return broken(queue, chain, 'split.driver.virtqueue-descriptor-table.1', 'the chain loops');
    if (!inTable) {
      if (queue.owned[index] !== 0 && queue.standing === 'judged')
        return broken(queue, chain, undefined, `descriptor ${index} belongs to an exposed chain already`);
      chain.direct.push(index);
    }
    if ((flags & DescriptorFlag.Indirect) !== 0) {
      if (inTable)
        return broken(queue, chain, 'split.driver.indirect-descriptors.2', 'INDIRECT set inside an indirect table');
      if (!queue.indirect)
        return broken(queue, chain, 'split.driver.indirect-descriptors.1', 'INDIRECT without INDIRECT_DESC negotiated');
      if ((flags & DescriptorFlag.Next) !== 0)
        return broken(queue, chain, 'split.driver.indirect-descriptors.4', 'INDIRECT and NEXT in one descriptor');
      if (length === 0 || length % DESCRIPTOR_SIZE !== 0)
        return broken(queue, chain, 'untagged.split.5', `indirect table of ${length} bytes`);
      if (!memory.contains(address, length))
        return broken(queue, chain, notPhysical(queue), `indirect table at ${hex(address)} lies outside guest memory`);
      report.exercise(INDIRECT_NEGOTIATED);
      report.exercise(INDIRECT_NEXT);
      report.exercise(TABLE_LENGTH);
      chain.tableAddress = address;
      chain.tableLength = length;
      if ((flags & DescriptorFlag.Write) !== 0) chain.special |= Special.TableWrite;
      if (steps > 1) chain.special |= Special.DirectThenIndirect;
      inTable = true;
      table = address;
      entries = length / DESCRIPTOR_SIZE;
      index = 0;
      steps = 0;
      continue;
    }
    const writable = (flags & DescriptorFlag.Write) !== 0;
    if (wrote && !writable) {
      chain.add(address, length, false);
      return broken(queue, chain, 'split.driver.message-framing.1', 'device-readable descriptor after a writable one');
    }
    wrote = writable;
    if (length === 0) empty = true;
    else if (!memory.contains(address, length)) outside = true;
    chain.add(address, length, writable);
    if (chain.readableLength + chain.writableLength > MAX_CHAIN_BYTES)
      return broken(queue, chain, 'split.driver.virtqueue-descriptor-table.1', 'more than 2^32 bytes in one chain');
    if (chain.descriptorCount > size)
      return broken(queue, chain, 'split.driver.indirect-descriptors.3', `more than ${size} descriptors in one chain`);
    if ((flags & DescriptorFlag.Next) === 0) break;
    if (next >= entries) {
      queue.strays.push(table + DESCRIPTOR_SIZE * next);
      return broken(queue, chain, undefined, `next ${next} is not below ${entries}`);
    }
    if (inOrder) {
      if (inTable && next !== index + 1)
        return broken(queue, chain, 'split.driver.indirect-descriptors.5', `table entry ${index} continues at ${next}`);
      if (!inTable && next !== ((index + 1) & (size - 1)))
        return broken(
          queue,
          chain,
          'split.driver.virtqueue-descriptor-table.2',
          `descriptor ${index} continues at ${next}`,
        );
      report.exercise(inTable ? IN_ORDER_TABLE : IN_ORDER_NEXT);
    }
    index = next;
  }
  if (outside) return broken(queue, chain, notPhysical(queue), 'a buffer lies outside guest memory');
  report.exercise(PHYSICAL);
  // The specification is silent on empty buffers; devices differ. Nothing is owed for what it doesn't define.
  if (empty) return broken(queue, chain, undefined, 'a descriptor of length 0');
  if (inTable) report.exercise(INDIRECT_NESTED);
  report.exercise(FRAMING);
  report.exercise(LENGTH);
  report.exercise(CHAIN_LENGTH);
  if (chain.descriptorCount > EXCESS) judgeExcess(queue, chain);
  if (queue.framingFree && oddlyFramed(chain)) chain.special |= Special.OddFraming;
  return true;
}

/** Without ACCESS_PLATFORM addresses are physical (6.1); what lies outside of memory is no such address. */
function notPhysical({ context }: QueueState): ClauseId | undefined {
  return context.transport.features.has(FEATURE.ACCESS_PLATFORM)
    ? undefined
    : 'reserved.driver.reserved-feature-bits.5';
}

/** 2.7.4.2: so many pieces more than there need be, of a buffer that is in one piece, are an excess by any measure. */
function judgeExcess({ context, index }: QueueState, { readable, writable }: Chain): void {
  const needless = continuations(readable) + continuations(writable);
  if (needless <= EXCESS) return context.report.exercise(FEW);
  const what = `queue ${index}: ${needless} descriptors of less than ${PIECE} bytes go on where the one before ends`;
  context.report.driverBroke('split.driver.message-framing.2', 'nothing', what);
}

function continuations(segments: readonly Segment[]): number {
  let count = 0;
  for (let i = 1; i < segments.length; i++) {
    const before = segments[i - 1];
    if (before.address + before.length === segments[i].address && before.length < PIECE) count++;
  }
  return count;
}

function broken(queue: QueueState, chain: Chain, id: ClauseId | undefined, what: string): false {
  chain.tainted = true;
  // A queue that isn't followed any more is walked only to know what its chains may have meant.
  if (queue.standing !== 'judged') return false;
  queue.context.report.driverBroke(id, 'queue', `queue ${queue.index}, chain at descriptor ${chain.head}: ${what}`);
  return false;
}

function oddlyFramed(chain: Chain): boolean {
  const { readable, writable } = chain;
  for (let i = 0; i + 1 < readable.length; i++) if (readable[i].length % FIELD !== 0) return true;
  for (let i = 0; i + 1 < writable.length; i++) if (writable[i].length % FIELD !== 0) return true;
  return false;
}

export function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
