/** The few words that scenario generators need to draw with, all made of one: a whole number from a range. */
import type { Random } from 'fast-check';

export abstract class Draw {
  /** A whole number from `min` to `max`, both included. */
  abstract int(min: number, max: number): number;

  chance(percent: number): boolean {
    return this.int(0, 99) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)];
  }

  /** One of several, each with a weight. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let total = 0;
    for (let i = 0; i < list.length; i++) total += list[i][0];
    let at = this.int(0, total - 1);
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

/** Draws straight from fast-check's random source. */
export class RandomDraw extends Draw {
  readonly #random: Random;

  constructor(random: Random) {
    super();
    this.#random = random;
  }

  override int(min: number, max: number): number {
    return this.#random.nextInt(min, max);
  }
}
