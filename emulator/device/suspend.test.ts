import { describe, expect, test } from 'vitest';
import { HandDriver, type Part } from './hand-driver.ts';
import type { EmulatorOptions } from './options.ts';
import { Register } from './registers.ts';

const OUT: Part = { length: 16, write: true };
const SUSPEND = 43;

function suspended(options: Partial<EmulatorOptions> = {}): HandDriver {
  const d = new HandDriver(options);
  d.start(SUSPEND);
  d.write(Register.Status, 31);
  expect(d.read(Register.Status)).toBe(27);
  return d;
}

const resume = (d: HandDriver): void => d.write(Register.Status, 31);

test('suspend and resume', () => {
  const d = suspended();
  d.submit([OUT]);
  expect([d.usedIndex(), d.line]).toEqual([0, 0]);
  resume(d);
  expect(d.read(Register.Status)).toBe(15);
  expect([d.usedIndex(), d.line]).toEqual([1, 1]);
  d.submit([OUT]);
  expect(d.usedIndex()).toBe(2);
});

test('SUSPEND is ignored before DRIVER_OK and without the feature', () => {
  const early = new HandDriver();
  early.negotiate(SUSPEND);
  early.write(Register.Status, 27);
  expect(early.read(Register.Status)).toBe(11);
  early.write(Register.Status, 31);
  expect(early.read(Register.Status)).toBe(15);
  const without = new HandDriver();
  without.start();
  without.write(Register.Status, 31);
  expect(without.read(Register.Status)).toBe(15);
});

test('requests under way are finished and notified first', () => {
  const d = new HandDriver({ completion: 'lifo' });
  d.start(SUSPEND);
  d.submit([OUT]);
  d.submit([OUT]);
  d.write(Register.Status, 31);
  expect([d.usedIndex(), d.ack()]).toEqual([2, 1]);
  expect(d.device.runPending()).toBe(false);
});

describe('configuration', () => {
  test('writes are ignored', () => {
    const d = suspended({ device: 'console' });
    d.device.writeRegister(0x108, 4, 65);
    expect([...d.device.takeConsoleOutput(0)]).toEqual([]);
  });

  test('stands still, and its change is told on resume', () => {
    const d = suspended({ device: 'console' });
    d.device.resizeConsole(100, 40);
    expect([d.device.readRegister(0x100, 2), d.line]).toEqual([80, 0]);
    resume(d);
    expect([d.device.readRegister(0x100, 2), d.ack()]).toEqual([100, 2]);
  });
});

test('what the host has done while suspended holds after a reset', () => {
  const d = suspended({ device: 'blk' });
  d.device.resizeDisk(192);
  expect(d.device.readRegister(0x100, 4)).toBe(128);
  d.write(Register.Status, 0);
  expect([d.device.readRegister(0x100, 4), d.line]).toEqual([192, 0]);
});

test('input waits for resume', () => {
  const d = new HandDriver({ device: 'console' });
  d.start(SUSPEND);
  const { at } = d.submit([OUT]);
  d.write(Register.Status, 31);
  d.device.consoleInput(0, Uint8Array.of(1, 2));
  expect(d.usedIndex()).toBe(0);
  resume(d);
  expect(d.usedElement(0)).toEqual({ id: 0, length: 2 });
  expect([...d.contents(at[0], 2)]).toEqual([1, 2]);
});

test('a device that breaks down while suspended does not resume, and a reset cures it', () => {
  const d = suspended();
  d.device.breakDevice();
  expect([d.read(Register.Status), d.line]).toEqual([91, 0]);
  resume(d);
  expect(d.read(Register.Status)).toBe(91);
  d.start();
  d.submit([OUT]);
  expect([d.read(Register.Status), d.usedIndex()]).toEqual([15, 1]);
});

test('a reset ends a suspend', () => {
  const d = suspended();
  d.write(Register.Status, 0);
  expect(d.read(Register.Status)).toBe(0);
  d.start();
  expect(d.read(Register.Status)).toBe(15);
});
