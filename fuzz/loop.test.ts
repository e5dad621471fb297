import { describe, expect, it } from 'vitest';
import { RandomDraw } from '../generators/draw.ts';
import { PLAIN_INIT, roundTrip } from '../generators/parts.ts';
import type { Surroundings } from '../generators/requests.ts';
import type { Scenario } from '../generators/scenario.ts';
import { createEmulatorTarget } from '../targets/emulator-target.ts';
import { disagreementOf } from './disagreement.ts';
import { FeatureSet } from './feature-set.ts';
import { FuzzLoop, type LoopListener } from './loop.ts';
import { MOST_ACTIONS, mutate } from './mutate.ts';
import { randomFor, spaceSeed } from './seeds.ts';
import { actionKinds } from '../harness/action-kinds.ts';
import { explains } from '../harness/expectations.ts';
import type { Expectation } from '../harness/result.ts';
import { includesKinds, suspectsOf } from './suspects.ts';
import { findingKey, Known, type Shown } from './triage.ts';
import { GrowthWatch } from './growth.ts';
import { EventLog } from '../models/trace/event-log.ts';

const WHERE: Surroundings = {
  device: 'blk',
  legacy: false,
  variant: 'default',
  multiport: false,
  readOnly: false,
  capacity: 128,
  limits: {},
  hostActions: [],
  fast: true,
};
const SPACE = { seed: 1, shard: 0, worker: 0, generation: 0 };
const scenario = (actions: Scenario['actions']): Scenario => ({ family: 'test', variant: 'default', actions });

function loopOn(
  faults: readonly string[],
  listener: LoopListener,
  options: { evolved?: number; seed?: number } = {},
): FuzzLoop {
  return new FuzzLoop({
    target: createEmulatorTarget({ faults }),
    devices: ['blk', 'rng'],
    transports: ['mmio-v2'],
    space: { ...SPACE, seed: options.seed ?? 1 },
    evolved: options.evolved,
    listener,
  });
}

describe('feature set', () => {
  it('takes every hash once, and says so', () => {
    const set = new FeatureSet();
    const drawn = Array.from({ length: 5000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0);
    expect(drawn.every((one) => set.add(one))).toBe(true);
    expect(drawn.some((one) => set.add(one))).toBe(false);
    expect(drawn.every((one) => set.has(one))).toBe(true);
    expect(set.has(12345)).toBe(false);
    expect(set.size).toBe(5000);
  });

  it('is bounded: a full one takes nothing, and does not forget', () => {
    const set = new FeatureSet();
    for (let i = 1; !set.full; i++) set.add(i);
    const { size } = set;
    expect(set.add(0xdead_beef)).toBe(false);
    expect(set.size).toBe(size);
    expect(set.has(1)).toBe(true);
  });
});

describe('seed spaces', () => {
  it('differ for neighbouring seeds, shards, workers and generations', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 6; seed++)
      for (let shard = 0; shard < 6; shard++)
        for (let worker = 0; worker < 6; worker++)
          for (let generation = 0; generation < 6; generation++)
            seeds.add(spaceSeed({ seed, shard, worker, generation }));
    expect(seeds.size).toBe(6 ** 4);
  });
});

