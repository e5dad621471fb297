/** `virtcheck compare`: what changed between two results. */
import { comparisonText, compareResults } from '../../reports/compare.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, reason, writeWhole } from '../files.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';
import { readResultFile } from '../result-files.ts';

export interface CompareFlags extends GlobalOptions {
  readonly json?: string;
}

const STDOUT = '-';

/** Exit code 1 if something got worse, 0 if not. */
export async function compare(before: string, after: string, flags: CompareFlags): Promise<ExitCode> {
  const { json } = flags;
  if (json !== undefined && json !== STDOUT) checkWritableFile('--json', json);
  const comparison = compareResults(readResultFile(before).runs, readResultFile(after).runs);
  const document = `${JSON.stringify(comparison, null, 2)}\n`;
  if (json === STDOUT) {
    await write(process.stdout, document);
  } else if (json !== undefined) {
    try {
      writeWhole(json, document);
    } catch (error) {
      throw new UsageError(`--json: cannot write ${json}: ${reason(error)}`, 'name a file that you may write to');
    }
  }
  const stream = json === STDOUT ? process.stderr : process.stdout;
  await write(stream, comparisonText(comparison, { ...layoutFor(stream, flags), quiet: flags.quiet }));
  return comparison.worse ? EXIT.deviations : EXIT.conformant;
}
