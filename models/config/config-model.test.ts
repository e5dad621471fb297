import { describe, expect, it } from 'vitest';
import { REG } from '../mmio/layout.ts';
import { Bench, type BenchOptions } from '../mmio/testing/bench.ts';
import { CAPACITY } from '../mmio/testing/ideal-device.ts';

const V1 = 32;

function started(options: BenchOptions = {}): Bench {
  const bench = new Bench(options);
  bench.select(V1, 9, 11);
  bench.featuresOk();
  bench.write(REG.Status, 15);
  return bench;
}

function capacity(bench: Bench): void {
  bench.read(REG.Config);
  bench.read(REG.Config + 4);
}

describe('fields', () => {
  it('are passed on when all their bytes were read, in any order', () => {
    const bench = started();
    bench.read(REG.Config + 4);
    expect(bench.fields.size).toBe(0);
    bench.read(REG.Config);
    bench.read(REG.Config + 33, 1);
    expect(bench.fields).toEqual(new Map([['capacity', BigInt(CAPACITY)], ['unused0', 0n]])); // prettier-ignore
  });

  it('of a legacy device are in the byte order of the guest and may be read by the byte', () => {
    const bench = new Bench({ legacy: true, endianness: 'be-legacy' });
    bench.select(27);
    new DataView(bench.device.config.buffer).setBigUint64(0, 0x0102030405060708n);
    for (let i = 0; i < 8; i++) bench.read(REG.Config + i, 1);
    expect(bench.fields.get('capacity')).toBe(0x0102030405060708n);
    expect(bench.faults().filter((id) => id.startsWith('mmio.driver.register'))).toEqual([]);
  });

  it('are not judged if read in another width than theirs, or outside any', () => {
    const bench = started();
    bench.read(REG.Config + 34, 1);
    bench.read(REG.Config + 60, 4);
    expect(bench.faults().slice(-2)).toEqual(['mmio.driver.register-layout.5', 'mmio.driver.register-layout.1']);
    expect(bench.fields.size).toBe(0);
  });

  it("of a feature that is not offered are not the driver's to read", () => {
    const bench = started();
    bench.read(REG.Config + 8);
    expect(bench.faults().at(-1)).toBe('basic.driver.device-configuration-space.3');
  });

  it("are not written before FEATURES_OK, nor if they are the device's", () => {
    const bench = new Bench();
    bench.select(V1, 9, 11);
    bench.write(REG.Config + 32, 1, 1);
    expect(bench.faults().at(-1)).toBe('init.driver.device-initialization.3');
    bench.featuresOk();
    bench.write(REG.Config + 20, 1);
    expect(bench.report.driverFaults.at(-1)).toMatchObject({ clause: undefined, voids: 'nothing' });
  });
});

describe('a legacy configuration space', () => {
  it('takes a switch before negotiation', () => {
    for (const ignored of [true, false]) {
      const bench = new Bench({ legacy: true });
      bench.reset();
      bench.read(REG.DeviceFeatures);
      bench.write(REG.Config + 32, 1, 1);
      if (ignored) bench.device.config[32] = 0;
      bench.read(REG.Config + 32, 1);
      expect(bench.violated()).toEqual(ignored ? ['init.device.legacy-device-initialization.1'] : []);
    }
  });

  it('has forgotten such a switch once it was powered on anew', () => {
    const bench = new Bench({ legacy: true });
    bench.reset();
    bench.read(REG.DeviceFeatures);
    bench.write(REG.Config + 32, 1, 1);
    bench.model.powerOn();
    bench.device.config[32] = 0;
    bench.read(REG.DeviceFeatures);
    bench.read(REG.Config + 32, 1);
    expect(bench.violated()).toEqual([]);
  });

  it('reads the same by the byte as by the word', () => {
    const bench = new Bench({ legacy: true });
    bench.select(27);
    bench.read(REG.Config);
    bench.device.config[1] ^= 1;
    bench.read(REG.Config + 1, 1);
    expect(bench.violated()).toEqual(['untagged.mmio.10']);
  });
});

