/**
 * From a request and a shape to guest memory: buffers with guard bytes round each, descriptors, indirect tables, and
 * the one rule broken on purpose where a scenario asks for it.
 */
import type { ChainBreak, ChainShape, Request } from '../../generators/scenario.ts';
import type { ByteOrder } from '../../models/setup.ts';
import type { Arena } from './arena.ts';
import { fillPattern, put16, put32, put64 } from './bytes.ts';
import type { Io } from './io.ts';
import { encode, measure } from './requests.ts';
import { DESC_INDIRECT, DESC_NEXT, DESC_WRITE, type Descriptor, type DriverRing, type InFlight } from './ring.ts';

/** Untouchable bytes on each side of every buffer. */
export const GUARD = 16;

interface Piece {
  length: number;
  write: boolean;
  address: number;
}

/** Splits `length` bytes at the cuts; always at least one piece unless the length is 0. */
function pieces(length: number, cuts: readonly number[], write: boolean): Piece[] {
  if (length === 0) return [];
  const points = [...new Set(cuts)].filter((cut) => cut > 0 && cut < length).sort((a, b) => a - b);
  const result: Piece[] = [];
  let from = 0;
  for (const point of [...points, length]) {
    result.push({ length: point - from, write, address: 0 });
    from = point;
  }
  return result;
}

export interface ChainPlan {
  readonly head: number;
  readonly inFlight: InFlight;
}

export interface ChainContext {
  readonly io: Io;
  readonly arena: Arena;
  readonly memoryEnd: number;
  /** Byte order of request structures. */
  readonly dataOrder: ByteOrder;
  readonly inOrder: boolean;
  readonly indirectAllowed: boolean;
  /** Differs for every chain, so that buffer contents do. */
  readonly serial: number;
}

let block = new Uint8Array(4096);

/** Builds one chain in memory. Undefined: not enough descriptors or memory (the action is skipped). */
export function buildChain(
  context: ChainContext,
  ring: DriverRing,
  request: Request,
  shape: ChainShape,
  wrong: ChainBreak | undefined,
): ChainPlan | undefined {
  const { io, arena } = context;
  const size = measure(request);
  let outLength = size.outLength;
  let inLength = size.inLength;
  if (wrong === 'no-writable') inLength = 0;
  if (wrong === 'short-header') outLength = Math.min(outLength, 7);
  const list = [...pieces(outLength, shape.cutOut, false), ...pieces(inLength, shape.cutIn, true)];
  if (list.length === 0) return undefined;
  if (wrong === 'readable-after-writable') list.reverse();
  if (wrong === 'zero-length') list.splice(outLength > 0 ? 1 : 0, 0, { length: 0, write: outLength === 0, address: 0 });

  const viaTable = wantsTable(shape, wrong, list.length, context.indirectAllowed);
  const directCount = viaTable === 'none' ? list.length : viaTable === 'all' ? 1 : 2;
  if (list.length > ring.size || directCount > ring.freeCount) return undefined;

  let blockSize = GUARD;
  for (const piece of list) blockSize += piece.length + GUARD;
  const start = arena.take(blockSize, 16, shape.skew);
  if (start < 0) return undefined;
  const indices = ring.takeDescriptors(directCount, shape.order, context.inOrder);
  if (!indices) return undefined;

  placePieces(context, request, list, start, blockSize, size.outLength);
  const descriptors: Descriptor[] = list.map((piece) => ({
    address: piece.address,
    length: piece.length,
    flags: piece.write ? DESC_WRITE : 0,
    next: 0,
  }));
  if (viaTable === 'none') linkDirect(descriptors, indices, wrong, ring.size);
  else if (!linkThroughTable(context, ring, descriptors, shape, viaTable, wrong)) {
    ring.giveBack(indices);
    return undefined;
  }
  bendAddresses(descriptors, wrong, context.memoryEnd);
  for (let i = 0; i < directCount; i++) {
    const descriptor = descriptors[i];
    if (viaTable === 'tail' && i === 0) {
      descriptor.flags |= DESC_NEXT;
      descriptor.next = indices[1];
    }
    ring.writeDescriptor(io, ring.place.descriptors + 16 * indices[i], descriptor);
  }
  const head = wrong === 'head-out-of-range' ? ring.size + (indices[0] % 7) : indices[0];
  return {
    head,
    inFlight: { head, descriptors: indices, block: start, blockSize, completes: size.completes && wrong === undefined },
  };
}

function wantsTable(
  shape: ChainShape,
  wrong: ChainBreak | undefined,
  count: number,
  allowed: boolean,
): 'none' | 'all' | 'tail' {
  switch (wrong) {
    case 'nested-indirect':
    case 'indirect-and-next':
    case 'table-length-odd':
    case 'table-empty':
    case 'table-outside':
    case 'indirect-loop':
    case 'indirect-next-out-of-range':
      return 'all';
    default:
      if (!allowed) return 'none';
      return shape.indirect === 'tail' && count < 2 ? 'none' : shape.indirect;
  }
}

