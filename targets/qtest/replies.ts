/** The less frequent forms of replies, parsed without haste; the frequent ones never get here. */
import { Reply } from './commands.ts';

/** The bytes of a reply's data between `start` and `end`, or null if they don't have the form that `kind` asks for. */
export function parseData(kind: Reply, buffer: Buffer, start: number, end: number): Uint8Array | null {
  if (kind === Reply.Ok) return start >= end ? NOTHING : null;
  if (start >= end) return null;
  if (kind === Reply.Text) return buffer.subarray(start, end);
  if (kind === Reply.Base64) return Buffer.from(buffer.toString('latin1', start, end), 'base64');
  if (buffer[start] !== 0x30 || buffer[start + 1] !== 0x78) return null;
  const digits = end - start - 2;
  if (kind === Reply.Number) {
    if (digits < 1 || digits > 16) return null;
    return hexBytes(buffer.toString('latin1', start + 2, end).padStart(16, '0'));
  }
  return digits > 0 && digits % 2 === 0 ? hexBytes(buffer.toString('latin1', start + 2, end)) : null;
}

const NOTHING = new Uint8Array(0);

function hexBytes(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'hex');
  return bytes.length * 2 === text.length ? bytes : null;
}

/** The big-endian number in four bytes. */
export function number32(bigEndian: Uint8Array, at: number): number {
  return ((bigEndian[at] << 24) | (bigEndian[at + 1] << 16) | (bigEndian[at + 2] << 8) | bigEndian[at + 3]) >>> 0;
}

/** A line fit for a message: printable and short. */
export function excerpt(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return printable.length > 120 ? `${printable.slice(0, 120)}...` : printable;
}
