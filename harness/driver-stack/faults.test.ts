/** Seeded defects of the driver stack, one scenario each: the obligation breaks with the defect and only with it. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../generators/driver/scenario.ts';
import { HAZARDS, MENDED } from '../../targets/driver-stack/hazards.ts';
import type { MachineSpec } from '../../targets/driver-stack/machine.ts';
import { perform } from './perform.ts';
import { shrinkScenario } from './shrink.ts';

const machine = (more: Partial<MachineSpec>): MachineSpec => ({
  child: 'viornd',
  transport: 'mmio-v2',
  host: 'le',
  diagnostic: false,
  device: { queueSize: 4 },
  ...more,
});
const ATTACH: readonly Action[] = [{ do: 'attach' }, { do: 'settle' }];
const WRITE: readonly Action[] = [
  ...ATTACH,
  { do: 'transfer', write: true, length: 512, misalign: 0 },
  { do: 'settle' },
];
const DETACH: readonly Action[] = [...ATTACH, { do: 'detach' }];

const violated = (spec: MachineSpec, actions: readonly Action[], ...switches: string[]): readonly string[] =>
  perform({ machine: spec, actions }, { name: 'test', switches: [...MENDED, ...switches] }).violated;

const LEGACY: Partial<MachineSpec> = { transport: 'mmio-v1' };
const BIG: Partial<MachineSpec> = {
  transport: 'mmio-v1',
  host: 'be',
  child: 'ld',
  device: { queueSize: 8, withhold: [28] },
};

const CASES: readonly (readonly [string, string, Partial<MachineSpec>, readonly Action[]])[] = [
  ['alloc-interrupts-stubbed', 'netbsd.interrupt-established', {}, ATTACH],
  ['attach-failed-unmarked', 'init.driver.device-initialization.5', { device: { refuseFeatures: true } }, ATTACH],
  ['device-reset-skipped', 'init.driver.device-cleanup.2', {}, DETACH],
  ['used-ring-not-on-a-page', 'split.driver.legacy-virtqueue-layout.3', LEGACY, ATTACH],
  ['queue-size-assumed', 'split.driver.legacy-virtqueue-layout.1', LEGACY, ATTACH],
  ['structures-little-endian', 'split.driver.legacy-virtqueue-endianness.1', BIG, WRITE],
  ['config-order-inverted', 'blk.driver.legacy-device-configuration-layout.1', BIG, ATTACH],
  ['config-order-inverted', 'console.driver.legacy-device-configuration-layout.1', { ...BIG, child: 'viocon' }, ATTACH],
  ['config-generation-not-compared', 'basic.driver.device-configuration-space.2', { child: 'ld' }, ATTACH],
  ['legacy-config-read-once', 'basic.driver.legacy-device-configuration-space.1', { ...LEGACY, child: 'ld' }, ATTACH],
  ['placeholder-initialised', 'mmio.driver.device-initialization.3', { device: { identity: 'placeholder' } }, ATTACH],
  ['magic-unchecked', 'mmio.driver.register-layout.6', { device: { identity: 'wrong-magic' } }, ATTACH],
  ['version-unchecked', 'mmio.driver.register-layout.8', { device: { identity: 'future-version' } }, ATTACH],
];

describe('seeded driver defects', () => {
  it.each(CASES)('%s breaks %s', (fault, clause, more, actions) => {
    const spec = machine(more);
    expect(violated(spec, actions)).toEqual([]);
    expect(violated(spec, actions, fault)).toContain(clause);
  });
});

describe('known hazards', () => {
  it('have names of their own', () => {
    expect(new Set(MENDED).size).toBe(HAZARDS.length);
  });

  it('shows the last one found: ld asks for more segments than its queue has', () => {
    const spec = machine({ child: 'ld', device: { queueSize: 4, segMax: 126 } });
    const scenario = {
      machine: spec,
      actions: [...ATTACH, { do: 'transfer', write: true, length: 65536, misalign: 0 } as const],
    };
    expect(perform(scenario, { name: 'HEAD' }).violated).toContain('split.driver.indirect-descriptors.3');
    expect(perform(scenario, { name: 'mended', switches: MENDED }).violated).toEqual([]);
  });
});

describe('shrinkScenario', () => {
  it('keeps the attach and what the finding needs, and nothing else', () => {
    const start = {
      machine: machine({ host: 'be', diagnostic: true, device: { queueSize: 128, completion: 'lifo' } }),
      actions: [...ATTACH, { do: 'rescan' }, { do: 'detach' }, { do: 'shutdown' }] as const,
    };
    const { scenario } = shrinkScenario(start, ({ actions }) => actions.some((action) => action.do === 'detach'), 100);
    expect(scenario).toEqual({ machine: machine({}), actions: [{ do: 'attach' }, { do: 'detach' }] });
  });

  it('asks no more often than it may', () => {
    let asked = 0;
    const start = { machine: machine({}), actions: [...DETACH, ...DETACH] };
    shrinkScenario(start, () => ++asked > 1e6, 5);
    expect(asked).toBe(5);
  });
});
