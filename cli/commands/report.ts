/** `virtcheck report`: renders result files for people and for other programs. */
import { join } from 'node:path';
import { resultCsv } from '../../reports/csv.ts';
import type { PageFile } from '../../reports/html/frame.ts';
import { htmlReport } from '../../reports/html/site.ts';
import type { ReportInput } from '../../reports/input.ts';
import { junitXml } from '../../reports/junit.ts';
import { resultMarkdown } from '../../reports/markdown.ts';
import { resultSarif } from '../../reports/sarif.ts';
import { plural } from '../../reports/text.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, checkWritableFolder, reason, writeWhole } from '../files.ts';
import { write, type GlobalOptions } from '../output.ts';
import { EvidenceFinder } from '../evidence.ts';
import { readAssets, readResultFile, type ResultFile } from '../result-files.ts';

export interface ReportFlags extends GlobalOptions {
  readonly html?: string;
  readonly junit?: string;
  readonly markdown?: string;
  readonly csv?: string;
  readonly sarif?: string;
  readonly strict?: boolean;
}

const FILES = ['junit', 'markdown', 'csv', 'sarif'] as const;
const STDOUT = '-';
const FIRST_PAGE = 'index.html';

/** Exit code 0 whatever the verdicts are: they were the business of the run. */
export async function report(paths: readonly string[], flags: ReportFlags): Promise<ExitCode> {
  checkFlags(flags);
  const files = paths.map(readResultFile);
  const input: ReportInput = {
    runs: files.flatMap((file) => file.runs),
    regressions: files.flatMap((file) => file.regressions),
    campaigns: files.flatMap((file) => file.campaigns),
  };
  if (Object.values(input).every((part: readonly unknown[]) => part.length === 0)) {
    throw new UsageError(
      `nothing was judged in ${paths.join(', ')}`,
      'name the result of a run that was not interrupted',
    );
  }
  // Of the pages, only the one to open is worth a line.
  const outputs: { readonly path: string; readonly content: string; readonly untold?: boolean }[] = [];
  if (flags.html !== undefined) {
    for (const { path, html: content } of await html(files, input, flags)) {
      outputs.push({ path: join(flags.html, path), content, untold: path !== FIRST_PAGE });
    }
  }
  for (const format of FILES) {
    const path = flags[format];
    if (path !== undefined) outputs.push({ path, content: render(format, input, flags, paths[0]) });
  }
  for (const { path, content, untold } of outputs) {
    if (path === STDOUT) {
      await write(process.stdout, content);
      continue;
    }
    try {
      writeWhole(path, content);
    } catch (error) {
      throw new UsageError(`cannot write ${path}: ${reason(error)}`, 'name a file that you may write to');
    }
    if (!flags.quiet && untold !== true) await write(process.stderr, `Wrote ${path}\n`);
  }
  return EXIT.conformant;
}

function checkFlags(flags: ReportFlags): void {
  const asked = FILES.filter((format) => flags[format] !== undefined);
  if (flags.html === undefined && asked.length === 0) {
    throw new UsageError(
      'say what to write: --html, --junit, --markdown, --csv or --sarif',
      "for example 'virtcheck report result.json --html report'",
    );
  }
  if (asked.filter((format) => flags[format] === STDOUT).length > 1) {
    throw new UsageError('only one format can go to stdout', 'name files for the others');
  }
  const named = asked.map((format) => flags[format]!).filter((path) => path !== STDOUT);
  if (new Set(named).size < named.length) {
    throw new UsageError('two formats name the same file', 'name a file for each');
  }
  if (flags.html !== undefined) checkWritableFolder('--html', flags.html);
  for (const format of asked) if (flags[format] !== STDOUT) checkWritableFile(`--${format}`, flags[format]!);
}

async function html(
  files: readonly ResultFile[],
  input: ReportInput,
  flags: ReportFlags,
): Promise<readonly PageFile[]> {
  const finder = new EvidenceFinder(files);
  const pages = htmlReport(input, {
    strict: flags.strict,
    assets: readAssets(),
    evidence: (broken) => finder.of(broken),
  });
  if (finder.missing > 0 && !flags.quiet) {
    const note = `${plural(finder.missing, 'trace')} not at hand: shown without register listing. Keep virtcheck-out/ beside the result.\n`;
    await write(process.stderr, note);
  }
  return pages;
}

function render(
  format: (typeof FILES)[number],
  input: ReportInput,
  { strict }: ReportFlags,
  resultFile: string,
): string {
  switch (format) {
    case 'junit':
      return junitXml(input, { strict });
    case 'markdown':
      return resultMarkdown(input, strict);
    case 'csv':
      return resultCsv(input.runs);
    case 'sarif':
      return resultSarif(input.runs, { strict, resultFile });
  }
}
