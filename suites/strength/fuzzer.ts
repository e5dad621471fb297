/**
 * `npm run strength -- --fuzz`: how soon the fuzzer finds each seeded fault of the device. Writes
 * suites/strength/fuzz-matrix.json and docs/fuzz-fault-matrix.md; goes on where the last measurement left off.
 */
import { join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { FuzzLoop, type LoopOptions } from '../../fuzz/loop.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import { createCountedEmulator, createEmulatorTarget } from '../../targets/emulator-target.ts';
import type { Target } from '../../targets/target.ts';
import type { DriverPlan } from './drivers.ts';
import type { Hunt, SeededFault } from './fault-hunt.ts';
import { deviceSubject, pageOf, summaryOf, type Subject } from './fault-matrix.ts';
import { addHunt, matrixText, readMatrix } from './matrix-file.ts';

/** Scenarios after which a hunt gives up. */
const PATIENCE = 60_000;
const EFFORT = 'normal';

const SUBJECT: Subject = {
  faults: deviceFaults,
  open: deviceSubject(EFFORT).open,
  intro: [
    '# How soon the fuzzer finds seeded faults',
    '',
    'Made by `npm run strength -- --fuzz`: one fault at a time in the in-tree emulator, the devices and layouts that the',
    'fault concerns in turn, all their variants, one worker, nothing known before. A fault is found when anything is: the',
    'emulator without faults gives no findings. "Scenarios" counts those drawn or evolved until then.',
  ],
};

/** What a hunt is to do without, and when it gives up. */
export interface FuzzHuntOptions extends Pick<LoopOptions, 'evolved' | 'oracle' | 'hostile'> {
  readonly coverage?: boolean;
  /** Scenarios; default 60,000. */
  readonly patience?: number;
}

/** The emulator as such a fuzzer sees it: with its branches counted, or not. */
export async function fuzzedEmulator(coverage: boolean, faults: readonly SeededFault['name'][] = []): Promise<Target> {
  return coverage ? createCountedEmulator({ faults }) : createEmulatorTarget({ faults });
}

/** Fuzzes the emulator with one fault until there is a finding. Resolves to the hunt, with every clause that broke. */
export async function fuzzHunt(fault: SeededFault, seed: number, options: FuzzHuntOptions = {}): Promise<Hunt> {
  const { coverage = false, patience = PATIENCE, ...without } = options;
  const broken = new Set<string>();
  const loop = new FuzzLoop({
    target: await fuzzedEmulator(coverage, [fault.name]),
    devices: fault.devices,
    transports: fault.transports,
    space: { seed, shard: 0, worker: 0, generation: 0 },
    ...without,
    // What broke first ends the hunt: it is shown again on a fresh device, not shrunk.
    stopped: () => true,
    listener: {
      found: ({ confirmed, suspect: { sign, also } }) => {
        if (confirmed) for (const id of [sign.clause ?? sign.kind, ...also]) broken.add(id);
      },
    },
  });
  while (broken.size === 0 && loop.scenarios < patience) await loop.step();
  await loop.close();
  const all = [...broken].sort();
  return { fault: fault.name, seed, named: all, detectedBy: all, scenarios: loop.scenarios };
}

/** True if every hunt found its fault. */
export async function measureFuzzer({ seeds, prefixes, again, budget, write }: DriverPlan): Promise<boolean> {
  const path = join(packageFolder(), 'suites/strength/fuzz-matrix.json');
  const matrix = readMatrix(path, EFFORT);
  const chosen = deviceFaults.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
  const started = performance.now();
  const renewed = new Set<string>();
  let [hunts, missed] = [0, 0];
  for (const seed of seeds) {
    for (const fault of chosen) {
      if (!again && matrix.get(fault.name)?.hunts.some((one) => one.seed === seed)) continue;
      if (performance.now() - started > budget) break;
      const one = await fuzzHunt(fault, seed);
      if (again && !renewed.has(fault.name)) matrix.delete(fault.name);
      renewed.add(fault.name);
      addHunt(matrix, one, true);
      hunts++;
      if (one.named.length > 0) continue;
      missed++;
      process.stdout.write(`${fault.name} seed ${seed}: NOT FOUND in ${one.scenarios} scenarios\n`);
    }
  }
  if (write) {
    await writeWhole(path, matrixText(matrix, EFFORT));
    await writeWhole(join(packageFolder(), 'docs/fuzz-fault-matrix.md'), pageOf(matrix, SUBJECT));
  }
  process.stdout.write(`${hunts - missed} of ${hunts} hunts found their fault\n`);
  for (const line of summaryOf(matrix, SUBJECT)) process.stdout.write(`${line}\n`);
  return missed === 0;
}
