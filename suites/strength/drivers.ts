/**
 * `npm run strength -- --drivers`: the matrix of seeded driver defects. Each, one at a time, in the mended driver stack or
 * the reference driver, from several seeds. Writes suites/strength/driver-fault-matrix.json and docs/driver-fault-matrix.md. Goes on where the
 * last measurement left off, unless told to start again.
 */
import { join } from 'node:path';
import { driverFaults, openDriverFaults } from '../../emulator/faults/driver-catalogue.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import { huntDriver } from './driver-hunt.ts';
import { pageOf, summaryOf, type Subject } from './fault-matrix.ts';
import { addHunt, matrixText, readMatrix } from './matrix-file.ts';

export interface DriverPlan {
  readonly seeds: readonly number[];
  /** Faults whose names start with one of these. */
  readonly prefixes: readonly string[];
  readonly again: boolean;
  /** Milliseconds. */
  readonly budget: number;
  readonly write: boolean;
}

/** Scenarios that the first seed adds to show which other clauses a defect breaks. */
const MORE = 60;
/** The one effort that drivers are hunted with. */
const EFFORT = 'normal';

const SUBJECT: Subject = {
  faults: driverFaults,
  open: openDriverFaults,
  intro: [
    '# Seeded driver faults and the clauses that catch them',
    '',
    'Made by `npm run strength -- --drivers`: conforming use of the in-tree drivers (the newest revisions of the NetBSD stack,',
    'known hazards repaired, and the reference driver) on machines of every kind, one fault at a time. A seed catches a',
    'fault when a clause that its entry names breaks; "scenarios" counts those run until then. "Actions" are those of the',
    'shrunk scenario.',
  ],
};

/** True if every hunt caught its fault. */
export async function measureDrivers({ seeds, prefixes, again, budget, write }: DriverPlan): Promise<boolean> {
  const path = join(packageFolder(), 'suites/strength/driver-fault-matrix.json');
  const matrix = readMatrix(path, EFFORT, driverFaults);
  const chosen = driverFaults.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
  const started = performance.now();
  const renewed = new Set<string>();
  let [hunts, missed] = [0, 0];
  for (const seed of seeds) {
    for (const fault of chosen) {
      if (!again && matrix.get(fault.name)?.hunts.some((one) => one.seed === seed)) continue;
      if (performance.now() - started > budget) break;
      const one = huntDriver(fault, { seed, shrink: seed === 1, more: seed === 1 ? MORE : 0 });
      if (again && !renewed.has(fault.name)) matrix.delete(fault.name);
      renewed.add(fault.name);
      addHunt(matrix, one, true);
      hunts++;
      if (one.named.length > 0) continue;
      missed++;
      process.stdout.write(
        `${fault.name} seed ${seed}: NOT CAUGHT (broke: ${one.detectedBy.join(', ') || 'nothing'})\n`,
      );
    }
  }
  if (write) {
    await writeWhole(path, matrixText(matrix, EFFORT, driverFaults));
    await writeWhole(join(packageFolder(), 'docs/driver-fault-matrix.md'), pageOf(matrix, SUBJECT));
  }
  process.stdout.write(`${hunts - missed} of ${hunts} hunts caught their fault\n`);
  for (const line of summaryOf(matrix, SUBJECT)) process.stdout.write(`${line}\n`);
  return missed === 0;
}
