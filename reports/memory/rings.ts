/** A split virtqueue as it lies in memory (2.7), with its fields by name, and the chains that the driver made available. */
import {
  AVAILABLE_INDEX,
  AVAILABLE_RING,
  availableEventOffset,
  DESCRIPTOR_SIZE,
  DescriptorFlag,
  USED_ELEMENT_SIZE,
  USED_INDEX,
  USED_RING,
  usedEventOffset,
} from '../../models/virtqueue/layout.ts';
import type { MemoryImage } from './image.ts';
import type { QueuePlace } from './queue-registers.ts';

export interface Descriptor {
  /** Physical address of the entry itself. */
  readonly at: number;
  /** Number of the entry in its table. */
  readonly number: number;
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
}

/** A chain that the driver made available: its descriptors, those of an indirect table in place of the one that names it. */
export interface ChainShown {
  readonly head: number;
  /** Value of the available index at which it became available. */
  readonly position: number;
  /** Length that the device reported when it used it last, or undefined while it has not. */
  readonly usedLength: number | undefined;
  readonly buffers: readonly Descriptor[];
  readonly tables: readonly Descriptor[];
  /** Why the chain could not be followed to its end. */
  readonly broken: string | undefined;
}

export interface RingsShown {
  readonly place: QueuePlace;
  readonly descriptors: readonly Descriptor[];
  readonly available: {
    readonly flags: number;
    readonly index: number;
    readonly heads: readonly { readonly slot: number; readonly head: number }[];
    readonly usedEvent: number;
  };
  readonly used: {
    readonly flags: number;
    readonly index: number;
    readonly elements: readonly { readonly slot: number; readonly id: number; readonly length: number }[];
    readonly availableEvent: number;
  };
  /** Youngest last. */
  readonly chains: readonly ChainShown[];
}

const INDEXES = 0x10000;
/** Longer chains are cut: nobody reads them, and a driver may have made a loop. */
const LONGEST_CHAIN = 64;
const OFFSET = { length: 8, flags: 12, next: 14 } as const;

export function ringsOf(memory: MemoryImage, place: QueuePlace, big: boolean): RingsShown {
  const { size, descriptors, available, used } = place;
  const u16 = (at: number): number => memory.number(at, 2, big);
  const u32 = (at: number): number => memory.number(at, 4, big);
  const availableIndex = u16(available + AVAILABLE_INDEX);
  const usedIndex = u16(used + USED_INDEX);
  const heads = lastSlots(availableIndex, size).map((slot) => ({
    slot,
    head: u16(available + AVAILABLE_RING + 2 * slot),
  }));
  const elements = lastSlots(usedIndex, size).map((slot) => {
    const at = used + USED_RING + USED_ELEMENT_SIZE * slot;
    return { slot, id: u32(at), length: u32(at + USED_ELEMENT_SIZE / 2) };
  });
  const table = { at: descriptors, entries: size };
  const chains = heads.map(({ head }, i) => {
    const position = availableIndex - heads.length + i + 1;
    const followed = follow(memory, table, head, big);
    // A head is out at most once at a time, so its returns are those of its appearances, oldest first.
    const before = heads.slice(0, i).filter((other) => other.head === head).length;
    const appearances = heads.filter((other) => other.head === head).length;
    const returns = elements.filter(({ id }) => id === head);
    const older = Math.max(0, returns.length - appearances);
    const usedLength = returns.at(older + before)?.length;
    return { head, position: (position + INDEXES) % INDEXES, usedLength, ...followed };
  });
  return {
    place,
    descriptors: Array.from({ length: size }, (_, number) => readDescriptor(memory, descriptors, number, big)),
    available: {
      flags: u16(available),
      index: availableIndex,
      heads,
      usedEvent: u16(available + usedEventOffset(size)),
    },
    used: { flags: u16(used), index: usedIndex, elements, availableEvent: u16(used + availableEventOffset(size)) },
    chains,
  };
}

/** Slots of the entries that an index has published, as far as the ring still holds them, oldest first. */
function lastSlots(index: number, size: number): readonly number[] {
  const count = Math.min(index, size);
  return Array.from({ length: count }, (_, i) => (index - count + i) % size);
}

function readDescriptor(memory: MemoryImage, table: number, number: number, big: boolean): Descriptor {
  const at = table + DESCRIPTOR_SIZE * number;
  return {
    at,
    number,
    address: memory.number(at, 8, big),
    length: memory.number(at + OFFSET.length, 4, big),
    flags: memory.number(at + OFFSET.flags, 2, big),
    next: memory.number(at + OFFSET.next, 2, big),
  };
}

interface Table {
  readonly at: number;
  readonly entries: number;
}

function follow(
  memory: MemoryImage,
  table: Table,
  head: number,
  big: boolean,
): Pick<ChainShown, 'buffers' | 'tables' | 'broken'> {
  const buffers: Descriptor[] = [];
  const tables: Descriptor[] = [];
  let current: Table = table;
  let number = head;
  for (let steps = 0; steps < LONGEST_CHAIN; steps++) {
    if (number >= current.entries) {
      return { buffers, tables, broken: `descriptor ${String(number)} of a table of ${String(current.entries)}` };
    }
    const descriptor = readDescriptor(memory, current.at, number, big);
    if ((descriptor.flags & DescriptorFlag.Indirect) !== 0) {
      if (current !== table) return { buffers, tables, broken: 'an indirect table inside an indirect table' };
      tables.push(descriptor);
      current = { at: descriptor.address, entries: Math.floor(descriptor.length / DESCRIPTOR_SIZE) };
      number = 0;
      continue;
    }
    buffers.push(descriptor);
    if ((descriptor.flags & DescriptorFlag.Next) === 0) return { buffers, tables, broken: undefined };
    number = descriptor.next;
  }
  return { buffers, tables, broken: `more than ${String(LONGEST_CHAIN)} descriptors` };
}

/** `NEXT|WRITE`, `0`, `WRITE|0x8`. */
export function descriptorFlagNames(flags: number): string {
  const names = [
    [DescriptorFlag.Next, 'NEXT'],
    [DescriptorFlag.Write, 'WRITE'],
    [DescriptorFlag.Indirect, 'INDIRECT'],
  ] as const;
  const known = names.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  const rest = names.reduce((left, [bit]) => left & ~bit, flags);
  const all = rest === 0 ? known : [...known, `0x${rest.toString(16)}`];
  return all.length === 0 ? '0' : all.join('|');
}
