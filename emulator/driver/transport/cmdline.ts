/**
 * virtio_mmio devices from the kernel's command line (x86): one entry for each `virtio_mmio.device=`, which reads
 * `<size>[EPTGMK]@<base>:<irq>[:<id>]`. An instance takes one entry, attaches it, and has the bus look for the next one.
 * What 1.1 does with malformed entries, and with its cursor at the end, is kept as it was found.
 */
import { KernelPanic } from '../kernel/panic.ts';
import type { Kernel } from '../kernel/kernel.ts';

const KEYWORD = 'virtio_mmio.device=';
const ALL_ONES = (1n << 64n) - 1n;
const SUFFIXES = 'KMGTPE';
/** Bytes of the buffer that the command line is copied to, its end included. */
const LINE_MAX = 2048;
/** Interrupts below are pins of the I/O APIC; the others are looked for at the two i8259. */
const IO_APIC_PINS = 24n;
const END = '\0';

interface Arguments {
  size: bigint;
  base: bigint;
  irq: bigint;
  id: bigint;
}

/** A cursor over one entry; numbers are read as C's strtoull reads them. */
class Cursor {
  readonly text: string;
  readonly #signs: boolean;
  at = 0;

  /** `signs`: strtoull takes them, and wraps negative numbers. */
  constructor(text: string, signs: boolean) {
    this.text = text;
    this.#signs = signs;
  }

  /** 0 where there is no number, all bits set where it is too large. */
  number(): bigint {
    const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(this.text.slice(this.at));
    if (match === null || (match[1] !== '' && !this.#signs)) return 0n;
    this.at += match[0].length;
    const [, sign, digits] = match;
    const octal = /^0[0-7]+$/.test(digits);
    const value = octal ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
    if (value > ALL_ONES) return ALL_ONES;
    return sign === '-' ? BigInt.asUintN(64, -value) : value;
  }

  take(letter: string): boolean {
    if (this.text[this.at] !== letter) return false;
    this.at++;
    return true;
  }

  get done(): boolean {
    return this.at === this.text.length;
  }
}

const isNumber = (value: bigint): boolean => value !== 0n && value !== ALL_ONES;

/** Fills in what it can. False: the entry is malformed. */
function parse(text: string, into: Arguments, signs: boolean): boolean {
  const cursor = new Cursor(text, signs);
  into.size = cursor.number();
  if (!isNumber(into.size)) return false;
  const letter = (cursor.text[cursor.at] ?? '').toUpperCase();
  const power = letter === '' ? 0 : SUFFIXES.indexOf(letter) + 1;
  if (power > 0) {
    cursor.at++;
    const scaled = into.size << BigInt(10 * power);
    if (scaled > ALL_ONES) return false;
    into.size = scaled;
  }
  if (!cursor.take('@')) return false;
  into.base = cursor.number();
  if (!isNumber(into.base)) return false;
  if (!cursor.take(':')) return false;
  into.irq = cursor.number();
  if (!isNumber(into.irq)) return false;
  if (cursor.take(':')) {
    into.id = cursor.number();
    if (!isNumber(into.id)) return false;
  }
  return cursor.done;
}

/** The front end and its static variables: a copy of the command line, and where the next entry begins. */
export class CommandLineBus {
  readonly #kernel: Kernel;
  /** The buffer; the rest of it is zero. */
  readonly #line: string[];
  #cursor: number | null = null;
  /** Nothing is left: what a repaired front end remembers, and 1.1 does not. */
  #over = false;
  readonly #windows: { readonly first: bigint; readonly last: bigint }[] = [];

  constructor(kernel: Kernel, commandLine: string) {
    this.#kernel = kernel;
    this.#line = [...commandLine.slice(0, LINE_MAX - 1)];
  }

  /** The bus looks for devices: at boot, and whenever it is told to. */
  look(): void {
    while (this.#instance());
  }

  /** True where the bus is to look for another one. */
  #instance(): boolean {
    const { profile } = this.#kernel;
    const mendedCursor = profile.has('repair-cmdline-cursor');
    if (this.#over) return false;
    this.#cursor ??= this.#find(0);
    if (this.#cursor === null) return false;
    const start = this.#cursor + KEYWORD.length;
    this.#cursor = start;
    if (start >= LINE_MAX) throw new KernelPanic('out-of-bounds', 'the command line is read behind its buffer');
    if (this.#at(start) === END) {
      this.#over = mendedCursor;
      return false;
    }
    let end = start;
    while (this.#at(end) !== END && this.#at(end) !== ' ') end++;
    const text = this.#line.slice(start, end).join('');
    // At the end of the line, where nothing can follow, the next instance is asked for all the same.
    const ends = this.#at(end) === END;
    const next = ends ? (mendedCursor ? null : end) : this.#find(end + 1);
    if (!ends) this.#line[end] = END;
    const going = this.#attach(text, profile.has('repair-cmdline'));
    this.#over = mendedCursor && next === null;
    if (next === null) return false;
    if (going || mendedCursor) this.#cursor = next;
    return going;
  }

  /** False where the others are given up. */
  #attach(text: string, skips: boolean): boolean {
    const kernel = this.#kernel;
    const device: Arguments = { size: 0n, base: 0n, irq: 0n, id: 0n };
    if (!parse(text, device, !skips)) {
      kernel.print(`error parsing ${text}`);
      if (skips) return true;
    }
    const { size, base, irq } = device;
    if (!this.#map(base, size)) {
      kernel.print(`couldn't map 0x${base.toString(16)}`);
      return kernel.profile.has('repair-cmdline-map');
    }
    const number = Number(BigInt.asIntN(32, irq));
    // Where the interrupt is a pin of the I/O APIC its number has been overwritten by then.
    const hidden = irq < IO_APIC_PINS && !kernel.profile.has('repair-cmdline-irq');
    const announced = hidden ? -1 : number;
    kernel.observer.observe({ kind: 'entry', size, base, irq: number, announced });
    kernel.print(`interrupting on ${announced}`);
    return true;
  }

  /** A window that does not exist, or is in use, cannot be mapped. */
  #map(first: bigint, size: bigint): boolean {
    const last = first + size - 1n;
    if (last > ALL_ONES || this.#windows.some((other) => first <= other.last && other.first <= last)) return false;
    if (size > 0n) this.#windows.push({ first, last });
    return true;
  }

  #at(index: number): string {
    return this.#line[index] ?? END;
  }

  /** The keyword within the string that begins there; null where the string has none. */
  #find(from: number): number | null {
    const end = this.#line.indexOf(END, from);
    const at = this.#line
      .slice(from, end < 0 ? undefined : end)
      .join('')
      .indexOf(KEYWORD);
    return at < 0 ? null : from + at;
  }
}
