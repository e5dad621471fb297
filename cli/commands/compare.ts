/** `virtcheck compare`: what changed between two results. */
import { basename } from 'node:path';
import { comparisonMarkdown } from '../../reports/compare-markdown.ts';
import { comparisonText, compareResults, type Comparison } from '../../reports/compare.ts';
import { comparePage } from '../../reports/html/compare-page.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, reason, writeWhole } from '../files.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { readAssets, readResultFile } from '../result-files.ts';

export interface CompareFlags extends GlobalOptions {
  readonly json?: string;
  readonly html?: string;
  readonly markdown?: string;
}

const FORMATS = ['json', 'html', 'markdown'] as const;
type Format = (typeof FORMATS)[number];
const STDOUT = '-';

/** Exit code 1 if something got worse, 0 if not. */
export async function compare(before: string, after: string, flags: CompareFlags): Promise<ExitCode> {
  const asked = FORMATS.flatMap((format) => {
    const path = flags[format];
    return path === undefined ? [] : [{ format, path }];
  });
  const paths = asked.map(({ path }) => path);
  if (new Set(paths).size < paths.length) throw new UsageError('two formats go to one place', 'name a file for each');
  for (const { format, path } of asked) if (path !== STDOUT) checkWritableFile(`--${format}`, path);
  const comparison = compareResults(readResultFile(before).runs, readResultFile(after).runs);
  for (const { format, path } of asked) {
    const document = render(format, comparison, path);
    if (path === STDOUT) {
      await write(process.stdout, document);
      continue;
    }
    try {
      writeWhole(path, document);
    } catch (error) {
      throw new UsageError(`--${format}: cannot write ${path}: ${reason(error)}`, 'name a file that you may write to');
    }
  }
  const stream = paths.includes(STDOUT) ? process.stderr : process.stdout;
  await write(stream, comparisonText(comparison, { ...layoutFor(stream, flags), quiet: flags.quiet }));
  return comparison.worse ? EXIT.deviations : EXIT.conformant;
}

function render(format: Format, comparison: Comparison, path: string): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(comparison, null, 2)}\n`;
    case 'markdown':
      return comparisonMarkdown(comparison);
    case 'html':
      return comparePage(comparison, { assets: readAssets(), path: basename(path) }).html;
  }
}
