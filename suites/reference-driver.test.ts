/** The reference driver breaks no rule; with a seeded defect it breaks the rules that the defect names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceFaults } from '../emulator/faults/reference-driver/index.ts';
import type { ReferenceScenario } from '../generators/reference-driver/scenario.ts';
import { DEVICE_KINDS, TRANSPORTS } from '../models/setup.ts';
import { frontEndOf } from '../targets/reference-driver/name.ts';
import { describeReference } from '../harness/reference-driver/describe.ts';
import { performReference } from '../harness/reference-driver/perform.ts';
import { shrinkReference } from '../harness/reference-driver/shrink.ts';
import { conformingReferenceUse } from '../harness/reference-driver/space.ts';

const CLEAN_SCENARIOS = 40;
/** Scenarios within which every defect shows from the seed below. */
const PATIENCE = 400;
const SEED = 1;

const PLAIN: ReferenceScenario = {
  machine: {
    frontEnd: 'blk',
    transport: 'mmio-v2',
    host: 'le',
    driver: { requires: [], flushes: true },
    device: { queueSize: 16 },
  },
  actions: [{ do: 'initialise', decline: [] }, { do: 'settle' }],
};

describe('without a defect', () => {
  const spaces = DEVICE_KINDS.flatMap((kind) => TRANSPORTS.map((transport) => [kind, transport] as const));

  it.each(spaces)('%s on %s breaks nothing', (kind, transport) => {
    for (const scenario of fc.sample(conformingReferenceUse([kind], [transport]), {
      seed: SEED,
      numRuns: CLEAN_SCENARIOS,
    })) {
      expect(performReference(scenario).mistakes, describeReference(scenario).join('\n')).toEqual([]);
    }
  });

  it('gets the device into operation, and uses what it negotiated', () => {
    for (const transport of TRANSPORTS) {
      for (const host of ['le', 'be-legacy', 'armeb'] as const) {
        const { machine } = performReference({
          machine: { ...PLAIN.machine, transport, host },
          actions: [...PLAIN.actions, { do: 'identify', indirect: false }],
        });
        const { log } = machine;
        const stored = Array.from({ length: log.length }, (_, row) => row)
          .filter((row) => log.kind[row] === 5)
          .map((row) => Buffer.from(log.payload(row)).toString('latin1'));
        expect(stored.join('')).toContain('virtcheck-emulator');
      }
    }
  });
});

describe('with a defect', () => {
  it.each(referenceFaults.map((fault) => [fault.name, fault] as const))('%s is caught', (name, fault) => {
    const frontEnds = fault.children.flatMap((child) => frontEndOf(child) ?? []);
    const space = conformingReferenceUse(frontEnds, fault.transports);
    const caught = fc
      .sample(space, { seed: SEED, numRuns: PATIENCE })
      .some((scenario) =>
        performReference(scenario, [name]).violated.some((id) => fault.clauses.some((c) => c === id)),
      );
    expect(caught).toBe(true);
  });
});

it('shrinks to what a finding needs', () => {
  const start: ReferenceScenario = {
    machine: { ...PLAIN.machine, host: 'armeb', device: { queueSize: 16, completion: 'lifo' }, configPadding: 16 },
    actions: [...PLAIN.actions, { do: 'flush', indirect: true }, { do: 'poll' }, { do: 'settle' }],
  };
  const shown = shrinkReference(
    start,
    (scenario) => performReference(scenario, ['flush-with-sector']).violated.includes('blk.driver.device-operation.4'),
    100,
  );
  expect(shown.machine).toEqual(PLAIN.machine);
  expect(shown.actions.map((action) => action.do)).toEqual(['initialise', 'flush']);
});
