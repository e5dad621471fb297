/** What a driver owes those above it: their bytes reach the device, the device's bytes reach them, and so does what it is. */
import type { AttachEvent, CallEvent } from './events.ts';
import type { QueueRecord, SlotRecord } from './queue-book.ts';
import type { RuleContext } from './setup.ts';
import type { Shadow, WalkedChain } from './shadow.ts';
import { toldOf } from './told-rules.ts';

const OUTPUT = 'netbsd.output-unchanged';
const INPUT = 'netbsd.input-unchanged';

/** Queues that a driver of the type takes bytes from, and those that it puts a caller's bytes into. */
const INPUT_QUEUES: Readonly<Record<string, number>> = { console: 0, rng: 0, net: 0, '9p': 0 };
const OUTPUT_QUEUES: Readonly<Record<string, number>> = { console: 1, net: 1, '9p': 0 };
/** A feature: the header of a packet has its number of buffers. */
const VERSION_1 = 1n << 32n;
/** More than any request carries. */
const MOST_BYTES = 1 << 20;
/** The header of a packet, without VERSION_1 and with it. */
const SHORT_HEADER = 10;
const HEADER = 12;

export class DataRules {
  readonly #context: RuleContext;
  readonly #memory: Shadow;
  readonly #accepted: () => bigint;
  /** Console output that has not been put into a buffer. */
  #stream: number[] = [];
  /** The message that the request under way is to carry; what a buffer carried instead, if it has. */
  #message: Uint8Array | undefined;
  #sent = false;
  /** Bytes of the device that have not been handed on. */
  #arrived: number[] = [];
  readonly #config = new Map<string, bigint>();
  #queueSize = 0;

  constructor(context: RuleContext, memory: Shadow, accepted: () => bigint) {
    this.#context = context;
    this.#memory = memory;
    this.#accepted = accepted;
  }

  get #type(): string {
    return this.#context.setup.type ?? '';
  }

  /** Everything starts afresh; what was not sent or read before will not be any more. */
  newInstance(): void {
    this.#stream = [];
    this.#arrived = [];
    this.#message = undefined;
    this.#config.clear();
  }

  call({ api, kind, facts }: CallEvent): void {
    if (kind !== 'return') return;
    if (api === 'read_config' && facts.value !== undefined) {
      this.#config.set(`${facts.offset}/${facts.size}`, BigInt(facts.value as number | string));
    }
    if (api === 'alloc_vq' && facts.result === 0) this.#queueSize = Number(facts.num);
    else if (api === 'device_reset') this.#arrived = [];
    else if (api === 'submit') this.#submitted(String(facts.outcome));
  }

  /** No bytes of the device wait to be read. */
  get idle(): boolean {
    return this.#arrived.length === 0;
  }

  given(bytes: Uint8Array): void {
    if (this.#type === 'console') for (const byte of bytes) this.#stream.push(byte);
    else this.#message = bytes;
    this.#sent = false;
  }

  #submitted(outcome: string): void {
    const message = this.#message;
    this.#message = undefined;
    if (message === undefined || outcome !== 'queued' || this.#type === 'gpu') return;
    const seen = (): string => 'nothing handed over';
    this.#context.check(OUTPUT, this.#sent, `${message.length} bytes handed over to the device`, seen);
  }

  committed(queue: QueueRecord, chain: WalkedChain): void {
    const type = this.#type;
    if (queue.index !== OUTPUT_QUEUES[type]) return;
    const skipped = type === 'net' ? this.#header : 0;
    const readable = chain.segments.filter(({ writable }) => !writable);
    const total = readable.reduce((sum, { length }) => sum + length, 0);
    // Descriptors in the wrong byte order are judged elsewhere; what they seem to describe is nothing to look at.
    if (total > MOST_BYTES) return;
    const sent = readable.flatMap(({ address, length }) => [...this.#memory.bytes(address, length)]).slice(skipped);
    const owed = type === 'console' ? this.#stream.splice(0, sent.length) : [...(this.#message ?? [])];
    this.#sent = true;
    this.#context.check(OUTPUT, same(owed, sent), told(owed), () => told(sent));
  }

  get #header(): number {
    return (this.#accepted() & VERSION_1) !== 0n ? HEADER : SHORT_HEADER;
  }

  /** The driver has taken a used buffer, into which the device says it has put `length` bytes. */
  taken(queue: QueueRecord, { buffers }: SlotRecord, length: number): void {
    const type = this.#type;
    if (queue.index !== INPUT_QUEUES[type]) return;
    const skipped = type === 'net' ? this.#header : 0;
    const writable = buffers.filter(({ readable }) => !readable);
    if (writable.reduce((sum, buffer) => sum + buffer.length, 0) > MOST_BYTES) return;
    const came = writable
      .flatMap((buffer) => [...this.#memory.bytes(buffer.address, buffer.length)])
      .slice(skipped, length);
    // A reply that nobody has read is gone with the next one.
    if (type === '9p') this.#arrived = came;
    else for (const byte of came) this.#arrived.push(byte);
  }

  handed(bytes: Uint8Array): void {
    const owed = this.#arrived.splice(0, bytes.length);
    this.#context.check(INPUT, same(owed, bytes), told(owed), () => told(bytes));
  }

  told({ what, value }: Extract<AttachEvent, { kind: 'told' }>): void {
    const owed = toldOf(what, this.#config, this.#queueSize, this.#accepted());
    if (owed === undefined) return;
    const fits = typeof owed === 'string' ? value === owed : owed.test(value);
    this.#context.check(
      what === 'mac' && typeof owed === 'string' ? 'net.driver.device-configuration-layout.3' : 'netbsd.device-told',
      fits,
      `${what} ${String(owed)}`,
      () => value,
    );
  }

  /** Nothing more happens by itself. `isFull`: whether a queue has no descriptor left. */
  settled(isFull: (queue: number) => boolean): void {
    if (this.#type !== '9p') {
      const left = this.#arrived.splice(0).length;
      this.#context.check(INPUT, left === 0, 'all bytes handed on', () => `${left} bytes of the device left behind`);
    }
    if (this.#type === 'console' && !isFull(OUTPUT_QUEUES.console)) {
      const left = this.#stream.splice(0).length;
      this.#context.check(OUTPUT, left === 0, 'all output handed over', () => `${left} bytes left behind`);
    }
  }
}

function same(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

const SHOWN = 8;

function told(bytes: ArrayLike<number>): string {
  const first = Array.from(bytes).slice(0, SHOWN);
  const text = first.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${bytes.length} bytes: ${text}${bytes.length > SHOWN ? ' ...' : ''}`;
}
