import { describe, expect, test } from 'vitest';
import type { ClauseId } from '../clauses/catalogue.ts';
import { Bench, become, broken, type BenchOptions } from './testing/bench.ts';
import { IdealDevice, start } from './testing/ideal-device.ts';

describe('a queue that is not live is left alone', () => {
  const CASES: readonly {
    readonly name: string;
    readonly clause: ClauseId;
    readonly leave: (bench: Bench) => void;
    readonly options?: Partial<BenchOptions>;
  }[] = [
    {
      name: 'after a device reset',
      clause: 'basic.device.device-reset.2',
      leave: (bench) => {
        bench.reset();
        bench.life = 'after-reset';
      },
    },
    {
      name: 'after a queue reset',
      clause: 'basic.device.virtqueue-reset.1',
      leave: (bench) => {
        bench.life = 'queue-reset';
        bench.queues.queueDisabled(0, 'queue-reset');
        bench.queues.queueDisabledConfirmed(0);
      },
    },
    {
      name: 'after QueueReady = 0',
      clause: 'mmio.device.register-layout.7',
      leave: (bench) => {
        bench.life = 'not-ready';
        bench.queues.queueDisabled(0, 'ready-0');
        bench.queues.queueDisabledConfirmed(0);
      },
    },
    {
      name: 'after QueuePFN = 0',
      clause: 'untagged.legacy.3',
      leave: (bench) => {
        bench.life = 'not-ready';
        bench.queues.queueDisabled(0, 'pfn-0');
        bench.queues.queueDisabledConfirmed(0);
      },
      options: { legacy: true },
    },
    {
      name: 'while suspended',
      clause: 'init.device.device-suspend.3',
      leave: (bench) => {
        become(bench, 'suspended');
      },
    },
  ];

  test.each(CASES)('$name: $clause', ({ clause, leave, options }) => {
    const { bench, device } = start(options);
    bench.expose(1, 1);
    bench.kick();
    leave(bench);
    bench.settled();
    expect(bench.findings).toEqual([]);
    device.useOne();
    bench.kick();
    const expected = clause.startsWith('init') ? [clause, 'init.device.device-suspend.8.b'] : [clause];
    expect(broken(bench)).toEqual(expected);
  });

  test('what was under way may end until the reset is confirmed', () => {
    const { bench, device } = start();
    bench.expose(1, 1);
    bench.kick();
    bench.row();
    bench.life = 'after-reset';
    bench.queues.deviceReset();
    device.useOne();
    bench.row();
    bench.queues.resetConfirmed();
    expect(bench.findings).toEqual([]);
    bench.expose(0, 1);
    device.useOne();
    expect(broken(bench)).toEqual(['basic.device.device-reset.2']);
  });

  test('before DRIVER_OK', () => {
    const bench = new Bench({ size: 4, observing: true });
    const device = new IdealDevice(bench);
    bench.life = 'before-driver-ok';
    bench.setUp();
    device.start();
    bench.expose(1, 1);
    bench.kick();
    bench.settled();
    expect(bench.findings).toEqual([]);
    expect(bench.exercisedCount('basic.device.device-status-field.1')).toBe(1);
    device.useOne();
    expect(broken(bench)).toEqual(['basic.device.device-status-field.1']);
  });

  test('a queue that was never enabled', () => {
    const bench = new Bench({ size: 4, observing: true });
    bench.life = 'not-ready';
    bench.kick();
    bench.deviceStore(bench.layout.used + 2, Uint8Array.of(1, 0));
    expect(broken(bench)).toEqual(['mmio.device.register-layout.7']);
  });

  test('what was exposed before DRIVER_OK is owed after it and a kick', () => {
    const bench = new Bench({ size: 4, observing: true });
    const device = new IdealDevice(bench);
    bench.life = 'before-driver-ok';
    bench.setUp();
    device.start();
    bench.expose(1, 1);
    become(bench, 'live');
    bench.kick();
    device.useOne();
    bench.settled();
    bench.poll();
    expect(bench.findings).toEqual([]);
    expect(bench.completed).toHaveLength(1);
  });

  test('inferred: the driver sees it in the used ring', () => {
    const { bench, device } = start({ observing: false });
    bench.expose(1, 1);
    bench.kick();
    bench.load(bench.layout.used, 12);
    bench.reset();
    bench.load(bench.layout.used, 12);
    device.useOne();
    bench.load(bench.layout.used, 12);
    expect(broken(bench)).toEqual(['basic.device.device-reset.2']);
  });

  test('inferred: what was done before a reset may come to light after it', () => {
    const { bench, device } = start({ observing: false });
    bench.expose(1, 1);
    bench.kick();
    device.useOne();
    bench.reset();
    bench.load(bench.layout.used, 12);
    bench.load(bench.buffer(1), 40);
    expect(bench.findings).toEqual([]);
  });
});

describe('suspension', () => {
  test('after resuming, the chains are owed again', () => {
    const { bench, device } = start();
    bench.expose(1, 1);
    bench.kick();
    become(bench, 'suspended');
    bench.settled();
    become(bench, 'live');
    device.useOne();
    bench.settled();
    bench.poll();
    expect(bench.findings).toEqual([]);
    expect(bench.completed).toHaveLength(1);
  });

  test('a chain begun before others that are finished should be finished', () => {
    const { bench, device } = start();
    bench.expose(1, 1);
    bench.expose(1, 1);
    bench.kick();
    device.useOne(true);
    become(bench, 'suspended');
    expect(broken(bench)).toEqual(['init.device.device-suspend.8.b']);
  });

  test('exposing while suspended is the driver’s fault', () => {
    const { bench } = start();
    become(bench, 'suspended');
    bench.expose(0, 1);
    expect(bench.report.driverFaults).toMatchObject([{ clause: 'init.driver.device-suspend.3', voids: 'nothing' }]);
  });
});
