/** A device that uses one chain at a time and keeps every rule, except for the one it is told to break. */
import { BASE, Bench, type BenchOptions } from './bench.ts';

/** What a broken device does wrong. */
export type Mutation =
  | 'none'
  | 'len-beyond-buffer'
  | 'len-unwritten'
  | 'id-wrong'
  | 'id-beyond-size'
  | 'id-not-head'
  | 'id-repeated'
  | 'element-after-idx'
  | 'len-after-idx'
  | 'data-after-idx'
  | 'write-readable'
  | 'write-guard'
  | 'write-descriptor'
  | 'write-available'
  | 'write-after-return'
  | 'no-notification'
  | 'notify-suppressed'
  | 'obey-used-event'
  | 'obey-flag'
  | 'used-flags-garbage'
  | 'used-flags-one'
  | 'idx-modulo-size'
  | 'idx-not-wrapped'
  | 'idx-too-far'
  | 'idx-starts-at-one'
  | 'idx-kept-over-reset'
  | 'never-uses'
  | 'second-chain-lost'
  | 'batch-incomplete'
  | 'batch-names-first'
  | 'batch-in-last-slot'
  | 'batch-index-by-one'
  | 'first-descriptor-overrun';

interface Popped {
  head: number;
  readable: [number, number][];
  writable: [number, number][];
}

export class IdealDevice {
  readonly bench: Bench;
  readonly mutation: Mutation;
  lastAvailable = 0;
  usedIndex = 0;
  uses = 0;
  live = false;
  readonly #held: Popped[] = [];

  constructor(bench: Bench, mutation: Mutation = 'none') {
    this.bench = bench;
    this.mutation = mutation;
  }

  start(): void {
    this.lastAvailable = 0;
    if (this.mutation !== 'idx-kept-over-reset') this.usedIndex = this.mutation === 'idx-starts-at-one' ? 1 : 0;
    this.uses = 0;
    this.#held.length = 0;
    this.live = true;
  }

  /** Takes what is available; how many chains it holds. */
  take(): number {
    const { bench } = this;
    const { available } = bench.layout;
    const index = bench.read(available + 2, 2);
    while (this.live && this.lastAvailable !== index) {
      this.#held.push(this.#pop(bench.read(available + 4 + 2 * (this.lastAvailable & (bench.size - 1)), 2)));
      this.lastAvailable = (this.lastAvailable + 1) & 0xffff;
    }
    return this.#held.length;
  }

