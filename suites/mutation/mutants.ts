/**
 * The mutants of a source file, and what they are called: by what they change, not by where, so that a name survives an edit
 * elsewhere in the file.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from '@stryker-mutator/api/logging';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { seededFaults } from './ignored.ts';

/** Lines from 1, columns from 1, as in Stryker's reports. */
export interface Place {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

export interface Mutant {
  /** `MUTATOR: ORIGINAL => REPLACEMENT`, and `#2` for the second in the file that reads the same. */
  readonly name: string;
  readonly place: Place;
  readonly ignored: boolean;
}

/** Characters of an original or of a replacement that a name shows. */
const SHOWN = 110;

/** What tells the mutants of a file apart, whatever else is in it. */
export function placeKey(place: Place, mutator: string, replacement: string): string {
  const { start, end } = place;
  return `${start.line}:${start.column}-${end.line}:${end.column} ${mutator} ${replacement}`;
}

export const sourceHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const silent: Logger = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
};

export interface MutatedFile {
  readonly source: string;
  /** By `placeKey`, in the order of the source. */
  readonly mutants: ReadonlyMap<string, Mutant>;
}

export async function mutantsOf(path: string): Promise<MutatedFile> {
  const text = readFileSync(path, 'utf8');
  return { source: sourceHash(text), mutants: await mutantsIn(text, path) };
}

/** Throws where the text is not TypeScript. */
export async function mutantsIn(text: string, path: string): Promise<ReadonlyMap<string, Mutant>> {
  const options = { plugins: null, excludedMutations: [], ignorers: [seededFaults] };
  const { mutants } = await new Instrumenter(silent).instrument([{ name: path, mutate: true, content: text }], options);
  const lines = text.split('\n');
  const placed = mutants.map(({ location: { start, end }, mutatorName, replacement, status }) => {
    const place: Place = {
      start: { line: start.line + 1, column: start.column + 1 },
      end: { line: end.line + 1, column: end.column + 1 },
    };
    const original = textAt(lines, place);
    const name = `${mutatorName}: ${short(original)} => ${short(replacement)}`;
    return { key: placeKey(place, mutatorName, replacement), name, place, ignored: status === 'Ignored' };
  });
  placed.sort(({ place: { start: a } }, { place: { start: b } }) => a.line - b.line || a.column - b.column);
  const seen = new Map<string, number>();
  const found = new Map<string, Mutant>();
  for (const { key, name, place, ignored } of placed) {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    found.set(key, { name: count === 1 ? name : `${name} #${count}`, place, ignored });
  }
  return found;
}

function textAt(lines: readonly string[], { start, end }: Place): string {
  if (start.line === end.line) return lines[start.line - 1].slice(start.column - 1, end.column - 1);
  return [
    lines[start.line - 1].slice(start.column - 1),
    ...lines.slice(start.line, end.line - 1),
    lines[end.line - 1].slice(0, end.column - 1),
  ].join(' ');
}

function short(code: string): string {
  const line = code.replace(/\s+/g, ' ').trim();
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN - 1)}…`;
}
