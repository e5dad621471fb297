import { describe, expect, test } from 'vitest';
import type { ClauseId } from '../clauses/catalogue.ts';
import { BASE, type Bench, broken, type BenchOptions } from './testing/bench.ts';
import { start } from './testing/ideal-device.ts';

const WRITE = 2;
const NEXT = 1;
const INDIRECT = 4;
const TABLE = BASE + 0x6000;
const OTHER_TABLE = BASE + 0x6800;

describe('the rule that explains a chain best', () => {
  const INDIRECT_DESC = [28];
  const viaTable = (bench: Bench, flags: number, direct: number): void => {
    bench.descriptor(0, bench.buffer(3), 32, WRITE, 0, TABLE);
    for (let i = 0; i < direct; i++) bench.descriptor(i, bench.buffer(i), 32, NEXT, i + 1);
    bench.descriptor(direct, TABLE, 16, INDIRECT | flags, 0);
    bench.publish(0);
  };
  const CASES: readonly (readonly [ClauseId, Partial<BenchOptions>, (bench: Bench) => void])[] = [
    [
      'split.device.indirect-descriptors.1',
      { features: INDIRECT_DESC },
      (bench) => {
        viaTable(bench, WRITE, 0);
      },
    ],
    [
      'split.device.indirect-descriptors.2',
      { features: INDIRECT_DESC },
      (bench) => {
        viaTable(bench, 0, 2);
      },
    ],
    [
      'split.device.message-framing.1',
      {},
      (bench) => {
        bench.expose(2, 2);
      },
    ],
    [
      'split.device.legacy-virtqueue-endianness.1',
      { legacy: true, big: true },
      (bench) => {
        bench.expose(0, 1);
      },
    ],
    [
      'split.device.legacy-virtqueue-layout.1',
      { legacy: true, queueAlign: 64 },
      (bench) => {
        bench.expose(0, 1);
      },
    ],
    [
      'split.device.available-buffer-notification-suppression.5',
      {},
      (bench) => {
        bench.kick();
        bench.expose(0, 1);
      },
    ],
    [
      'init.device.legacy-device-initialization.2',
      { legacy: true },
      (bench) => {
        bench.driverOk = false;
        bench.expose(0, 1);
      },
    ],
    [
      'basic.device.virtqueue-re-enable.1',
      {},
      (bench) => {
        bench.queues.queueDisabled(0, 'queue-reset');
        bench.setUp(2);
        bench.expose(0, 1);
      },
    ],
    [
      'basic.device.virtqueue-reset.2',
      {},
      (bench) => {
        bench.queues.queueDisabled(0, 'queue-reset');
        bench.setUp();
        bench.expose(0, 1);
      },
    ],
    [
      'untagged.live.3',
      {},
      (bench) => {
        bench.reset();
        bench.setUp();
        bench.expose(0, 1);
      },
    ],
  ];

  /** Told only from others that work. */
  const needEvidence = new Set<ClauseId>([
    'split.device.message-framing.1',
    'split.device.available-buffer-notification-suppression.5',
    'untagged.live.3',
  ]);
  // The others may be dead for any reason: progress itself is reported with them.
  const alone = new Set<ClauseId>([
    'split.device.indirect-descriptors.1',
    'split.device.indirect-descriptors.2',
    'split.device.message-framing.1',
    'split.device.available-buffer-notification-suppression.5',
    'init.device.legacy-device-initialization.2',
    'basic.device.virtqueue-reset.2',
  ]);

  test('is the mix of direct descriptors and a table for another chain beside it, too, and is tried', () => {
    const direct = (bench: Bench): void => {
      bench.expose(0, 1);
    };
    const writeSet = (bench: Bench): void => {
      bench.descriptor(3, OTHER_TABLE, 16, INDIRECT | WRITE, 0);
      bench.descriptor(0, bench.buffer(3), 32, WRITE, 0, OTHER_TABLE);
      bench.publish(3);
    };
    const first = (expose: (bench: Bench) => void, mixed: boolean): unknown => {
      const { bench } = start({ features: INDIRECT_DESC });
      // Descriptors 0 to 2 are those of the mix.
      bench.free.splice(0, 3);
      expose(bench);
      if (mixed) viaTable(bench, 0, 2);
      bench.kick();
      bench.settled();
      const [{ clause, unexplained }] = bench.report.violations;
      return [clause, unexplained];
    };
    expect(first(direct, false)).toEqual(['untagged.live.1', undefined]);
    expect(first(direct, true)).toEqual(['split.device.indirect-descriptors.2', 'untagged.live.1']);
    expect(first(writeSet, false)).toEqual(['split.device.indirect-descriptors.1', undefined]);
    expect(first(writeSet, true)).toEqual([
      'split.device.indirect-descriptors.2',
      'split.device.indirect-descriptors.1',
    ]);
  });

  test.each(CASES)('%s, broken', (clause, options, expose) => {
    const { bench, device } = start(options);
    if (needEvidence.has(clause)) {
      bench.expose(0, 1);
      bench.kick();
      device.useOne();
      bench.poll();
    }
    expose(bench);
    bench.kick();
    bench.settled();
    expect(broken(bench)).toContain(clause);
    expect(broken(bench)).toHaveLength(alone.has(clause) ? 1 : 2);
    expect(bench.report.driverFaults).toEqual([]);
    const before = bench.findings.length;
    bench.settled();
    expect(bench.findings).toHaveLength(before);
  });

  test.each(CASES)('%s, kept', (clause, options, expose) => {
    const { bench, device } = start(options);
    if (clause === 'untagged.live.3') {
      bench.expose(0, 1);
      device.useOne();
    }
    expose(bench);
    bench.kick();
    if (clause === 'untagged.live.3' || clause.startsWith('basic')) device.start();
    device.useOne();
    bench.settled();
    expect(bench.findings).toEqual([]);
    expect(bench.exercisedCount(clause)).toBeGreaterThan(0);
  });

  test('is the layout of a ring that never worked, whatever else is special about the chain', () => {
    const { bench } = start({ legacy: true, queueAlign: 64, features: INDIRECT_DESC });
    bench.driverOk = false;
    viaTable(bench, WRITE, 0);
    bench.kick();
    bench.settled();
    expect(broken(bench)).toEqual(['split.device.legacy-virtqueue-layout.1', 'untagged.legacy.4']);
  });

  test.each([
    ['flags', 0, 2],
    ['idx', 2, 9],
  ])('is the layout of a ring whose %s was written at an offset', (_field, offset, value) => {
    const { bench } = start({ legacy: true, queueAlign: 64 });
    bench.expose(0, 1);
    bench.kick();
    bench.deviceStore(bench.layout.used + offset, Uint8Array.of(value, 0));
    expect(broken(bench)).toEqual(['split.device.legacy-virtqueue-layout.1', 'untagged.legacy.4']);
  });

  test('is not a rule that the queue has been seen to keep', () => {
    const { bench, device } = start({ legacy: true, big: true });
    bench.expose(0, 1);
    bench.kick();
    device.useOne();
    bench.poll();
    bench.expose(0, 1);
    bench.kick();
    bench.settled();
    expect(broken(bench)).toEqual(['untagged.live.1']);
  });
});

