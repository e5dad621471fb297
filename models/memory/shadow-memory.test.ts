import { describe, expect, test } from 'vitest';
import { ShadowMemory, fillPoison, poison } from './shadow-memory.ts';

const BASE = 0x8000_0000;

function fresh(): ShadowMemory {
  const memory = new ShadowMemory({ memory: { base: BASE, size: 0x10000 } });
  memory.powerOn();
  return memory;
}

describe('shadow memory', () => {
  test('reads fields in both byte orders', () => {
    const memory = fresh();
    memory.driverStore(BASE + 1, Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8), 1, 8);
    expect(memory.u16(BASE + 1, false)).toBe(0x0201);
    expect(memory.u16(BASE + 1, true)).toBe(0x0102);
    expect(memory.u32(BASE + 1, false)).toBe(0x04030201);
    expect(memory.u32(BASE + 1, true)).toBe(0x01020304);
    expect(memory.u64(BASE + 1, true)).toBe(0x01020304 * 2 ** 32 + 0x05060708);
  });

  test.each([5, 47, 48, 49, 500])('finds runs of %i differing bytes', (length) => {
    const memory = fresh();
    const seen = new Uint8Array(1000);
    seen.fill(7, 100, 100 + length);
    seen[999] = 1;
    const start = memory.nextDifference(BASE, seen, 0, 1000, 0);
    const end = memory.endOfDifference(BASE, seen, 0, 1000, start);
    expect([start, end]).toEqual([100, 100 + length]);
    expect(memory.nextDifference(BASE, seen, 0, 1000, end)).toBe(999);
    expect(memory.nextDifference(BASE, seen, 0, 99, 0)).toBe(99);
  });

  test.each([4, 48, 49, 3000])('permissions of %i bytes: forbidden, exposed, written, forbidden again', (length) => {
    const memory = fresh();
    const at = BASE + 0x100;
    expect(memory.firstForbidden(at, length)).toBe(at);
    expect(memory.expose(at, length)).toBe(false);
    expect(memory.firstForbidden(at, length)).toBe(-1);
    expect(memory.firstForbidden(at, length + 1)).toBe(at + length);
    expect(memory.firstForbidden(at - 1, length)).toBe(at - 1);
    expect(memory.allWritten(at, length)).toBe(false);
    memory.deviceStore(at, new Uint8Array(length - 1), 0, length - 1);
    expect(memory.allWritten(at, length)).toBe(false);
    expect(memory.allWritten(at, length - 1)).toBe(true);
    memory.deviceStore(at, new Uint8Array(length), 0, length);
    expect(memory.allWritten(at, length)).toBe(true);
    expect(memory.expose(at + length - 1, 2)).toBe(true);
    memory.forbid(at, length);
    expect(memory.firstForbidden(at, length)).toBe(at);
    expect(memory.firstForbidden(at + length, 1)).toBe(-1);
  });

  test.each([4, 3000])('what is closing stays writable until the driver looks (%i bytes)', (length) => {
    const memory = fresh();
    memory.expose(BASE, length);
    memory.beginClosing(BASE, length);
    memory.deviceStore(BASE, new Uint8Array(length).fill(3), 0, length);
    expect(memory.firstForbidden(BASE, length)).toBe(-1);
    memory.loaded(BASE, length - 1);
    expect(memory.firstForbidden(BASE, length)).toBe(BASE);
    expect(memory.isClosing(BASE, length)).toBe(true);
    memory.finishClosing(BASE, length);
    expect(memory.firstForbidden(BASE + length - 1, 1)).toBe(BASE + length - 1);
  });

  test('permitting what a driver described keeps what was written, and is cut to the window', () => {
    const memory = fresh();
    memory.expose(BASE, 4);
    memory.deviceStore(BASE, new Uint8Array(2), 0, 2);
    memory.permit(BASE - 100, 1e19);
    expect(memory.firstForbidden(BASE, 0x10000)).toBe(-1);
    expect(memory.allWritten(BASE, 2)).toBe(true);
    expect(memory.allWritten(BASE, 3)).toBe(false);
  });

  test('order comes back after a wild time', () => {
    const memory = fresh();
    memory.wild = true;
    expect(memory.firstForbidden(BASE, 100)).toBe(-1);
    memory.endWild(true);
    expect(memory.firstForbidden(BASE, 100)).toBe(-1);
    memory.loaded(BASE, 100);
    expect(memory.firstForbidden(BASE, 100)).toBe(BASE);
  });

  test('power-on forgets bytes and permissions', () => {
    const memory = fresh();
    for (const at of [BASE, BASE + 0x7ff8, BASE + 0xfff8]) {
      memory.driverStore(at, new Uint8Array(8).fill(1), 0, 8);
      memory.expose(at, 8);
    }
    memory.powerOn();
    expect(memory.nextDifference(BASE, new Uint8Array(0x10000), 0, 0x10000, 0)).toBe(0x10000);
    for (const at of [BASE, BASE + 0x7ff8, BASE + 0xfff8]) expect(memory.firstForbidden(at, 8)).toBe(at);
  });

  test('poison is told by its address', () => {
    const memory = fresh();
    const bytes = new Uint8Array(100);
    fillPoison(bytes, 0, 100, BASE + 0xfff0 - 64);
    expect(bytes[7]).toBe(poison(BASE + 0xfff0 - 57));
    memory.driverStore(BASE + 0xfff0 - 64, bytes, 0, 80);
    expect(memory.keptPoison(BASE + 0xfff0 - 64, 80, 16)).toBe(true);
    memory.driverStore(BASE + 0x100, bytes, 0, 80);
    expect(memory.keptPoison(BASE + 0x100, 80, 16)).toBe(false);
  });
});
