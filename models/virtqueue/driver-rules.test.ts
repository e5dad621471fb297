import { describe, expect, test } from 'vitest';
import type { ClauseId } from '../clauses/catalogue.ts';
import { BASE, Bench, type BenchOptions } from './testing/bench.ts';
import { IdealDevice } from './testing/ideal-device.ts';

const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const FEATURES = { eventIdx: 29, indirect: 28, inOrder: 35 };
const TABLE = BASE + 0x6000;

function bench(options: Partial<BenchOptions> = {}): Bench {
  const made = new Bench({ size: 4, observing: true, ...options });
  made.setUp();
  return made;
}

const at = (made: Bench, index: number): number => made.buffer(index);

interface Rule {
  readonly name: string;
  readonly clause: ClauseId | undefined;
  readonly features?: readonly number[];
  readonly break: (made: Bench) => void;
}

const RULES: readonly Rule[] = [
  {
    name: 'device-readable after writable',
    clause: 'split.driver.message-framing.1',
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, WRITE | NEXT, 1);
      made.descriptor(1, at(made, 1), 8, 0, 0);
      made.publish(0);
    },
  },
  {
    name: 'a loop',
    clause: 'split.driver.virtqueue-descriptor-table.1',
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, NEXT, 1);
      made.descriptor(1, at(made, 1), 8, NEXT, 0);
      made.publish(0);
    },
  },
  {
    name: 'more than 2^32 bytes',
    clause: 'split.driver.virtqueue-descriptor-table.1',
    break: (made) => {
      made.descriptor(0, at(made, 0), 0xffffffff, NEXT, 1);
      made.descriptor(1, at(made, 1), 2, 0, 0);
      made.publish(0);
    },
  },
  {
    name: 'next out of order with IN_ORDER',
    clause: 'split.driver.virtqueue-descriptor-table.2',
    features: [FEATURES.inOrder],
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, NEXT, 2);
      made.descriptor(2, at(made, 1), 8, 0, 0);
      made.publish(0);
    },
  },
  {
    name: 'INDIRECT not negotiated',
    clause: 'split.driver.indirect-descriptors.1',
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, WRITE, 0, TABLE);
      made.descriptor(0, TABLE, 16, INDIRECT, 0);
      made.publish(0);
    },
  },
  {
    name: 'nested tables',
    clause: 'split.driver.indirect-descriptors.2',
    features: [FEATURES.indirect],
    break: (made) => {
      made.descriptor(0, TABLE + 64, 16, INDIRECT, 0, TABLE);
      made.descriptor(0, at(made, 0), 8, WRITE, 0, TABLE + 64);
      made.descriptor(0, TABLE, 16, INDIRECT, 0);
      made.publish(0);
    },
  },
  {
    name: 'a chain longer than the queue',
    clause: 'split.driver.indirect-descriptors.3',
    features: [FEATURES.indirect],
    break: (made) => {
      for (let i = 0; i < 5; i++) made.descriptor(i, at(made, i), 8, WRITE | (i < 4 ? NEXT : 0), i + 1, TABLE);
      made.descriptor(0, TABLE, 80, INDIRECT, 0);
      made.publish(0);
    },
  },
  {
    name: 'INDIRECT and NEXT',
    clause: 'split.driver.indirect-descriptors.4',
    features: [FEATURES.indirect],
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, WRITE, 0, TABLE);
      made.descriptor(0, TABLE, 16, INDIRECT | NEXT, 1);
      made.publish(0);
    },
  },
  {
    name: 'table entries out of order with IN_ORDER',
    clause: 'split.driver.indirect-descriptors.5',
    features: [FEATURES.indirect, FEATURES.inOrder],
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, WRITE | NEXT, 2, TABLE);
      made.descriptor(2, at(made, 1), 8, WRITE, 0, TABLE);
      made.descriptor(0, TABLE, 48, INDIRECT, 0);
      made.publish(0);
    },
  },
  {
    name: 'a table of 24 bytes',
    clause: 'untagged.split.5',
    features: [FEATURES.indirect],
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, WRITE, 0, TABLE);
      made.descriptor(0, TABLE, 24, INDIRECT, 0);
      made.publish(0);
    },
  },
  {
    name: 'avail.idx backwards',
    clause: 'split.driver.virtqueue-available-ring.1',
    break: (made) => {
      made.expose(0, 1);
      made.store16(made.layout.available + 2, 0);
    },
  },
  {
    name: 'too many entries',
    clause: undefined,
    break: (made) => {
      made.store16(made.layout.available + 2, 5);
    },
  },
  {
    name: 'a head beyond the table',
    clause: undefined,
    break: (made) => {
      made.publish(4);
    },
  },
  {
    name: 'a head that is exposed already',
    clause: undefined,
    break: (made) => {
      made.publish(made.expose(0, 1));
    },
  },
  {
    name: 'next beyond the table',
    clause: undefined,
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, NEXT, 9);
      made.publish(0);
    },
  },
  {
    name: 'a buffer outside memory',
    clause: 'reserved.driver.reserved-feature-bits.5',
    break: (made) => {
      made.descriptor(0, 0x10, 8, 0, 0);
      made.publish(0);
    },
  },
  {
    name: 'a buffer that overlaps the rings',
    clause: undefined,
    break: (made) => {
      made.descriptor(0, made.layout.available, 8, WRITE, 0);
      made.publish(0);
    },
  },
  {
    name: 'heads out of order with IN_ORDER',
    clause: undefined,
    features: [FEATURES.inOrder],
    break: (made) => {
      made.descriptor(2, at(made, 2), 8, WRITE, 0);
      made.publish(2);
    },
  },
  {
    name: 'an exposed descriptor altered',
    clause: 'init.driver.device-cleanup.1',
    break: (made) => {
      const head = made.expose(0, 1);
      made.descriptor(head, made.buffer(3), 8, WRITE, 0);
    },
  },
  {
    name: 'an exposed indirect table altered',
    clause: 'init.driver.device-cleanup.1',
    features: [FEATURES.indirect],
    break: (made) => {
      made.descriptor(0, at(made, 0), 8, WRITE, 0, TABLE);
      made.descriptor(0, TABLE, 16, INDIRECT, 0);
      made.publish(0);
      made.descriptor(0, at(made, 1), 8, WRITE, 0, TABLE);
    },
  },
  {
    name: 'the used ring overwritten',
    clause: undefined,
    break: (made) => {
      made.store16(made.layout.used + 4, 7);
    },
  },
];

