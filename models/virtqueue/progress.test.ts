import { describe, expect, test } from 'vitest';
import { broken } from './testing/bench.ts';
import { start } from './testing/ideal-device.ts';

describe('progress is owed', () => {
  test('only after a kick, or when the device asks for none', () => {
    const { bench } = start();
    bench.expose(0, 1);
    bench.settled();
    expect(bench.findings).toEqual([]);
    bench.deviceStore(bench.layout.used, bench.encode(2, 1));
    bench.expose(0, 1);
    bench.settled();
    expect(broken(bench)).toEqual(['untagged.live.1', 'split.device.available-buffer-notification-suppression.2']);
  });

  test('only for what the device type calls owed', () => {
    const { bench } = start();
    bench.mustComplete = false;
    bench.expose(0, 1);
    bench.kick();
    bench.settled();
    expect(bench.findings).toEqual([]);
  });

  test('not while a reset or suspension is being handled', () => {
    const { bench } = start();
    bench.expose(0, 1);
    bench.kick();
    bench.quiescing = true;
    bench.settled();
    expect(bench.findings).toEqual([]);
  });

  test('inferred: told by a look at used.idx after the wait, and no other', () => {
    const { bench, device } = start({ observing: false });
    bench.expose(0, 1);
    bench.kick();
    bench.load16(bench.layout.used + 2);
    bench.settled();
    expect(bench.findings).toEqual([]);
    device.useOne();
    bench.poll();
    bench.expose(0, 1);
    bench.kick();
    bench.settled();
    bench.load16(bench.layout.used + 2);
    expect(broken(bench)).toEqual(['untagged.live.1']);
  });
});
