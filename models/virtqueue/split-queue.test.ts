import { describe, expect, test } from 'vitest';
import { Bench, type BenchOptions } from './testing/bench.ts';
import { IdealDevice } from './testing/ideal-device.ts';

const EVENT_IDX = 29;
const INDIRECT = 28;
const IN_ORDER = 35;

interface Step {
  readonly name: string;
  possible(bench: Bench, device: IdealDevice): boolean;
  perform(bench: Bench, device: IdealDevice): void;
}

const toggle = (bench: Bench): void => {
  const { available } = bench.layout;
  if (bench.features.has(EVENT_IDX)) bench.store16(available + 4 + 2 * bench.size, (bench.seenUsed + 1) & 0xffff);
  else bench.store16(available, bench.read(available, 2) ^ 1);
};

const STEPS: readonly Step[] = [
  {
    name: 'expose 1',
    possible: (bench) => bench.free.length >= 1,
    perform: (bench) => {
      bench.expose(0, 1);
    },
  },
  {
    name: 'expose 2',
    possible: (bench) => bench.free.length >= 2,
    perform: (bench) => {
      bench.expose(1, 1);
    },
  },
  {
    name: 'kick',
    possible: () => true,
    perform: (bench) => {
      bench.kick();
    },
  },
  {
    name: 'use',
    possible: (_bench, device) => device.take() > 0,
    perform: (bench, device) => {
      device.useOne();
      if (bench.options.observing) bench.lookAtInterrupt();
    },
  },
  {
    name: 'use youngest',
    possible: (bench, device) => !bench.features.has(IN_ORDER) && device.take() > 1,
    perform: (bench, device) => {
      device.useOne(true);
      if (bench.options.observing) bench.lookAtInterrupt();
    },
  },
  {
    name: 'poll',
    possible: (bench) => bench.inFlight.size > 0,
    perform: (bench) => {
      bench.poll();
    },
  },
  { name: 'suppress', possible: () => true, perform: toggle },
  {
    name: 'reset',
    possible: (bench) => bench.exposed.length > 0,
    perform: (bench, device) => {
      bench.reset();
      device.live = false;
      bench.settled();
      bench.setUp();
      device.start();
    },
  },
];

/** Performs every sequence of possible steps up to `depth`, drains the queue after each, and expects no accusation. */
function explore(options: BenchOptions, depth: number): number {
  const bench = new Bench(options);
  const device = new IdealDevice(bench);
  const path: number[] = [];
  let sequences = 0;
  const run = (): void => {
    bench.powerOn();
    bench.setUp();
    device.start();
    for (const i of path) STEPS[i].perform(bench, device);
  };
  const visit = (): void => {
    run();
    const possible = STEPS.map((step) => step.possible(bench, device));
    bench.kick();
    while (device.useOne()) if (options.observing) bench.lookAtInterrupt();
    bench.settled();
    bench.poll();
    bench.poll();
    const names = path.map((i) => STEPS[i].name).join(', ');
    if (bench.report.violations.length > 0 || bench.report.driverFaults.length > 0) {
      expect.fail(`${names}: ${JSON.stringify([...bench.report.violations, ...bench.report.driverFaults], null, 1)}`);
    }
    if (bench.completed.length + bench.abandonedCount === 0 && bench.exposed.length > 0) expect.fail(`${names}: lost`);
    bench.abandonedCount = 0;
    sequences++;
    if (path.length === depth) return;
    for (let i = 0; i < STEPS.length; i++) {
      if (!possible[i]) continue;
      path.push(i);
      visit();
      path.pop();
    }
  };
  visit();
  return sequences;
}

describe('an ideal device is never accused', { timeout: 60_000 }, () => {
  for (const observing of [true, false]) {
    for (const size of [1, 2, 4]) {
      for (const features of [[], [EVENT_IDX], [IN_ORDER]]) {
        const depth = 5;
        test(`${observing ? 'observed' : 'inferred'}, size ${size}, features ${features.join() || 'none'}: all sequences of ${depth} steps`, () => {
          expect(explore({ size, observing, features }, depth)).toBeGreaterThan(500);
        });
      }
    }
  }
  test('size 2 to 6 steps', () => {
    expect(explore({ size: 2, observing: true }, 6)).toBeGreaterThan(10_000);
  });
  test('legacy big-endian rings', () => {
    const options = { size: 2, legacy: true, big: true, queueAlign: 256, features: [24, 27] };
    expect(explore({ ...options, observing: true }, 5)).toBeGreaterThan(500);
    expect(explore({ ...options, observing: false }, 5)).toBeGreaterThan(500);
  });
});

test.each([
  [true, false],
  [true, true],
  [false, false],
  [false, true],
])('indexes wrap at 2^16 (observed %s, big-endian %s)', { timeout: 60_000 }, (observing, big) => {
  const bench = new Bench({ size: 4, observing, big, legacy: big, features: [INDIRECT] });
  const device = new IdealDevice(bench);
  bench.setUp();
  device.start();
  for (let i = 0; i < 70_000; i++) {
    bench.expose(1, 1);
    bench.kick();
    device.useOne();
    if (observing) bench.lookAtInterrupt();
    bench.poll();
    if (!observing) bench.lookAtInterrupt();
  }
  expect(bench.report.violations).toEqual([]);
  expect(bench.report.driverFaults).toEqual([]);
  expect(bench.available).toBe(70_000 - 65_536);
  expect(bench.completed).toHaveLength(70_000);
});