describe('mutation', () => {
  const parent = scenario([...roundTrip(WHERE), ...roundTrip(WHERE)]);
  const mutants = Array.from({ length: 600 }, (_, i) =>
    mutate(new RandomDraw(randomFor(7, i)), parent, WHERE, {
      other: () => undefined,
      fresh: () => scenario(roundTrip(WHERE)),
    }),
  );

  it('gives scenarios that differ, within bounds, and leaves the parent alone', () => {
    const before = JSON.stringify(parent);
    const texts = new Set(mutants.map((one) => JSON.stringify(one.actions)));
    expect(texts.size).toBeGreaterThan(400);
    expect(mutants.every(({ actions }) => actions.length >= 1 && actions.length <= MOST_ACTIONS)).toBe(true);
    expect(JSON.stringify(parent)).toBe(before);
  });

  it('drops, duplicates, reorders, changes operands and brings in hostile actions', () => {
    const kinds = mutants.map(actionKinds);
    expect(kinds.some((list) => list.length < parent.actions.length)).toBe(true);
    expect(kinds.some((list) => list.length > parent.actions.length)).toBe(true);
    expect(kinds.some((list) => list.some((kind) => kind.startsWith('submit:')))).toBe(true);
    expect(kinds.some((list) => list.some((kind) => kind.startsWith('init:')))).toBe(true);
    expect(
      mutants.some(({ actions }) => actions.some((one) => one.do === 'init' && one.size !== PLAIN_INIT.size)),
    ).toBe(true);
  });

  it('is the same for the same random numbers', () => {
    const again = mutate(new RandomDraw(randomFor(7, 3)), parent, WHERE, {
      other: () => undefined,
      fresh: () => scenario(roundTrip(WHERE)),
    });
    expect(again).toEqual(mutants[3]);
  });
});

describe('triage', () => {
  const sign = { id: 'split.device.x', kind: 'clause', clause: 'untagged.live.1' } as const;
  const short = scenario([PLAIN_INIT, { do: 'kick', queue: 0 }]);
  const long = scenario([{ do: 'reset' }, PLAIN_INIT, { do: 'probe' }, { do: 'kick', queue: 0 }]);

  it('counts what includes a known way to the same finding as known', () => {
    const known = new Known();
    expect(known.worthwhile(sign, 'blk', long)).toBe(true);
    expect(known.add(sign, 'blk', short)).toBe(true);
    expect(known.worthwhile(sign, 'blk', long)).toBe(false);
    expect(known.worthwhile(sign, 'rng', long)).toBe(true);
    expect(known.worthwhile(sign, 'blk', scenario([{ do: 'suspend' }]))).toBe(true);
    expect(known.add(sign, 'blk', short)).toBe(false);
  });

  it('keeps what recorded deviations explain apart: it hides nothing else', () => {
    const known = new Known();
    known.add(sign, 'blk', scenario([{ do: 'suspend' }]), true);
    expect(known.worthwhile(sign, 'blk', long, 'whatever it does')).toBe(false);
    expect(known.worthwhile(sign, 'blk', long, 'by its actions')).toBe(true);
    expect(known.worthwhile(sign, 'blk', long)).toBe(true);
    for (const what of ['probe', 'settle', 'resume'] as const) known.add(sign, 'blk', scenario([{ do: what }]), true);
    expect(known.worthwhile(sign, 'blk', short, 'by its actions')).toBe(false);
    expect(known.worthwhile(sign, 'blk', short)).toBe(true);
  });

  it('keys by what broke, the device and the kinds of action, not by operands', () => {
    const other = scenario([
      { ...PLAIN_INIT, size: 32 },
      { do: 'kick', queue: 1 },
    ]);
    expect(findingKey(sign, 'blk', other)).toBe(findingKey(sign, 'blk', short));
    expect(findingKey(sign, 'rng', short)).not.toBe(findingKey(sign, 'blk', short));
    const slip = scenario([
      { ...PLAIN_INIT, slip: 'size-zero' },
      { do: 'kick', queue: 0 },
    ]);
    expect(findingKey(sign, 'blk', slip)).not.toBe(findingKey(sign, 'blk', short));
  });

  it('knows a subsequence from a set', () => {
    expect(includesKinds(['a', 'b', 'c'], ['a', 'c'])).toBe(true);
    expect(includesKinds(['c', 'a'], ['a', 'c'])).toBe(false);
    expect(includesKinds([], [])).toBe(true);
  });

  it('takes violations that speak of the same event for one suspect, and deaths of different causes for two', () => {
    const log = new EventLog();
    const at = { row: 3, expected: 'x', seen: 'y', state: '' };
    const suspects = suspectsOf(
      [
        { ...at, clause: 'untagged.live.1' },
        { ...at, clause: 'untagged.live.3' },
        { ...at, clause: 'untagged.memory.1', seen: 'z' },
      ],
      log,
    );
    expect(suspects.map(({ sign: { id, kind }, also }) => [id, kind, also])).toEqual([
      ['untagged.live.1', 'clause', ['untagged.live.3']],
      ['untagged.memory.1', 'memory', []],
    ]);
    const death = (evidence: string): string => {
      const dead = new EventLog();
      dead.pushOutcome({ outcome: 'threw', evidence });
      return suspectsOf([{ ...at, clause: 'untagged.live.2' }], dead)[0].sign.id;
    };
    expect(death('TypeError: a is null at 0x12')).toBe(death('TypeError: a is null at 0x34\n  at f'));
    expect(death('TypeError: a is null')).not.toBe(death('RangeError: too long'));
  });
});

