import { describe, expect, test } from 'vitest';
import { HandDriver } from './hand-driver.ts';
import { Register } from './registers.ts';

const DEVICES = ['blk', 'rng', 'console'] as const;

describe('identity', () => {
  test.each([1, 2] as const)('layout %i: magic and version', (version) => {
    const d = new HandDriver({ version });
    expect(d.read(Register.MagicValue)).toBe(0x74726976);
    expect(d.read(Register.Version)).toBe(version);
    expect(d.read(Register.DeviceID)).toBe(4);
    expect(d.read(Register.Status)).toBe(0);
  });

  test('a big-endian legacy device shows its bytes as they lie', () => {
    const d = new HandDriver({ version: 1, registerEndian: 'big' });
    expect(d.device.readRegister(0, 4)).toBe(0x76697274);
    d.device.writeRegister(Register.Status, 4, 0x0100_0000);
    expect(d.device.readRegister(Register.Status, 4)).toBe(0x0100_0000);
  });

  test('byte order of modern registers is not an option', () => {
    const d = new HandDriver({ version: 2, registerEndian: 'big', believedGuest: 'big' });
    expect(d.device.readRegister(0, 4)).toBe(0x74726976);
  });
});

describe('accesses that no table defines', () => {
  test.each(DEVICES)('%s: read 0, change nothing, never throw', (device) => {
    for (const version of [1, 2] as const) {
      const d = new HandDriver({ device, version });
      const before = d.read(Register.QueueSizeMax);
      for (const offset of [-4, 1, 2, 3, 0x18, 0x2c, 0x48, 0x54, 0x7c, 0xf8, 0xfd, 0.5, NaN]) {
        for (const size of [1, 2, 3, 4, 8, 0, -1]) {
          expect(d.device.readRegister(offset, size)).toBe(0);
          d.device.writeRegister(offset, size, 0xffff_ffff);
        }
      }
      for (const offset of [0, 4, 8, 0x60, 0x70]) {
        for (const size of [1, 2, 8]) expect(d.device.readRegister(offset, size)).toBe(0);
      }
      d.write(Register.MagicValue, 0);
      d.write(Register.QueueSizeMax, 1);
      expect(d.read(Register.QueueSizeMax)).toBe(before);
      expect(d.read(Register.MagicValue)).toBe(0x74726976);
      expect(d.device.readRegister(0x100 + 100_000, 4)).toBe(0);
      d.device.writeRegister(0x100 + 100_000, 4, 1);
      d.device.writeRegister(0x100, 8, -1.5);
      expect(d.read(Register.Status)).toBe(0);
    }
  });

  test('write-only registers read 0', () => {
    const d = new HandDriver();
    d.start();
    for (const offset of [0x14, 0x20, 0x24, 0x30, 0x38, 0x50, 0x64, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0xac]) {
      expect(d.read(offset)).toBe(0);
    }
  });

  test('registers of the other layout do not exist', () => {
    const modern = new HandDriver();
    modern.write(Register.QueuePFN, 7);
    expect(modern.read(Register.QueuePFN)).toBe(0);
    const legacy = new HandDriver({ version: 1 });
    legacy.write(Register.QueueReady, 1);
    expect(legacy.read(Register.QueueReady)).toBe(0);
    expect(legacy.read(Register.ConfigGeneration)).toBe(0);
    expect(legacy.read(Register.SHMLenLow)).toBe(0);
  });
});

describe('queue registers', () => {
  test('a queue that does not exist has size 0', () => {
    const d = new HandDriver();
    expect(d.read(Register.QueueSizeMax)).toBe(256);
    for (const queue of [1, 2, 0xffff, 0xffff_ffff]) {
      d.write(Register.QueueSel, queue);
      expect(d.read(Register.QueueSizeMax)).toBe(0);
      d.write(Register.QueueReady, 1);
      expect(d.read(Register.QueueReady)).toBe(0);
    }
  });

  test('QueueReady reads back, queue by queue', () => {
    const d = new HandDriver({ device: 'console' });
    d.negotiate();
    d.queue(0, 8);
    expect(d.read(Register.QueueReady)).toBe(1);
    d.write(Register.QueueSel, 1);
    expect(d.read(Register.QueueReady)).toBe(0);
    d.write(Register.QueueSel, 0);
    d.write(Register.QueueReady, 0);
    expect(d.read(Register.QueueReady)).toBe(0);
  });

  test('shared memory regions are absent', () => {
    const d = new HandDriver();
    d.write(Register.SHMSel, 3);
    for (let offset = 0xb0; offset <= 0xbc; offset += 4) expect(d.read(offset)).toBe(0xffff_ffff);
  });
});

describe('configuration space', () => {
  test('is read in bytes, halves and words at any offset', () => {
    const d = new HandDriver({ device: 'console' });
    expect(d.device.readRegister(0x100, 2)).toBe(80);
    expect(d.device.readRegister(0x102, 2)).toBe(25);
    expect(d.device.readRegister(0x100, 4)).toBe((25 << 16) | 80);
    expect(d.device.readRegister(0x102, 1)).toBe(25);
    expect(d.device.readRegister(0x101, 2)).toBe(25 << 8);
    expect(d.device.readRegister(0x100, 8)).toBe(2 ** 32 + (25 << 16) + 80);
  });

  test('of a big-endian legacy guest lies the other way round', () => {
    const d = new HandDriver({ device: 'console', version: 1, believedGuest: 'big' });
    expect(d.device.readRegister(0x100, 2)).toBe(80 << 8);
  });

  test('a change moves the generation and notifies a live driver', () => {
    const d = new HandDriver({ device: 'blk' });
    const before = d.read(Register.ConfigGeneration);
    d.device.resizeDisk(200);
    expect(d.read(Register.ConfigGeneration)).not.toBe(before);
    expect(d.line).toBe(0);
    d.start();
    expect(d.read(Register.InterruptStatus)).toBe(0);
    const live = d.read(Register.ConfigGeneration);
    d.device.resizeDisk(300);
    expect(d.read(Register.ConfigGeneration)).not.toBe(live);
    expect(d.device.readRegister(0x100, 4)).toBe(300);
    expect([d.line, d.ack(), d.line]).toEqual([1, 2, 0]);
  });

  test('an emergency write needs no initialization', () => {
    const d = new HandDriver({ device: 'console' });
    d.device.writeRegister(0x108, 4, 0x58);
    expect([...d.device.takeConsoleOutput(0)]).toEqual([0x58]);
  });
});

describe('interrupts', () => {
  test('an event stays until it is acknowledged, and only what is acknowledged goes', () => {
    const d = new HandDriver({ device: 'rng' });
    d.start();
    d.submit([{ length: 16, write: true }]);
    d.device.breakDevice();
    expect(d.read(Register.InterruptStatus)).toBe(3);
    expect(d.read(Register.InterruptStatus)).toBe(3);
    d.write(Register.InterruptACK, 1);
    expect([d.read(Register.InterruptStatus), d.line]).toEqual([2, 1]);
    d.write(Register.InterruptACK, 0xffff_ffff);
    expect([d.read(Register.InterruptStatus), d.line]).toEqual([0, 0]);
    expect(d.lineChanges).toEqual([1, 0]);
  });
});
