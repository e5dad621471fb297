/** `npm run vectors`: makes the portable vectors anew, from every seeded device fault and every regression case. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { perform } from '../../harness/driver-stack/perform.ts';
import { replayFile } from '../../harness/replay.ts';
import { runTarget } from '../../harness/run.ts';
import { readTraceFile } from '../../harness/trace-file.ts';
import { DEVICE_KINDS } from '../../models/setup.ts';
import { createEmulatorTarget } from '../../targets/emulator-target.ts';
import { REGRESSIONS } from '../regressions/index.ts';
import type { SeededFault } from '../strength/fault-hunt.ts';
import { driverVectors } from './driver-vectors.ts';
import { deviceVector, validTwin, VECTOR_SCHEMA, type Vector, type VectorFile } from './vector.ts';

const SEED = 1;
const SHRINK_BUDGET = 200;
/** Seeded hangs last two seconds. */
const HUNG_AFTER = 1800;
/** Traces that are longer, in bytes of JSON, are left out: they need ring indexes to wrap, which no reader wants to see. */
const LONGEST = 100_000;

/** The first trace of each clause that the fault's entry names, found as a run finds it, and its twin without the fault. */
async function faultVectors(fault: SeededFault): Promise<readonly Vector[]> {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-vectors-'));
  try {
    const target = createEmulatorTarget({ faults: [fault.name], hungAfter: HUNG_AFTER });
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

function write(folder: string, area: string, vectors: readonly Vector[]): void {
  const file: VectorFile = { schema: VECTOR_SCHEMA, spec: 'VIRTIO 1.4 CS01', area, vectors: [] };
  const head = JSON.stringify(file).slice(0, -'[]}'.length);
  // A vector a line: files stay small, and a change shows as one.
  const lines = vectors.map((vector) => JSON.stringify(vector)).join(',\n');
  writeFileSync(join(folder, `${area}.json`), `${head}[\n${lines}\n]}\n`);
}

const folder = process.argv.at(2) ?? 'vectors';
const areas = new Map<string, Vector[]>();
const leftOut: string[] = [];
for (const fault of deviceFaults) {
  const vectors = await faultVectors(fault);
  const short = vectors.every((vector) => JSON.stringify(vector).length <= LONGEST);
  if (vectors.length === 0 || !short) leftOut.push(fault.name);
  else areas.set(`device-${fault.area}`, [...(areas.get(`device-${fault.area}`) ?? []), ...vectors]);
  process.stderr.write(`${fault.name}: ${vectors.map(({ clause }) => clause).join(' ') || 'not found'}\n`);
}
areas.set('driver-netbsd', [...REGRESSIONS.flatMap((regression) => driverVectors(regression, perform))]);
for (const [area, vectors] of areas) write(folder, area, vectors);
process.stderr.write(`Left out: ${leftOut.join(', ')}\n`);
