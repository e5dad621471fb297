import { describe, expect, it } from 'vitest';
import { REG } from '../mmio/layout.ts';
import { Bench } from '../mmio/testing/bench.ts';

const V1 = 32;
const SUSPEND = 43;

describe('reset', () => {
  it('may take until the device was given time, not longer', () => {
    const bench = new Bench({ slow: true });
    bench.start();
    bench.write(REG.Status, 0);
    expect(bench.read(REG.Status)).not.toBe(0);
    expect(bench.violated()).toEqual([]);
    bench.report.row++;
    bench.model.settled(false);
    bench.read(REG.Status);
    expect(bench.violated()).toEqual(['basic.device.device-reset.1']);
  });

  it('that the driver does not wait for leaves open what became of its next writes', () => {
    const bench = new Bench({ slow: true });
    bench.start();
    bench.write(REG.Status, 0);
    bench.write(REG.Status, 1);
    bench.device.settle();
    expect(bench.read(REG.Status)).toBe(0);
    expect(bench.violated()).toEqual([]);
    expect(bench.faults()).toContain('basic.driver.device-reset.1');
  });

  it('makes an unknown device known', () => {
    const bench = new Bench({ mutation: 'status-starts-at-1' });
    bench.read(REG.Status);
    expect(bench.violated()).toEqual(['untagged.basic.1']);
    bench.reset();
    expect(bench.model.describe()).toContain('status=0');
  });

  it('ends what the driver voided', () => {
    const bench = new Bench();
    bench.start();
    bench.write(REG.Status, 1);
    expect([bench.model.voided, bench.model.driverOk]).toEqual([true, false]);
    bench.start();
    expect([bench.model.voided, bench.model.driverOk]).toEqual([false, true]);
  });
});

describe('the sequence', () => {
  it('may set ACKNOWLEDGE and DRIVER in one write, and a device may ignore that', () => {
    for (const ignored of [true, false]) {
      const bench = new Bench();
      bench.reset();
      bench.write(REG.Status, 3);
      if (ignored) bench.device.status = 0;
      bench.read(REG.Status);
      expect(bench.violated()).toEqual([]);
      expect(bench.model.voided).toBe(ignored);
    }
  });

  it('on the legacy interface has no FEATURES_OK, and a device need not know it', () => {
    const bench = new Bench({ legacy: true });
    bench.select(27);
    bench.write(REG.Status, 11);
    bench.read(REG.Status);
    bench.write(REG.Status, 15);
    expect(bench.faults()).toContain('init.driver.legacy-device-initialization.1');
    expect(bench.violated()).toEqual([]);
    expect(bench.model.driverOk).toBe(true);
  });

  it('tells the life of queues', () => {
    const bench = new Bench();
    const lives: string[] = [];
    const note = () => lives.push(bench.model.queueLife(0));
    bench.reset();
    note();
    bench.select(V1, SUSPEND);
    bench.featuresOk();
    note();
    bench.enableQueue(0);
    note();
    bench.write(REG.Status, 15);
    note();
    bench.write(REG.Status, 31);
    expect(bench.model.quiescing).toBe(true);
    bench.read(REG.Status);
    note();
    bench.write(REG.Status, 31);
    bench.read(REG.Status);
    note();
    bench.write(REG.QueueReady, 0);
    note();
    bench.write(REG.Status, 15 | 128);
    note();
    const life = [
      'after-reset',
      'not-ready',
      'before-driver-ok',
      'live',
      'suspended',
      'live',
      'not-ready',
      'not-ready',
    ];
    expect(lives).toEqual(life);
    expect(bench.violated()).toEqual([]);
  });
});

describe('DEVICE_NEEDS_RESET', () => {
  it('without anybody to blame is reported where everything is in sight', () => {
    for (const synchronous of [true, false]) {
      const bench = new Bench({ synchronous });
      bench.start();
      bench.device.break();
      bench.read(REG.Status);
      expect(bench.violated()).toEqual(synchronous ? ['untagged.live.1'] : []);
      expect(bench.model.queueLife(0)).toBe('needs-reset');
    }
  });

  it('is excused by a fault of the driver', () => {
    const bench = new Bench();
    bench.start();
    bench.report.driverBroke(undefined, 'queue', 'wrote rubbish into a ring');
    bench.device.break();
    bench.read(REG.Status);
    expect(bench.violated()).toEqual([]);
  });

  it('must not be set by the driver, except as it reads it', () => {
    const bench = new Bench();
    bench.start();
    bench.host({ action: 'break-device' });
    bench.read(REG.Status);
    bench.write(REG.Status, 15 | 64 | 128);
    expect(bench.model.voided).toBe(false);
    bench.start();
    bench.write(REG.Status, 15 | 64);
    expect(bench.model.voided).toBe(true);
  });
});

describe('suspend', () => {
  it('may end in DEVICE_NEEDS_RESET', () => {
    const bench = new Bench({ slow: true });
    bench.start(V1, SUSPEND);
    bench.write(REG.Status, 31);
    bench.device.pending.length = 0;
    bench.device.status |= 64;
    bench.settle();
    bench.read(REG.Status);
    expect(bench.violated()).toEqual([]);
    expect(bench.model.queueLife(0)).toBe('needs-reset');
  });

  it('forbids the driver kicks and configuration writes', () => {
    const bench = new Bench();
    bench.start(V1, SUSPEND, 9, 11);
    bench.write(REG.Status, 31);
    bench.write(REG.QueueNotify, 0);
    bench.write(REG.Config + 32, 1, 1);
    expect(bench.faults().slice(-2)).toEqual(['init.driver.device-suspend.4', 'init.driver.device-suspend.5']);
    expect(bench.calls).not.toContain('notified 0');
  });

  it('without the feature negotiated voids the device if it offers the feature', () => {
    const bench = new Bench();
    bench.start(V1);
    bench.write(REG.Status, 31);
    expect(bench.model.voided).toBe(true);
    const other = new Bench({ offered: [V1] });
    other.start(V1);
    other.write(REG.Status, 31);
    other.device.status |= 16;
    other.read(REG.Status);
    expect([other.model.voided, other.violated()]).toEqual([false, []]);
  });
});
