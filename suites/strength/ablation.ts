/**
 * `npm run strength -- --ablation`: what each part of the fuzzer is worth. Every seeded fault of the device is hunted with
 * the same budget by the whole fuzzer and by fuzzers that lack one part; and how far each of them gets on the emulator without
 * faults. Writes suites/strength/ablation.json, and goes on where the last measurement left off.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { FuzzLoop } from '../../fuzz/loop.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import type { DriverPlan } from './drivers.ts';
import { fuzzedEmulator, fuzzHunt, type FuzzHuntOptions } from './fuzzer.ts';

export const ABLATION_SCHEMA = 'virtcheck-ablation/1';

/** Scenarios that a hunt may take. */
export const ABLATION_BUDGET = 2000;

const WHOLE: FuzzHuntOptions = { coverage: true, patience: ABLATION_BUDGET };

/** Each fuzzer, by what it lacks. */
export const FUZZERS: readonly { readonly name: string; readonly options: FuzzHuntOptions }[] = [
  { name: 'everything', options: WHOLE },
  { name: 'without the models: crashes and hangs only', options: { ...WHOLE, oracle: 'outcomes' } },
  { name: 'without the corpus: every scenario drawn anew', options: { ...WHOLE, evolved: 0 } },
  { name: 'without hostile mutations', options: { ...WHOLE, hostile: false } },
  { name: 'without code coverage', options: { ...WHOLE, coverage: false } },
];

/** One fault hunted by one fuzzer from one seed. */
export interface AblationHunt {
  readonly fuzzer: string;
  readonly fault: string;
  readonly seed: number;
  readonly found: boolean;
  readonly scenarios: number;
}

/** How far one fuzzer got from one seed: lifecycle states of the models after so many scenarios, all devices together. */
export interface Reach {
  readonly fuzzer: string;
  readonly seed: number;
  readonly scenarios: number;
  readonly states: number;
}

export interface Ablation {
  readonly schema: typeof ABLATION_SCHEMA;
  readonly budget: number;
  readonly hunts: readonly AblationHunt[];
  readonly reach?: readonly Reach[];
}

/** Scenarios after which is looked how far a fuzzer has got. */
export const REACH_MARKS: readonly number[] = [2000, 10_000, 30_000];
/** What crashes alone are told from reaches the same. */
const REACHING = FUZZERS.filter(({ options }) => options.oracle === undefined);

export function ablationPath(): string {
  return join(packageFolder(), 'suites/strength/ablation.json');
}

/** What was measured with this budget, of faults that are still listed. */
export function readAblation(path = ablationPath()): readonly AblationHunt[] {
  const listed = new Set<string>(deviceFaults.map(({ name }) => name));
  return (read(path)?.hunts ?? []).filter(({ fault }) => listed.has(fault));
}

export function readReach(path = ablationPath()): readonly Reach[] {
  return read(path)?.reach ?? [];
}

function read(path: string): Ablation | undefined {
  if (!existsSync(path)) return undefined;
  const ablation = JSON.parse(readFileSync(path, 'utf8')) as Partial<Ablation>;
  const { schema, budget, hunts } = ablation;
  if (schema !== ABLATION_SCHEMA || budget !== ABLATION_BUDGET || !Array.isArray(hunts)) return undefined;
  return ablation as Ablation;
}

/** Fuzzes the emulator without faults, and counts the states at each mark. */
async function measureReach(fuzzer: string, options: FuzzHuntOptions, seed: number): Promise<Reach[]> {
  const loop = new FuzzLoop({
    target: await fuzzedEmulator(options.coverage ?? false),
    space: { seed, shard: 0, worker: 0, generation: 0 },
    ...options,
    listener: {},
  });
  const reached: Reach[] = [];
  for (const scenarios of REACH_MARKS) {
    while (loop.scenarios < scenarios) await loop.step();
    const states = loop.groups.reduce((sum, { feedback }) => sum + feedback.states.size, 0);
    reached.push({ fuzzer, seed, scenarios, states });
  }
  await loop.close();
  return reached;
}

const WRITE_EVERY = 10;
/** A prime that the number of faults is no multiple of. */
const STRIDE = 37;

const keyOf = ({ fuzzer, fault, seed }: Pick<AblationHunt, 'fuzzer' | 'fault' | 'seed'>): string =>
  `${String(seed).padStart(6)} ${fault} ${FUZZERS.findIndex(({ name }) => name === fuzzer)}`;

/** True if the whole fuzzer found every fault. */
export async function measureAblation({ seeds, prefixes, again, budget, write }: DriverPlan): Promise<boolean> {
  const path = ablationPath();
  const measured = new Map(readAblation(path).map((hunt) => [keyOf(hunt), hunt]));
  const reached = again ? [] : [...readReach(path)];
  const save = async (): Promise<void> => {
    if (write) await writeWhole(path, textOf([...measured.values()], reached));
  };
  const listed = deviceFaults.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
  // Faults of one kind lie together in the catalogue: a measurement that is cut short has some of each.
  const chosen = listed.map((_, i) => listed[(i * STRIDE) % listed.length]);
  const started = performance.now();
  let done = 0;
  for (const seed of seeds) {
    for (const { name, options } of REACHING) {
      if (reached.some((one) => one.seed === seed && one.fuzzer === name)) continue;
      if (performance.now() - started > budget) break;
      reached.push(...(await measureReach(name, options, seed)));
      await save();
    }
  }
  for (const seed of seeds) {
    for (const fault of chosen) {
      for (const { name: fuzzer, options } of FUZZERS) {
        const key = keyOf({ fuzzer, fault: fault.name, seed });
        if (!again && measured.has(key)) continue;
        if (performance.now() - started > budget) break;
        const { named, scenarios } = await fuzzHunt(fault, seed, options);
        measured.set(key, { fuzzer, fault: fault.name, seed, found: named.length > 0, scenarios });
        if (++done % WRITE_EVERY === 0) await save();
      }
    }
  }
  await save();
  const whole = [...measured.values()].filter(({ fuzzer }) => fuzzer === FUZZERS[0].name);
  const missed = whole.filter(({ found }) => !found);
  process.stdout.write(`${done} hunts; the whole fuzzer missed ${missed.length} of ${whole.length}\n`);
  return missed.length === 0;
}

function textOf(hunts: readonly AblationHunt[], reach: readonly Reach[]): string {
  const sorted = [...hunts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const head = `{"schema":${JSON.stringify(ABLATION_SCHEMA)},"budget":${ABLATION_BUDGET},"hunts":[\n`;
  const lines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join(',\n');
  return `${head}${lines(sorted)}\n],"reach":[\n${lines(reach)}\n]}\n`;
}
