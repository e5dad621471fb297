import { describe, expect, test } from 'vitest';
import { Meter, METERED } from './meter.ts';

/** What instrumented code does at every mutant that it passes. */
function pass({ coverage }: Meter, mutant: string): void {
  const hits = coverage.perTest[METERED];
  hits[mutant] = (hits[mutant] ?? 0) + 1;
}

describe('the meter', () => {
  test('counts what instrumented code executes, and steps', () => {
    const meter = new Meter();
    pass(meter, 'a');
    pass(meter, 'a');
    pass(meter, 'b');
    expect(meter.take()).toEqual({ hits: { a: 2, b: 1 }, steps: 3 });
    expect(meter.take()).toEqual({ hits: {}, steps: 0 });
  });

  test('ends what takes more steps than it may, always at the same one', () => {
    for (let round = 0; round < 2; round++) {
      const meter = new Meter();
      meter.restart(1000);
      let passed = 0;
      const loop = (): never => {
        for (;;) {
          pass(meter, 'a');
          passed++;
        }
      };
      expect(loop).toThrow('more than 1000 steps');
      expect([passed, meter.exceeded]).toEqual([1000, true]);
      meter.restart(1);
      expect(meter.exceeded).toBe(false);
      pass(meter, 'a');
    }
  });
});
