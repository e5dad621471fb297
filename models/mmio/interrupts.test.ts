import { describe, expect, it } from 'vitest';
import { clause } from '../clauses/catalogue.ts';
import { REG } from './layout.ts';
import { Bench, type BenchOptions } from './testing/bench.ts';

const OWED = clause('split.device.used-buffer-notification-suppression.3');
const UNWANTED = clause('split.device.used-buffer-notification-suppression.2');
const CONFIG = clause('untagged.basic.4');

/** ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK. */
const ALL_SET = 0xf;

function live(options: BenchOptions = {}): Bench {
  const bench = new Bench(options);
  bench.start();
  return bench;
}

describe('an owed notification', () => {
  it('is missed once the device was given time', () => {
    const bench = live();
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual([]);
    bench.settle();
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual(['split.device.used-buffer-notification-suppression.3']);
  });

  it('is missed if the driver polled InterruptStatus until its patience ran out', () => {
    const bench = live({ synchronous: false });
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.read(REG.InterruptStatus);
    bench.settle(false);
    expect(bench.violated()).toEqual(['split.device.used-buffer-notification-suppression.3']);
  });

  it('is not missed if patience ran out over something else', () => {
    const bench = live({ synchronous: false });
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.read(REG.InterruptStatus);
    for (let i = 0; i < 5; i++) bench.read(REG.Status);
    bench.settle(false);
    expect(bench.violated()).toEqual([]);
  });

  it('may have been acknowledged together with an earlier one', () => {
    const bench = live();
    const before = bench.report.row;
    bench.device.raise(1);
    bench.model.interrupts.usedOwed(OWED, before);
    bench.write(REG.InterruptACK, 1);
    bench.model.interrupts.usedOwed(OWED, before);
    bench.settle();
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual([]);
  });

  it('is not owed by a device that is suspended, though the driver set FAILED', () => {
    const bench = live();
    bench.model.status.suspend.phase = 'suspended';
    bench.write(REG.Status, bench.read(REG.Status) | 0x80);
    bench.model.interrupts.configOwed(CONFIG, bench.report.row);
    bench.settle();
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual([]);
  });

  it('is owed no more after a reset, nor when the driver voided the device', () => {
    for (const value of [0, 1]) {
      const bench = live();
      bench.model.interrupts.usedOwed(OWED, bench.report.row);
      bench.write(REG.Status, value);
      bench.settle();
      bench.read(REG.InterruptStatus);
      expect(bench.violated()).toEqual([]);
    }
  });
});

describe('a bit that shows', () => {
  it('without a reason is wrong where every device store is in sight', () => {
    for (const synchronous of [true, false]) {
      const bench = live({ synchronous });
      bench.read(REG.InterruptStatus);
      bench.device.raise(1);
      bench.read(REG.InterruptStatus);
      expect(bench.violated()).toEqual(synchronous ? ['mmio.device.register-layout.4'] : []);
    }
  });

  it('without a reason is accepted after the driver spoilt a queue', () => {
    const bench = live();
    bench.report.driverBroke(undefined, 'queue', 'wrote rubbish into a ring');
    bench.device.raise(1);
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual([]);
  });

  it('for an unwanted notification breaks the SHOULD NOT, unless another reason is there', () => {
    for (const allowed of [true, false]) {
      const bench = live();
      if (allowed) bench.model.interrupts.usedAllowed();
      bench.model.interrupts.usedUnwanted(UNWANTED);
      bench.device.raise(1);
      bench.read(REG.InterruptStatus);
      expect(bench.violated()).toEqual(allowed ? [] : ['split.device.used-buffer-notification-suppression.2']);
    }
  });

  it('for a configuration change without change is judged with the next Status read', () => {
    for (const broken of [true, false]) {
      const bench = live({ synchronous: false });
      bench.device.raise(2);
      if (broken) bench.device.status |= 64;
      bench.read(REG.InterruptStatus);
      expect(bench.violated()).toEqual([]);
      bench.read(REG.Status);
      expect(bench.violated()).toEqual(broken ? [] : ['mmio.device.register-layout.4']);
    }
  });

  it('for a configuration change may be of a DEVICE_NEEDS_RESET that the driver has cleared unseen', () => {
    for (const clearedFirst of [true, false]) {
      const bench = live({ synchronous: false });
      const clear = (): void => {
        bench.write(REG.Status, ALL_SET);
      };
      bench.device.raise(2);
      if (clearedFirst) clear();
      bench.read(REG.InterruptStatus);
      if (!clearedFirst) clear();
      bench.read(REG.Status);
      expect(bench.violated()).toEqual([]);
    }
  });

  it('may come after resume for what the host did while suspended', () => {
    for (const happened of [true, false]) {
      const bench = live();
      bench.model.interrupts.lifeChanged('suspended');
      if (happened) bench.model.interrupts.configAllowed();
      bench.model.interrupts.lifeChanged('live');
      bench.model.interrupts.resumed(bench.report.row);
      bench.device.raise(2);
      bench.read(REG.InterruptStatus);
      bench.read(REG.Status);
      expect(bench.violated()).toEqual(happened ? [] : ['mmio.device.register-layout.4']);
    }
  });

  it('is not owed for what the host does while the device is on its way to a suspend or back', () => {
    for (const phase of ['running', 'suspending', 'resuming', 'unclear'] as const) {
      const bench = live();
      bench.model.status.suspend.phase = phase;
      bench.model.interrupts.configOwed(CONFIG, bench.report.row);
      bench.settle();
      bench.read(REG.InterruptStatus);
      expect(bench.violated().length > 0).toBe(phase === 'running');
    }
  });

  it('late, after the driver acknowledged, is the same event still', () => {
    const bench = live({ synchronous: false });
    bench.model.interrupts.configOwed(CONFIG, bench.report.row);
    bench.write(REG.InterruptACK, 2);
    bench.device.raise(2);
    bench.read(REG.InterruptStatus);
    bench.read(REG.Status);
    expect(bench.violated()).toEqual([]);
  });

  it('may be what a malformed access left of it', () => {
    const bench = live();
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.device.raise(1);
    bench.read(REG.InterruptStatus);
    bench.write(REG.InterruptACK, 1, 1);
    bench.device.isr = 0;
    bench.read(REG.InterruptStatus);
    bench.device.isr = 1;
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual([]);
  });
});

