/** The files that a measurement is kept in, and the page that is made of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../harness/trace-file.ts';
import type { Explanation } from './explanations.ts';
import { pageOf } from './page.ts';
import { NO_RESULTS, RESULTS_SCHEMA, type MutationResults } from './results.ts';
import { SIDES, type Side } from './sources.ts';

export const PAGE = 'docs/mutation.md';
export const EXPLANATIONS = 'suites/strength/mutation-survivors.json';
export const resultsPath = (side: Side): string => `suites/strength/mutation-${side}.json`;

export function readResults(root: string, side: Side): MutationResults {
  const path = join(root, resultsPath(side));
  if (!existsSync(path)) return NO_RESULTS;
  const results = JSON.parse(readFileSync(path, 'utf8')) as MutationResults;
  if (results.schema !== RESULTS_SCHEMA) throw new Error(`${path} is no ${RESULTS_SCHEMA} file`);
  return results;
}

export async function writeResults(root: string, side: Side, results: MutationResults): Promise<void> {
  await writeWhole(join(root, resultsPath(side)), resultsText(results));
}

/** A line for each survivor: what changes from one measurement to the next is read in a diff. */
export function resultsText({ schema, budgets, files }: MutationResults): string {
  const texts = Object.entries(files).map(([path, { survivors, ...counts }]) => {
    const head = JSON.stringify(counts).slice(0, -1);
    const list = survivors.map((survivor) => `\n   ${JSON.stringify(survivor)}`).join(',');
    return `  ${JSON.stringify(path)}: ${head},"survivors":[${list}]}`;
  });
  return `{"schema":${JSON.stringify(schema)},\n "budgets":${JSON.stringify(budgets)},\n "files":{\n${texts.join(',\n')}\n}}\n`;
}

export function readExplanations(root: string): readonly Explanation[] {
  const path = join(root, EXPLANATIONS);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly Explanation[]) : [];
}

const TITLES: Readonly<Record<Side, readonly [title: string, about: string]>> = {
  device: [
    'Devices (`emulator/device`)',
    'Judged by the scenarios of `virtcheck run --target emulator` (seed 1, effort `normal`). What only the driver stack uses ' +
      '(PCI; network, SCSI, balloon, GPU and 9P) is judged by the suite of the next section.',
  ],
  driver: [
    'Drivers (`emulator/driver`)',
    'Judged by random scenarios of each child driver on each bus and of the core without a child (seed 1), all historical ' +
      'hazards repaired, unrepaired, and at the revisions that a run can be asked for; by command lines; by fields of every ' +
      'byte order; by the registers of PCI; and by every regression on both of its profiles. A scenario detects a mutant if ' +
      'it breaks another set of clauses than without it.',
  ],
};

export function pageText(root: string): string {
  const parts = SIDES.map((side) => {
    const [title, about] = TITLES[side];
    return { title, about, results: readResults(root, side) };
  });
  return pageOf(parts, readExplanations(root));
}

export const writePage = (root: string): Promise<void> => writeWhole(join(root, PAGE), pageText(root));
