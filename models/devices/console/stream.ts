/**
 * Bytes on their way through a port in one direction: they arrive in order, and whole unless they may be dropped.
 *
 * Bytes that may be dropped (nobody promises to deliver them) make several readings of what has arrived possible, so the
 * stream keeps every position at which it can be: a nondeterministic automaton over the bytes that are under way.
 * Emergency characters (5.3.5) may show up anywhere between the others.
 */

/** A possible reading: `at` bytes under way and `side` emergency characters are accounted for. */
type Reading = number;
const SIDE = 1024;

/** More than this is not followed. */
const MOST_BYTES = 1 << 18;
const MOST_READINGS = 2048;
/** Nor what takes more looks at bytes under way, for what arrives at once: tens of thousands that may all be dropped. */
const MOST_LOOKS = 1 << 24;

/** Most streams never carry a byte. */
const NOTHING = new Uint8Array(0);
/** Room for so many bytes is made at first. */
const FEWEST = 256;

export class ByteStream {
  #bytes: Uint8Array = NOTHING;
  /** 1: the byte may be dropped. */
  #optional: Uint8Array = NOTHING;
  /** Position of `#bytes[0]` in the whole stream. */
  #base = 0;
  #length = 0;
  #side: number[] = [];
  readonly #sideOptional: boolean;
  #readings: Reading[] = [0];
  /** Position up to which bytes may have been lost, whatever is learnt of them later. */
  #looseTo = 0;
  /** Bytes under way that were looked at for what has arrived last. */
  #looks = 0;
  /** What is under way is not known: anything is accepted. */
  wild = false;

  /** `sideOptional`: emergency characters need not come out here. */
  constructor(sideOptional: boolean) {
    this.#sideOptional = sideOptional;
  }

  /** Emergency characters are owed here. */
  get carriesSide(): boolean {
    return !this.#sideOptional;
  }

  /** Position behind the last byte under way. */
  get end(): number {
    return this.#base + this.#length;
  }

