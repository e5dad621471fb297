/**
 * Which pieces of an implementation's code were run: one byte for each place where the flow of control divides or comes
 * together. Instrumented code stores into the bytes; whoever wants to know reads them and sets them back to zero.
 */

/** Places of one implementation; what goes beyond is not instrumented. A multiple of four. */
export const MOST_POINTS = 1 << 16;

let made = 0;

export class CodeCounters {
  /** 1 at every point that was run since the byte was last cleared. */
  readonly hits = new Uint8Array(MOST_POINTS);
  /** The same bytes, four at a time. */
  readonly words = new Uint32Array(this.hits.buffer);
  /** What identifies each point: the same in every thread and every process as long as its file does not change. */
  readonly ids: number[] = [];
  /** Files whose code counts. */
  readonly files: string[] = [];
  /** The property of the global object under which instrumented code finds `hits`. */
  readonly key = `virtcheckCode${made++}`;

  constructor() {
    Object.defineProperty(globalThis, this.key, { value: this.hits });
  }

  /** Points there are. */
  get size(): number {
    return this.ids.length;
  }

  /** Words that have any. */
  get usedWords(): number {
    return (this.ids.length + 3) >>> 2;
  }

  /** Forgets what was run. */
  clear(): void {
    this.words.fill(0, 0, this.usedWords);
  }

  /** Index of a new point, the `ordinal`th of a file; undefined when there is no room. */
  add(fileHash: number, ordinal: number): number | undefined {
    if (this.ids.length >= MOST_POINTS) return undefined;
    return this.ids.push(Math.imul(fileHash ^ Math.imul(ordinal + 1, 0x9e3779b1), 0x85ebca6b) >>> 0 || 1) - 1;
  }
}

/** FNV-1a of a text, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
