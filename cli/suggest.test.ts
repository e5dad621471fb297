import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from './suggest.ts';

describe('editDistance', () => {
  it.each([
    ['', 'abc', 3],
    ['blk', 'blk', 0],
    ['bkl', 'blk', 1],
    ['consle', 'console', 1],
    ['rng', 'console', 6],
  ])('%s to %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('nearest', () => {
  it('prefers few mistakes, and takes a beginning for the whole', () => {
    expect(nearest('bkl', ['blk', 'console', 'rng'])).toEqual(['blk']);
    expect(nearest('emu', ['emulator', 'qemu:m68k'])).toEqual(['emulator']);
    expect(nearest('qemu:riscv', ['qemu:riscv64', 'qemu:m68k'])[0]).toBe('qemu:riscv64');
  });

  it('finds nothing where nothing is near', () => {
    expect(nearest('network', ['blk', 'rng'])).toEqual([]);
    expect(didYouMean('network', ['blk', 'rng'])).toBeUndefined();
  });

  it('speaks of several', () => {
    expect(didYouMean('aaa', ['aab', 'aac'])).toBe("did you mean 'aab' or 'aac'?");
  });
});