describe('acknowledging', () => {
  it('is for defined bits, after reading InterruptStatus', () => {
    const bench = live();
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.device.raise(1);
    bench.irq();
    bench.write(REG.InterruptACK, 5);
    expect(bench.faults().slice(-2)).toEqual([
      'mmio.driver.notifications-from-the-device.1',
      'mmio.driver.register-layout.20',
    ]);
  });
});

describe('the line', () => {
  it('of a target that works on its own is compared only after time was given', () => {
    const bench = live({ synchronous: false });
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.device.raise(1);
    bench.read(REG.InterruptStatus);
    bench.device.line = 0;
    bench.irq();
    expect(bench.violated()).toEqual([]);
    bench.settle();
    bench.irq();
    expect(bench.violated()).toEqual(['untagged.mmio.12']);
  });

  it('that was sampled before a bit vanished by itself is not compared with what is left', () => {
    const bench = live({ synchronous: false });
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.device.raise(1);
    bench.settle();
    bench.read(REG.InterruptStatus);
    bench.irq();
    bench.device.isr = 0;
    bench.device.line = 0;
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual(['mmio.device.register-layout.3']);
  });

  it('that stays asserted between two looks at a clear InterruptStatus is stuck', () => {
    const bench = live({ synchronous: false });
    bench.read(REG.InterruptStatus);
    bench.settle();
    bench.device.line = 1;
    bench.write(REG.InterruptACK, 0);
    bench.read(REG.InterruptStatus);
    bench.settle();
    bench.device.line = 1;
    bench.irq();
    bench.read(REG.InterruptStatus);
    expect(bench.violated()).toEqual(['untagged.mmio.12']);
  });
});

describe('a used-buffer bit before DRIVER_OK', () => {
  const before = (prompt: (bench: Bench) => void): string[] => {
    const bench = live({ mutation: 'isr-early' });
    bench.model.interrupts.usedOwed(OWED, bench.report.row);
    bench.select();
    prompt(bench);
    bench.device.raise(1);
    bench.read(REG.InterruptStatus);
    return bench.violated();
  };

  it('was left over from before the reset, unless it may be the answer to a notification or to the host', () => {
    const nothing = (): void => undefined;
    const notification = (bench: Bench): void => {
      bench.write(REG.QueueNotify, 0);
    };
    const host = (bench: Bench): void => {
      bench.host({ action: 'console-input', port: 0, bytes: [1] });
    };
    expect(before(nothing)).toEqual(['mmio.device.register-layout.5']);
    expect(before(notification)).toContain('basic.device.device-status-field.1');
    expect(before(host)).toEqual(['basic.device.device-status-field.1']);
  });
});

describe('a notification that is due before the device shows itself suspended', () => {
  const suspended = (raises: boolean, acknowledges: boolean): Bench => {
    const bench = live();
    const { interrupts } = bench.model;
    interrupts.usedBeforeSuspend();
    if (raises) bench.device.raise(1);
    if (acknowledges) bench.write(REG.InterruptACK, 1);
    interrupts.lifeChanged('suspended');
    bench.read(REG.InterruptStatus);
    return bench;
  };

  it('shows by then', () => {
    expect(suspended(true, false).violated()).toEqual([]);
    expect(suspended(false, false).violated()).toEqual(['init.device.device-suspend.8.c']);
  });

  it('may have been acknowledged by then', () => {
    expect(suspended(true, true).violated()).toEqual([]);
  });
});