/** Gives every piece its address and stores the whole block: pattern everywhere, request bytes in the readable pieces. */
function placePieces(
  context: ChainContext,
  request: Request,
  list: Piece[],
  start: number,
  blockSize: number,
  outLength: number,
): void {
  if (block.length < blockSize + outLength) block = new Uint8Array(2 * (blockSize + outLength));
  fillPattern(block, 0, blockSize, context.serial);
  encode(request, block, blockSize, context.dataOrder);
  let at = GUARD;
  let from = blockSize;
  for (const piece of list) {
    piece.address = start + at;
    if (!piece.write) {
      if (piece.length <= 32) for (let i = 0; i < piece.length; i++) block[at + i] = block[from + i];
      else block.copyWithin(at, from, from + piece.length);
      from += piece.length;
    }
    at += piece.length + GUARD;
  }
  context.arena.claimZeroed(start, blockSize);
  context.io.store(start, block.subarray(0, blockSize));
}

function linkDirect(
  descriptors: Descriptor[],
  indices: readonly number[],
  wrong: ChainBreak | undefined,
  queueSize: number,
): void {
  for (let i = 0; i + 1 < descriptors.length; i++) {
    descriptors[i].flags |= DESC_NEXT;
    descriptors[i].next = indices[i + 1];
  }
  const last = descriptors[descriptors.length - 1];
  if (wrong === 'loop') {
    last.flags |= DESC_NEXT;
    last.next = indices[0];
  } else if (wrong === 'next-out-of-range') {
    last.flags |= DESC_NEXT;
    last.next = queueSize + 3;
  }
}

/**
 * Moves descriptors into an indirect table in guest memory and leaves in `descriptors` those that go into the ring's
 * own table. Returns false when there is no memory for it.
 */
function linkThroughTable(
  context: ChainContext,
  ring: DriverRing,
  descriptors: Descriptor[],
  shape: ChainShape,
  how: 'all' | 'tail',
  wrong: ChainBreak | undefined,
): boolean {
  const first = how === 'tail' ? descriptors.shift()! : undefined;
  const table = descriptors.splice(0, descriptors.length);
  const bytes = new Uint8Array(16 * table.length);
  const slots = tableSlots(table.length, shape, context.inOrder);
  const address = context.arena.take(bytes.length + GUARD, 16);
  if (address < 0) return false;
  table.forEach((entry, i) => {
    let flags = entry.flags;
    let next = 0;
    if (i + 1 < table.length) {
      flags |= DESC_NEXT;
      next = slots[i + 1];
    } else if (wrong === 'indirect-loop') {
      flags |= DESC_NEXT;
      next = 0;
    } else if (wrong === 'indirect-next-out-of-range') {
      flags |= DESC_NEXT;
      next = table.length + 5;
    }
    if (wrong === 'nested-indirect' && i === 0) flags |= DESC_INDIRECT;
    const at = 16 * slots[i];
    put64(bytes, at, entry.address, ring.order);
    put32(bytes, at + 8, entry.length, ring.order);
    put16(bytes, at + 12, flags, ring.order);
    put16(bytes, at + 14, next, ring.order);
  });
  context.arena.claimZeroed(address, bytes.length);
  context.io.store(address, bytes);
  const refer: Descriptor = {
    address: wrong === 'table-outside' ? context.memoryEnd + 0x10_0000_0000 : address,
    length: wrong === 'table-empty' ? 0 : wrong === 'table-length-odd' ? bytes.length - 7 : bytes.length,
    flags: DESC_INDIRECT | (shape.tableWrite ? DESC_WRITE : 0),
    next: 0,
  };
  if (wrong === 'indirect-and-next') refer.flags |= DESC_NEXT;
  if (first) descriptors.push(first);
  descriptors.push(refer);
  return true;
}

/** Where the entries of a table go: the first is entry 0, the others follow by `next` in any order (2.7.5.3). */
function tableSlots(count: number, shape: ChainShape, inOrder: boolean): number[] {
  const slots = Array.from({ length: count }, (_, i) => i);
  if (shape.order === 'up' || inOrder) return slots;
  return [0, ...slots.slice(1).reverse()];
}

/** Where buffers lie or how long they are, wrong on purpose. */
function bendAddresses(descriptors: Descriptor[], wrong: ChainBreak | undefined, memoryEnd: number): void {
  const last = descriptors[descriptors.length - 1];
  if (wrong === 'address-outside') last.address = memoryEnd + 0x20_0000_0000;
  if (wrong === 'length-beyond') last.length = 0x7fff_0000;
  if (wrong === 'sum-beyond-4g') for (const descriptor of descriptors) descriptor.length = 0xffff_fff0;
}
