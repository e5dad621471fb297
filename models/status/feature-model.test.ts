import { describe, expect, it } from 'vitest';
import { Bench } from '../mmio/testing/bench.ts';
import { REG } from '../mmio/layout.ts';
import { FeatureSet } from './feature-bits.ts';

const V1 = 32;

describe('FeatureSet', () => {
  it('holds bits over all windows', () => {
    const set = FeatureSet.of(0, 31, 32, 127);
    expect(set.bits()).toEqual([0, 31, 32, 127]);
    expect([set.has(31), set.has(33), set.has(200)]).toEqual([true, false, false]);
    expect(set.equals(FeatureSet.of(0))).toBe(false);
  });
});

describe('the offer', () => {
  const offer = (offered: number[], legacy = false) => {
    const bench = new Bench({ offered, legacy });
    bench.select();
    return bench;
  };

  it('may hold the legacy bits 24 and 27 on the modern layout too, but no type-specific legacy bit', () => {
    expect(offer([24, 27, V1]).violated()).toEqual([]);
    expect(offer([7, V1]).violated()).toEqual(['basic.device.feature-bits.4']);
    expect(offer([7, 27], true).violated()).toEqual([]);
  });

  it('may hold NOTIF_CONFIG_DATA, which 4.2 does not reserve', () => {
    expect(offer([V1, 39]).violated()).toEqual([]);
  });

  it('must hold ANY_LAYOUT on the legacy layout and should not hold bit 30', () => {
    expect(offer([9], true).violated()).toEqual(['reserved.device.legacy-reserved-feature-bits.3']);
    expect(offer([27, 30], true).violated()).toEqual(['reserved.device.legacy-reserved-feature-bits.4']);
  });

  it('is not judged after a read through an unknown selector', () => {
    const bench = new Bench({ mutation: 'offer-undefined' });
    bench.reset();
    bench.read(REG.DeviceFeatures);
    expect(bench.violated()).toEqual([]);
    expect(bench.faults()).toContain('mmio.driver.register-layout.12');
  });
});

describe('the selection', () => {
  const negotiate = (features: number[], options = {}) => {
    const bench = new Bench(options);
    bench.select(...features);
    const kept = bench.featuresOk();
    return { bench, kept, faults: bench.faults().filter((id) => !id.startsWith('mmio.driver.device-init')) };
  };

  it('is in force once FEATURES_OK was read back set', () => {
    const { bench, faults } = negotiate([V1, 29]);
    expect(faults).toEqual([]);
    expect(bench.calls).toContain('featuresFixed');
    expect([bench.model.features.has(29), bench.model.features.has(28)]).toEqual([true, false]);
  });

  it('must be a subset of the offer', () => {
    const { bench, kept, faults } = negotiate([V1, 12]);
    expect([kept, faults]).toEqual([false, ['basic.driver.feature-bits.1']]);
    expect(bench.violated()).toEqual([]);
    expect(bench.calls).not.toContain('featuresFixed');
  });

  it('must hold what its features require', () => {
    const { bench, kept, faults } = negotiate([V1, 11]);
    expect([kept, faults]).toEqual([false, ['basic.driver.feature-bits.2']]);
    expect(bench.violated()).toEqual([]);
  });

  it('may be refused without VERSION_1, or accepted, unless the target says which', () => {
    for (const requiresVersion1 of [true, false]) {
      expect(negotiate([29], { requiresVersion1 }).bench.violated()).toEqual([]);
      expect(negotiate([29], { requiresVersion1, claims: { requiresVersion1 } }).bench.violated()).toEqual([]);
    }
    const broken = negotiate([29], { requiresVersion1: false, claims: { requiresVersion1: true } });
    expect(broken.bench.violated()).toEqual(['basic.device.feature-bits.3']);
    expect(broken.faults).toEqual(['reserved.driver.reserved-feature-bits.1']);
  });

  it('should hold the features that a driver should accept', () => {
    const { faults } = negotiate([V1], { offered: [V1, 33, 34, 36, 39] });
    expect(faults).toEqual([3, 6, 7, 13].map((n) => `reserved.driver.reserved-feature-bits.${String(n)}`));
  });

  it('may be refused for declining ACCESS_PLATFORM', () => {
    const { bench } = negotiate([V1], { offered: [V1, 33], mutation: 'refuses-valid' });
    expect(bench.violated()).toEqual([]);
  });

  it('of a legacy driver counts at once and is final with the first use', () => {
    const bench = new Bench({ legacy: true });
    bench.select(27, 29, 12);
    expect(bench.model.features.has(29)).toBe(true);
    expect(bench.calls).not.toContain('featuresFixed');
    bench.select(27, 29);
    bench.write(REG.Status, 7);
    expect(bench.calls).toContain('featuresFixed');
    bench.write(REG.DriverFeaturesSel, 0);
    bench.write(REG.DriverFeatures, 1 << 28);
    expect(bench.report.driverFaults.at(-1)).toMatchObject({ clause: undefined, voids: 'device' });
  });
});
