import { describe, expect, it } from 'vitest';
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import type { Scenario } from '../generators/scenario.ts';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import { createEmulatorTarget } from '../targets/emulator-target.ts';
import type { Combination, Session, Target } from '../targets/target.ts';
import { probeForLeak } from './leak-probe.ts';
import { FuzzLoop } from './loop.ts';
import type { Shown } from './triage.ts';

const SHORT_EVENTS = 2000;

async function benchOf(device: DeviceKind, transport: Transport): Promise<{ bench: Bench; short: Scenario[] }> {
  const target = createEmulatorTarget();
  const combination = target.combinations.find((one) => one.device === device && one.transport === transport)!;
  const session = await target.open(combination);
  const bench = new Bench(session, new Contract(session.info, new Report()));
  const draw = scenarioStream(scenarios(surroundingsOf(session.info, true)), 7);
  const short = Array.from({ length: 40 }, (_, i) => draw(i)).filter((scenario) => {
    const before = bench.events;
    void bench.run(scenario);
    return bench.events - before < SHORT_EVENTS;
  });
  return { bench, short };
}

describe('probeForLeak', { timeout: 120_000 }, () => {
  it.each([
    ['blk', 'mmio-v1'],
    ['rng', 'mmio-v2'],
    ['console', 'mmio-v2'],
  ] as const)('accuses no clean device (%s %s)', async (device, transport) => {
    const { bench, short } = await benchOf(device, transport);
    expect(probeForLeak(short, (scenario) => void bench.run(scenario))).toBeUndefined();
  });

  it('sees what is kept on the heap and outside of it, and lets caches fill', async () => {
    const { bench, short } = await benchOf('rng', 'mmio-v2');
    const kept: unknown[] = [];
    const cache = new Map<number, Uint8Array>();
    let performed = 0;
    const leaking = (keep: () => void) =>
      probeForLeak(short, (scenario) => {
        void bench.run(scenario);
        keep();
      });
    expect(
      leaking(() => kept.push({ id: performed++, more: Array.from({ length: 40 }, () => performed) })),
    ).toMatchObject({
      sign: { kind: 'growth' },
      seen: expect.stringMatching(/^\d+ bytes more after each/) as string,
    });
    expect(leaking(() => kept.push(new ArrayBuffer(512)))).toBeDefined();
    expect(leaking(() => cache.set(performed++ % 100, new Uint8Array(512)))).toBeUndefined();
  });
});

const KEPT = 400;

/** The emulator with a module around it that remembers every notification. */
function forgetful(kept: unknown[]): Target {
  const target = createEmulatorTarget();
  return {
    ...target,
    combinations: target.combinations.filter(({ device, variant }) => device === 'rng' && variant === 'default'),
    async open(combination: Combination): Promise<Session> {
      const session = await target.open(combination);
      if (session.kind !== 'sync') throw new Error('the emulator runs in this process');
      const write = session.writeRegister.bind(session);
      session.writeRegister = (offset, size, value) => {
        if (offset === 0x50) kept.push(new Uint8Array(KEPT));
        write(offset, size, value);
      };
      return session;
    },
  };
}

it('a campaign finds a leak of some hundred bytes a request', { timeout: 120_000 }, async () => {
  const found: Shown[] = [];
  const space = { seed: 1, shard: 0, worker: 0, generation: 0 };
  const listener = { found: (shown: Shown) => void found.push(shown) };
  const loop = new FuzzLoop({ target: forgetful([]), transports: ['mmio-v2'], space, listener });
  while (found.length === 0 && loop.scenarios < 8300) await loop.step();
  expect(found.map(({ suspect }) => suspect.sign.kind)).toEqual(['growth']);
  await loop.close();
});
