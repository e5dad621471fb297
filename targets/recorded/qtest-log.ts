/**
 * qtest, line by line: a script of commands, a transcript with the answers, or QEMU's `-qtest-log`. Answers come in the
 * order of the commands, so a command waits for its own. Where there are none at all, reads have unknown values; comments of
 * the form `# NAME -> 0x...`, which our own scripts have before each read, stand in for them.
 */
import type { RecordingSink } from './sink.ts';

/** `[R +0.012] readl ...` and `[S +0.013] OK ...` in QEMU's own log; `[I ...]` tells of connections. */
const STAMP = /^\[([RSI]) [^\]]*\] ?/;
const ANSWER = /^OK(?: (.*))?$/;
const REFUSAL = /^(?:FAIL|ERR)\b/;
const NOTED = /^#.*-> (0x[0-9a-f]+)$/i;
const COMMAND = /^(read|write)([bwlq]?) (.*)$/;
const NUMBER = /^(?:0x[0-9a-f]{1,13}|\d{1,15})$/i;
const QUAD = /^0x[0-9a-f]{1,16}$/i;
const OTHER =
  /^(irq_intercept_in|irq_intercept_out|irq_set|clock_step|clock_set|endianness|module_load|memset|b64read|b64write|in[bwl]|out[bwl]|rtas|IRQ)\b/;
const SIZES: Readonly<Record<string, number>> = { b: 1, w: 2, l: 4, q: 8 };

/** Commands that wait for answers. When so many have come and no answer at all, there are none. */
const WAITING = 64;
/** With answers: a client that keeps more commands under way than this is not believable. */
const MOST_WAITING = 65_536;
/** Longest piece of memory that one line can hold. */
const LONGEST = 1 << 16;

interface Waiting {
  readonly line: number;
  readonly emit: (answer: string | undefined) => void;
  /** The answer, once known; null if the command was refused. */
  answer?: string | null;
  answered: boolean;
}

export class QtestReader {
  readonly #sink: RecordingSink;
  #waiting: Waiting[] = [];
  #answers = 0;
  #silent = false;
  #noted: string | undefined;

  constructor(sink: RecordingSink) {
    this.#sink = sink;
  }

  /** Reads one line; false if it is not qtest. */
  read(text: string, line: number): boolean {
    const stamp = STAMP.exec(text);
    if (stamp?.[1] === 'I') {
      this.#sink.other('qtest connection');
      return true;
    }
    const rest = stamp === null ? text : text.slice(stamp[0].length);
    const noted = NOTED.exec(rest);
    if (noted !== null) {
      this.#noted = noted[1];
      return true;
    }
    if (rest.startsWith('#')) {
      this.#sink.other('comment');
      return true;
    }
    const answer = ANSWER.exec(rest);
    if (answer !== null) {
      this.#answer(answer[1] ?? '', line);
      return true;
    }
    if (REFUSAL.test(rest)) {
      this.#sink.other('qtest refusal');
      this.#answer(null, line);
      return true;
    }
    const command = COMMAND.exec(rest);
    if (command !== null) return this.#command(command, line);
    const other = OTHER.exec(rest);
    if (other === null) return false;
    this.#sink.other(`qtest ${other[1]}`);
    if (other[1] !== 'IRQ') this.#wait(line, () => undefined);
    return true;
  }

  /** No more lines: what waits gets no answer any more. */
  end(): void {
    for (const waiting of this.#waiting) this.#release(waiting);
    this.#waiting = [];
  }

  #command([, verb, width, operands]: RegExpExecArray, line: number): boolean {
    const words = operands.trim().split(/\s+/);
    if (!NUMBER.test(words[0])) return false;
    const address = Number(words[0]);
    if (width === '') return this.#memory(verb === 'read', address, words, line);
    const size = SIZES[width];
    const noted = this.#noted;
    this.#noted = undefined;
    if (verb === 'read') {
      const emit = (answer: string | undefined): void => {
        const value = answer !== undefined && QUAD.test(answer) ? carried(answer, size) : NaN;
        this.#sink.access('read', address, size, value, 'cpu', undefined, line);
      };
      this.#wait(line, emit, noted);
      return true;
    }
    if (!QUAD.test(words[1] ?? '') && !NUMBER.test(words[1] ?? '')) {
      this.#sink.malformed('a write without a value', line);
      return true;
    }
    const value = carried(words[1], size);
    this.#wait(line, () => this.#sink.access('wrote', address, size, value, 'cpu', undefined, line));
    return true;
  }

  #memory(isRead: boolean, address: number, words: readonly string[], line: number): boolean {
    const noted = this.#noted;
    this.#noted = undefined;
    const length = NUMBER.test(words[1] ?? '') ? Number(words[1]) : NaN;
    if (!(length > 0 && length <= LONGEST)) {
      this.#sink.malformed(`a length from 1 to ${LONGEST} expected`, line);
      return true;
    }
    if (isRead) {
      const emit = (answer: string | undefined): void => {
        const bytes = bytesOf(answer);
        if (bytes?.length === length) this.#sink.memory('read', address, bytes, line);
      };
      this.#wait(line, emit, noted);
      return true;
    }
    const bytes = bytesOf(words[2]);
    if (bytes?.length !== length) {
      this.#sink.malformed(`${length} bytes in hexadecimal expected`, line);
      return true;
    }
    this.#wait(line, () => this.#sink.memory('wrote', address, bytes, line));
    return true;
  }

  #wait(line: number, emit: Waiting['emit'], noted?: string): void {
    if (this.#silent) {
      emit(noted);
      return;
    }
    this.#waiting.push({ line, emit, answer: noted, answered: noted !== undefined });
    this.#drain();
    if (this.#waiting.length < WAITING || this.#answers > 0) {
      if (this.#waiting.length <= MOST_WAITING) return;
      this.#sink.malformed('a command that was never answered', this.#waiting[0].line);
    }
    this.#silent = this.#answers === 0;
    this.end();
  }

  #answer(answer: string | null, line: number): void {
    const waiting = this.#waiting.find((candidate) => !candidate.answered);
    if (waiting === undefined) {
      this.#sink.malformed('an answer that no command waits for', line);
      return;
    }
    this.#answers++;
    waiting.answer = answer;
    waiting.answered = true;
    this.#drain();
  }

  #drain(): void {
    let done = 0;
    while (done < this.#waiting.length && this.#waiting[done].answered) this.#release(this.#waiting[done++]);
    if (done > 0) this.#waiting.splice(0, done);
  }

  #release({ answer, emit }: Waiting): void {
    // A refused command reached no device.
    if (answer !== null) emit(answer);
  }
}

/** The part of a number that an access of `size` bytes carries. */
function carried(text: string, size: number): number {
  if (!/^0x/i.test(text)) return Number(text) % 2 ** (8 * size);
  return Number.parseInt(text.slice(2).slice(-2 * size), 16);
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || !/^0x(?:[0-9a-f]{2})+$/i.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
}