describe('permissions that a device exceeds', () => {
  const chainOf = (bench: Bench, head: number, length: number): void => {
    for (let i = head; i < head + length; i++)
      bench.descriptor(i, bench.buffer(i), 16, i + 1 < head + length ? WRITE | NEXT : WRITE, i + 1);
    bench.publish(head);
  };

  test('a limit on chains that is below what a queue of its size holds', () => {
    const { bench, device } = start();
    chainOf(bench, 0, 2);
    bench.kick();
    device.useOne();
    bench.poll();
    chainOf(bench, 0, 3);
    chainOf(bench, 3, 1);
    bench.kick();
    device.useOne(true);
    bench.settled();
    expect(broken(bench)).toEqual(['untagged.live.1', 'split.device.message-framing.2']);
  });

  test('no limit explains a chain that is no longer than others, or that none was preferred to', () => {
    for (const [before, preferred] of [
      [3, true],
      [2, false],
    ] as const) {
      const { bench, device } = start();
      chainOf(bench, 0, before);
      bench.kick();
      device.useOne();
      bench.poll();
      chainOf(bench, 0, 3);
      chainOf(bench, 3, 1);
      bench.kick();
      if (preferred) device.useOne(true);
      bench.settled();
      expect(broken(bench)).toEqual(['untagged.live.1']);
    }
  });

  test('kicks put off by avail_event, and buffers left alone without them', () => {
    const { bench } = start({ features: [29] });
    bench.deviceStore(bench.layout.used + 4 + 8 * bench.size, bench.encode(2, 7));
    bench.expose(0, 1);
    bench.settled();
    expect(broken(bench)).toEqual(['untagged.live.1', 'split.device.available-buffer-notification-suppression.4']);
  });

  test('legacy drivers told from others by FEATURES_OK, which none of them sets', () => {
    const { bench, device } = start({ legacy: true });
    bench.featuresOk = true;
    bench.expose(0, 1);
    bench.kick();
    device.useOne();
    bench.poll();
    bench.reset();
    bench.setUp();
    bench.featuresOk = false;
    bench.expose(0, 1);
    bench.kick();
    bench.settled();
    expect(broken(bench)).toContain('basic.device.legacy-feature-bits.1');
  });
});
