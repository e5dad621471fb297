import { describe, expect, test } from 'vitest';
import type { ClauseId } from '../clauses/catalogue.ts';
import { Bench, type BenchOptions } from './testing/bench.ts';
import { IdealDevice, type Mutation } from './testing/ideal-device.ts';

const EVENT_IDX = 29;
const IN_ORDER = 35;

interface Mutant {
  readonly mutation: Mutation;
  readonly clause: ClauseId;
  readonly options?: Partial<BenchOptions>;
  /** What the driver does before it starts; default: nothing. */
  readonly prepare?: (bench: Bench) => void;
  /** Where device stores are not seen, this can't be told. */
  readonly observedOnly?: boolean;
  readonly rounds?: number;
}

const flagged = (bench: Bench): void => {
  bench.store16(bench.layout.available, 1);
};
const eventFarAhead = (bench: Bench): void => {
  bench.store16(bench.layout.available + 4 + 2 * bench.size, 1000);
};
const reinitialize = (bench: Bench): void => {
  bench.setUp();
};

const MUTANTS: readonly Mutant[] = [
  { mutation: 'len-beyond-buffer', clause: 'split.device.virtqueue-used-ring.2' },
  { mutation: 'len-unwritten', clause: 'split.device.virtqueue-used-ring.2' },
  { mutation: 'data-after-idx', clause: 'split.device.virtqueue-used-ring.2', observedOnly: true },
  { mutation: 'id-wrong', clause: 'untagged.split.3' },
  { mutation: 'id-beyond-size', clause: 'untagged.split.3' },
  { mutation: 'id-not-head', clause: 'untagged.split.3' },
  { mutation: 'id-repeated', clause: 'untagged.split.6' },
  { mutation: 'element-after-idx', clause: 'split.device.virtqueue-used-ring.1', observedOnly: true },
  { mutation: 'len-after-idx', clause: 'split.device.virtqueue-used-ring.1', observedOnly: true },
  { mutation: 'write-readable', clause: 'split.device.virtqueue-descriptor-table.1' },
  { mutation: 'write-guard', clause: 'untagged.memory.1' },
  { mutation: 'write-descriptor', clause: 'split.device.virtqueue-descriptor-table.4' },
  { mutation: 'write-available', clause: 'untagged.memory.1' },
  { mutation: 'write-after-return', clause: 'untagged.memory.1', observedOnly: true },
  { mutation: 'no-notification', clause: 'split.device.used-buffer-notification-suppression.3' },
  {
    mutation: 'no-notification',
    clause: 'split.device.used-buffer-notification-suppression.5',
    options: { features: [EVENT_IDX] },
  },
  {
    mutation: 'notify-suppressed',
    clause: 'split.device.used-buffer-notification-suppression.2',
    prepare: flagged,
  },
  {
    mutation: 'notify-suppressed',
    clause: 'split.device.used-buffer-notification-suppression.6',
    options: { features: [EVENT_IDX] },
    prepare: eventFarAhead,
  },
  {
    mutation: 'obey-used-event',
    clause: 'split.device.used-buffer-notification-suppression.1',
    prepare: eventFarAhead,
  },
  {
    mutation: 'obey-flag',
    clause: 'split.device.used-buffer-notification-suppression.4',
    options: { features: [EVENT_IDX] },
    prepare: flagged,
  },
  {
    mutation: 'no-notification',
    clause: 'reserved.device.legacy-reserved-feature-bits.2',
    options: { legacy: true, features: [24, 27] },
    prepare: flagged,
  },
  { mutation: 'used-flags-garbage', clause: 'split.device.available-buffer-notification-suppression.1' },
  {
    mutation: 'used-flags-one',
    clause: 'split.device.available-buffer-notification-suppression.3',
    options: { features: [EVENT_IDX] },
  },
  { mutation: 'idx-modulo-size', clause: 'untagged.split.2', rounds: 6 },
  { mutation: 'idx-not-wrapped', clause: 'untagged.split.2', rounds: 66_000 },
  { mutation: 'len-beyond-buffer', clause: 'untagged.split.3' },
  { mutation: 'idx-too-far', clause: 'untagged.split.2' },
  { mutation: 'idx-starts-at-one', clause: 'untagged.split.2' },
  { mutation: 'never-uses', clause: 'untagged.live.1' },
  { mutation: 'second-chain-lost', clause: 'untagged.live.1', rounds: 2 },
  { mutation: 'batch-incomplete', clause: 'untagged.split.4', options: { features: [IN_ORDER] }, observedOnly: true },
  { mutation: 'batch-names-first', clause: 'untagged.split.4', options: { features: [IN_ORDER] }, observedOnly: true },
  { mutation: 'batch-index-by-one', clause: 'untagged.split.4', options: { features: [IN_ORDER] }, observedOnly: true },
  { mutation: 'batch-in-last-slot', clause: 'untagged.split.4', options: { features: [IN_ORDER] }, observedOnly: true },
  { mutation: 'first-descriptor-overrun', clause: 'split.device.message-framing.1', observedOnly: true },
];

function findingsOf(mutant: Mutant, observing: boolean, big: boolean): readonly ClauseId[] {
  const legacy = mutant.options?.legacy === true || big;
  const bench = new Bench({ size: 4, observing, big, ...mutant.options, legacy });
  const device = new IdealDevice(bench, mutant.mutation);
  bench.setUp();
  device.start();
  mutant.prepare?.(bench);
  for (let round = 0; round < (mutant.rounds ?? 1) && bench.findings.length === 0; round++) {
    const batch = mutant.mutation.startsWith('batch');
    if (batch) bench.expose(0, 1);
    if (mutant.mutation === 'first-descriptor-overrun') bench.expose(1, 3);
    else bench.expose(1, 1);
    bench.kick();
    if (batch) device.useBatch();
    else device.useOne();
    if (observing) bench.lookAtInterrupt();
    // The driver reads all it has given away, so that it would notice.
    if (round < 10) {
      for (let i = 0; i < 4; i++) bench.load(bench.buffer(i), 64);
      bench.load(bench.layout.descriptors, 64);
      bench.load(bench.layout.available, 14);
    }
    bench.load16(bench.layout.used);
    bench.settled();
    bench.poll();
    if (!observing) bench.lookAtInterrupt();
  }
  return bench.findings;
}

describe.each([
  ['observed', true, false],
  ['observed, big-endian', true, true],
  ['inferred', false, false],
])('a device that breaks one rule (%s)', (_name, observing, big) => {
  const telling = MUTANTS.filter((mutant) => (observing || mutant.observedOnly !== true) && !(big && mutant.rounds));
  test.each(telling)('$mutation is caught under $clause', { timeout: 60_000 }, (mutant) => {
    const findings = findingsOf(mutant, observing, big);
    expect(findings).toContain(mutant.clause);
    // A legacy rule broken breaks the umbrella rule too, and what never worked has several explanations.
    expect(new Set(findings).size).toBeLessThanOrEqual(3);
  });
});

test('an index that survives a device reset breaks untagged.live.3', () => {
  const bench = new Bench({ size: 4, observing: true });
  const device = new IdealDevice(bench, 'idx-kept-over-reset');
  bench.setUp();
  device.start();
  for (let i = 0; i < 2; i++) {
    bench.expose(0, 1);
    bench.kick();
    device.useOne();
    bench.poll();
    if (i > 0) break;
    bench.reset();
    reinitialize(bench);
    device.start();
  }
  expect(bench.findings).toEqual(['untagged.split.2', 'untagged.live.3']);
});
