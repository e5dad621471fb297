import { describe, expect, test } from 'vitest';
import { createEmulatorTarget } from './emulator-target.ts';
import { kinds, logged, requestEntropy } from './fixtures/drive.ts';
import { TargetUnavailable, type SyncSession } from './target.ts';

const target = createEmulatorTarget();
const named = target.combinations.map((combination) => {
  const { device, transport, variant } = combination;
  return [`${device} ${transport} ${variant}`, combination] as const;
});

describe('emulator target', () => {
  test('offers each combination once', () => {
    expect(new Set(named.map(([name]) => name)).size).toBe(named.length);
  });

  test.each(named)('%s starts as what it says', async (_name, combination) => {
    const session = (await target.open(combination)) as SyncSession;
    const { registers } = combination.mode;
    expect(session.readRegister(0, 4)).toBe(logged(0x74726976, registers));
    expect(session.readRegister(4, 4)).toBe(logged(combination.transport === 'mmio-v1' ? 1 : 2, registers));
    expect(kinds(session.log)).toEqual(['PowerOn', 'RegRead', 'RegRead']);
    session.close();
  });

  const entropy = named.filter(([, { device, variant }]) => device === 'rng' && variant !== 'small-queue');
  test.each(entropy)('%s answers a request', async (_name, combination) => {
    const session = await target.open(combination);
    const { status, levels, bytes } = await requestEntropy(session);
    expect(status).toBe(logged(1, combination.mode.registers));
    expect(levels).toEqual([1, 0]);
    expect(bytes.some((byte) => byte !== 0)).toBe(true);
  });

  test('host actions reach the device', async () => {
    const combination = named.find(([name]) => name === 'blk mmio-v2 default')![1];
    const session = (await target.open(combination)) as SyncSession;
    expect(session.readRegister(0x100, 4)).toBe(128);
    session.host({ action: 'resize-disk', sectors: 256 });
    expect(session.readRegister(0x100, 4)).toBe(256);
    session.restart();
    expect(session.readRegister(0x100, 4)).toBe(128);
  });

  test('refuses what does not exist', async () => {
    expect(() => createEmulatorTarget({ faults: ['no-such-fault'] })).toThrow(TargetUnavailable);
    await expect(target.open({ ...named[0][1], variant: 'no-such-variant' })).rejects.toThrow(TargetUnavailable);
  });
});
