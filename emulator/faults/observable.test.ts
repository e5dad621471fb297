import { describe, expect, test, vi } from 'vitest';
import { HandDriver } from '../device/hand-driver.ts';
import type { EmulatorOptions } from '../device/options.ts';
import { allDeviceFaults } from './catalogue.ts';
import { exercises, type Exercise } from './exercises.ts';

// A hang shows in nothing but the time that it takes, which is too long for so many tests.
vi.mock(import('./misbehave.ts'), async (original) => ({
  ...(await original()),
  hang: () => {
    throw new Error('seeded hang');
  },
}));

type Device = EmulatorOptions['device'];

/** What an exercise shows of a device: a digest of all it did, or how it died. */
function show(exercise: Exercise, options: Partial<EmulatorOptions>): string {
  const d = new HandDriver({ ...options, ...exercise.options });
  try {
    exercise.run(d);
    return `${d.digest}`;
  } catch (error) {
    return `${d.digest} ${String(error)}`;
  }
}

const healthy = new Map<string, string>();

function showHealthy(exercise: Exercise, options: Partial<EmulatorOptions>): string {
  const key = `${exercise.name} ${JSON.stringify(options)}`;
  let shown = healthy.get(key);
  if (shown === undefined) healthy.set(key, (shown = show(exercise, options)));
  return shown;
}

/** The device and layout on which a defect shows, per combination that it claims. */
function combinations(fault: (typeof allDeviceFaults)[number]): Partial<EmulatorOptions>[] {
  // 65536 buffers take a while, and all rings are alike.
  const wraps = fault.needs?.includes('index-wrap') ?? false;
  const devices: readonly Device[] = fault.devices ?? (wraps ? ['rng'] : ['rng', 'blk', 'console']);
  const versions = fault.transports?.map((transport) => (transport === 'mmio-v1' ? 1 : 2)) ?? [1, 2];
  const guest = fault.needs?.includes('big-endian-guest') ? { believedGuest: 'big' as const } : {};
  return devices.flatMap((device) => versions.map((version) => ({ device, version: version as 1 | 2, ...guest })));
}

describe('every defect shows where the catalogue says it can', () => {
  test.each(allDeviceFaults.map((fault) => [fault.name, fault] as const))('%s', (name, fault) => {
    const long = fault.needs?.includes('index-wrap') ?? false;
    const silent = combinations(fault).filter((options) => {
      for (const exercise of exercises) {
        if ((exercise.long ?? false) !== long) continue;
        const expected = showHealthy(exercise, options);
        if (show(exercise, { ...options, faults: [name] }) !== expected) return false;
      }
      return true;
    });
    expect(silent.map((options) => JSON.stringify(options))).toEqual([]);
  });
});

test('a healthy device dies of no exercise', () => {
  for (const device of ['rng', 'blk', 'console'] as const) {
    for (const version of [1, 2] as const) {
      for (const exercise of exercises)
        if (!exercise.long) expect(showHealthy(exercise, { device, version }), exercise.name).not.toMatch(/ /);
    }
  }
});
