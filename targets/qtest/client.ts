/**
 * The client side of QEMU's qtest protocol over any pair of streams: batches of commands go out without waiting, replies
 * are matched in order, and `IRQ raise|lower` lines may come anywhere in between.
 *
 * The other side is under test and may do anything. Whatever it does ends in a `QtestFailure`, never in unbounded memory
 * or an endless wait.
 */
import { availableParallelism } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { BASE64_LOADS_FROM, Reply, type CommandBatch } from './commands.ts';
import { excerpt, number32, parseData } from './replies.ts';

/** Why a client can't be used any more. */
export class QtestFailure extends Error {
  override readonly name = 'QtestFailure';
  /** `ended`: the stream closed. `hung`: no reply within the patience. `protocol`: something that is not qtest came. */
  readonly kind: 'ended' | 'hung' | 'protocol';

  constructor(kind: QtestFailure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Receives replies in the order of the commands. */
export interface ReplySink {
  /**
   * The next reply: for `Reply.Number` the two 32-bit halves, for `Hex`, `Base64` and `Text` the bytes (a view that is
   * valid during the call).
   */
  reply(high: number, low: number, data: Uint8Array): void;
}

export interface QtestClientOptions {
  /** Milliseconds without any reply, while one is due, after which the other side counts as hung. Default 5000. */
  readonly patience?: number;
  /** Longest line in bytes. Default 4 MiB, enough for replies that carry 2 MiB of memory. */
  readonly maxLine?: number;
}

const DEFAULT_PATIENCE = 5000;
/**
 * Milliseconds after a batch was sent during which its replies are looked for without sleeping; a lone processor is the other
 * side's.
 */
const AWAKE_MS = availableParallelism() > 1 ? 0.5 : 0;
const MAX_LINE = 4 * 1024 * 1024;
/** Interrupt lines in a row without a reply between them; a device that exceeds it floods. */
const MAX_INTERRUPT_LINES = 100_000;

const NEWLINE = 0x0a;
const EMPTY = new Uint8Array(0);

/** Value of each hexadecimal digit's code, -1 for other codes. */
const DIGIT = new Int8Array(256).fill(-1);
for (let i = 0; i < 16; i++) {
  const digit = i.toString(16);
  DIGIT[digit.charCodeAt(0)] = i;
  DIGIT[digit.toUpperCase().charCodeAt(0)] = i;
}

export class QtestClient {
  private readonly output: Writable;
  private readonly maxLine: number;
  private patience: number;
  private readonly levels = new Map<string, 0 | 1>();
  private failure: QtestFailure | null = null;
  private rest: Buffer | null = null;
  private interruptLines = 0;
  /** Short runs of bytes are decoded here; one view per length, so that decoding allocates nothing. */
  private readonly scratch = new Uint8Array(BASE64_LOADS_FROM);
  private readonly views: Uint8Array[] = [];

  private batch: CommandBatch | null = null;
  private sink: ReplySink | null = null;
  private next = 0;
  private chunk = 0;
  private resolve: (() => void) | null = null;
  private reject: ((error: Error) => void) | null = null;
  private lastProgress = 0;
  private timer: NodeJS.Timeout | null = null;

  /** Takes over both streams: nobody else may read from `input` or write to `output`. */
  constructor(input: Readable, output: Writable, options: QtestClientOptions = {}) {
    this.output = output;
    this.patience = options.patience ?? DEFAULT_PATIENCE;
    this.maxLine = options.maxLine ?? MAX_LINE;
    const ended = (error?: Error | null): void =>
      this.fail(new QtestFailure('ended', error ? `connection lost: ${error.message}` : 'connection closed'));
    input.on('data', (data: Buffer) => this.receive(data));
    input.on('end', () => ended());
    input.on('close', () => ended());
    input.on('error', ended);
    // A reader that went away shows on the reading side too, but with a better message there.
    output.on('error', () => setImmediate(ended));
    output.on('drain', () => this.writeMore());
  }

  /** Level of an interrupt line, as of the last reply that was delivered. Lines start low. */
  interruptLevel(line: string): 0 | 1 {
    return this.levels.get(line) ?? 0;
  }

  /** Forgets all interrupt levels. */
  clearInterrupts(): void {
    this.levels.clear();
  }

  /** The reason why this client is unusable, if it is. */
  get failed(): QtestFailure | null {
    return this.failure;
  }

  /** Changes the patience, also for a batch that is under way. */
  setPatience(milliseconds: number): void {
    this.patience = milliseconds;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = this.batch === null ? null : setTimeout(() => this.checkProgress(), milliseconds);
  }

  /**
   * Sends a batch and delivers its replies to `sink`; resolves after the last one. Rejects with a `QtestFailure`; then
   * the sink has seen the replies up to the failure. One batch at a time.
   */
  run(batch: CommandBatch, sink: ReplySink): Promise<void> {
    if (this.batch !== null) throw new Error('a qtest batch is already under way');
    if (this.failure !== null) return Promise.reject(this.failure);
    batch.seal();
    if (batch.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.batch = batch;
      this.sink = sink;
      this.next = 0;
      this.chunk = 0;
      this.resolve = resolve;
      this.reject = reject;
      this.lastProgress = performance.now();
      this.timer ??= setTimeout(() => this.checkProgress(), this.patience);
      this.writeMore();
      this.lookOften(batch, this.lastProgress + AWAKE_MS);
    });
  }

  /**
   * Keeps the event loop turning for a moment instead of letting it sleep: most replies are there in less time than it takes
   * an idle processor to wake up.
   */
  private lookOften(batch: CommandBatch, until: number): void {
    if (this.batch !== batch || performance.now() > until) return;
    setImmediate(() => this.lookOften(batch, until));
  }

  /** Ends the client on purpose: a batch under way fails. The streams are the owner's to close. */
  close(): void {
    this.fail(new QtestFailure('ended', 'closed by us'));
  }

  /** Writes as much as the stream takes; replies are read meanwhile, so neither side can block the other for good. */
  private writeMore(): void {
    const batch = this.batch;
    if (batch === null) return;
    while (this.chunk < batch.chunks.length) {
      if (!this.output.write(batch.chunks[this.chunk++], 'latin1')) return;
    }
  }

  private receive(data: Buffer): void {
    if (this.failure !== null) return;
    const buffer = this.rest === null ? data : Buffer.concat([this.rest, data]);
    // Where the search for a newline has to start: what was left over has none.
    let searched = this.rest === null ? 0 : this.rest.length;
    this.rest = null;
    const length = buffer.length;
    let position = 0;
    const before = this.next;
    while (position < length) {
      const end = this.quickReply(buffer, position, length);
      if (end !== 0) {
        position = end;
        continue;
      }
      const newline = buffer.indexOf(NEWLINE, Math.max(position, searched));
      if (newline < 0) {
        if (length - position > this.maxLine) {
          this.protocolError(buffer, position, length, `a line of more than ${this.maxLine} bytes`);
          return;
        }
        // A copy where little is left, so that a small rest doesn't keep a large buffer alive.
        this.rest = Buffer.from(buffer.subarray(position));
        break;
      }
      searched = newline + 1;
      this.line(buffer, position, newline);
      if (this.failure !== null) return;
      position = newline + 1;
    }
    if (this.next !== before || this.batch === null) this.lastProgress = performance.now();
    this.finishIfDone();
  }

  /**
   * Handles `OK` and `OK 0x<number>` lines, nearly all there are, without looking for the newline first. Returns the
   * position after the line, or 0 where the line is anything else or incomplete.
   */
  private quickReply(buffer: Buffer, start: number, length: number): number {
    const batch = this.batch;
    if (batch === null || this.next >= batch.kinds.length) return 0;
    if (start + 2 >= length || buffer[start] !== 0x4f || buffer[start + 1] !== 0x4b) return 0;
    const kind = batch.kinds[this.next];
    if (kind === Reply.Hex) return this.quickBytes(buffer, start, batch.sizes[this.next]);
    if (kind === Reply.Ok) {
      if (buffer[start + 2] !== NEWLINE) return 0;
      this.deliver(0, 0, EMPTY);
      return start + 3;
    }
    if (kind !== Reply.Number || buffer[start + 2] !== 0x20 || buffer[start + 4] !== 0x78) return 0;
    let high = 0;
    let low = 0;
    for (let i = start + 5; i < length; i++) {
      const code = buffer[i];
      if (code === NEWLINE) {
        if (i === start + 5 || i > start + 21) return 0;
        this.deliver(high, low, EMPTY);
        return i + 1;
      }
      const digit = DIGIT[code];
      if (digit < 0) return 0;
      high = ((high << 4) | (low >>> 28)) >>> 0;
      low = ((low << 4) | digit) >>> 0;
    }
    return 0;
  }

  /** Handles a complete `OK 0x<digits>` line of exactly `size` bytes; otherwise as `quickReply`. */
  private quickBytes(buffer: Buffer, start: number, size: number): number {
    const from = start + 5;
    const end = from + 2 * size;
    if (end >= buffer.length || buffer[end] !== NEWLINE || buffer[start + 2] !== 0x20) return 0;
    if (buffer[start + 3] !== 0x30 || buffer[start + 4] !== 0x78) return 0;
    const bytes = (this.views[size] ??= this.scratch.subarray(0, size));
    for (let i = 0, at = from; i < size; i++, at += 2) {
      const value = (DIGIT[buffer[at]] << 4) | DIGIT[buffer[at + 1]];
      if (value < 0) return 0;
      bytes[i] = value;
    }
    this.deliver(0, 0, bytes);
    return end + 1;
  }

  private deliver(high: number, low: number, data: Uint8Array): void {
    this.next++;
    this.interruptLines = 0;
    this.sink!.reply(high, low, data);
  }

  private line(buffer: Buffer, start: number, newline: number): void {
    const end = newline > start && buffer[newline - 1] === 0x0d ? newline - 1 : newline;
    const head = buffer.toString('latin1', start, Math.min(end, start + 64));
    const interrupt = buffer[start] === 0x49 && /^IRQ (raise|lower) (\S+)$/.exec(head);
    if (interrupt) {
      if (++this.interruptLines > MAX_INTERRUPT_LINES) {
        this.protocolError(buffer, start, end, `a flood of more than ${MAX_INTERRUPT_LINES} interrupt lines`);
        return;
      }
      this.levels.set(interrupt[2], interrupt[1] === 'raise' ? 1 : 0);
      return;
    }
    const batch = this.batch;
    if (batch === null || this.next >= batch.kinds.length) {
      this.protocolError(buffer, start, end, 'a line that answers nothing');
      return;
    }
    const size = batch.sizes[this.next];
    if (head !== 'OK' && !head.startsWith('OK ')) {
      this.protocolError(buffer, start, end, `no OK in reply to "${excerpt(batch.command(this.next))}"`);
      return;
    }
    const data = parseData(batch.kinds[this.next], buffer, start + 3, end);
    if (data === null || (size > 0 && data.length !== size)) {
      this.protocolError(buffer, start, end, `a malformed reply to "${excerpt(batch.command(this.next))}"`);
      return;
    }
    if (batch.kinds[this.next] !== Reply.Number) this.deliver(0, 0, data);
    else this.deliver(number32(data, 0), number32(data, 4), EMPTY);
  }

  private protocolError(buffer: Buffer, start: number, end: number, what: string): void {
    const line = excerpt(buffer.toString('latin1', start, Math.min(end, start + 200)));
    this.fail(new QtestFailure('protocol', `${what}: "${line}"`));
  }

  private finishIfDone(): void {
    if (this.batch === null || this.next < this.batch.kinds.length) return;
    const resolve = this.resolve!;
    this.forgetBatch();
    resolve();
  }

  private fail(failure: QtestFailure): void {
    if (this.failure !== null) return;
    this.failure = failure;
    this.rest = null;
    const reject = this.reject;
    this.forgetBatch();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    reject?.(failure);
  }

  private forgetBatch(): void {
    this.batch = null;
    this.sink = null;
    this.resolve = null;
    this.reject = null;
  }

  /** One timer serves many batches: it looks when the last reply came and goes to sleep again, or ends when idle. */
  private checkProgress(): void {
    this.timer = null;
    if (this.batch === null) return;
    const waited = performance.now() - this.lastProgress;
    if (waited < this.patience) {
      this.timer = setTimeout(() => this.checkProgress(), Math.max(1, this.patience - waited));
      return;
    }
    // If it was this process that didn't get to run, a reply may lie in the socket: one turn of the loop reads it.
    const replies = this.next;
    const batch = this.batch;
    setTimeout(() => {
      setImmediate(() => {
        if (this.batch !== batch || this.next !== replies) {
          if (this.batch !== null) this.timer ??= setTimeout(() => this.checkProgress(), this.patience);
          return;
        }
        const command = excerpt(batch.command(this.next));
        this.fail(new QtestFailure('hung', `no reply to "${command}" within ${this.patience} ms`));
      });
    }, 0);
  }
}
