/** Cuts a stream of bytes into lines without ever holding more than one bounded line: recordings may be of any size. */

/** Longest line that is passed on, in bytes: far beyond any event, far below what memory cares about. */
export const LONGEST_LINE = 64 * 1024;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

export interface LineSink {
  /** A whole line without its end, one character a byte. `number` counts from 1. */
  line(text: string, number: number): void;
  /** A line of more than LONGEST_LINE bytes, skipped. */
  overlong(bytes: number, number: number): void;
}

export class LineSplitter {
  readonly #sink: LineSink;
  /** The start of a line whose end has not come. */
  #rest: Buffer[] = [];
  #restLength = 0;
  #number = 1;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      if (this.#restLength === 0) this.#emit(chunk, from, end);
      else this.#finish(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** The stream has ended. Returns whether its last line had no end, as if cut off. */
  end(): boolean {
    const cut = this.#restLength > 0;
    if (cut) this.#finish(Buffer.alloc(0));
    return cut;
  }

  /** Number of lines so far. */
  get lines(): number {
    return this.#number - 1;
  }

  #emit(bytes: Buffer, from: number, end: number): void {
    const number = this.#number++;
    if (end - from > LONGEST_LINE) {
      this.#sink.overlong(end - from, number);
      return;
    }
    const stop = end > from && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    this.#sink.line(bytes.toString('latin1', from, stop), number);
  }

  #keep(part: Buffer): void {
    this.#restLength += part.length;
    // A copy: the chunk's memory is used again. What is too long anyway is only counted.
    if (this.#restLength <= LONGEST_LINE) this.#rest.push(Buffer.from(part));
  }

  #finish(part: Buffer): void {
    const length = this.#restLength + part.length;
    if (length > LONGEST_LINE) {
      this.#sink.overlong(length, this.#number++);
    } else {
      const line = Buffer.concat([...this.#rest, part]);
      this.#emit(line, 0, line.length);
    }
    this.#rest = [];
    this.#restLength = 0;
  }
}