describe('changes', () => {
  it('by nobody are wrong', () => {
    const bench = started();
    capacity(bench);
    bench.device.setCapacity(5);
    capacity(bench);
    expect(bench.violated()).toEqual(['untagged.basic.4']);
  });

  it('of a switch by itself are wrong for a driver that accepted its feature, and no matter for others', () => {
    for (const accepted of [true, false]) {
      const bench = new Bench();
      bench.select(V1, 9, ...(accepted ? [11] : []));
      bench.featuresOk();
      bench.write(REG.Status, 15);
      bench.device.config[32] = 0;
      bench.read(REG.Config + 32, 1);
      bench.device.config[32] = 1;
      bench.read(REG.Config + 32, 1);
      expect(bench.violated()).toEqual(accepted ? ['untagged.basic.4'] : []);
    }
  });

  it('by the host may show at once, or once the device was given time', () => {
    const bench = started();
    capacity(bench);
    bench.report.row++;
    bench.model.host({ action: 'resize-disk', sectors: 5 });
    capacity(bench);
    bench.device.setCapacity(5);
    bench.settle();
    capacity(bench);
    capacity(bench);
    expect(bench.violated()).toEqual([]);
    bench.device.setCapacity(6);
    capacity(bench);
    expect(bench.violated()).toEqual(['untagged.basic.4']);
  });

  it('by a reset are for the fields that a driver may write', () => {
    const bench = started();
    bench.write(REG.Config + 32, 1, 1);
    bench.read(REG.Config + 32, 1);
    bench.select(V1, 9, 11);
    bench.featuresOk();
    expect(bench.read(REG.Config + 32, 1)).toBe(0);
    expect(bench.violated()).toEqual([]);
  });

  it('may show late, though the driver has never read the field before', () => {
    const bench = new Bench();
    bench.start(V1, 43);
    bench.report.row++;
    bench.model.host({ action: 'resize-disk', sectors: 5 });
    capacity(bench);
    bench.device.setCapacity(5);
    capacity(bench);
    expect(bench.violated()).toEqual([]);
  });
});

describe('a change while suspended', () => {
  /** The driver has read the capacity and seen the device suspended; then the host changes it. */
  const resized = (): Bench => {
    const bench = new Bench();
    bench.start(V1, 43);
    capacity(bench);
    bench.write(REG.Status, 31);
    bench.read(REG.Status);
    bench.report.row++;
    bench.model.host({ action: 'resize-disk', sectors: 5 });
    return bench;
  };

  it('may be held back until resume', () => {
    const bench = resized();
    bench.settle();
    capacity(bench);
    bench.write(REG.Status, 31);
    bench.read(REG.Status);
    bench.device.setCapacity(5);
    capacity(bench);
    expect(bench.violated()).toEqual([]);
  });

  it('shows after resume, though the device is suspended again when the driver looks', () => {
    const bench = resized();
    bench.write(REG.Status, 15);
    bench.read(REG.Status);
    bench.device.setCapacity(5);
    bench.settle();
    bench.write(REG.Status, 31);
    bench.read(REG.Status);
    capacity(bench);
    expect(bench.violated()).toEqual([]);
    bench.device.setCapacity(6);
    capacity(bench);
    expect(bench.violated()).toEqual(['init.device.device-suspend.3']);
  });

  it('shows after a reset, if the device never resumed', () => {
    const bench = resized();
    bench.write(REG.Status, 15);
    bench.settle();
    capacity(bench);
    bench.write(REG.Status, 0);
    bench.read(REG.Status);
    bench.device.setCapacity(5);
    bench.start(V1, 43);
    capacity(bench);
    expect(bench.violated()).toEqual([]);
  });
});

describe('ConfigGeneration', () => {
  const read = (bench: Bench) => bench.read(REG.ConfigGeneration);

  it('must change with the configuration, even if the change is only seen later', () => {
    const bench = started({ mutation: 'generation-stuck' });
    read(bench);
    capacity(bench);
    bench.host({ action: 'resize-disk', sectors: 5 });
    read(bench);
    expect(bench.violated()).toEqual([]);
    capacity(bench);
    read(bench);
    expect(bench.violated()).toEqual(['mmio.device.register-layout.6']);
  });

  it('need not change for what the driver wrote', () => {
    const bench = started();
    read(bench);
    bench.read(REG.Config + 32, 1);
    bench.write(REG.Config + 32, 1, 1);
    bench.read(REG.Config + 32, 1);
    read(bench);
    expect(bench.violated()).toEqual([]);
  });

  it('may change without any change', () => {
    const bench = started();
    read(bench);
    capacity(bench);
    bench.device.generation++;
    read(bench);
    capacity(bench);
    expect(bench.violated()).toEqual([]);
  });
});
