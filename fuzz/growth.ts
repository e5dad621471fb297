/** Whether the memory of an implementation in a process of its own grows with the scenarios that it performs. */
import { readFileSync } from 'node:fs';
import type { Session } from '../targets/target.ts';
import type { Suspect } from './suspects.ts';

export const MIB = 1 << 20;
/** Samples of which the least counts: garbage comes and goes, what is held stays. */
const WINDOW = 32;
/** Windows in a row that each needed more than the one before. */
const RISING = 6;
/** Growth over these windows that cannot be caches filling up. */
const TOO_MUCH = 96 * MIB;
const KIB = 1024;

/** Bytes of its process's resident set; undefined where that is not known, or where it has none of its own. */
export function memoryOf(session: Session): number | undefined {
  const processId = session.kind === 'async' ? session.processId : undefined;
  if (processId === undefined) return undefined;
  try {
    const status = readFileSync(`/proc/${processId}/status`, 'latin1');
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return resident === undefined ? undefined : Number(resident) * KIB;
  } catch {
    // It has just died, or this system has no /proc.
    return undefined;
  }
}

/** Follows one implementation. */
export class GrowthWatch {
  readonly #floors: number[] = [];
  #least = Infinity;
  #samples = 0;

  /** Takes a sample in bytes, after so many scenarios; returns a suspect once, when growth is beyond doubt. */
  sample(bytes: number, scenarios: number): Suspect | undefined {
    this.#least = Math.min(this.#least, bytes);
    if (++this.#samples < WINDOW) return undefined;
    const floors = this.#floors;
    if (floors.length > 0 && this.#least <= floors.at(-1)!) floors.length = 0;
    floors.push(this.#least);
    this.#least = Infinity;
    this.#samples = 0;
    const from = floors[0];
    const to = floors.at(-1)!;
    if (floors.length < RISING || to - from < TOO_MUCH) return undefined;
    floors.length = 0;
    return {
      sign: { id: 'growth', kind: 'growth', clause: null },
      also: [],
      expected: 'memory that does not grow with the number of scenarios',
      seen: `from ${Math.round(from / MIB)} MiB to ${Math.round(to / MIB)} MiB without ever falling, after ${scenarios} scenarios`,
      state: '',
    };
  }
}
