/**
 * The devices that a kernel's command line asks for (virtio_mmio_cmdline.c): `virtio_mmio.device=<size>@<base>:<irq>[:<id>]`,
 * each ended by a space or the end. An entry that does not follow the grammar asks for nothing, nor does one whose window
 * does not exist or is another one's already. The kernel copies its line into a buffer of LINE_MAX bytes: what is behind is cut
 * off, in the middle of an entry, too.
 */

export interface CommandLineDevice {
  readonly size: bigint;
  readonly base: bigint;
  readonly irq: number;
}

const KEYWORD = 'virtio_mmio.device=';
const ALL_ONES = (1n << 64n) - 1n;
/** LINE_MAX (sys/syslimits.h) less the end. */
const KEPT = 2047;
/** How often each suffix multiplies by 1024. */
const SUFFIXES: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };
const ENTRY =
  /^(0[xX][0-9a-fA-F]+|[0-9]+)([EPTGMKeptgmk]?)@(0[xX][0-9a-fA-F]+|[0-9]+):(0[xX][0-9a-fA-F]+|[0-9]+)(?::(0[xX][0-9a-fA-F]+|[0-9]+))?$/;

export function commandLineDevices(line: string): readonly CommandLineDevice[] {
  const text = line.slice(0, KEPT);
  const devices: CommandLineDevice[] = [];
  for (let at = text.indexOf(KEYWORD); at >= 0; at = text.indexOf(KEYWORD, at)) {
    at += KEYWORD.length;
    const device = parseEntry(text.slice(at).split(' ')[0]);
    if (device !== undefined && isFree(device, devices)) devices.push(device);
  }
  return devices;
}

function isFree({ base, size }: CommandLineDevice, taken: readonly CommandLineDevice[]): boolean {
  return (
    base + size <= ALL_ONES + 1n && taken.every((other) => base >= other.base + other.size || other.base >= base + size)
  );
}

function parseEntry(text: string): CommandLineDevice | undefined {
  const parts = ENTRY.exec(text);
  if (parts === null) return undefined;
  const [, sizeText, suffix, baseText, irqText, idText] = parts;
  const numbers = [sizeText, baseText, irqText, ...(idText === undefined ? [] : [idText])].map(number);
  if (numbers.some((value) => value === undefined || value === 0n || value >= ALL_ONES)) return undefined;
  const [size, base, irq] = numbers as bigint[];
  const scaled = size << BigInt(10 * (SUFFIXES[suffix.toUpperCase()] ?? 0));
  return scaled > ALL_ONES ? undefined : { size: scaled, base, irq: Number(BigInt.asIntN(32, irq)) };
}

/** A C number: 0x hexadecimal, leading 0 octal. */
function number(text: string): bigint | undefined {
  if (/^0[xX]/.test(text) || !/^0./.test(text)) return BigInt(text);
  return /^[0-7]+$/.test(text) ? BigInt(`0o${text}`) : undefined;
}