describe('growth', () => {
  const MIB = 1 << 20;
  const run = (bytesAt: (sample: number) => number): boolean => {
    const watch = new GrowthWatch();
    for (let i = 0; i < 600; i++) if (watch.sample(bytesAt(i), i) !== undefined) return true;
    return false;
  };

  it('tells what is held from what comes and goes', () => {
    expect(run((i) => 50 * MIB + i * MIB)).toBe(true);
    expect(run((i) => 50 * MIB + (i % 40) * 10 * MIB)).toBe(false);
    expect(run((i) => 50 * MIB + Math.min(i, 64) * MIB)).toBe(false);
    expect(run(() => 500 * MIB)).toBe(false);
  });
});

describe('the loop', { timeout: 120_000 }, () => {
  it('finds nothing on the emulator, keeps what is new, and learns', async () => {
    const found: Shown[] = [];
    let admitted = 0;
    const loop = loopOn([], { found: (shown) => void found.push(shown), admitted: () => void admitted++ });
    while (loop.scenarios < 400) await loop.step();
    expect(found).toEqual([]);
    expect(loop.harnessErrors).toBe(0);
    for (const { corpus, feedback } of loop.groups) {
      expect(corpus.size).toBeGreaterThan(20);
      expect(feedback.known.size).toBeGreaterThan(200);
      expect(feedback.states.size).toBeGreaterThan(10);
      // What every entry was kept for is known by now.
      for (const { features } of corpus.entries) expect(features.every((one) => feedback.known.has(one))).toBe(true);
    }
    expect(admitted).toBe(loop.groups.reduce((sum, { corpus }) => sum + corpus.size, 0));
    await loop.close();
  });

  it('does the same for the same seed, and something else for another', async () => {
    const trail = async (seed: number): Promise<string> => {
      const entries: unknown[] = [];
      const loop = loopOn([], { admitted: (_group, one, features) => void entries.push([one, features]) }, { seed });
      while (loop.scenarios < 120) await loop.step();
      await loop.close();
      return JSON.stringify(entries);
    };
    const first = await trail(3);
    expect(await trail(3)).toBe(first);
    expect(await trail(4)).not.toBe(first);
  });

  it.each([
    ['used-length-one-more', 'clause'],
    ['crash-on-next-out-of-range', 'crash'],
    ['readable-buffer-modified', 'memory'],
  ])('finds %s as a finding of kind %s, and shrinks it', async (fault, kind) => {
    const found: Shown[] = [];
    const loop = loopOn([fault], { found: (shown) => void found.push(shown) });
    while (found.every(({ confirmed }) => !confirmed) && loop.scenarios < 2000) await loop.step();
    const [{ scenario: minimal, suspect }] = found;
    expect(suspect.sign.kind).toBe(kind);
    expect(minimal.actions.length).toBeLessThanOrEqual(5);
    await loop.close();
  });

  it('finds a crash that is news beside one that is recorded', async () => {
    const crash = (actions: readonly string[]): Expectation => ({
      clause: 'untagged.live.2',
      version: '',
      explanation: 'known to die of this',
      actions,
    });
    const hunt = async (expectations: readonly Expectation[]): Promise<string[]> => {
      const kinds: string[] = [];
      const loop = new FuzzLoop({
        target: createEmulatorTarget({ faults: ['crash-on-next-out-of-range', 'crash-on-indirect-length'] }),
        devices: ['rng'],
        transports: ['mmio-v2'],
        space: SPACE,
        expectations,
        listener: {
          found: ({ confirmed, scenario: { actions }, suspect: { sign, seen } }) => {
            const kinds_ = actionKinds(scenario(actions));
            const news = !expectations.some((one) => explains(one, { clause: sign.clause, seen, kinds: kinds_ }));
            if (confirmed && news) kinds.push(...kinds_.filter((kind) => kind.startsWith('submit:')));
          },
        },
      });
      while (loop.scenarios < 1500 && kinds.length === 0) await loop.step();
      await loop.close();
      return kinds;
    };
    const direct = ['submit:next-out-of-range', 'submit:indirect-next-out-of-range'];
    const [news] = await hunt([crash(direct)]);
    expect(direct).not.toContain(news);
    expect(news).toMatch(/^submit:table-/);
    const tables = ['submit:table-length-odd', 'submit:table-empty', 'submit:table-outside'];
    expect((await hunt([crash(tables)]))[0]).toMatch(/next-out-of-range$/);
  });

  it('puts down to the mix of descriptors only what goes well without it', async () => {
    const clauses = new Set<string>();
    const loop = new FuzzLoop({
      target: createEmulatorTarget({ faults: ['used-length-one-more'] }),
      devices: ['blk'],
      transports: ['mmio-v2'],
      space: SPACE,
      listener: { found: ({ confirmed, suspect }) => void (confirmed && clauses.add(suspect.sign.clause ?? '')) },
    });
    while (loop.scenarios < 600) await loop.step();
    await loop.close();
    expect(clauses.size).toBeGreaterThan(0);
    expect([...clauses]).not.toContain('split.device.indirect-descriptors.2');
  });

  it('does not take a failure of the harness for one of the device', async () => {
    const found: Shown[] = [];
    const loop = loopOn([], { found: (shown) => void found.push(shown) });
    await loop.step();
    for (const lane of loop.lanes) {
      const bench = await lane.open();
      bench.beforeRun = () => {
        throw new Error('a mistake of ours');
      };
    }
    while (loop.scenarios < 20) await loop.step();
    expect(found).toEqual([]);
    expect(loop.harnessErrors).toBe(19);
    expect(loop.firstErrors[0]).toContain('a mistake of ours');
  });

  it('compares with a second implementation: itself agrees, another used index does not', async () => {
    const ids: string[] = [];
    const target = createEmulatorTarget();
    const loop = new FuzzLoop({
      target,
      against: target,
      devices: ['rng'],
      transports: ['mmio-v2'],
      space: SPACE,
      listener: { found: ({ suspect }) => void ids.push(suspect.sign.id) },
    });
    while (loop.scenarios < 150) await loop.step();
    expect(ids).toEqual([]);
    const { bench, against } = loop.lanes[0];
    const plain = scenario(roundTrip({ ...WHERE, device: 'rng' }));
    for (const one of [bench!, against!]) await one.run(plain);
    expect(disagreementOf(bench!, against!)).toBeUndefined();
    const ring = against!.driver!.rings.get(0)!;
    ring.usedIdx++;
    expect(disagreementOf(bench!, against!)?.sign.id).toBe('disagreement used 0');
    // Once the driver has broken a rule, the two may differ.
    against!.contract.report.driverBroke('split.driver.virtqueues.1', 'nothing', 'a test');
    expect(disagreementOf(bench!, against!)).toBeUndefined();
    await loop.close();
  });
});
