import { describe, expect, it } from 'vitest';
import { REG } from './layout.ts';
import { Bench, MEMORY } from './testing/bench.ts';

const V1 = 32;

describe('odd accesses', () => {
  it('void nothing where they read, or write what is no register', () => {
    const bench = new Bench();
    bench.probe();
    bench.start();
    const from = bench.report.driverFaults.length;
    bench.read(0x018);
    bench.read(REG.QueueNotify);
    bench.read(REG.Status, 1);
    bench.read(0x071, 2);
    bench.write(0x0f0, 5);
    bench.write(REG.MagicValue, 5);
    bench.write(REG.Version, 5, 2);
    expect(bench.faults().slice(from)).toEqual(
      [1, 3, 4, 4, 1, 2, 4].map((n) => `mmio.driver.register-layout.${String(n)}`),
    );
    expect([bench.model.voided, bench.violated()]).toEqual([false, []]);
  });

  it('that write part of a register void what depends on it', () => {
    const bench = new Bench();
    bench.start();
    bench.write(REG.QueueSel, 1);
    bench.write(REG.QueueReady, 0, 2);
    expect(bench.calls).toContain('queueVoided 1');
    bench.device.queues[1].ready = 0;
    bench.read(REG.QueueReady);
    expect(bench.violated()).toEqual([]);
    bench.write(REG.Status, 0, 1);
    expect(bench.calls.at(-1)).toBe('deviceVoided');
  });
});

describe.each([false, true])('a wide write that a bus may have split (legacy: %s)', (legacy) => {
  const OTHER_WINDOW = 0x900d;

  it('leaves open which feature window is selected, until one is selected again', () => {
    const bench = new Bench({ legacy });
    bench.start();
    bench.write(REG.DeviceFeaturesSel, 0);
    const offer = bench.read(REG.DeviceFeatures);
    bench.model.write(REG.DeviceFeatures, 8, 1);
    bench.model.read(REG.DeviceFeatures, 4, OTHER_WINDOW);
    expect(bench.violated()).toEqual([]);
    const from = bench.report.driverFaults.length;
    bench.reset();
    bench.model.read(REG.DeviceFeatures, 4, OTHER_WINDOW);
    expect([bench.violated(), bench.faults().slice(from)]).toEqual([[], []]);
    bench.write(REG.DeviceFeaturesSel, 0);
    bench.model.read(REG.DeviceFeatures, 4, offer);
    expect(bench.violated()).toEqual([]);
    bench.model.read(REG.DeviceFeatures, 4, OTHER_WINDOW);
    expect(bench.violated()).not.toEqual([]);
  });
});

describe('probing', () => {
  it('begins with MagicValue and Version, then DeviceID', () => {
    const bench = new Bench();
    bench.reset();
    expect(bench.faults()).toEqual(['mmio.driver.device-initialization.1']);
    const other = new Bench();
    other.read(REG.MagicValue);
    other.read(REG.Version);
    other.reset();
    expect(other.faults()).toEqual(['mmio.driver.device-initialization.2']);
  });

  it('leaves a device with a wrong version alone', () => {
    const bench = new Bench({ mutation: 'version' });
    bench.probe();
    bench.reset();
    expect(bench.faults()).toEqual(['mmio.driver.register-layout.8']);
  });
});

describe('a modern queue', () => {
  it('is handed over as it was programmed', () => {
    const bench = new Bench();
    bench.start();
    expect(bench.configs[1]).toEqual({
      index: 1,
      size: 8,
      descriptors: MEMORY.base + 0x1000,
      available: MEMORY.base + 0x1100,
      used: MEMORY.base + 0x1200,
      order: 'little',
    });
  });

  const enabling: Record<string, [(bench: Bench) => void, string]> = {
    'a size above the maximum': [(b) => b.write(REG.QueueSize, 128), 'mmio.driver.register-layout.14'],
    'a size of 0': [(b) => b.write(REG.QueueSize, 0), 'untagged.split.1'],
    'unaligned descriptors': [(b) => b.write(REG.QueueDescLow, MEMORY.base + 8), 'split.driver.virtqueues.1'],
    'a ring outside memory': [(b) => b.write(REG.QueueDeviceHigh, 1), 'reserved.driver.reserved-feature-bits.5'],
    'a ring across the end of memory': [
      (b) => b.write(REG.QueueDeviceLow, MEMORY.base + MEMORY.size - 8),
      'reserved.driver.reserved-feature-bits.5',
    ],
  };
  for (const [name, [spoil, id]] of Object.entries(enabling)) {
    it(`with ${name} is void until it is set up anew`, () => {
      const bench = new Bench();
      bench.select(V1);
      bench.featuresOk();
      bench.programQueue(0);
      spoil(bench);
      bench.write(REG.QueueReady, 1);
      expect(bench.faults().at(-1)).toBe(id);
      expect(bench.calls.at(-1)).toBe('queueVoided 0');
      bench.write(REG.QueueReady, 0);
      bench.enableQueue(0);
      expect(bench.calls.at(-1)).toBe('queueEnabled 0');
    });
  }

  it('that does not exist must not be enabled', () => {
    const bench = new Bench();
    bench.select(V1);
    bench.featuresOk();
    bench.write(REG.QueueSel, 2);
    bench.write(REG.QueueSize, 8);
    bench.write(REG.QueueReady, 1);
    expect(bench.faults().at(-1)).toBe('untagged.mmio.13');
  });

  it('is disabled by 0, by QueueReset and by a device reset', () => {
    const bench = new Bench();
    bench.start(V1, 40);
    bench.write(REG.QueueSel, 0);
    bench.write(REG.QueueReady, 0);
    bench.write(REG.QueueSel, 1);
    bench.write(REG.QueueReset, 1);
    expect(bench.calls.at(-1)).toBe('queueDisabled 0 ready-0');
    bench.read(REG.QueueReset);
    expect(bench.calls.at(-1)).toBe('queueDisabled 1 queue-reset');
    expect(bench.model.queueLife(1)).toBe('queue-reset');
    bench.enableQueue(1);
    expect(bench.model.queueLife(1)).toBe('live');
    bench.write(REG.Status, 0);
    expect(bench.calls.slice(-2)).toEqual(['queueDisabled 1 device-reset', 'deviceReset']);
  });

  it('is notified by its index, or by more with NOTIFICATION_DATA', () => {
    const bench = new Bench({ offered: [V1, 38] });
    bench.start(V1);
    bench.write(REG.QueueNotify, 1);
    bench.write(REG.QueueNotify, 0x10001);
    expect(bench.faults().at(-1)).toBe('untagged.mmio.11');
    bench.start(V1, 38);
    bench.write(REG.QueueNotify, 0x10001);
    expect(bench.calls.filter((call) => call.startsWith('notified'))).toEqual(['notified 1', 'notified 1']);
  });
});

