import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { AccessClock } from './access-clock.ts';

function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

describe('access clock', () => {
  test('an access within its patience is none too long', () => {
    const clock = new AccessClock(1000);
    expect(clock.exceeded(clock.start())).toBeUndefined();
  });

  test('processor time beyond the patience is', () => {
    let ran = 0;
    const clock = new AccessClock(5, () => ran);
    const started = clock.start();
    spin(6);
    ran = 6;
    expect(clock.exceeded(started)).toBeGreaterThanOrEqual(6);
  });

  test('a thread that was not let run is not held against the implementation', () => {
    const clock = new AccessClock(5, () => 0);
    const started = clock.start();
    spin(6);
    expect(clock.exceeded(started)).toBeUndefined();
  });

  test('an implementation that sleeps far beyond it hangs', () => {
    const clock = new AccessClock(2, () => 0);
    const started = clock.start();
    spin(41);
    expect(clock.exceeded(started)).toBeGreaterThanOrEqual(41);
  });

  test("this thread's own time is measured", () => {
    const clock = new AccessClock(5);
    const started = clock.start();
    // Until it has run for that long, however often it is interrupted.
    for (const until = performance.now() + 5_000; clock.exceeded(started) === undefined && performance.now() < until;);
    expect(clock.exceeded(started)).toBeGreaterThanOrEqual(5);
  });
});
