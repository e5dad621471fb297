import { describe, expect, it } from 'vitest';
import { ownThread, threadTime } from '../targets/in-process/thread-time.ts';
import { Standstill } from './standstill.ts';

const PATIENCE_MS = 20;

function spin(until: () => boolean): void {
  while (!until());
}

function wait(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe.skipIf(ownThread() === 0)('the time of a thread', () => {
  const thread = ownThread();

  it('grows while it runs, and not while it waits', () => {
    const before = threadTime(thread)!;
    wait(3 * PATIENCE_MS);
    expect(threadTime(thread)! - before).toBeLessThan(2 * PATIENCE_MS);
    spin(() => threadTime(thread)! - before > 3 * PATIENCE_MS);
  });

  it('is not known of a thread that is not there', () => {
    expect(threadTime(0)).toBeUndefined();
    expect(threadTime(2 ** 30)).toBeUndefined();
  });
});

describe('a standstill', () => {
  const thread = ownThread();

  it('of a busy thread is too long only if it ran all the while', () => {
    const standstill = new Standstill({ milliseconds: PATIENCE_MS, busy: true });
    standstill.moved(thread);
    wait(2 * PATIENCE_MS);
    expect(standstill.tooLong(thread)).toBe(thread === 0);
    spin(() => standstill.tooLong(thread));
    standstill.moved(thread);
    expect(standstill.tooLong(thread)).toBe(false);
  });

  it('of one that sleeps is too long in the end', () => {
    const standstill = new Standstill({ milliseconds: PATIENCE_MS, busy: true });
    standstill.moved(thread);
    wait(13 * PATIENCE_MS);
    expect(standstill.tooLong(thread)).toBe(true);
  });

  it('of one that waits for others goes by the clock', () => {
    const standstill = new Standstill({ milliseconds: PATIENCE_MS, busy: false });
    standstill.moved(thread);
    expect(standstill.tooLong(thread)).toBe(false);
    wait(PATIENCE_MS + 1);
    expect(standstill.tooLong(thread)).toBe(true);
  });
});
