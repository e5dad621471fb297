import { describe, expect, test } from 'vitest';
import { BASE, HandDriver, type Part, type Ring } from './hand-driver.ts';
import { Register } from './registers.ts';

const OUT: Part = { length: 16, write: true };

test('QueuePFN reads back, 0 after a reset, 0 when the driver stops', () => {
  const d = new HandDriver({ version: 1 });
  d.negotiate();
  const ring = d.queue(0, 8);
  expect(d.read(Register.QueuePFN)).toBe(ring.desc / 4096);
  d.write(Register.QueuePFN, 0);
  expect(d.read(Register.QueuePFN)).toBe(0);
  d.submit([OUT]);
  expect(d.usedIndex()).toBe(0);
  d.queue(0, 8);
  d.write(Register.Status, 0);
  expect(d.read(Register.QueuePFN)).toBe(0);
});

test('buffers are used before DRIVER_OK, and even before any status', () => {
  const d = new HandDriver({ version: 1 });
  d.queue(0, 8);
  d.submit([OUT]);
  expect([d.usedIndex(), d.line]).toEqual([1, 1]);
});

test('the configuration may be written first of all', () => {
  const d = new HandDriver({ device: 'blk', version: 1 });
  const before = d.device.readRegister(0x120, 1);
  d.device.writeRegister(0x120, 1, 1 - before);
  expect(d.device.readRegister(0x120, 1)).toBe(1 - before);
});

test('FEATURES_OK is not needed, and harmless', () => {
  const d = new HandDriver({ version: 1 });
  d.write(Register.Status, 3);
  d.write(Register.Status, 11);
  expect(d.read(Register.Status)).toBe(11);
});

test('bits that were not offered count as not accepted', () => {
  const d = new HandDriver({ version: 1, withhold: [29] });
  d.start(29);
  for (let i = 0; i < 2; i++) {
    d.submit([OUT]);
    expect(d.ack()).toBe(1);
  }
});

test('the guest page size outlives a reset', () => {
  const d = new HandDriver({ version: 1 });
  d.write(Register.GuestPageSize, 1024);
  d.write(Register.Status, 0);
  const ring: Ring = { size: 4, desc: BASE + 1024, avail: BASE + 1088, used: BASE + 1104, next: 0, free: 0 };
  d.rings[0] = ring;
  d.write(Register.QueueSize, 4);
  d.write(Register.QueueAlign, 4);
  d.write(Register.QueuePFN, ring.desc / 1024);
  d.submit([OUT]);
  expect(d.usedIndex()).toBe(1);
});

describe('the used ring lies at the first aligned address', () => {
  // 16 * size + 6 + 2 * size of 64 entries is 1158, of 4 entries 78: either side of each boundary.
  test.each([
    [64, 4096],
    [64, 1024],
    [64, 128],
    [4, 64],
    [4, 16],
    [4, 4],
    [1, 4],
  ])('size %i, alignment %i', (size, align) => {
    const d = new HandDriver({ version: 1, believedGuest: 'big' });
    d.negotiate();
    d.queue(0, size, align);
    d.submit([OUT]);
    expect(d.usedIndex()).toBe(1);
    expect(d.usedElement(0)).toEqual({ id: 0, length: 16 });
  });
});

describe('NOTIFY_ON_EMPTY', () => {
  test('outranks the flag, once all is used', () => {
    const d = new HandDriver({ version: 1, completion: 'fifo' });
    d.start(24);
    d.set16(d.rings[0].avail, 1);
    d.submit([OUT]);
    d.submit([OUT]);
    expect(d.ack()).toBe(0);
    d.device.runPending();
    expect(d.ack()).toBe(1);
  });

  test('outranks used_event', () => {
    const d = new HandDriver({ version: 1 });
    d.start(24, 29);
    d.set16(d.rings[0].avail + 20, 100);
    d.submit([OUT]);
    expect(d.ack()).toBe(1);
  });
});
