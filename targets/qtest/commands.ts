/**
 * A batch of qtest commands, as text ready to be written plus what kind of reply each one gets. Values are as the
 * *guest CPU* sees them (qtest's convention): byte order is the session's business.
 */

/** What an `OK` reply carries. */
export const Reply = {
  /** Nothing. */
  Ok: 0,
  /** One hexadecimal number of up to 64 bits. */
  Number: 1,
  /** `0x` and two hexadecimal digits a byte, in memory order. */
  Hex: 2,
  /** Base64. */
  Base64: 3,
  /** A word. */
  Text: 4,
} as const;
export type Reply = (typeof Reply)[keyof typeof Reply];

/** Width letters of register accesses, by size in bytes. */
const WIDTHS: Record<number, string> = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' };

/**
 * Runs of bytes from these sizes on travel as base64. Loads: QEMU prints hex byte by byte, so base64 wins from 16 bytes on
 * (by 20 times at 4 KiB). Stores: hex keeps up until about 64 bytes.
 */
export const BASE64_LOADS_FROM = 16;
const BASE64_STORES_FROM = 64;

/** Equal bytes, such as a ring being zeroed, are not worth sending one by one from this many on. */
const MEMSET_FROM = 16;

/** A single write to the pipe stays around this many characters. */
const CHUNK = 32 * 1024;

export class CommandBatch {
  /** Reply kind of each command, in order. */
  readonly kinds: Reply[] = [];
  /** For replies of bytes how many are asked for, otherwise 0. */
  readonly sizes: number[] = [];
  /** Texts of whole commands, each up to about 32 KiB unless a single command is longer. */
  readonly chunks: string[] = [];
  private text = '';

  /** Reads `size` (1, 2, 4 or 8) bytes of the physical address space as one access. */
  read(address: number, size: number): void {
    this.add(`read${width(size)} 0x${address.toString(16)}\n`, Reply.Number);
  }

  /** Writes `size` bytes as one access; the value in two 32-bit halves (`high` only matters for size 8). */
  write(address: number, size: number, high: number, low: number): void {
    let value = (low >>> 0).toString(16);
    if (size === 8) value = (high >>> 0).toString(16) + value.padStart(8, '0');
    this.add(`write${width(size)} 0x${address.toString(16)} 0x${value}\n`, Reply.Ok);
  }

  /** Loads memory. `size` must not be 0: QEMU aborts on that. */
  load(address: number, size: number): void {
    const where = `0x${address.toString(16)} ${size}\n`;
    if (size < BASE64_LOADS_FROM) this.add(`read ${where}`, Reply.Hex, size);
    else this.add(`b64read ${where}`, Reply.Base64, size);
  }

  /** Stores to memory. `bytes` must not be empty. */
  store(address: number, bytes: Uint8Array): void {
    const size = bytes.length;
    const where = `0x${address.toString(16)} ${size}`;
    if (size >= MEMSET_FROM && isUniform(bytes)) {
      this.add(`memset ${where} 0x${bytes[0].toString(16)}\n`, Reply.Ok);
      return;
    }
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, size);
    if (size < BASE64_STORES_FROM) this.add(`write ${where} 0x${buffer.toString('hex')}\n`, Reply.Ok);
    else this.add(`b64write ${where} ${buffer.toString('base64')}\n`, Reply.Ok);
  }

  /** Asks for the byte order: answers at once without touching any device, so it also serves as a no-operation. */
  endianness(): void {
    this.add('endianness\n', Reply.Text);
  }

  /** Any other command that answers a bare `OK`. */
  plain(command: string): void {
    this.add(`${command}\n`, Reply.Ok);
  }

  get length(): number {
    return this.kinds.length;
  }

  /** Ends the batch: after this `chunks` is complete. */
  seal(): void {
    if (this.text !== '') this.chunks.push(this.text);
    this.text = '';
  }

  /** The text of one command, for messages. */
  command(index: number): string {
    return (this.chunks.join('') + this.text).split('\n')[index] ?? '';
  }

  private add(text: string, reply: Reply, size = 0): void {
    this.text += text;
    this.kinds.push(reply);
    this.sizes.push(size);
    if (this.text.length >= CHUNK) this.seal();
  }
}

export function isUniform(bytes: Uint8Array): boolean {
  const first = bytes[0];
  for (let i = 1; i < bytes.length; i++) if (bytes[i] !== first) return false;
  return true;
}

function width(size: number): string {
  const letter = WIDTHS[size];
  if (letter === undefined) throw new RangeError(`register accesses are 1, 2, 4 or 8 bytes wide, not ${size}`);
  return letter;
}
