/** `virtcheck clauses`: the catalogue with its coverage. */
import { CLAUSES, type Party } from '../../models/clauses/catalogue.ts';
import {
  clauseOf,
  coverageByArea,
  goals,
  idleWaivers,
  type ClauseCoverage,
  type CoverageState,
} from '../../reports/coverage.ts';
import { coverageMarkdown } from '../../reports/coverage-markdown.ts';
import { count, table, wrap, type Cell, type Layout } from '../../reports/text.ts';
import { checkClausePrefix } from '../clause-prefixes.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, writeWhole } from '../files.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { loadCoverage } from '../strength.ts';
import { didYouMean } from '../suggest.ts';

const STDOUT = '-';

export interface ClausesFlags extends GlobalOptions {
  readonly area?: string;
  readonly party?: Party;
  readonly state?: CoverageState;
  readonly json?: boolean;
  /** Write the page about coverage to this file. */
  readonly markdown?: string;
}

export async function clauses(prefix: string | undefined, flags: ClausesFlags): Promise<ExitCode> {
  const areas = [...new Set(CLAUSES.map((clause) => clause.area))];
  if (flags.area !== undefined && !areas.includes(flags.area)) {
    const hint = didYouMean(flags.area, areas) ?? `areas are ${areas.join(', ')}`;
    throw new UsageError(`--area: there is no area '${flags.area}'`, hint);
  }
  const isWanted = prefix === undefined ? () => true : matching(prefix);
  const coverage = await loadCoverage();
  const rows = coverage.rows.filter(
    (row) =>
      isWanted(row) &&
      (flags.area === undefined || row.area === flags.area) &&
      (flags.party === undefined || row.party === flags.party) &&
      (flags.state === undefined || row.coverage === flags.state),
  );
  if (flags.markdown !== undefined) return page(rows, flags.markdown, flags);
  const notes = [
    ...coverage.notes,
    ...idleWaivers(coverage.rows, coverage.waivers).map((key) => `The waiver for ${key} excuses nothing: remove it.`),
  ];
  if (flags.json) {
    await write(process.stdout, `${JSON.stringify(rows, null, 2)}\n`);
  } else {
    const filtered =
      prefix !== undefined || flags.area !== undefined || flags.party !== undefined || flags.state !== undefined;
    const layout = layoutFor(process.stdout, flags);
    const parts = [...(filtered || flags.verbose ? [list(rows, layout)] : []), areaTable(rows, layout)];
    if (!filtered) parts.push(goalLines(rows));
    await write(process.stdout, `${parts.filter((part) => part !== '').join('\n\n')}\n`);
    if (!filtered && !flags.verbose && !flags.quiet) {
      await write(
        process.stderr,
        layoutFor(process.stderr, flags).style.dim("\nA prefix lists clauses: 'virtcheck clauses split.device'\n"),
      );
    }
  }
  if (!flags.quiet) for (const note of notes) await write(process.stderr, `${note}\n`);
  return EXIT.conformant;
}

/** Clauses whose ids start so; where there is none, those that have the words in their ids or summaries. */
function matching(words: string): (row: ClauseCoverage) => boolean {
  if (CLAUSES.some(({ id }) => id.startsWith(words))) return ({ id }) => id.startsWith(words);
  const sought = words.toLowerCase();
  const has = ({ id, summary }: { readonly id: string; readonly summary: string }): boolean =>
    `${id}\n${summary}`.toLowerCase().includes(sought);
  if (!CLAUSES.some(has)) checkClausePrefix(words, 'clauses');
  return (row) => has(clauseOf(row));
}

const PAGE_COMMAND = '`npx virtcheck clauses --markdown docs/coverage.md`';

async function page(rows: readonly ClauseCoverage[], path: string, { quiet }: ClausesFlags): Promise<ExitCode> {
  const text = coverageMarkdown(rows, PAGE_COMMAND);
  if (path === STDOUT) {
    await write(process.stdout, text);
    return EXIT.conformant;
  }
  checkWritableFile('--markdown', path);
  writeWhole(path, text);
  if (!quiet) await write(process.stderr, `Wrote ${path}\n`);
  return EXIT.conformant;
}

function list(rows: readonly ClauseCoverage[], { style, width }: Layout): string {
  const paint = { covered: style.green, waived: style.yellow, open: style.red };
  return rows
    .map((row) => {
      const clause = clauseOf(row);
      const head = `${paint[row.coverage](row.coverage.padEnd(7))}  ${style.bold(row.id)}  ${row.level}  ${row.party}  section ${clause.section}`;
      const lines = [head, wrap(clause.summary, width, '         ')];
      if (row.provenBy.length > 0)
        lines.push(style.dim(wrap(`proven by ${row.provenBy.join(', ')}`, width, '         ')));
      if (row.reason !== undefined) lines.push(style.dim(wrap(`waived: ${row.reason}`, width, '         ')));
      return lines.join('\n');
    })
    .join('\n');
}

function goalLines(rows: readonly ClauseCoverage[]): string {
  return goals(rows)
    .map(({ party, total, covered, waived, open }) => {
      const what = `${party === 'device' ? 'Device' : 'Driver'}-observable`;
      const share = Math.floor((100 * covered) / total);
      return (
        `${what} clauses on MMIO, split virtqueues, blk, console and entropy (zoned devices aside): ` +
        `${covered} of ${total} covered (${share} %), ${waived} waived, ${open} open.`
      );
    })
    .join('\n');
}

function areaTable(rows: readonly ClauseCoverage[], { style }: Layout): string {
  if (rows.length === 0) return 'No clause fits.';
  const line = (name: string, tally: Readonly<Record<CoverageState, number>>): readonly Cell[] => {
    const total = tally.covered + tally.waived + tally.open;
    const cell = (n: number, paint: (text: string) => string): Cell => ({
      text: count(n),
      right: true,
      paint: n === 0 ? style.dim : paint,
    });
    return [
      { text: name },
      { text: count(total), right: true },
      cell(tally.covered, style.green),
      cell(tally.waived, style.yellow),
      cell(tally.open, style.red),
    ];
  };
  const heads = ['area', 'clauses', 'covered', 'waived', 'open'];
  const header = heads.map((text, i): Cell => ({ text, right: i > 0, paint: style.bold }));
  const areas = coverageByArea(rows);
  const all = { covered: 0, waived: 0, open: 0 };
  for (const row of rows) all[row.coverage]++;
  const body = [...areas].map(([area, tally]) => line(area, tally));
  return table([header, ...body, ...(areas.size > 1 ? [line('all', all)] : [])]);
}
