/**
 * `npm run vectors -- [FOLDER [AREA...]]`: makes the portable vectors anew, from every seeded fault and every regression
 * case, or those of some areas (`device-status`, `driver-ring`, ..., `regressions`).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { driverFaults } from '../../emulator/faults/driver-catalogue.ts';
import { REGRESSIONS } from '../regressions/index.ts';
import { driverFaultVectors } from './driver-fault-vectors.ts';
import { faultVectors } from './fault-vectors.ts';
import { regressionVectors } from './regression-vectors.ts';
import { vectorsJson, type Vector, type VectorFile } from './vector.ts';

/** Traces that are longer, in bytes of JSON, are left out. */
const LONGEST = 250_000;
/** Seen only when a ring index has wrapped at 2^16, after traces of many megabytes: not tried. */
const NEED_A_WRAP = ['used-ring-not-wrapped', 'used-index-stored-bytewise'];

const isTried = ({ name, needs }: (typeof deviceFaults)[number]): boolean =>
  !NEED_A_WRAP.includes(name) && needs?.includes('index-wrap') !== true;

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
  ...byArea('device', deviceFaults.filter(isTried), faultVectors),
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
const added = keepIds();
process.stderr.write(`Left out: ${leftOut.join(', ') || 'none'}. New ids: ${String(added)}\n`);

/** Notes new ids; those that are gone are told, for whoever uses them. How many were added. */
function keepIds(): number {
  const path = join(folder, 'ids.txt');
  const known = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'));
  const ids = files.flatMap((name) =>
    (JSON.parse(readFileSync(join(folder, name), 'utf8')) as VectorFile).vectors.map(({ id }) => id),
  );
  const gone = known.filter((id) => !ids.includes(id));
  if (gone.length > 0) process.stderr.write(`Ids that are gone, which others may use: ${gone.join(', ')}\n`);
  writeFileSync(path, `${[...new Set([...known, ...ids])].sort().join('\n')}\n`);
  return ids.filter((id) => !known.includes(id)).length;
}
