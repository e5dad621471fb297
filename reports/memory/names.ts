/** Names of places in the memory of a queue: `queue0.avail.idx`, `queue0.desc[3]`. */
import {
  availableBytes,
  availableEventOffset,
  AVAILABLE_INDEX,
  AVAILABLE_RING,
  DESCRIPTOR_SIZE,
  descriptorTableBytes,
  USED_ELEMENT_SIZE,
  usedBytes,
  usedEventOffset,
  USED_INDEX,
  USED_RING,
} from '../../models/virtqueue/layout.ts';
import type { QueuePlace } from './queue-registers.ts';

const DESCRIPTOR_FIELDS = new Map([
  [0, 'addr'],
  [8, 'len'],
  [12, 'flags'],
  [14, 'next'],
]);
const USED_FIELDS = ['id', 'len'] as const;
const HALF = USED_ELEMENT_SIZE / 2;

/** What begins at `address`, where `length` bytes are accessed; undefined where no queue lies. */
export function placeName(places: readonly QueuePlace[], address: number, length: number): string | undefined {
  for (const place of places) {
    const name =
      descriptorName(place, address - place.descriptors, length) ??
      availableName(place.size, address - place.available) ??
      usedName(place.size, address - place.used, length);
    if (name !== undefined) return `queue${String(place.index)}.${name}`;
  }
  return undefined;
}

function descriptorName({ size }: QueuePlace, offset: number, length: number): string | undefined {
  if (offset < 0 || offset >= descriptorTableBytes(size)) return undefined;
  const name = `desc[${String(Math.floor(offset / DESCRIPTOR_SIZE))}]`;
  const field = length < DESCRIPTOR_SIZE ? DESCRIPTOR_FIELDS.get(offset % DESCRIPTOR_SIZE) : undefined;
  return field === undefined ? name : `${name}.${field}`;
}

function availableName(size: number, offset: number): string | undefined {
  if (offset < 0 || offset >= availableBytes(size)) return undefined;
  if (offset < AVAILABLE_INDEX) return 'avail.flags';
  if (offset < AVAILABLE_RING) return 'avail.idx';
  if (offset >= usedEventOffset(size)) return 'avail.used_event';
  return `avail.ring[${String(Math.floor((offset - AVAILABLE_RING) / 2))}]`;
}

function usedName(size: number, offset: number, length: number): string | undefined {
  if (offset < 0 || offset >= usedBytes(size)) return undefined;
  if (offset < USED_INDEX) return 'used.flags';
  if (offset < USED_RING) return 'used.idx';
  if (offset >= availableEventOffset(size)) return 'used.avail_event';
  const name = `used.ring[${String(Math.floor((offset - USED_RING) / USED_ELEMENT_SIZE))}]`;
  const field = USED_FIELDS[((offset - USED_RING) % USED_ELEMENT_SIZE) / HALF];
  return length <= HALF && field !== undefined ? `${name}.${field}` : name;
}
