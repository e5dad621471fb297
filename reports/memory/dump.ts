/** Memory as rows of hexadecimal numbers and text. */
import type { MemoryImage, Writer } from './image.ts';

/** Neighbouring bytes that are alike in who wrote them and whether the event in question touched them. */
export interface DumpRun {
  readonly writer: Writer;
  readonly touched: boolean;
  /** `00 1f 80` */
  readonly hex: string;
  /** What is printable in ASCII, a dot for everything else. */
  readonly text: string;
}

export interface DumpRow {
  readonly address: number;
  readonly runs: readonly DumpRun[];
}

export const BYTES_PER_ROW = 16;
const PRINTABLE = /^[ -~]$/;

/** `touched`: the range that the event in question stored to or loaded from. */
export function dump(
  memory: MemoryImage,
  address: number,
  length: number,
  touched?: { readonly address: number; readonly length: number },
): readonly DumpRow[] {
  const rows: DumpRow[] = [];
  for (let done = 0; done < length; done += BYTES_PER_ROW) {
    const start = address + done;
    rows.push({ address: start, runs: runsOf(memory, start, Math.min(BYTES_PER_ROW, length - done), touched) });
  }
  return rows;
}

function runsOf(
  memory: MemoryImage,
  start: number,
  count: number,
  touched: Parameters<typeof dump>[3],
): readonly DumpRun[] {
  const runs: DumpRun[] = [];
  for (let at = start; at < start + count; at++) {
    const { value, writer } = memory.at(at);
    const isTouched = touched !== undefined && at >= touched.address && at < touched.address + touched.length;
    const hex = value.toString(16).padStart(2, '0');
    const character = String.fromCharCode(value);
    const text = PRINTABLE.test(character) ? character : '.';
    const last = runs.at(-1);
    if (last !== undefined && last.writer === writer && last.touched === isTouched) {
      runs[runs.length - 1] = { ...last, hex: `${last.hex} ${hex}`, text: last.text + text };
    } else {
      runs.push({ writer, touched: isTouched, hex, text });
    }
  }
  return runs;
}
