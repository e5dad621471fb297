/**
 * Hand-written checks of what users write (module exports, description files), with all problems at once and in words.
 */
import { DEVICE_KINDS, TRANSPORTS, endiannessMode, type EndiannessModeName } from '../models/setup.ts';

/** Collects complaints about an object's fields, named as the user wrote them. */
export class Checker {
  readonly problems: string[] = [];
  private readonly where: string;

  constructor(where = '') {
    this.where = where;
  }

  complain(field: string, expected: string, value: unknown): void {
    const name = this.where === '' ? field : `${this.where}.${field}`;
    this.problems.push(
      value === undefined ? `"${name}" is missing: ${expected}` : `"${name}" must be ${expected}, not ${show(value)}`,
    );
  }

  text(field: string, value: unknown): void {
    if (typeof value !== 'string' || value === '') this.complain(field, 'a text that is not empty', value);
  }

  oneOf(field: string, value: unknown, choices: readonly string[]): void {
    if (!choices.includes(value as string)) {
      this.complain(field, `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`, value);
    }
  }

  integer(field: string, value: unknown, min: number): void {
    if (!Number.isSafeInteger(value) || (value as number) < min) {
      this.complain(field, `a whole number of at least ${min}`, value);
    }
  }

  boolean(field: string, value: unknown): void {
    if (typeof value !== 'boolean') this.complain(field, 'true or false', value);
  }

  /** Complains about fields that nobody reads: misspelt ones, mostly. */
  onlyFields(value: object, known: readonly string[]): void {
    for (const field of Object.keys(value)) {
      if (known.includes(field)) continue;
      const name = this.where === '' ? field : `${this.where}.${field}`;
      this.problems.push(`"${name}" is unknown; known are ${known.join(', ')}`);
    }
  }

  merge(other: Checker): void {
    this.problems.push(...other.problems);
  }
}

export const MODE_NAMES: readonly EndiannessModeName[] = [
  'le',
  'be-modern',
  'be-legacy',
  'aarch64eb',
  'armeb',
  'be-swapping-bus',
];

const CLAIMS: Record<string, (check: Checker, field: string, value: unknown) => void> = {
  maxChain: (check, field, value) => check.integer(field, value, 1),
  requiresVersion1: (check, field, value) => check.boolean(field, value),
  config(check, field, value) {
    const isValue = (one: unknown): boolean => Number.isSafeInteger(one) && Number(one) >= 0;
    const valid = isObject(value) && Object.values(value).every(isValue);
    if (!valid) check.complain(field, 'an object of whole numbers', value);
  },
  queueSizeMax: (check, field, value) => check.integer(field, value, 1),
  readOnly: (check, field, value) => check.boolean(field, value),
  serial(check, field, value) {
    if (typeof value !== 'string' || value.length > 20) check.complain(field, 'a text of up to 20 characters', value);
  },
  capacity: (check, field, value) => check.integer(field, value, 0),
  zoned: (check, field, value) => check.boolean(field, value),
  wearMetrics: (check, field, value) => check.boolean(field, value),
  deallocates: (check, field, value) => check.boolean(field, value),
  ports(check, field, value) {
    const valid = Array.isArray(value) && value.every((port) => Number.isSafeInteger(port) && port >= 0);
    if (!valid) check.complain(field, 'a list of port numbers', value);
  },
  portMessages(check, field, value) {
    const { names, consoles } = (isObject(value) ? value : {}) as { names?: unknown; consoles?: unknown };
    const valid =
      Array.isArray(names) &&
      names.every((name) => typeof name === 'string') &&
      Array.isArray(consoles) &&
      consoles.every((port) => Number.isSafeInteger(port));
    if (!valid) check.complain(field, 'an object with names and consoles, both lists', value);
  },
  emergencyOutput: (check, field, value) => check.boolean(field, value),
};

/** What definitions and descriptions have in common. */
export function checkCommon(check: Checker, value: Record<string, unknown>): void {
  check.text('name', value.name);
  check.text('version', value.version);
  check.oneOf('device', value.device, DEVICE_KINDS);
  check.oneOf('transport', value.transport, TRANSPORTS);
  if (value.mode !== undefined) check.oneOf('mode', value.mode, MODE_NAMES);
  if (value.claims !== undefined) checkClaims(check, 'claims', value.claims);
}

export function checkClaims(check: Checker, field: string, value: unknown): void {
  if (!isObject(value)) {
    check.complain(field, 'an object', value);
    return;
  }
  const inner = new Checker(field);
  inner.onlyFields(value, Object.keys(CLAIMS));
  for (const [name, claim] of Object.entries(value)) {
    if (claim !== undefined) CLAIMS[name]?.(inner, name, claim);
  }
  check.merge(inner);
}

/** The endianness mode that a definition means: its `mode`, or what its byte order and layout imply. */
export function modeFor(
  transport: 'mmio-v1' | 'mmio-v2',
  mode: EndiannessModeName | undefined,
  byteOrder: 'little' | 'big' = 'little',
): ReturnType<typeof endiannessMode> {
  const implied = byteOrder === 'little' ? 'le' : transport === 'mmio-v1' ? 'be-legacy' : 'be-modern';
  return endiannessMode(mode ?? implied, transport);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it fits into a message. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
