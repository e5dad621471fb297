/** The seeded-fault matrix as a file for programs and as a page for people. */
import { deviceFaults, openDeviceFaults } from '../../emulator/faults/catalogue.ts';
import type { Effort } from '../../harness/result.ts';
import type { Hunt } from './fault-hunt.ts';

export const MATRIX_SCHEMA = 'virtcheck-fault-matrix/1';

interface Row {
  readonly name: string;
  readonly detectedBy: readonly string[];
  readonly seedsCaught: number;
  readonly seeds: number;
  /** Scenarios until a named clause broke, over the seeds that caught it. */
  readonly medianScenarios: number;
  readonly worstScenarios: number;
}

function median(sorted: readonly number[]): number {
  return sorted.length === 0 ? 0 : sorted[sorted.length >>> 1];
}

/** `more`: hunts for clauses that no hunt of the first kind was ended by; they add to what detects a fault. */
function rows(hunts: readonly Hunt[], more: readonly Hunt[]): Row[] {
  return deviceFaults.flatMap((fault) => {
    const own = hunts.filter((one) => one.fault === fault.name);
    if (own.length === 0) return [];
    const caught = own.filter((one) => one.named.length > 0).map((one) => one.scenarios);
    caught.sort((a, b) => a - b);
    return [
      {
        name: fault.name,
        detectedBy: [...new Set([...own, ...more.filter((one) => one.fault === fault.name)].flatMap((one) => one.detectedBy))].sort(),
        seedsCaught: caught.length,
        seeds: own.length,
        medianScenarios: median(caught),
        worstScenarios: caught[caught.length - 1] ?? 0,
      },
    ];
  });
}

export function fileOf(hunts: readonly Hunt[], more: readonly Hunt[], effort: Effort, seeds: readonly number[]): string {
  return `${JSON.stringify({ schema: MATRIX_SCHEMA, effort, seeds, faults: rows(hunts, more) }, null, 1)}\n`;
}

export function pageOf(hunts: readonly Hunt[], more: readonly Hunt[], effort: Effort, seeds: readonly number[]): string {
  const table = rows(hunts, more);
  const all = table.map((row) => row.medianScenarios).sort((a, b) => a - b);
  const lines = [
    '# Seeded faults and the clauses that catch them',
    '',
    `Made by \`npm run strength\`: the conformance suite at effort \`${effort}\` against the in-tree emulator, one fault at a`,
    `time, seeds ${seeds.join(', ')}. "Scenarios" counts those run until a clause that the fault's entry names broke.`,
    '',
    `${table.filter((row) => row.seedsCaught === row.seeds).length} of ${table.length} faults caught from every seed;`,
    `${table.filter((row) => row.seedsCaught >= 0.9 * row.seeds).length} from at least nine in ten.`,
    `Median over the faults of the median number of scenarios: ${median(all)}.`,
    '',
    '| fault | seeds | median | worst | named clauses that caught it | other clauses that broke |',
    '|---|---|---|---|---|---|',
  ];
  for (const row of table) {
    const fault = deviceFaults.find((entry) => entry.name === row.name);
    const named = row.detectedBy.filter((id) => fault?.clauses.includes(id));
    const others = row.detectedBy.filter((id) => !fault?.clauses.includes(id));
    lines.push(
      `| ${row.name} | ${row.seedsCaught}/${row.seeds} | ${row.medianScenarios} | ${row.worstScenarios} | ${named.join(', ')} | ${others.join(', ')} |`,
    );
  }
  lines.push(
    '',
    '## Faults that are not counted',
    '',
    'They can be switched on and the suite does not catch them under a clause that they break.',
    '',
    '| fault | why |',
    '|---|---|',
    ...openDeviceFaults.map((fault) => `| ${fault.name} | ${fault.open} |`),
  );
  return `${lines.join('\n')}\n`;
}
