/**
 * Generation reaches what it should: shares of scenarios that get the device live, fill a queue, wrap an index, use
 * indirect tables, break exactly one rule. Measured with the reference driver on the in-tree emulator.
 */
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../generators/families/index.ts';
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import type { Scenario } from '../generators/scenario.ts';
import { shrinkScenario } from '../generators/shrink.ts';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import type { DeviceKind } from '../models/setup.ts';
import { emulatorCombinations, openEmulator } from '../targets/emulator-target.ts';

function benchFor(device: DeviceKind, transport: 'mmio-v1' | 'mmio-v2', variant = 'default'): Bench {
  const combination = emulatorCombinations().find(
    (entry) => entry.device === device && entry.transport === transport && entry.variant === variant,
  );
  const session = openEmulator('emulator', combination!);
  return new Bench(session, new Contract(session.info, new Report()));
}

/** Rules that a scenario breaks on purpose. */
function broken(scenario: Scenario): number {
  return scenario.actions.filter(
    (action) =>
      (action.do === 'init' &&
        (action.slip !== undefined ||
          action.extra.length > 0 ||
          (action.edge !== undefined && action.edge.missing > 0))) ||
      (action.do === 'submit' && action.break !== undefined) ||
      (action.do === 'host' && action.event.action === 'break-device'),
  ).length;
}

const COUNT = 1200;

describe.each([
  ['blk', 'mmio-v2'],
  ['rng', 'mmio-v1'],
  ['console', 'mmio-v2'],
] as const)('scenarios for %s on %s', (device, transport) => {
  const bench = benchFor(device, transport);
  const stream = scenarioStream(scenarios(surroundingsOf(bench.session.info, true)), 7);
  const shares = {
    live: 0,
    filled: 0,
    wrapped: 0,
    eventIdx: 0,
    inOrder: 0,
    indirect: 0,
    edge: 0,
    oneRule: 0,
    noRule: 0,
  };
  const families = new Set<string>();

  test('reach what they should', async () => {
    for (let i = 0; i < COUNT; i++) {
      const scenario = stream(i);
      await bench.run(scenario);
      bench.driver!.note();
      families.add(scenario.family);
      for (const key of ['live', 'filled', 'wrapped', 'eventIdx', 'inOrder'] as const) {
        if (bench.driver!.reached[key]) shares[key]++;
      }
      if (scenario.actions.some((action) => action.do === 'submit' && action.shape.indirect !== 'none'))
        shares.indirect++;
      if (scenario.actions.some((action) => action.do === 'init' && action.edge !== undefined)) shares.edge++;
      if (broken(scenario) === 1) shares.oneRule++;
      if (broken(scenario) === 0) shares.noRule++;
    }
    const percent = Object.fromEntries(Object.entries(shares).map(([key, count]) => [key, (100 * count) / COUNT]));
    expect(percent['live']).toBeGreaterThan(70);
    expect(percent['filled']).toBeGreaterThan(3);
    expect(percent['wrapped']).toBeGreaterThan(0.05);
    expect(percent['eventIdx']).toBeGreaterThan(30);
    expect(percent['indirect']).toBeGreaterThan(25);
    expect(percent['oneRule']).toBeGreaterThan(8);
    expect(percent['noRule']).toBeGreaterThan(50);
    if (transport === 'mmio-v2') expect(percent['inOrder']).toBeGreaterThan(10);
    if (transport === 'mmio-v2') expect(percent['edge']).toBeGreaterThan(2);
    const applicable = FAMILIES.filter((family) => family.applies(surroundingsOf(bench.session.info, true)));
    expect([...families].sort()).toEqual(applicable.map((family) => family.name).sort());
  });

  test('are the same for the same seed and index, in any order', () => {
    const again = scenarioStream(scenarios(surroundingsOf(bench.session.info, true)), 7);
    for (const i of [300, 3, 77, 1199]) expect(again(i)).toEqual(stream(i));
    const other = scenarioStream(scenarios(surroundingsOf(bench.session.info, true)), 8);
    expect([0, 1, 2, 3, 4].map(other)).not.toEqual([0, 1, 2, 3, 4].map(stream));
  });

  test('shrink to strictly smaller plain data', () => {
    const size = (scenario: Scenario) => JSON.stringify(scenario).length;
    for (let i = 0; i < 40; i++) {
      const scenario = stream(i);
      expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario);
      let checked = 0;
      for (const candidate of shrinkScenario(scenario)) {
        expect(candidate).not.toEqual(scenario);
        expect(candidate.actions.length).toBeLessThanOrEqual(scenario.actions.length);
        if (candidate.actions.length === scenario.actions.length)
          expect(size(candidate)).toBeLessThanOrEqual(size(scenario) + 40);
        if (++checked > 60) break;
      }
    }
  });
});