describe('a driver that breaks a rule voids its queue', () => {
  for (const observing of [true, false]) {
    test.each(RULES)(`$name (observing: ${observing})`, (rule) => {
      const made = bench({ features: rule.features, observing });
      rule.break(made);
      const faults = made.report.driverFaults;
      expect(faults).toHaveLength(1);
      expect(faults[0].clause).toBe(rule.clause);
      expect(faults[0].voids).toBe('queue');
      // Whatever the device makes of it within the memory that was described to it, nothing is held against it.
      for (let i = 0; i < 4; i++) {
        const flags = made.read(made.layout.descriptors + 16 * i + 12, 2);
        const address = made.read(made.layout.descriptors + 16 * i, 8);
        if (flags === WRITE && address >= BASE + 0x8000) made.deviceStore(address, new Uint8Array(8).fill(1));
        if (flags === WRITE && address >= BASE + 0x8000) made.load(address, 8);
      }
      made.deviceStore(made.layout.used + 4, new Uint8Array(8).fill(9));
      made.deviceStore(made.layout.used, Uint8Array.of(7, 7, 7, 7));
      made.load(made.layout.used, 12);
      made.kick();
      made.settled();
      made.load16(made.layout.used + 2);
      expect(made.findings).toEqual([]);
      // After a reset the device owes everything again.
      made.reset();
      made.setUp();
      const device = new IdealDevice(made, 'never-uses');
      device.start();
      made.expose(0, 1);
      made.kick();
      device.useOne();
      made.settled();
      made.load16(made.layout.used + 2);
      expect(made.findings).toEqual(['untagged.live.1', 'untagged.live.3']);
    });
  }

  test.each(RULES.filter((rule) => !rule.name.includes('overlaps') && rule.name !== 'more than 2^32 bytes'))(
    '$name: other memory stays out of bounds',
    (rule) => {
      const made = bench({ features: rule.features });
      rule.break(made);
      made.deviceStore(BASE + 0xf000, Uint8Array.of(1));
      expect(made.findings).toEqual(['untagged.memory.1']);
    },
  );
});

describe('smaller mistakes void nothing', () => {
  test('flags other than 0 and 1', () => {
    const made = bench();
    made.store16(made.layout.available, 2);
    expect(made.report.driverFaults).toMatchObject([
      { clause: 'split.driver.used-buffer-notification-suppression.1', voids: 'nothing' },
    ]);
  });

  test('flags set with EVENT_IDX', () => {
    const made = bench({ features: [FEATURES.eventIdx] });
    made.store16(made.layout.available, 1);
    expect(made.report.driverFaults).toMatchObject([
      { clause: 'split.driver.used-buffer-notification-suppression.3', voids: 'nothing' },
    ]);
  });

  test('a kick that the device asked for and did not get', () => {
    for (const [features, clause] of [
      [[], 'split.driver.available-buffer-notification-suppression.4'],
      [[FEATURES.eventIdx], 'split.driver.available-buffer-notification-suppression.6'],
    ] as const) {
      const made = bench({ features });
      made.expose(0, 1);
      made.settled();
      made.settled();
      expect(made.report.driverFaults).toMatchObject([{ clause, voids: 'nothing' }]);
      expect(made.findings).toEqual([]);
    }
  });

  test('a kick that the device asked not to get', () => {
    const made = bench();
    made.deviceStore(made.layout.used, made.encode(2, 1));
    made.expose(0, 1);
    made.load16(made.layout.used);
    made.kick();
    expect(made.report.driverFaults).toMatchObject([
      { clause: 'split.driver.available-buffer-notification-suppression.3', voids: 'nothing' },
    ]);
  });

  test('misaligned rings and a used ring that is not zero at set-up', () => {
    const made = new Bench({ size: 4, observing: true });
    const { descriptors, available, used } = made.layout;
    made.store16(used, 1);
    made.queues.queueEnabled({ index: 0, size: 4, descriptors: descriptors + 8, available, used, order: 'little' });
    expect(made.report.driverFaults.map((fault) => fault.clause)).toEqual([
      'split.driver.virtqueues.1',
      'split.driver.available-buffer-notification-suppression.1',
    ]);
  });
});
