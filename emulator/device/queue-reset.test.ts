import { expect, test } from 'vitest';
import { HandDriver, type Part } from './hand-driver.ts';
import { Register } from './registers.ts';

const OUT: Part = { length: 16, write: true };
const RING_RESET = 40;

test('a reset queue does nothing, and starts afresh with another size at another place', () => {
  const d = new HandDriver();
  d.start(RING_RESET);
  d.submit([OUT]);
  d.submit([OUT]);
  expect(d.read(Register.QueueReset)).toBe(0);
  d.write(Register.QueueReset, 1);
  expect([d.read(Register.QueueReset), d.read(Register.QueueReady)]).toEqual([0, 0]);
  d.submit([OUT]);
  expect(d.usedIndex()).toBe(2);
  d.queue(0, 4);
  expect([d.read(Register.QueueReset), d.read(Register.QueueReady)]).toEqual([0, 1]);
  d.submit([OUT]);
  expect([d.usedIndex(), d.usedElement(0).id]).toEqual([1, 0]);
});

test('only the selected queue is reset', () => {
  const d = new HandDriver({ device: 'console' });
  d.negotiate(RING_RESET);
  d.queue(0, 8);
  d.queue(1, 8);
  d.live();
  d.write(Register.QueueSel, 0);
  d.write(Register.QueueReset, 1);
  d.submit([{ length: 3, bytes: Uint8Array.of(1, 2, 3) }], 1);
  expect([...d.device.takeConsoleOutput(0)]).toEqual([1, 2, 3]);
});

test('with requests under way the reset takes a while, and they are dropped', () => {
  for (const progress of ['run', 'poll']) {
    const d = new HandDriver({ completion: 'fifo' });
    d.start(RING_RESET);
    d.submit([OUT]);
    const count = d.stores.length;
    d.write(Register.QueueReset, 1);
    if (progress === 'run') expect(d.device.runPending()).toBe(true);
    else expect([d.read(Register.QueueReset), d.read(Register.QueueReset)]).toEqual([1, 0]);
    expect([d.read(Register.QueueReset), d.read(Register.QueueReady)]).toEqual([0, 0]);
    expect(d.device.runPending()).toBe(false);
    expect(d.stores.length).toBe(count);
  }
});

test('without the feature the register does nothing', () => {
  const d = new HandDriver();
  d.start();
  d.write(Register.QueueReset, 1);
  expect([d.read(Register.QueueReset), d.read(Register.QueueReady)]).toEqual([0, 1]);
});

test('QueueReady 0 stops a queue', () => {
  const d = new HandDriver();
  d.start();
  d.write(Register.QueueReady, 0);
  d.submit([OUT]);
  expect([d.usedIndex(), d.stores.length]).toEqual([0, 0]);
});