describe('a legacy queue', () => {
  const setUp = (bench: Bench, align = 4096) => {
    bench.write(REG.GuestPageSize, 4096);
    bench.write(REG.QueueSel, 1);
    bench.read(REG.QueuePFN);
    bench.read(REG.QueueSizeMax);
    bench.write(REG.QueueSize, 64);
    bench.write(REG.QueueAlign, align);
    bench.write(REG.QueuePFN, MEMORY.base / 4096);
  };

  it('lies at QueuePFN times GuestPageSize, its used part at the next multiple of QueueAlign', () => {
    const bench = new Bench({ legacy: true });
    bench.select(27);
    setUp(bench);
    expect(bench.configs[0]).toMatchObject({
      size: 64,
      descriptors: MEMORY.base,
      available: MEMORY.base + 1024,
      used: MEMORY.base + 4096,
    });
    expect(bench.model.queueLife(1)).toBe('live');
    bench.write(REG.QueueNotify, 1);
    expect(bench.calls.slice(-2)).toEqual(['featuresFixed', 'notified 1']);
    expect(bench.read(REG.QueuePFN)).toBe(MEMORY.base / 4096);
    bench.write(REG.QueuePFN, 0);
    expect(bench.calls.at(-1)).toBe('queueDisabled 1 pfn-0');
    expect(bench.violated()).toEqual([]);
  });

  it('may be set up with a GuestPageSize written before the reset, as Linux does', () => {
    const bench = new Bench({ legacy: true });
    bench.write(REG.GuestPageSize, 4096);
    bench.select(27);
    bench.write(REG.QueueSize, 8);
    bench.write(REG.QueueAlign, 4096);
    bench.write(REG.QueuePFN, MEMORY.base / 4096);
    expect(bench.calls.at(-1)).toBe('queueEnabled 0');
  });

  it('is void with an alignment that is no power of two', () => {
    const bench = new Bench({ legacy: true });
    bench.select(27);
    setUp(bench, 3000);
    expect(bench.calls.at(-1)).toBe('queueVoided 1');
  });

  it('reads back its QueuePFN, and 0 after reset', () => {
    const bench = new Bench({ legacy: true, mutation: 'reset-keeps-ready' });
    bench.select(27);
    setUp(bench);
    bench.reset();
    bench.write(REG.QueueSel, 1);
    bench.read(REG.QueuePFN);
    expect(bench.violated()).toEqual(['untagged.legacy.1']);
  });

  it('is judged in the byte order of the guest', () => {
    const bench = new Bench({ legacy: true, endianness: 'be-legacy' });
    bench.probe();
    bench.select(27);
    setUp(bench);
    expect(bench.configs[0]).toMatchObject({ descriptors: MEMORY.base, order: 'big' });
    expect([bench.violated(), bench.faults()]).toEqual([[], []]);
    const swapped = new Bench({ legacy: true, endianness: 'be-legacy', mutation: 'big-endian' });
    swapped.probe();
    expect(swapped.violated()).toContain('untagged.legacy.7');
  });
});

describe('a queue that every device of the type has', () => {
  const PRESENT = 'untagged.mmio.18';
  const readSizeMax = (bench: Bench, queue: number): void => {
    bench.write(REG.QueueSel, queue);
    bench.read(REG.QueueSizeMax);
  };

  it.each([false, true])('is there when queues are set up (legacy: %s)', (legacy) => {
    const bench = new Bench({ legacy, mutation: 'present-queue-has-none' });
    bench.select(legacy ? 27 : V1);
    if (!legacy) bench.featuresOk();
    readSizeMax(bench, 0);
    readSizeMax(bench, 2);
    expect(bench.violated()).toEqual([]);
    readSizeMax(bench, 1);
    expect(bench.violated()).toEqual([PRESENT]);
  });

  it('may not be ready yet before features are negotiated', () => {
    for (const legacy of [false, true]) {
      const bench = new Bench({ legacy, mutation: 'present-queue-has-none' });
      bench.reset();
      readSizeMax(bench, 1);
      expect(bench.violated()).toEqual([]);
    }
  });
});

describe('a reset', () => {
  it('leaves open which queue and window are selected', () => {
    const bench = new Bench();
    bench.start();
    bench.reset();
    bench.read(REG.QueueReady);
    expect(bench.faults().at(-1)).toBe('untagged.mmio.13');
    bench.write(REG.Status, 1);
    bench.write(REG.Status, 3);
    bench.write(REG.DriverFeatures, 0);
    expect(bench.faults().at(-1)).toBe('mmio.driver.register-layout.13');
    expect(bench.model.voided).toBe(true);
  });
});
