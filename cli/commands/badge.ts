/** `virtcheck badge`: a result as a small picture for a README. */
import { badgeSvg } from '../../reports/badge.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, reason, writeWhole } from '../files.ts';
import { write, type GlobalOptions } from '../output.ts';
import { readResultFile } from '../result-files.ts';

export interface BadgeFlags extends GlobalOptions {
  readonly output?: string;
  readonly strict?: boolean;
}

export async function badge(paths: readonly string[], flags: BadgeFlags): Promise<ExitCode> {
  const { output, strict } = flags;
  const toFile = output !== undefined && output !== '-';
  if (toFile) checkWritableFile('--output', output);
  const svg = `${badgeSvg(
    paths.flatMap((path) => readResultFile(path).runs),
    strict,
  )}\n`;
  if (!toFile) {
    await write(process.stdout, svg);
    return EXIT.conformant;
  }
  try {
    writeWhole(output, svg);
  } catch (error) {
    throw new UsageError(`--output: cannot write ${output}: ${reason(error)}`, 'name a file that you may write to');
  }
  return EXIT.conformant;
}
