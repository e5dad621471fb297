import { expect, test } from 'vitest';
import {
  isQueueSize,
  legacyAddress,
  legacyLayout,
  modernLayout,
  usedEventOffset,
  availableEventOffset,
} from './layout.ts';

test('sizes are powers of two up to 32768 (untagged.split.1)', () => {
  expect([0, 1, 2, 3, 4, 96, 32768, 65536, 1.5].filter(isQueueSize)).toEqual([1, 2, 4, 32768]);
});

test('modern areas keep their alignments', () => {
  for (const size of [1, 2, 4, 256]) {
    for (const start of [0, 2, 18]) {
      const { descriptors, available, used, bytes } = modernLayout(size, start);
      expect([descriptors % 16, available % 2, used % 4]).toEqual([0, 0, 0]);
      expect(available).toBeGreaterThanOrEqual(descriptors + 16 * size);
      expect(used).toBeGreaterThanOrEqual(available + 6 + 2 * size);
      expect(start + bytes).toBe(used + 6 + 8 * size);
    }
  }
});

test('the legacy block as the formula of 2.7.2 means it', () => {
  expect(legacyLayout(256, 4096)).toEqual({ descriptors: 0, available: 4096, used: 8192, bytes: 12288 });
  expect(legacyLayout(2, 64)).toEqual({ descriptors: 0, available: 32, used: 64, bytes: 128 });
  expect(legacyAddress(0x40000, 4096)).toBe(0x4000_0000);
});

test('event fields follow the rings', () => {
  expect(usedEventOffset(4)).toBe(12);
  expect(availableEventOffset(4)).toBe(36);
});
