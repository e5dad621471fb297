/** Seed spaces: what one worker draws has nothing to do with what any other one draws, here or on another machine. */
import fc from 'fast-check';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';

/** Whose draws these are. */
export interface SeedSpace {
  readonly seed: number;
  /** Of several machines that share a campaign, from 0. */
  readonly shard: number;
  readonly worker: number;
  /** Grows whenever a worker is replaced, and when a campaign is resumed after this space was given up. */
  readonly generation: number;
}

/** A 32-bit seed for the space, by mixing all four numbers in. */
export function spaceSeed({ seed, shard, worker, generation }: SeedSpace): number {
  let hash = 0x811c9dc5;
  for (const part of [seed, shard, worker, generation]) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ 0x9e3779b9, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash | 0;
}

/** Random numbers for the scenario of an index: that of seed and index alone. */
export function randomFor(seed: number, index: number): fc.Random {
  return new fc.Random(xorshift128plus(Math.imul(seed ^ 0x51ed270b, 0x2c1b3c6d) ^ Math.imul(index + 1, 0x297a2d39)));
}
