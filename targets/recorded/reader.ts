/** Reads a recording of any of the formats, even mixed, as a stream; what it cannot use is counted and named. */
import { LineSplitter, LONGEST_LINE, type LineSink } from './line-splitter.ts';
import { OwnReader } from './own-log.ts';
import { readQemuLine } from './qemu-log.ts';
import { QtestReader } from './qtest-log.ts';
import type { RecordingSink } from './sink.ts';

export type Format = 'QEMU trace' | 'qtest' | 'virtcheck trace';

/** A word that names an event, as tracers and logs write it. */
const KIND = /^[A-Za-z_][\w.:-]{0,39}/;
/** Characters that no text has. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/;
/** `1234@1700000000.123456:`: QEMU's time stamp. */
const STAMP = /^\d+@\d+\.\d+:/;

export class RecordingReader implements LineSink {
  /** Lines of each format that told something. */
  readonly formats = new Map<Format, number>();
  bytes = 0;
  readonly #sink: RecordingSink;
  readonly #splitter: LineSplitter;
  readonly #qtest: QtestReader;
  readonly #own: OwnReader;

  constructor(sink: RecordingSink) {
    this.#sink = sink;
    this.#splitter = new LineSplitter(this);
    this.#qtest = new QtestReader(sink);
    this.#own = new OwnReader(sink);
  }

  get lines(): number {
    return this.#splitter.lines;
  }

  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#splitter.push(chunk);
  }

  end(): void {
    this.#splitter.end();
    this.#qtest.end();
  }

  line(text: string, number: number): void {
    if (readQemuLine(text, number, this.#sink)) this.#count('QEMU trace');
    else if (this.#qtest.read(text, number)) this.#count('qtest');
    else if (this.#own.read(text, number)) this.#count('virtcheck trace');
    else this.#sink.other(kindOf(text));
  }

  overlong(bytes: number, number: number): void {
    this.#sink.malformed(
      `a line of ${String(bytes)} bytes; none of more than ${String(LONGEST_LINE)} is an event`,
      number,
    );
  }

  #count(format: Format): void {
    this.formats.set(format, (this.formats.get(format) ?? 0) + 1);
  }
}

/** A name for lines like this one. */
export function kindOf(text: string): string {
  if (text.trim() === '') return '(empty line)';
  if (BINARY.test(text)) return '(binary data)';
  return KIND.exec(text.replace(STAMP, ''))?.[0] ?? '(other text)';
}
