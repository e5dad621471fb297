import { describe, expect, test } from 'vitest';
import { listTargets, resolveTarget } from './registry.ts';

describe('registry', () => {
  test('finds targets by name', async () => {
    expect((await resolveTarget('emulator')).name).toBe('emulator');
    expect((await resolveTarget('emulator', { faults: [] })).name).toBe('emulator');
    const m68k = await resolveTarget('qemu:m68k');
    expect(new Set(m68k.combinations.map(({ mode }) => mode.name))).toEqual(new Set(['be-modern']));
    const riscv = await resolveTarget('qemu:riscv64');
    expect(riscv.combinations).toHaveLength(10);
  });

  test.each([
    ['emulater', /did you mean emulator\?/],
    ['qemu:riscv', /did you mean qemu:riscv64\?/],
    ['nothing like it', /known are emulator, qemu:aarch64, /],
    ['qtest:unix:/x', /needs a description of the device: --describe FILE/],
    ['qtest:nowhere', /names no endpoint/],
    ['./no-such-module.ts', /no such file/],
  ])('%s is refused with a hint', async (name, hint) => {
    await expect(resolveTarget(name)).rejects.toThrow(hint);
  });

  test('faults belong to the emulator', async () => {
    await expect(resolveTarget('qemu:m68k', { faults: ['x'] })).rejects.toThrow(/only the emulator has faults/);
    await expect(resolveTarget('emulator', { faults: ['no-such-fault'] })).rejects.toThrow(/no-such-fault/);
  });

  test('lists what is here and what is missing', async () => {
    const listed = await listTargets();
    expect(listed.map(({ name }) => name)).toEqual([
      'emulator',
      'driver:CHILD@REVISION',
      'driver:reference-blk',
      'driver:reference-console',
      'driver:reference-rng',
      'qemu:aarch64',
      'qemu:riscv64',
      'qemu:microvm',
      'qemu:m68k',
    ]);
    for (const { available, version, missing } of listed) {
      if (available) expect(version).toMatch(/^\d+\.\d+/);
      else expect(missing).toMatch(/apt-get install qemu-system-/);
    }
  });
});
