/**
 * `npm run vectors -- [FOLDER [AREA...]]`: makes the portable vectors anew, from every seeded fault and every regression
 * case, or those of some areas (`device-status`, `driver-ring`, ..., `regressions`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { driverFaults } from '../../emulator/faults/driver-catalogue.ts';
import { REGRESSIONS } from '../regressions/index.ts';
import { driverFaultVectors } from './driver-fault-vectors.ts';
import { faultVectors } from './fault-vectors.ts';
import { regressionVectors } from './regression-vectors.ts';
import { vectorsJson, type Vector } from './vector.ts';

/** Traces that are longer, in bytes of JSON, are left out: they need ring indexes to wrap, which no reader wants to see. */
const LONGEST = 250_000;

/** What one file of vectors is made of: each by its name, in the order of the file. */
interface Source {
  readonly area: string;
  readonly parts: readonly { readonly name: string; make(): readonly Vector[] | Promise<readonly Vector[]> }[];
}

function byArea<F extends { readonly name: string; readonly area: string }>(
  party: string,
  faults: readonly F[],
  make: (fault: F) => readonly Vector[] | Promise<readonly Vector[]>,
): readonly Source[] {
  return [...new Set(faults.map(({ area }) => area))].map((area) => ({
    area: `${party}-${area}`,
    parts: faults
      .filter((fault) => fault.area === area)
      .map((fault) => ({ name: fault.name, make: () => make(fault) })),
  }));
}

const SOURCES: readonly Source[] = [
  ...byArea('device', deviceFaults, faultVectors),
  ...byArea('driver', driverFaults, driverFaultVectors),
  {
    area: 'regressions',
    parts: REGRESSIONS.map((regression) => ({ name: regression.id, make: () => regressionVectors(regression) })),
  },
];

const isShort = (vector: Vector): boolean => vectorsJson('', [vector]).length <= LONGEST;
const [folder = 'vectors', ...wanted] = process.argv.slice(2);
const leftOut: string[] = [];
// A file is written as soon as its area is done.
for (const { area, parts } of SOURCES) {
  if (wanted.length > 0 && !wanted.includes(area)) continue;
  const kept: Vector[] = [];
  for (const { name, make } of parts) {
    const started = performance.now();
    const vectors = await make();
    if (vectors.length === 0 || !vectors.every(isShort)) leftOut.push(name);
    else kept.push(...vectors);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(
      `${area} ${name}: ${vectors.map(({ clause }) => clause).join(' ') || 'not found'} (${seconds} s)\n`,
    );
  }
  if (kept.length > 0) writeFileSync(join(folder, `${area}.json`), vectorsJson(area, kept));
}
process.stderr.write(`Left out: ${leftOut.join(', ') || 'none'}\n`);
