import { describe, expect, test } from 'vitest';
import { HandDriver } from './hand-driver.ts';
import { Register } from './registers.ts';

const bits = (...numbers: number[]): bigint => numbers.reduce((set, bit) => set | (1n << BigInt(bit)), 0n);

describe('the offer', () => {
  test('modern', () => {
    expect(new HandDriver({ device: 'rng' }).offered()).toBe(bits(28, 29, 32, 35, 40, 43));
  });

  test('legacy has bits 0 to 31 only', () => {
    expect(new HandDriver({ device: 'rng', version: 1 }).offered()).toBe(bits(24, 27, 28, 29));
  });

  test('withheld bits are missing', () => {
    expect(new HandDriver({ device: 'rng', withhold: [29, 43] }).offered()).toBe(bits(28, 32, 35, 40));
  });

  test('windows beyond the known bits read 0', () => {
    const d = new HandDriver();
    for (const window of [2, 3, 4, 0x1000, 0xffff_ffff]) {
      d.write(Register.DeviceFeaturesSel, window);
      expect(d.read(Register.DeviceFeatures)).toBe(0);
    }
  });
});

describe('FEATURES_OK', () => {
  test('every subset with VERSION_1 is accepted', () => {
    const d = new HandDriver();
    const optional = [28, 29, 35, 40, 43];
    for (let set = 0; set < 32; set++) {
      expect(d.negotiate(...optional.filter((_, i) => (set >> i) & 1))).toBe(true);
    }
  });

  test.each([
    ['a bit of the type that is not offered', bits(32, 0)],
    ['a reserved bit', bits(32, 44)],
    ['a bit in the last window', bits(32, 127)],
    ['no VERSION_1', bits(28)],
    ['nothing', 0n],
  ])('%s is refused, and a better set then accepted', (_, set) => {
    const d = new HandDriver({ device: 'rng' });
    d.write(Register.Status, 3);
    d.accept(set);
    d.write(Register.Status, 11);
    expect(d.read(Register.Status)).toBe(3);
    d.accept(bits(32));
    d.write(Register.Status, 11);
    expect(d.read(Register.Status)).toBe(11);
  });

  test('a bit beyond 127 is refused', () => {
    const d = new HandDriver();
    d.write(Register.Status, 3);
    d.accept(bits(32));
    d.write(Register.DriverFeaturesSel, 4);
    d.write(Register.DriverFeatures, 1);
    d.write(Register.Status, 11);
    expect(d.read(Register.Status)).toBe(3);
  });

  test('without agreed features DRIVER_OK is not to be had', () => {
    const d = new HandDriver();
    d.write(Register.Status, 7);
    expect(d.read(Register.Status)).toBe(3);
  });

  test('features are final afterwards', () => {
    const d = new HandDriver();
    d.negotiate();
    d.accept(bits(32, 29));
    const ring = d.queue(0, 8);
    d.live();
    // Were EVENT_IDX in force, used_event would silence the second buffer.
    for (let i = 0; i < 2; i++) {
      d.submit([{ length: 4, write: true }]);
      expect(d.ack()).toBe(1);
    }
    expect(d.get16(ring.used + 4 + 64)).toBe(0);
  });
});

describe('status', () => {
  test('bits add up, unknown ones do not stick, and leaving one out clears nothing', () => {
    const d = new HandDriver();
    d.write(Register.Status, 1);
    d.write(Register.Status, 2);
    expect(d.read(Register.Status)).toBe(3);
    d.write(Register.Status, 32 | 64 | 16);
    expect(d.read(Register.Status)).toBe(3);
    d.write(Register.Status, 128);
    expect(d.read(Register.Status)).toBe(131);
  });

  test('the same set can be negotiated again after a reset', () => {
    const d = new HandDriver();
    for (let i = 0; i < 3; i++) {
      d.start(29);
      expect(d.read(Register.Status)).toBe(15);
      d.submit([{ length: 4, write: true }]);
      expect(d.usedIndex()).toBe(1);
    }
  });

  test('reset clears everything', () => {
    const d = new HandDriver();
    d.start();
    d.submit([{ length: 4, write: true }]);
    d.device.breakDevice();
    d.write(Register.Status, 0);
    expect([d.read(Register.Status), d.read(Register.InterruptStatus), d.line]).toEqual([0, 0, 0]);
    expect([d.read(Register.QueueReady), d.read(Register.QueueReset)]).toEqual([0, 0]);
    const { stores } = d;
    const count = stores.length;
    d.expose(0);
    d.kick();
    d.device.runPending();
    expect(stores.length).toBe(count);
  });

  test('a notification before DRIVER_OK waits for it', () => {
    const d = new HandDriver();
    d.negotiate();
    d.queue(0, 8);
    d.submit([{ length: 4, write: true }]);
    expect([d.usedIndex(), d.line]).toEqual([0, 0]);
    d.live();
    expect([d.usedIndex(), d.line]).toEqual([1, 1]);
  });

  test('an error needs a reset, is told of once live, and stops everything', () => {
    const d = new HandDriver();
    d.start();
    d.device.breakDevice();
    expect([d.read(Register.Status), d.read(Register.InterruptStatus), d.line]).toEqual([79, 2, 1]);
    d.submit([{ length: 4, write: true }]);
    expect(d.usedIndex()).toBe(0);
    d.start();
    d.submit([{ length: 4, write: true }]);
    expect(d.usedIndex()).toBe(1);
  });
});
