/**
 * Reading and writing the device's configuration space. The order in which the bus shows multi-byte fields and the order
 * of the structures are two things (busEndian, structEndian), and both differ between transports and machines.
 */
import { accessorOrder, swapBytes, type Order } from '../kernel/host.ts';
import type { Softc } from './softc.ts';

/** How a field is defined: in the order of the structures, or little-endian even on legacy devices. */
export type FieldOrder = 'struct' | 'le';

const WORD = 4;

export function readConfig(sc: Softc, offset: number, size: 1 | 2 | 4, field: FieldOrder = 'struct'): number {
  const { kernel } = sc;
  return kernel.call(
    'read_config',
    { offset, size, field },
    () => {
      if (size === 4 && kernel.profile.fault('config-words-by-halves')) return readHalves(sc, offset, field);
      const value = kernel.bus.read(handle(sc), offset, size);
      return swapsOnRead(sc, field) ? swapBytes(value, size) : value;
    },
    (value) => ({ value }),
  );
}

/** A word as two accesses of 16 bits each. */
function readHalves(sc: Softc, offset: number, field: FieldOrder): number {
  const swaps = swapsOnRead(sc, field);
  const halves = [0, 2].map((at) => sc.kernel.bus.read(handle(sc), offset + at, 2));
  const [low, high] = accessorOrder(sc.kernel.host) === 'little' ? halves : halves.toReversed();
  const value = ((high << 16) | low) >>> 0;
  return swaps ? swapBytes(value, WORD) : value;
}

export function writeConfig(
  sc: Softc,
  offset: number,
  size: 1 | 2 | 4,
  value: number,
  field: FieldOrder = 'struct',
): void {
  const { kernel } = sc;
  kernel.call('write_config', { offset, size, field, value }, () => {
    const { profile } = kernel;
    const asReader = field === 'struct' || profile.has('repair-le-writers') || profile.has('repair-le-fields');
    const swap = asReader ? swapsOnRead(sc, field) : rewritten(sc) && sc.busEndian !== 'little';
    kernel.bus.write(handle(sc), offset, size, swap ? swapBytes(value, size) : value);
  });
}

/** Two accesses of 32 bits, joined. */
export function readConfig8(sc: Softc, offset: number): bigint {
  const { kernel } = sc;
  const { host } = kernel;
  return kernel.call(
    'read_config',
    { offset, size: 8, field: 'struct' },
    () => {
      const words = wordsOf(sc, () =>
        (kernel.profile.fault('config-quad-high-word-twice') ? [WORD, WORD] : [0, WORD]).map((at) =>
          kernel.bus.read(handle(sc), offset + at, WORD),
        ),
      );
      // Before 1.3 the second word was taken for the high one, whatever the machine.
      if (!rewritten(sc)) return join(words, 'little');
      if (swapsWords(sc)) words.forEach((word, i) => (words[i] = swapBytes(word, WORD)));
      const value = join(words, host.order);
      return host.order === sc.structEndian ? value : swap64(value);
    },
    (value) => ({ value: `0x${value.toString(16).padStart(16, '0')}` }),
  );
}

/** Both words of a field, read again until nothing changed in between; no revision takes that trouble. */
function wordsOf(sc: Softc, read: () => number[]): number[] {
  const { profile } = sc.kernel;
  if (!profile.has('repair-config-generation')) return read();
  for (let words: number[] = [], before = sc.transport.configGeneration(); ;) {
    const again = read();
    if (profile.fault(before === null ? 'legacy-config-read-once' : 'config-generation-not-compared')) return again;
    const after = sc.transport.configGeneration();
    if (after === null ? words.join() === again.join() : after === before) return again;
    words = again;
    before = after;
  }
}

/** As the reader, the other way round; the low word goes first as the structures count. */
export function writeConfig8(sc: Softc, offset: number, value: bigint): void {
  const { kernel } = sc;
  const { host } = kernel;
  kernel.call('write_config', { offset, size: 8, field: 'struct', value: `0x${value.toString(16)}` }, () => {
    const arranged = !rewritten(sc) || host.order === sc.structEndian ? value : swap64(value);
    const bigFirst = rewritten(sc) && host.order === 'big';
    const words = (bigFirst ? [32n, 0n] : [0n, 32n]).map((shift) => Number((arranged >> shift) & 0xffff_ffffn));
    const swap = rewritten(sc) && swapsWords(sc);
    for (const at of sc.structEndian === 'little' ? [0, 1] : [1, 0]) {
      kernel.bus.write(handle(sc), offset + WORD * at, WORD, swap ? swapBytes(words[at], WORD) : words[at]);
    }
  });
}

function join(words: readonly number[], order: Order): bigint {
  const [high, low] = order === 'big' ? [words[0], words[1]] : [words[1], words[0]];
  return (BigInt(high) << 32n) | BigInt(low);
}

function swap64(value: bigint): bigint {
  const high = swapBytes(Number(value & 0xffff_ffffn), WORD);
  const low = swapBytes(Number(value >> 32n), WORD);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** virtio_mmio.c 1.3 made accesses swap where AArch64 needs it, 1.5 rewrote that through the two byte orders. */
function rewritten(sc: Softc): boolean {
  return sc.kernel.profile.since('virtio_mmio.c', '1.3');
}

function swapsWords(sc: Softc): boolean {
  return sc.busEndian !== sc.structEndian;
}

function swapsOnRead(sc: Softc, field: FieldOrder): boolean {
  const { host, profile } = sc.kernel;
  if (!rewritten(sc)) return false;
  if (field === 'struct') return host.order !== sc.busEndian;
  // Where the structures are little-endian, so is every field.
  if (profile.has('repair-le-fields') && sc.structEndian === 'little') return host.order !== sc.busEndian;
  // Since 1.79 the readers of little-endian fields leave ARM alone; the writers were forgotten.
  if (host.port !== 'generic' && profile.since('virtio.c', '1.79')) return false;
  return sc.busEndian !== 'little';
}

function handle(sc: Softc) {
  return sc.kernel.deref(sc.transport.config, 'configuration window');
}
