/** Two implementations side by side: faults that change data are found without the models, and equals agree. */
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../generators/scenario.ts';
import { PLAIN_INIT } from '../generators/parts.ts';
import { PLAIN_SHAPE } from '../generators/scenario.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import { createEmulatorTarget } from '../targets/emulator-target.ts';
import { disagreementOf } from './disagreement.ts';
import { FuzzLoop } from './loop.ts';
import type { Shown } from './triage.ts';

interface Hunt {
  readonly faults?: readonly string[];
  readonly devices?: readonly DeviceKind[];
  readonly transports?: readonly Transport[];
  readonly seed?: number;
  readonly scenarios: number;
}

/** The models look away unless something dies, so that what is found is found by comparison. */
async function findings({ faults = [], devices, transports, seed = 1, scenarios }: Hunt): Promise<Shown[]> {
  const found: Shown[] = [];
  const loop = new FuzzLoop({
    target: createEmulatorTarget({ faults }),
    against: createEmulatorTarget(),
    devices,
    transports,
    space: { seed, shard: 0, worker: 0, generation: 0 },
    oracle: 'outcomes',
    stopped: () => true,
    listener: { found: (shown) => void found.push(shown) },
  });
  while (loop.scenarios < scenarios && found.length === 0) await loop.step();
  expect(loop.harnessErrors).toBe(0);
  await loop.close();
  return found.filter(({ confirmed }) => confirmed);
}

describe('against a second implementation', { timeout: 300_000 }, () => {
  it.each([
    ['blk-reset-loses-writes', 'blk', 'block data'],
    ['blk-unknown-request-ok', 'blk', 'block status'],
    ['blk-flush-unsupported', 'blk', 'block status'],
    ['used-length-one-more', 'blk', 'used length blk'],
    ['console-transmit-length-counts-read', 'console', 'used length console-out'],
    ['console-output-first-descriptor-only', 'console', 'transmitted'],
    ['status-hides-driver-ok', 'rng', 'register 70'],
    ['queue-ready-reads-zero', 'rng', 'register 44'],
  ] as const)('%s is found by comparison alone', async (fault, device, about) => {
    const [shown] = await findings({ faults: [fault], devices: [device], transports: ['mmio-v2'], scenarios: 800 });
    expect(shown?.suspect.sign).toMatchObject({ kind: 'disagreement', clause: null });
    expect(shown.suspect.sign.id).toContain(`disagreement ${about}`);
  });

  it.each([1, 2, 3])('equals agree, seed %i', async (seed) => {
    expect((await findings({ seed, scenarios: 500 })).map(({ suspect }) => [suspect.sign.id, suspect.seen])).toEqual(
      [],
    );
  });
});

describe('what is not compared', () => {
  const write = (sector: number, fill: number): Scenario['actions'][number] => ({
    do: 'submit',
    queue: 0,
    request: { kind: 'blk', type: 1, sector, sectors: 1, fill },
    shape: PLAIN_SHAPE,
    kick: 'always',
  });
  const read: Scenario['actions'][number] = {
    do: 'submit',
    queue: 0,
    request: { kind: 'blk', type: 0, sector: 3, sectors: 1, fill: 0 },
    shape: PLAIN_SHAPE,
    kick: 'always',
  };
  const reap: Scenario['actions'][number] = { do: 'reap', queue: 0, ack: true };

  async function differ(actions: Scenario['actions'], change: (byte: number) => number): Promise<string | undefined> {
    const target = createEmulatorTarget();
    const loop = new FuzzLoop({
      target,
      against: target,
      devices: ['blk'],
      transports: ['mmio-v2'],
      space: { seed: 1, shard: 0, worker: 0, generation: 0 },
      listener: {},
    });
    const lane = loop.lanes.find(({ combination }) => combination.variant === 'default')!;
    const bench = await lane.open();
    const other = lane.against!;
    for (const one of [bench, other]) await one.run({ family: 'test', variant: 'default', actions });
    // What the second one answered to the last request is changed: as if it held something else.
    const last = other.driver!.completions!.at(-1)!;
    const [{ from }] = last.writable;
    last.block[from] = change(last.block[from]);
    const found = disagreementOf(bench, other)?.sign.id;
    await loop.close();
    return found;
  }
  const other = (byte: number): number => byte ^ 1;

  it('is compared: a sector that the scenario wrote', async () => {
    expect(await differ([PLAIN_INIT, write(3, 7), reap, read, reap], other)).toBe('disagreement block data');
    expect(await differ([PLAIN_INIT, write(3, 7), reap, read, reap], (byte) => byte)).toBeUndefined();
  });

  it('a sector that it did not write: backends may hold anything', async () => {
    expect(await differ([PLAIN_INIT, write(4, 7), reap, read, reap], other)).toBeUndefined();
  });

  it('a read beside a write: their order is that of the device', async () => {
    expect(await differ([PLAIN_INIT, write(3, 7), read, reap], other)).toBeUndefined();
  });

  it('a sector written before a write that never came back', async () => {
    const abandoned = [write(3, 9), { do: 'reset' } as const, PLAIN_INIT];
    expect(await differ([PLAIN_INIT, write(3, 7), reap, ...abandoned, read, reap], other)).toBeUndefined();
  });
});
