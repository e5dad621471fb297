import { describe, expect, test } from 'vitest';
import { broken } from './testing/bench.ts';
import { start } from './testing/ideal-device.ts';

const WRITE = 2;

describe('used buffers', () => {
  test('overlapping buffers are the driver’s choice', () => {
    for (const observing of [true, false]) {
      const { bench, device } = start({ observing });
      const shared = bench.buffer(0);
      for (const head of [0, 1]) {
        bench.descriptor(head, shared + 8 * head, 32, WRITE, 0);
        bench.inFlight.set(head, { descriptors: [head], writable: [{ address: shared + 8 * head, length: 32 }] });
        bench.publish(head);
      }
      bench.kick();
      device.useOne();
      bench.poll();
      device.useOne();
      bench.poll();
      bench.settled();
      expect(bench.findings).toEqual([]);
    }
  });

  test('IN_ORDER: one element for a batch', () => {
    for (const observing of [true, false]) {
      const { bench, device } = start({ observing, features: [35] });
      bench.expose(0, 1);
      bench.expose(1, 1);
      bench.kick();
      device.useBatch();
      bench.load16(bench.layout.used + 2);
      bench.load(bench.layout.used + 4, 8);
      bench.load(bench.buffer(0), 40);
      bench.load(bench.buffer(2), 40);
      expect(bench.findings).toEqual([]);
      expect(bench.completed.map((done) => done.head)).toEqual([0, 1]);
    }
  });

  test('IN_ORDER: the younger of two first', () => {
    const { bench, device } = start({ features: [35] });
    bench.expose(0, 1);
    bench.expose(0, 1);
    bench.kick();
    device.useOne(true);
    expect(broken(bench)).toEqual(['reserved.device.reserved-feature-bits.5']);
  });

  test('inferred: completed once the driver has read all of it, skipped if it is overwritten before', () => {
    const { bench, device } = start({ observing: false });
    for (const overwrite of [false, true]) {
      const head = bench.expose(0, 2);
      const [first, second] = bench.inFlight.get(head)!.writable;
      bench.kick();
      device.useOne();
      bench.load16(bench.layout.used + 2);
      bench.load(bench.layout.used + 4 + (overwrite ? 8 : 0), 8);
      bench.load(first.address, 40);
      expect(bench.completed).toHaveLength(overwrite ? 1 : 0);
      if (overwrite) bench.store(second.address + 8, Uint8Array.of(1));
      bench.load(second.address, 20);
      bench.load(second.address + 20, 20);
      expect(bench.completed).toHaveLength(1);
    }
    expect(bench.completed[0].length).toBe(80);
    expect(bench.abandonedCount).toBe(1);
    expect(bench.findings).toEqual([]);
  });

  test('an earliest row before which the device cannot have notified', () => {
    const { bench, device } = start({ observing: false });
    bench.load16(bench.layout.used + 2);
    const quiet = bench.report.row;
    bench.expose(0, 1);
    bench.kick();
    device.useOne();
    bench.load16(bench.layout.used + 2);
    expect(bench.owedEarliest).toBeGreaterThanOrEqual(quiet);
    expect(bench.owedEarliest).toBeLessThan(bench.report.row - 1);
  });

  test('inferred: a change of flags in between leaves it open', () => {
    const { bench, device } = start({ observing: false });
    bench.expose(0, 1);
    bench.kick();
    device.useOne();
    bench.store16(bench.layout.available, 1);
    bench.load16(bench.layout.used + 2);
    expect(bench.owed).toBeUndefined();
    expect(bench.unwanted).toBeUndefined();
    expect(bench.allowed).toBe(true);
  });
});
