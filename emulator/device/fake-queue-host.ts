/** For tests: lends a device type queues without rings, with buffers that show which bytes were written. */
import type { DeviceFaults } from '../faults/switches.ts';
import type { Chain, Endian, GuestMemory, QueueHost, Segment } from './types.ts';

/** What a device-writable byte holds before the device writes it. */
export const UNTOUCHED = 0xee;

export interface Completion {
  readonly head: number;
  readonly queue: number;
  readonly written: number;
}

export interface FakeQueueHost extends QueueHost {
  /** Accepted features. */
  readonly accepted: Set<number>;
  readonly completions: Completion[];
  readonly configChanges: number;
  readonly resets: number;
  /** Makes a chain available: one descriptor per entry. */
  offer(queue: number, readable: readonly Uint8Array[], writable: readonly number[]): Chain;
  /** All device-writable bytes of a chain. */
  answer(chain: Chain): Uint8Array;
  /** The used length of a chain, -1 while the device holds it. */
  used(chain: Chain): number;
  /** Chains that the device has not taken. */
  waiting(queue: number): number;
  /** With deferred work: runs all of it, the latest first. */
  runLastFirst(): void;
}

export function createFakeQueueHost(endian: Endian = 'little', deferred = false): FakeQueueHost {
  const bytes = new Uint8Array(1 << 20);
  const accepted = new Set<number>();
  const available = new Map<number, Chain[]>();
  const completions: Completion[] = [];
  const work: (() => void)[] = [];
  let free = 0;
  let heads = 0;
  let configChanges = 0;
  let resets = 0;

  const memory: GuestMemory = {
    base: 0,
    size: bytes.length,
    bytes,
    store8: (address, value) => void (bytes[address] = value),
    store16: (address, value, little) => new DataView(bytes.buffer).setUint16(address, value, little),
    store32: (address, value, little) => new DataView(bytes.buffer).setUint32(address, value, little),
    storeBytes: (address, data) => bytes.set(data, address),
  };

  function place(data: Uint8Array): Segment {
    const segment = { address: free, length: data.length };
    bytes.set(data, free);
    free += data.length + 8;
    return segment;
  }

  function gather(segments: readonly Segment[]): Uint8Array {
    const all = new Uint8Array(segments.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const { address, length } of segments) {
      all.set(bytes.subarray(address, address + length), at);
      at += length;
    }
    return all;
  }

  return {
    memory,
    // Every switch that isn't there reads as off.
    faults: {} as DeviceFaults,
    endian,
    accepted,
    completions,
    get configChanges() {
      return configChanges;
    },
    get resets() {
      return resets;
    },
    hasFeature: (bit) => accepted.has(bit),
    readFrom: (chain, offset, length) => gather(chain.readable).slice(offset, offset + length),
    writeTo(chain, offset, data) {
      let done = 0;
      for (const { address, length } of chain.writable) {
        const start = Math.max(0, offset);
        if (start < length) {
          const count = Math.min(length - start, data.length - done);
          memory.storeBytes(address + start, data.subarray(done, done + count));
          done += count;
          offset += count;
        }
        offset -= length;
      }
      return done;
    },
    complete: (chain, written) => void completions.push({ queue: chain.queue, head: chain.head, written }),
    take: (queue) => available.get(queue)?.shift() ?? null,
    schedule: (_queue, job) => (deferred ? void work.push(job) : job()),
    configChanged: () => void configChanges++,
    needsReset: () => void resets++,
    offer(queue, readable, writable) {
      const chain: Chain = {
        queue,
        head: heads++,
        readable: readable.map(place),
        writable: writable.map((length) => place(new Uint8Array(length).fill(UNTOUCHED))),
        readableLength: readable.reduce((sum, part) => sum + part.length, 0),
        writableLength: writable.reduce((sum, length) => sum + length, 0),
      };
      const waiting = available.get(queue);
      if (waiting === undefined) available.set(queue, [chain]);
      else waiting.push(chain);
      return chain;
    },
    answer: (chain) => gather(chain.writable),
    used: (chain) => completions.find(({ head }) => head === chain.head)?.written ?? -1,
    waiting: (queue) => available.get(queue)?.length ?? 0,
    runLastFirst() {
      for (let job = work.pop(); job !== undefined; job = work.pop()) job();
    },
  };
}
