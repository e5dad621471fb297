/** `virtcheck faults`: the seeded faults and what catches them. */
import { commandLine } from '../../harness/command-line.ts';
import type { DriverFault, SeededFault } from '../../emulator/faults/fault.ts';
import { frontEndOf } from '../../targets/reference-driver/name.ts';
import { plural, wrap, type Layout } from '../../reports/text.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { loadFaults, loadStrength } from '../strength.ts';
import { beginnings, didYouMean } from '../suggest.ts';

export interface FaultsFlags extends GlobalOptions {
  readonly json?: boolean;
}

/** A row of `virtcheck faults --json` (schema: reports/schemas/faults.schema.json). */
export interface FaultRow {
  readonly name: string;
  readonly party: string;
  readonly clauses: readonly string[];
  readonly seenIn: string;
  /** Clauses under which it was caught when the suite was last measured. */
  readonly detectedBy: readonly string[];
}

export async function faults(prefix: string | undefined, flags: FaultsFlags): Promise<ExitCode> {
  const { matrix, notes } = loadStrength();
  const all = await loadFaults();
  const chosen = all.filter((fault) => prefix === undefined || fault.name.startsWith(prefix));
  if (prefix !== undefined && chosen.length === 0) {
    const names = all.map((fault) => fault.name);
    throw new UsageError(
      `no fault's name starts with '${prefix}'`,
      didYouMean(prefix, beginnings(names)) ?? "'virtcheck faults' lists them",
    );
  }
  if (flags.json) {
    const rows = chosen.map(({ name, party, clauses, seenIn }): FaultRow => ({
      name,
      party,
      clauses,
      seenIn,
      detectedBy: matrix.get(name) ?? [],
    }));
    await write(process.stdout, `${JSON.stringify(rows, null, 2)}\n`);
  } else {
    await write(process.stdout, `${list(chosen, matrix, layoutFor(process.stdout, flags))}\n`);
  }
  if (!flags.quiet) for (const note of notes) await write(process.stderr, `${note}\n`);
  return EXIT.conformant;
}

/** A target that can have the fault. */
function targetFor(fault: SeededFault | undefined): string {
  if (fault?.party !== 'driver') return 'emulator';
  const { children } = fault as DriverFault;
  const name = children?.[0] ?? 'ld';
  return frontEndOf(name) === undefined ? `driver:${name}@mended` : `driver:${name}`;
}

function list(
  chosen: readonly SeededFault[],
  matrix: ReadonlyMap<string, readonly string[]>,
  { style, width }: Layout,
): string {
  const blocks = chosen.map(({ name, party, area, clauses, seenIn, summary }) => {
    const detectedBy = matrix.get(name);
    const lines = [
      `${style.bold(name)}  ${style.dim(`${party}, ${area}`)}`,
      wrap(summary, width, '  '),
      wrap(`breaks    ${clauses.join(', ')}`, width, '  ', '            '),
      wrap(`seen in   ${seenIn}`, width, '  ', '            '),
    ];
    if (detectedBy !== undefined) {
      const caught = detectedBy.length > 0 ? style.green(detectedBy.join(', ')) : style.red('nothing');
      lines.push(`  caught by ${caught}`);
    }
    return lines.join('\n');
  });
  return [
    ...blocks,
    `${plural(chosen.length, 'fault')}. See one caught: ${commandLine('run', '--target', targetFor(chosen[0]), '--fault', chosen[0]?.name ?? 'NAME')}`,
  ].join('\n\n');
}
