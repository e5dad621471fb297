/**
 * virtio_mmio devices from the kernel's command line (x86): one entry for each `virtio_mmio.device=`, which reads
 * `<size>[EPTGMK]@<base>:<irq>[:<id>]`. 1.1 attaches what it has read so far where an entry is malformed, and stops at an
 * empty one; that is kept as it was found.
 */
import type { Kernel } from '../kernel/kernel.ts';

const KEYWORD = 'virtio_mmio.device=';
const ALL_ONES = (1n << 64n) - 1n;
const SUFFIXES = 'KMGTPE';
/** Entries after which a command line counts as endless. */
const MOST_ENTRIES = 1000;

interface Arguments {
  size: bigint;
  base: bigint;
  irq: bigint;
  id: bigint;
}

/** A cursor over one entry; numbers are read as C's strtoull reads them. */
class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Null where there is no number, or one that is not allowed: zero, or all bits set. */
  number(): bigint | null {
    const match = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(this.text.slice(this.at));
    if (match === null) return null;
    this.at += match[0].length;
    const octal = /^0[0-7]+$/.test(match[0]);
    const value = octal ? BigInt(`0o${match[0].slice(1)}`) : BigInt(match[0]);
    return value === 0n || value >= ALL_ONES ? null : value;
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

/** Fills in what it can. False: the entry is malformed. */
function parse(text: string, into: Arguments): boolean {
  const cursor = new Cursor(text);
  const size = cursor.number();
  if (size === null) return false;
  into.size = size;
  const letter = (cursor.text[cursor.at] ?? '').toUpperCase();
  const power = letter === '' ? 0 : SUFFIXES.indexOf(letter) + 1;
  if (power > 0) {
    cursor.at++;
    const scaled = size << BigInt(10 * power);
    if (scaled > ALL_ONES) return false;
    into.size = scaled;
  }
  if (!cursor.take('@')) return false;
  const base = cursor.number();
  if (base === null) return false;
  into.base = base;
  if (!cursor.take(':')) return false;
  const irq = cursor.number();
  if (irq === null) return false;
  into.irq = irq;
  if (cursor.take(':')) {
    const id = cursor.number();
    if (id === null) return false;
    into.id = id;
  }
  return cursor.done;
}

/** Attaches what the command line names, in its order. */
export function attachCommandLine(kernel: Kernel, commandLine: string): void {
  const repaired = kernel.profile.has('repair-cmdline');
  let at = 0;
  for (let entries = 0; entries < MOST_ENTRIES; entries++) {
    const found = commandLine.indexOf(KEYWORD, at);
    if (found < 0) return;
    at = found + KEYWORD.length;
    const end = commandLine.indexOf(' ', at);
    const text = commandLine.slice(at, end < 0 ? undefined : end);
    at += text.length;
    if (text === '' && end < 0 && !repaired) return;
    const device: Arguments = { size: 0n, base: 0n, irq: 0n, id: 0n };
    if (!parse(text, device)) {
      kernel.print(`error parsing ${text}`);
      if (repaired) continue;
    }
    const { size, base, irq } = device;
    kernel.observer.observe({ kind: 'entry', size, base, irq: Number(BigInt.asIntN(32, irq)) });
  }
}
