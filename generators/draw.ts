/** Drawing from fast-check's random source with the few words that scenario generators need. */
import type { Random } from 'fast-check';

export class Draw {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return this.#random.nextInt(min, max);
  }

  chance(percent: number): boolean {
    return this.#random.nextInt(0, 99) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.nextInt(0, list.length - 1)];
  }

  /** One of several, each with a weight. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let total = 0;
    for (let i = 0; i < list.length; i++) total += list[i][0];
    let at = this.#random.nextInt(0, total - 1);
    for (let i = 0; i < list.length; i++) {
      at -= list[i][0];
      if (at < 0) return list[i][1];
    }
    return list[list.length - 1][1];
  }

  /** Each element with the given chance. */
  some<T>(list: readonly T[], percent: number): T[] {
    return list.filter(() => this.chance(percent));
  }

  times<T>(min: number, max: number, make: () => T): T[] {
    const count = this.int(min, max);
    const result: T[] = [];
    for (let i = 0; i < count; i++) result.push(make());
    return result;
  }
}
