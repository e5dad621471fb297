/**
 * The log of a measurement: first a line that says what was measured and on which sources, then a line for each mutant as
 * soon as it is through. A measurement that was broken off is worth what its log holds; `--resume` goes on behind it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { placeKey, type Place } from './mutants.ts';

export interface LogHead {
  /** Hash by path of what is mutated. */
  readonly sources: Readonly<Record<string, string>>;
  /** Which suite judged. */
  readonly judge: string;
  /** Scenarios that each mutant was tried on at most. */
  readonly most: number;
  /** Of those that go round a whole ring. */
  readonly mostLong: number;
  /** Part of the names of the slices that were run; absent: all. */
  readonly slices?: string;
}

export interface LoggedMutant {
  /** Relative to the project. */
  readonly file: string;
  readonly key: string;
  readonly status: string;
  /** Slices of the suite that execute it. */
  readonly coveredBy: number;
}

export interface MutationLog {
  readonly head: LogHead;
  readonly mutants: readonly LoggedMutant[];
}

interface Line {
  readonly fileName: string;
  readonly location: Place;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: string;
  readonly coveredBy: number;
}

/** A last line that was cut short counts for nothing. Throws Error where the file is no such log. */
export function parseLog(text: string, path: string): MutationLog {
  const lines = text.split('\n');
  lines.pop();
  const head = lines.length === 0 ? undefined : (JSON.parse(lines[0]) as Partial<LogHead>);
  if (head?.sources === undefined || head.judge === undefined) {
    throw new Error(`${path} is no log of a mutation run: its first line does not say what was measured`);
  }
  const mutants = lines.slice(1).map((line): LoggedMutant => {
    const { fileName, location, mutatorName, replacement, status, coveredBy } = JSON.parse(line) as Line;
    const file = /(?:^|\/)(emulator\/.*)$/.exec(fileName)?.[1] ?? fileName;
    return { file, key: placeKey(location, mutatorName, replacement), status, coveredBy };
  });
  return { head: head as LogHead, mutants };
}

export function readLog(path: string): MutationLog | undefined {
  return existsSync(path) ? parseLog(readFileSync(path, 'utf8'), path) : undefined;
}

/** What is known of each mutant, by file and place. */
export function knownIn(log: MutationLog | undefined): ReadonlyMap<string, string> {
  return new Map(log?.mutants.map(({ file, key, status }) => [`${file} ${key}`, status]));
}
