/**
 * `npm run vectors -- [FOLDER [AREA...]]`: makes the portable vectors anew, from every seeded device fault and every
 * regression case, or those of some areas (`status`, `ring`, ..., `driver-netbsd`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { perform } from '../../harness/driver-stack/perform.ts';
import { REGRESSIONS } from '../regressions/index.ts';
import { driverVectors } from './driver-vectors.ts';
import { faultVectors } from './fault-vectors.ts';
import { vectorsJson, type Vector } from './vector.ts';

/** Traces that are longer, in bytes of JSON, are left out: they need ring indexes to wrap, which no reader wants to see. */
const LONGEST = 50_000;

const isShort = (vector: Vector): boolean => vectorsJson('', [vector]).length <= LONGEST;
const [folder = 'vectors', ...wanted] = process.argv.slice(2);
const isWanted = (area: string): boolean => wanted.length === 0 || wanted.includes(area);
const leftOut: string[] = [];
// A file is written as soon as its area is done.
for (const area of new Set(deviceFaults.map((fault) => fault.area).filter(isWanted))) {
  const kept: Vector[] = [];
  for (const fault of deviceFaults.filter((candidate) => candidate.area === area)) {
    const vectors = await faultVectors(fault);
    if (vectors.length === 0 || !vectors.every(isShort)) leftOut.push(fault.name);
    else kept.push(...vectors);
    process.stderr.write(`${fault.name}: ${vectors.map(({ clause }) => clause).join(' ') || 'not found'}\n`);
  }
  writeFileSync(join(folder, `device-${area}.json`), vectorsJson(`device-${area}`, kept));
}
if (isWanted('driver-netbsd')) {
  const kept = REGRESSIONS.flatMap((regression) => {
    const vectors = driverVectors(regression, perform).filter(isShort);
    if (vectors.length === 0) leftOut.push(regression.id);
    return vectors;
  });
  writeFileSync(join(folder, 'driver-netbsd.json'), vectorsJson('driver-netbsd', kept));
}
process.stderr.write(`Left out: ${leftOut.join(', ') || 'none'}\n`);
