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

/** Splits `length` bytes at the cuts, and appends a descriptor for each part; none if the length is 0. */
function split(length: number, cuts: readonly number[], write: boolean, into: Descriptor[]): void {
  const flags = write ? DESC_WRITE : 0;
  let from = 0;
  while (from < length) {
    let to = length;
    for (let i = 0; i < cuts.length; i++) if (cuts[i] > from && cuts[i] < to) to = cuts[i];
    into.push({ address: 0, length: to - from, flags, next: 0 });
    from = to;
  }
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
  /** What comes back is going to be compared: keep where it lies. */
  readonly compared: boolean;
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
  const list: Descriptor[] = [];
  split(outLength, shape.cutOut, false, list);
  split(inLength, shape.cutIn, true, list);
  if (list.length === 0) return undefined;
  if (wrong === 'readable-after-writable') list.reverse();
  if (wrong === 'zero-length') {
    list.splice(outLength > 0 ? 1 : 0, 0, { address: 0, length: 0, flags: outLength === 0 ? DESC_WRITE : 0, next: 0 });
  }

  const viaTable = wantsTable(shape, wrong, list.length, context.indirectAllowed);
  const directCount = viaTable === 'none' ? list.length : viaTable === 'all' ? 1 : 2;
  if (list.length > ring.size || directCount > ring.freeCount) return undefined;

  let blockSize = GUARD;
  for (const piece of list) blockSize += piece.length + GUARD;
  const start = arena.take(blockSize, 16, shape.skew);
  if (start < 0) return undefined;
  const indices = ring.takeDescriptors(directCount, shape.order, context.inOrder);
  if (!indices) return undefined;

  placeBuffers(context, request, list, start, blockSize, size.outLength);
  const writable = context.compared ? writableIn(list, start) : undefined;
  let descriptors = list;
  if (viaTable === 'none') linkDirect(descriptors, indices, wrong, ring.size);
  else {
    const refer = writeTable(context, ring, list, viaTable === 'tail' ? 1 : 0, shape, wrong);
    if (refer === undefined) {
      ring.giveBack(indices);
      return undefined;
    }
    descriptors = viaTable === 'tail' ? [list[0], refer] : [refer];
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
    inFlight: {
      head,
      descriptors: indices,
      block: start,
      blockSize,
      completes: size.completes && wrong === undefined,
      request,
      serial: context.serial,
      writable,
      crowded: false,
    },
  };
}

function writableIn(list: readonly Descriptor[], start: number): ReadonlyMap<number, number> {
  const buffers = list.filter(({ flags }) => (flags & DESC_WRITE) !== 0);
  return new Map(buffers.map(({ address, length }) => [address - start, length]));
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

/** Gives every buffer its address and stores the whole block: pattern everywhere, request bytes in the readable buffers. */
function placeBuffers(
  context: ChainContext,
  request: Request,
  list: readonly Descriptor[],
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
    if ((piece.flags & DESC_WRITE) === 0) {
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
    // The first number that there is no descriptor of, and a few more.
    last.next = queueSize + (indices[0] % 4);
  }
}

let tableBytes = new Uint8Array(1024);

/**
 * Puts the descriptors from `from` on into an indirect table in guest memory. Returns the descriptor that refers to it, or
 * undefined when there is no memory for it.
 */
function writeTable(
  context: ChainContext,
  ring: DriverRing,
  list: readonly Descriptor[],
  from: number,
  shape: ChainShape,
  wrong: ChainBreak | undefined,
): Descriptor | undefined {
  const count = list.length - from;
  const length = 16 * count;
  if (tableBytes.length < length) tableBytes = new Uint8Array(2 * length);
  const bytes = tableBytes;
  const upwards = shape.order === 'up' || context.inOrder;
  // Entries beyond a table that ends where the memory does are nowhere.
  const atEdge = wrong === 'indirect-next-out-of-range';
  const address = atEdge ? Math.floor((context.memoryEnd - length) / 16) * 16 : context.arena.take(length + GUARD, 16);
  if (address < 0) return undefined;
  for (let i = 0; i < count; i++) {
    const entry = list[from + i];
    let { flags } = entry;
    let next = 0;
    let refersToItself = false;
    if (i + 1 < count) {
      flags |= DESC_NEXT;
      next = tableSlot(i + 1, count, upwards);
    } else if (wrong === 'indirect-loop') {
      flags |= DESC_NEXT;
      next = 0;
    } else if (wrong === 'indirect-next-out-of-range') {
      flags |= DESC_NEXT;
      next = count + 5;
    }
    if (wrong === 'nested-indirect' && i === 0) {
      // Whoever follows one that leads back to its own table never comes to an end.
      refersToItself = shape.tableWrite;
      flags = refersToItself ? DESC_INDIRECT : flags | DESC_INDIRECT;
    }
    const at = 16 * tableSlot(i, count, upwards);
    put64(bytes, at, refersToItself ? address : entry.address, ring.order);
    put32(bytes, at + 8, refersToItself ? length : entry.length, ring.order);
    put16(bytes, at + 12, flags, ring.order);
    put16(bytes, at + 14, next, ring.order);
  }
  context.arena.claimZeroed(address, length);
  context.io.store(address, bytes.subarray(0, length));
  const refer: Descriptor = {
    address: wrong === 'table-outside' ? context.memoryEnd + 0x10_0000_0000 : address,
    length: wrong === 'table-empty' ? 0 : wrong === 'table-length-odd' ? length - 7 : length,
    flags: DESC_INDIRECT | (shape.tableWrite ? DESC_WRITE : 0),
    next: 0,
  };
  if (wrong === 'indirect-and-next') refer.flags |= DESC_NEXT;
  return refer;
}

/** Where entry `i` of a table goes: the first is entry 0, the others follow by `next`, upwards or downwards (2.7.5.3). */
function tableSlot(i: number, count: number, upwards: boolean): number {
  return upwards || i === 0 ? i : count - i;
}

/** Where buffers lie or how long they are, wrong on purpose. */
function bendAddresses(descriptors: Descriptor[], wrong: ChainBreak | undefined, memoryEnd: number): void {
  const last = descriptors[descriptors.length - 1];
  if (wrong === 'address-outside') last.address = memoryEnd + 0x20_0000_0000;
  if (wrong === 'length-beyond') last.length = 0x7fff_0000;
  if (wrong === 'sum-beyond-4g') for (const descriptor of descriptors) descriptor.length = 0xffff_fff0;
}