  #pop(head: number): Popped {
    const { bench } = this;
    const chain: Popped = { head, readable: [], writable: [] };
    let table = bench.layout.descriptors;
    for (let index = head; ;) {
      const at = table + 16 * index;
      const flags = bench.read(at + 12, 2);
      const segment: [number, number] = [bench.read(at, 8), bench.read(at + 8, 4)];
      if ((flags & 4) !== 0) {
        table = segment[0];
        index = 0;
        continue;
      }
      ((flags & 2) !== 0 ? chain.writable : chain.readable).push(segment);
      if ((flags & 1) === 0) return chain;
      index = bench.read(at + 14, 2);
    }
  }

  /** Uses one chain: the oldest, or the youngest it holds. Returns whether there was one. */
  useOne(youngest = false): boolean {
    if (this.mutation === 'never-uses' || this.take() === 0) return false;
    if (this.mutation === 'second-chain-lost' && this.uses > 0) return false;
    const chain = youngest ? this.#held.pop()! : this.#held.shift()!;
    this.uses++;
    this.#use(chain);
    return true;
  }

  /** IN_ORDER: finishes all it holds with one used element. */
  useBatch(): void {
    const count = this.take();
    if (count === 0) return;
    const chains = this.#held.splice(0);
    for (const chain of chains.slice(0, -1)) if (this.mutation !== 'batch-incomplete') this.#fill(chain);
    const last = chains[chains.length - 1];
    const slot = this.mutation === 'batch-in-last-slot' ? this.usedIndex + count - 1 : this.usedIndex;
    const named = this.mutation === 'batch-names-first' ? chains[0] : last;
    this.#element(slot, named.head, this.#fill(last));
    this.#moveIndex(this.mutation === 'batch-index-by-one' ? 1 : count);
  }

  #fill(chain: Popped): number {
    let total = 0;
    if (this.mutation === 'first-descriptor-overrun') {
      const capacity = chain.writable.reduce((sum, [, length]) => sum + length, 0);
      this.bench.deviceStore(chain.writable[0][0], new Uint8Array(capacity).fill(1));
      return capacity;
    }
    for (const [address, length] of chain.writable) {
      const data = new Uint8Array(length).map((_, i) => 0x80 ^ i ^ this.uses);
      this.bench.deviceStore(address, data);
      total += length;
    }
    return total;
  }

  #element(index: number, id: number, length: number, part: 'both' | 'id' | 'len' = 'both'): void {
    const { bench } = this;
    const at = bench.layout.used + 4 + 8 * (index & (bench.size - 1));
    if (part !== 'len') bench.deviceStore(at, bench.encode(4, id));
    if (part !== 'id') bench.deviceStore(at + 4, bench.encode(4, length));
  }

  #use(chain: Popped): void {
    const { bench, mutation } = this;
    const index = this.usedIndex;
    const late = mutation === 'data-after-idx';
    const capacity = chain.writable.reduce((sum, [, length]) => sum + length, 0);
    let length = late ? capacity : mutation === 'len-unwritten' ? this.#fillShort(chain) : this.#fill(chain);
    if (mutation === 'len-beyond-buffer') length++;
    let id = chain.head;
    if (mutation === 'id-wrong') id = (id + 1) & (bench.size - 1);
    if (mutation === 'id-beyond-size') id = bench.size + id;
    if (mutation === 'id-not-head' && chain.readable.length > 0) {
      id = bench.read(bench.layout.descriptors + 16 * chain.head + 14, 2);
    }
    if (mutation === 'write-readable' && chain.readable.length > 0) this.#scribble(chain.readable[0][0]);
    if (mutation === 'write-guard') this.#scribble((chain.writable[0] ?? chain.readable[0])[0] + 60);
    if (mutation === 'write-descriptor') this.#scribble(bench.layout.descriptors + 16 * chain.head);
    if (mutation === 'write-available') this.#scribble(bench.layout.available + 2);
    if (mutation === 'used-flags-garbage') bench.deviceStore(bench.layout.used, bench.encode(2, 2));
    if (mutation === 'used-flags-one') bench.deviceStore(bench.layout.used, bench.encode(2, 1));
    if (mutation === 'element-after-idx') {
      this.#moveIndex(1);
      this.#element(index, id, length);
      return;
    }
    this.#element(index, id, length, mutation === 'len-after-idx' ? 'id' : 'both');
    this.#moveIndex(1);
    if (mutation === 'len-after-idx') this.#element(index, id, length, 'len');
    if (late) this.#fill(chain);
    if (mutation === 'write-after-return' && chain.writable.length > 0) this.#scribble(chain.writable[0][0]);
    if (mutation === 'id-repeated') {
      this.#element(index + 1, id, length);
      this.#moveIndex(1);
    }
  }

  #fillShort(chain: Popped): number {
    let total = 0;
    for (const [address, length] of chain.writable) {
      this.bench.deviceStore(address, new Uint8Array(length - 20).fill(0x33));
      total += length;
    }
    return total;
  }

  #scribble(address: number): void {
    this.bench.deviceStore(address, Uint8Array.of(this.bench.ram[address - BASE] ^ 0xff));
  }

  #moveIndex(count: number): void {
    const { bench, mutation } = this;
    const old = this.usedIndex;
    let now = old + count;
    if (mutation === 'idx-too-far') now++;
    now &= mutation === 'idx-modulo-size' ? bench.size - 1 : 0xffff;
    if (mutation === 'idx-not-wrapped' && now === 0) now = 1;
    this.usedIndex = now;
    bench.deviceStore(bench.layout.used + 2, bench.encode(2, now));
    if (this.#wanted(old, now)) bench.raised = true;
  }

  #wanted(old: number, now: number): boolean {
    const { bench, mutation } = this;
    const { available } = bench.layout;
    const flag = (bench.read(available, 2) & 1) !== 0;
    const event = bench.read(available + 4 + 2 * bench.size, 2);
    const reached = ((now - event - 1) & 0xffff) < ((now - old) & 0xffff);
    if (mutation === 'no-notification') return false;
    if (mutation === 'notify-suppressed') return true;
    if (mutation === 'obey-used-event') return !flag && reached;
    if (bench.features.has(29)) return mutation === 'obey-flag' ? reached && !flag : reached;
    if (bench.features.has(24) && this.#held.length === 0) return true;
    return !flag;
  }
}

/** A queue of four, set up and live, with an ideal device behind it. */
export function start(options: Partial<BenchOptions> = {}): { bench: Bench; device: IdealDevice } {
  const bench = new Bench({ size: 4, observing: true, ...options });
  const device = new IdealDevice(bench);
  bench.setUp();
  device.start();
  return { bench, device };
}
