/**
 * The file that describes a device behind somebody's qtest endpoint (`--describe FILE`), as
 * reports/schemas/qtest-target.schema.json defines it.
 */
import { readFileSync } from 'node:fs';
import type { ByteOrder, Claims, DeviceKind, EndiannessModeName, Transport } from '../../models/setup.ts';
import { TargetUnavailable } from '../target.ts';
import { Checker, checkCommon, isObject, show } from '../validation.ts';

/** A description with its defaults filled in and its numbers parsed. */
export interface QtestDescription {
  readonly name: string;
  readonly version: string;
  readonly device: DeviceKind;
  readonly transport: Transport;
  /** Guest-physical address of the register window. */
  readonly address: number;
  /** What `endianness` answers: the byte order of the CPU that qtest plays. */
  readonly byteOrder: ByteOrder;
  readonly mode: EndiannessModeName | undefined;
  /** The device's line in `IRQ raise` messages, or null if interrupts can't be seen. */
  readonly interrupt: string | null;
  /** Argument of the `irq_intercept_in` command to be sent first, if one is needed. */
  readonly intercept: string | undefined;
  readonly memory: { readonly base: number; readonly size: number };
  readonly claims: Claims;
}

const FIELDS = [
  '$schema',
  'name',
  'version',
  'device',
  'transport',
  'address',
  'byteOrder',
  'mode',
  'interrupt',
  'intercept',
  'memory',
  'claims',
];

/** Reads and checks a description file. Throws TargetUnavailable, which lists everything that is wrong with it. */
export function readDescription(file: string): QtestDescription {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TargetUnavailable(`description can't be read: ${(error as Error).message}`);
  }
  try {
    return parseDescription(JSON.parse(text), file);
  } catch (error) {
    if (error instanceof SyntaxError) throw new TargetUnavailable(`${file} is not JSON: ${error.message}`);
    throw error;
  }
}

/** Checks a parsed description. Throws TargetUnavailable; `source` names it in the message. */
export function parseDescription(value: unknown, source: string): QtestDescription {
  const check = new Checker();
  if (!isObject(value)) throw new TargetUnavailable(`${source} is not a JSON object`);
  check.onlyFields(value, FIELDS);
  checkCommon(check, value);
  const address = parseAddress(check, 'address', value.address);
  check.oneOf('byteOrder', value.byteOrder, ['little', 'big']);
  const { interrupt, intercept, memory } = value;
  const isLine = interrupt === null || isName(interrupt) || (Number.isSafeInteger(interrupt) && Number(interrupt) >= 0);
  if (!isLine) check.complain('interrupt', 'the number or name of a line, or null', interrupt);
  if (intercept !== undefined && !isName(intercept)) check.complain('intercept', 'one word', intercept);
  let base = 0;
  let size = 0;
  if (isObject(memory)) {
    const inner = new Checker('memory');
    inner.onlyFields(memory, ['base', 'size']);
    base = parseAddress(inner, 'base', memory.base);
    size = parseAddress(inner, 'size', memory.size);
    if (inner.problems.length === 0 && size < 0x4000) inner.complain('size', 'at least 0x4000', memory.size);
    check.merge(inner);
  } else {
    check.complain('memory', 'an object with base and size', memory);
  }
  if (check.problems.length > 0) {
    const list = check.problems.map((problem) => `  - ${problem}`).join('\n');
    throw new TargetUnavailable(`${source} does not describe a qtest target:\n${list}`);
  }
  return {
    name: value.name as string,
    version: value.version as string,
    device: value.device as DeviceKind,
    transport: value.transport as Transport,
    address,
    byteOrder: value.byteOrder as ByteOrder,
    mode: value.mode as EndiannessModeName | undefined,
    interrupt: interrupt === null ? null : String(interrupt),
    intercept: intercept as string | undefined,
    memory: { base, size },
    claims: (value.claims ?? {}) as Claims,
  };
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && /^\S+$/.test(value);
}

/** A number, or a text such as "0x0a003e00": JSON has no hexadecimal numbers, and addresses are hardly read otherwise. */
function parseAddress(check: Checker, field: string, value: unknown): number {
  const isHex = typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value);
  const number = isHex ? Number(value) : value;
  if (Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  check.complain(field, `a whole number or a text like ${show('0x0a000000')}`, value);
  return 0;
}
