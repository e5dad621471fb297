/** Values of options: checked where they are read, so that a wrong one is told before anything starts. */
import { UsageError } from './exit-codes.ts';
import { didYouMean } from './suggest.ts';

/** A parser for a whole number within bounds, for commander. */
export function integer(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]+$/.test(text) ? Number(text) : /^0x[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : NaN;
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new UsageError(
      `${flag} takes a whole number from ${least} to ${most}, not '${text}'`,
      `for example ${flag} ${least > 0 ? least : 1}`,
    );
  };
}

/** A parser for one of a few words. */
export function oneOf<T extends string>(flag: string, known: readonly T[]): (text: string) => T {
  return (text) => {
    if ((known as readonly string[]).includes(text)) return text as T;
    throw new UsageError(`${flag} cannot be '${text}'; it is one of ${known.join(', ')}`, didYouMean(text, known));
  };
}

/** A parser for an option that may be given several times, with one or more values separated by commas each. */
export function listOf<T extends string>(
  flag: string,
  known?: readonly T[],
): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => {
    const values = text.split(',').map((part) => part.trim());
    if (values.includes('')) {
      throw new UsageError(`${flag} has an empty value in '${text}'`, `separate several values by single commas`);
    }
    const parsed = known === undefined ? (values as T[]) : values.map(oneOf(flag, known));
    return [...new Set([...before, ...parsed])];
  };
}

/** A parser for text that must not be empty (`--out ""` is most likely an unset variable of a script). */
export function nonEmpty(flag: string): (text: string) => string {
  return (text) => {
    if (text.trim() === '') throw new UsageError(`${flag} is empty`, 'is a variable of your script not set?');
    return text;
  };
}

const UNITS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 0x7fff_ffff;

/** A parser for a span of time with its unit (90s, 10m, 2h), in milliseconds; a bare number is seconds. */
export function milliseconds(flag: string): (text: string) => number {
  return (text) => {
    const [, digits, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)?$/.exec(text) ?? [];
    const value = digits === undefined ? NaN : Math.round(Number(digits) * UNITS[unit as keyof typeof UNITS]);
    if (value > 0 && value <= LONGEST_MS) return value;
    throw new UsageError(
      `${flag} takes a span of time up to 24 days, not '${text}'`,
      `for example ${flag} 10m, 90s or 2h`,
    );
  };
}

/** A parser for one part of several: `0/4` is the first of four. */
export function shard(flag: string): (text: string) => { readonly index: number; readonly of: number } {
  return (text) => {
    const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
    if (index !== undefined && Number(index) < Number(of)) return { index: Number(index), of: Number(of) };
    throw new UsageError(
      `${flag} takes INDEX/COUNT with the index from 0 to COUNT-1, not '${text}'`,
      `for example ${flag} 0/4`,
    );
  };
}
