import { describe, expect, it } from 'vitest';
import type { AttachFinding } from '../../models/attach/setup.ts';
import { verdictOf } from './stack-slice.ts';

const finding = (expected: string): AttachFinding => ({
  ...{ clause: 'netbsd.dma-sync', event: 0, expected, seen: '', state: '' },
});
const verdict = (expected: readonly string[], end?: string) =>
  verdictOf({ violated: ['netbsd.dma-sync'], device: [], findings: expected.map(finding) }, end);

describe('the verdict on a machine', () => {
  it('tells two ways to break one clause apart', () => {
    expect(verdict(['PREWRITE of the available ring'])).not.toBe(verdict(['POSTREAD of the used ring']));
    expect(verdict(['PREWRITE', 'POSTREAD'])).not.toBe(verdict(['PREWRITE']));
  });

  it('does not depend on how often, in which order and at which numbers', () => {
    expect(verdict(['POSTREAD of queue 1 at 0x40000f00', 'PREWRITE', 'POSTREAD of queue 0 at 0x4000'])).toBe(
      verdict(['PREWRITE', 'POSTREAD of queue 0 at 0x4000']),
    );
  });

  it('says how the kernel ends', () => {
    expect(verdict([], 'assertion')).toBe('netbsd.dma-sync, panic: assertion');
  });

  it('is empty where nothing breaks', () => {
    expect(verdictOf({ violated: [], device: [], findings: [] }, undefined)).toBe('');
  });
});
