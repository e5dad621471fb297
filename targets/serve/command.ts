/** The subset of qtest's commands that a served endpoint understands. Nothing that a client sends makes it throw. */
import type { ServedDevice } from './served-device.ts';

export interface Machine {
  readonly device: ServedDevice;
  /** Interrupt lines are reported only after `irq_intercept_in`. */
  intercepting: boolean;
  /** Virtual clock in nanoseconds. */
  clock: bigint;
}

const SIZES: Record<string, number> = { b: 1, w: 2, l: 4, q: 8 };
/** Longest run of bytes in one command. */
const MAX_RUN = 4 * 1024 * 1024;

/** A command that can't be executed; the message becomes the `FAIL` reply. */
class Refusal extends Error {}

/** Executes one command line and returns its reply, without the newline. */
export function executeCommand(machine: Machine, line: string): string {
  try {
    return execute(machine, line.trim().split(/\s+/));
  } catch (error) {
    if (error instanceof Refusal) return `FAIL ${error.message}`;
    throw error;
  }
}

function execute(machine: Machine, words: readonly string[]): string {
  const { device } = machine;
  const [name] = words;
  const access = /^(read|write)([bwlq])$/.exec(name);
  if (access !== null) return executeAccess(device, access[1], SIZES[access[2]], words);
  switch (name) {
    case 'read': {
      const bytes = device.load(number(words, 1), runLength(words, 2));
      return `OK 0x${Buffer.from(bytes).toString('hex')}`;
    }
    case 'b64read': {
      const bytes = device.load(number(words, 1), runLength(words, 2));
      return `OK ${Buffer.from(bytes).toString('base64')}`;
    }
    case 'write':
      store(device, words, hexBytes(words[3]));
      return 'OK';
    case 'b64write':
      store(device, words, Buffer.from(words[3] ?? '', 'base64'));
      return 'OK';
    case 'memset':
      device.store(number(words, 1), new Uint8Array(runLength(words, 2)).fill(number(words, 3)));
      return 'OK';
    case 'endianness':
      return device.bigEndian ? 'OK big' : 'OK little';
    case 'irq_intercept_in':
      if (words.length < 2) throw new Refusal('irq_intercept_in needs a device');
      machine.intercepting = true;
      return 'OK';
    case 'clock_step':
      device.settle();
      machine.clock += words.length > 1 ? BigInt(number(words, 1)) : 1_000_000n;
      return `OK ${machine.clock}`;
    default:
      throw new Refusal(`Unknown command '${name.replace(/[^\x20-\x7e]/g, '?').slice(0, 60)}'`);
  }
}

function executeAccess(device: ServedDevice, kind: string, size: number, words: readonly string[]): string {
  const address = number(words, 1);
  if (kind === 'read') {
    const { high, low } = device.read(address, size);
    return `OK 0x${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`;
  }
  const value = wide(words, 2);
  device.write(address, size, Number(value >> 32n), Number(value & 0xffff_ffffn));
  return 'OK';
}

/** As QEMU does: data that is too short is filled up with zeros, data that is too long is cut. */
function store(device: ServedDevice, words: readonly string[], data: Uint8Array): void {
  const bytes = new Uint8Array(runLength(words, 2));
  bytes.set(data.subarray(0, bytes.length));
  device.store(number(words, 1), bytes);
}

function wide(words: readonly string[], index: number): bigint {
  const word = words[index];
  if (word === undefined) throw new Refusal(`${words[0]} needs ${index} arguments`);
  if (!/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(word)) throw new Refusal(`not a number: '${word.slice(0, 40)}'`);
  return BigInt.asUintN(64, BigInt(word));
}

function number(words: readonly string[], index: number): number {
  return Number(wide(words, index));
}

function runLength(words: readonly string[], index: number): number {
  const length = number(words, index);
  if (length < 1 || length > MAX_RUN) throw new Refusal(`length must be 1 to ${MAX_RUN}, not ${length}`);
  return length;
}

function hexBytes(word: string | undefined): Uint8Array {
  if (word === undefined || !/^0x([0-9a-f]{2})*$/i.test(word)) throw new Refusal('data must be 0x and pairs of digits');
  return Buffer.from(word.slice(2), 'hex');
}
