import { describe, expect, test } from 'vitest';
import { endiannessMode } from '../../models/setup.ts';
import { EventKind } from '../../models/trace/event-log.ts';
import { kinds, outcome } from '../fixtures/drive.ts';
import type { SessionInfo } from '../target.ts';
import { InProcessSession, type InProcessDevice, type InProcessPlatform } from './session.ts';

const BASE = 0x4000_0000;
const SIZE = 1 << 16;

function open(create: (platform: InProcessPlatform) => Partial<InProcessDevice['registers']>, hungAfter?: number) {
  const info: SessionInfo = {
    target: 'test',
    version: '1',
    device: 'rng',
    transport: 'mmio-v2',
    mode: endiannessMode('le', 'mmio-v2'),
    variant: 'default',
    memory: { base: BASE, size: SIZE },
    observesDeviceStores: true,
    observesInterrupt: true,
    hostActions: [],
    claims: {},
  };
  const session = new InProcessSession({
    info,
    hungAfter,
    create: (platform) => ({
      registers: { readRegister: () => 0, writeRegister: () => {}, ...create(platform) },
      settle: () => {},
      host: () => undefined,
    }),
  });
  session.log.clear();
  return session;
}

describe('in-process session', () => {
  test('takes a read that returns nothing for a device that has failed', () => {
    const session = open(() => ({ readRegister: () => undefined as unknown as number }));
    expect(session.readRegister(0x70, 4)).toBe(0);
    expect(outcome(session.log)).toMatch(/threw[^]*register 0x70 returned undefined/);
  });

  test('logs what a device does after the access that caused it', () => {
    const session = open(({ memory, setInterrupt }) => ({
      readRegister() {
        memory.store8(BASE, 7);
        return 42;
      },
      writeRegister() {
        memory.store16(BASE + 2, 0x1234, false);
        memory.store32(BASE + 4, 0x89abcdef, true);
        memory.storeBytes(BASE + 8, Uint8Array.of(1, 2, 3));
        setInterrupt(1);
        setInterrupt(1);
        setInterrupt(0);
      },
    }));
    expect(session.readRegister(0x60, 4)).toBe(42);
    session.writeRegister(0x50, 4, 0);
    const { log } = session;
    expect(kinds(log)).toEqual([
      ...['RegRead', 'DeviceStore'],
      ...['RegWrite', 'DeviceStore', 'DeviceStore', 'DeviceStore', 'Irq', 'Irq'],
    ]);
    expect(log.value[0]).toBe(42);
    expect([...log.payload(session.load(BASE, 12))]).toEqual([7, 0, 0x12, 0x34, 0xef, 0xcd, 0xab, 0x89, 1, 2, 3, 0]);
  });

  test('what throws is dead until the restart, and memory is zero after it', () => {
    let calls = 0;
    const session = open(({ memory }) => ({
      readRegister() {
        calls++;
        memory.store8(BASE + 0x5000, 1);
        throw new Error('seeded');
      },
    }));
    session.store(BASE + 10, Uint8Array.of(9));
    expect(session.readRegister(0, 4)).toBe(0);
    expect(session.readRegister(0, 4)).toBe(0);
    session.writeRegister(0x70, 4, 0);
    expect(session.interrupt()).toBe(0);
    session.settle();
    expect(calls).toBe(1);
    expect(kinds(session.log)).toEqual(['Store', 'RegRead', 'DeviceStore', 'Outcome']);
    expect(outcome(session.log)).toMatch(/^threw: Error: seeded\n/);
    session.log.clear();
    session.restart();
    session.settle();
    const row = session.load(BASE, SIZE);
    expect(session.log.payload(row).every((byte) => byte === 0)).toBe(true);
    expect(kinds(session.log)).toEqual(['PowerOn', 'Settled', 'Load']);
  });

  test('endless stores are a hang', () => {
    const session = open(({ memory }) => ({
      writeRegister() {
        for (;;) memory.store8(BASE, 1);
      },
    }));
    session.writeRegister(0x50, 4, 0);
    expect(outcome(session.log)).toMatch(/^hung: more than 1048576 device stores/);
  });

  test('a kick that takes too long is a hang', () => {
    const session = open(
      () => ({
        writeRegister() {
          // Until it has run for that long, however often others are let run.
          const { user } = process.cpuUsage();
          while (process.cpuUsage().user - user < 40_000);
        },
      }),
      20,
    );
    session.writeRegister(0x50, 4, 3);
    expect(outcome(session.log)).toMatch(/^hung: write of 0x3 to register 0x50 took \d+ ms/);
  });

  test('stores outside memory are logged and change nothing', () => {
    const session = open(({ memory }) => ({
      writeRegister() {
        memory.store32(BASE + SIZE - 2, 0xffffffff, true);
        memory.store8(BASE - 1, 0xff);
      },
    }));
    session.writeRegister(0x50, 4, 0);
    const { log } = session;
    expect([log.address[1], log.address[2]]).toEqual([BASE + SIZE - 2, BASE - 1]);
    expect([...log.payload(session.load(BASE + SIZE - 2, 2))]).toEqual([0, 0]);
  });

  test('a driver outside memory is our own mistake', () => {
    const session = open(() => ({}));
    expect(() => session.load(BASE + SIZE, 1)).toThrow(RangeError);
    expect(() => session.store(BASE - 1, Uint8Array.of(1))).toThrow(/outside guest memory \[0x40000000, 0x40010000\)/);
    expect(() => session.host({ action: 'break-device' })).toThrow(/no host action/);
  });

  test('restart makes a device that starts with its interrupt low', () => {
    const session = open(({ setInterrupt }) => ({ writeRegister: () => setInterrupt(1) }));
    session.writeRegister(0, 4, 0);
    expect(session.interrupt()).toBe(1);
    session.restart();
    expect(session.interrupt()).toBe(0);
    expect(session.log.kind[session.log.length - 1]).toBe(EventKind.Irq);
  });
});
