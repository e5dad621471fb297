/** Vectors of seeded device faults: found and shrunk as in a run, with the same scenario on the emulator without the fault. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayFile } from '../../harness/replay.ts';
import { runTarget } from '../../harness/run.ts';
import { readTraceFile } from '../../harness/trace-file.ts';
import { DEVICE_KINDS } from '../../models/setup.ts';
import { createEmulatorTarget } from '../../targets/emulator-target.ts';
import type { SeededFault } from '../strength/fault-hunt.ts';
import { deviceVector, validTwin, type Vector } from './vector.ts';

const SEED = 1;
const SHRINK_BUDGET = 200;

/** The first trace of each clause that the fault's entry names, found as a run finds it, and its twin without the fault. */
export async function faultVectors(fault: SeededFault): Promise<readonly Vector[]> {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-vectors-'));
  try {
    const target = createEmulatorTarget({ faults: [fault.name] });
    for (const transport of fault.transports ?? (['mmio-v2', 'mmio-v1'] as const)) {
      for (const device of fault.devices ?? DEVICE_KINDS) {
        if (readdirSync(folder).length > 0) break;
        const where = { devices: [device], transports: [transport], outDir: folder };
        const options = { effort: 'normal', stopOn: fault.clauses, shrinkBudget: SHRINK_BUDGET } as const;
        await runTarget({ target, seed: SEED, ...where, ...options });
      }
    }
    const vectors: Vector[] = [];
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      const trace = await readTraceFile(path);
      const vector = deviceVector(`device/${fault.name}/${trace.clause}`, fault.summary, trace);
      const clean = await replayFile(path, () => Promise.resolve(createEmulatorTarget()));
      if (clean.violations.length > 0)
        throw new Error(`${vector.id}: ${clean.violations[0].clause} breaks without the fault`);
      vectors.push(vector, validTwin(vector, clean.events));
    }
    return vectors;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