  /** Puts bytes under way; returns the position of the first one. */
  append(bytes: Uint8Array | readonly number[], required: boolean): number {
    const start = this.end;
    if (this.#length + bytes.length > MOST_BYTES) {
      this.wild = true;
      this.clear();
      return start;
    }
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(this.#length + bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#optional.fill(required ? 0 : 1, this.#length, this.#length + bytes.length);
    this.#length += bytes.length;
    return start;
  }

  /** An emergency character may come out from now on. */
  appendSide(byte: number): void {
    if (this.#side.length >= SIDE - 1) this.wild = true;
    else this.#side.push(byte);
  }

  /** From now on the bytes at `[start, start + count)` must arrive, but for those that may have been lost before. */
  require(start: number, count: number): void {
    const from = Math.max(start, this.#looseTo, this.#base) - this.#base;
    const to = Math.min(start + count - this.#base, this.#length);
    if (from < to) this.#optional.fill(0, from, to);
  }

  /** Whatever is under way may be lost. */
  loosen(): void {
    this.#looseTo = this.end;
    if (this.#length > 0) this.#optional.fill(1, 0, this.#length);
  }

  /** Forgets what is under way, up to a position. */
  clear(end = this.end): void {
    const count = Math.max(0, end - this.#base);
    this.#bytes.copyWithin(0, count, this.#length);
    this.#optional.copyWithin(0, count, this.#length);
    this.#base += count;
    this.#length -= count;
    this.#side = [];
    this.#readings = [0];
  }

  /** These bytes have arrived. Returns how many of them can be explained; all is well if that is all of them. */
  consume(bytes: Uint8Array | readonly number[]): number {
    if (this.wild) return bytes.length;
    this.#looks = 0;
    for (let i = this.#consumeExpected(bytes); i < bytes.length; i++) {
      const next = this.#advance(bytes[i]);
      if (next.length === 0) return i;
      if (next.length > MOST_READINGS || this.#looks > MOST_LOOKS) {
        this.wild = true;
        this.clear();
        return bytes.length;
      }
      this.#readings = next;
    }
    this.#trim();
    return bytes.length;
  }

  /** Whether these bytes could arrive next. Changes nothing. */
  accepts(bytes: Uint8Array | readonly number[]): boolean {
    const before = this.#readings;
    let kept = true;
    this.#looks = 0;
    for (let i = 0; i < bytes.length && kept; i++) {
      const next = this.#advance(bytes[i]);
      kept = next.length > 0 && next.length <= MOST_READINGS && this.#looks <= MOST_LOOKS;
      this.#readings = next;
    }
    this.#readings = before;
    return kept;
  }

  /** The fewest bytes before position `end` that must still arrive. */
  owed(end = this.end): number {
    let least = Infinity;
    for (const reading of this.#readings) {
      let count = 0;
      const to = Math.min(end - this.#base, this.#length);
      for (let at = Math.floor(reading / SIDE); at < to; at++) count += 1 - this.#optional[at];
      if (count < least) least = count;
    }
    return this.wild ? 0 : least;
  }

  /** The fewest emergency characters that must still come out. */
  sideOwed(): number {
    if (this.#sideOptional || this.wild) return 0;
    return this.#side.length - Math.max(...this.#readings.map((reading) => reading % SIDE));
  }

  /** The usual case: one reading, and the bytes expected. Returns how many of them there are at the beginning. */
  #consumeExpected(bytes: Uint8Array | readonly number[]): number {
    if (this.#readings.length !== 1 || this.#side.length > 0) return 0;
    const start = this.#readings[0] / SIDE;
    const most = Math.min(bytes.length, this.#length - start);
    let count = 0;
    while (count < most && this.#optional[start + count] === 0 && this.#bytes[start + count] === bytes[count]) count++;
    if (count > 0) this.#readings = [(start + count) * SIDE];
    return count;
  }

  #advance(byte: number): Reading[] {
    return this.#side.length === 0 ? this.#advanceMain(byte) : this.#advanceBoth(byte);
  }

  /**
   * Without emergency characters a reading is a position, and readings ascend. One that another can reach by dropping
   * bytes reaches nothing that the other doesn't, so every byte under way is looked at once.
   */
  #advanceMain(byte: number): Reading[] {
    const next: Reading[] = [];
    let seenTo = 0;
    for (const reading of this.#readings) {
      let at = reading / SIDE;
      if (at < seenTo) continue;
      const from = at;
      for (; at < this.#length; at++) {
        if (this.#bytes[at] === byte) next.push((at + 1) * SIDE);
        if (this.#optional[at] === 0) break;
      }
      this.#looks += at - from;
      seenTo = at + 1;
    }
    return next;
  }

  #advanceBoth(byte: number): Reading[] {
    const next = new Set<Reading>();
    for (const reading of this.#readings) {
      const side = reading % SIDE;
      const from = Math.floor(reading / SIDE);
      let at = from;
      for (; at < this.#length; at++) {
        if (this.#bytes[at] === byte) next.add((at + 1) * SIDE + side);
        if (this.#optional[at] === 0) break;
      }
      this.#looks += at - from;
      // One more would take as long; the caller gives up.
      if (this.#looks > MOST_LOOKS) return [0];
      for (let i = side; i < this.#side.length; i++) {
        if (this.#side[i] === byte) next.add(reading - side + i + 1);
        if (!this.#sideOptional) break;
      }
    }
    return [...next].sort((a, b) => a - b);
  }

  /** Drops what every reading has behind it. */
  #trim(): void {
    let least = Infinity;
    let leastSide = Infinity;
    for (const reading of this.#readings) {
      least = Math.min(least, Math.floor(reading / SIDE));
      leastSide = Math.min(leastSide, reading % SIDE);
    }
    if (leastSide > 0) {
      this.#side.splice(0, leastSide);
      this.#readings = this.#readings.map((reading) => reading - leastSide);
    }
    if (least === 0) return;
    this.#bytes.copyWithin(0, least, this.#length);
    this.#optional.copyWithin(0, least, this.#length);
    this.#length -= least;
    this.#base += least;
    this.#readings = this.#readings.map((reading) => reading - least * SIDE);
  }

  #grow(needed: number): void {
    const capacity = Math.max(needed, this.#bytes.length * 2, FEWEST);
    const bytes = new Uint8Array(capacity);
    bytes.set(this.#bytes.subarray(0, this.#length));
    const optional = new Uint8Array(capacity);
    optional.set(this.#optional.subarray(0, this.#length));
    [this.#bytes, this.#optional] = [bytes, optional];
  }
}
