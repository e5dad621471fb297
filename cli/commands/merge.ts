/** `virtcheck merge`: makes one campaign of several. */
import { join } from 'node:path';
import { commandLine } from '../../harness/command-line.ts';
import { holdsCampaign, JournalError } from '../../fuzz/journal.ts';
import { mergeCampaigns, MergeError, type Merged } from '../../fuzz/merge.ts';
import { resultOf } from '../../fuzz/summarise.ts';
import { counts, fuzzSummary } from '../../reports/fuzz.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, checkWritableFolder, writeWhole } from '../files.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';

export interface MergeFlags extends GlobalOptions {
  readonly out?: string;
  readonly json?: string;
  readonly strict?: boolean;
}

const STDOUT = '-';

export async function merge(folders: readonly string[], flags: MergeFlags): Promise<ExitCode> {
  const { out } = flags;
  if (out === undefined)
    throw new UsageError('say where the merged campaign is to live with --out', 'for example --out merged');
  if (holdsCampaign(out)) throw new UsageError(`${out} holds a campaign already`, 'name another folder with --out');
  for (const folder of folders) {
    if (!holdsCampaign(folder))
      throw new UsageError(`there is no campaign in ${folder}`, "'virtcheck fuzz --corpus FOLDER' makes one");
  }
  checkWritableFolder('--out', out);
  if (flags.json !== undefined && flags.json !== STDOUT) checkWritableFile('--json', flags.json);
  let merged: Merged;
  try {
    merged = mergeCampaigns(folders, out);
  } catch (error) {
    if (!(error instanceof JournalError || error instanceof MergeError)) throw error;
    throw new UsageError(error.message);
  }
  const { identity, state, missing } = merged;
  const result = resultOf(state, { identity, jobs: folders.length, durationMs: state.elapsedMs, interrupted: false });
  const json = `${JSON.stringify(result, null, 1)}\n`;
  writeWhole(join(out, 'result.json'), json);
  if (flags.json === STDOUT) await write(process.stdout, json);
  else if (flags.json !== undefined) writeWhole(flags.json, json);
  for (const name of missing) await write(process.stderr, `virtcheck: ${name} is in none of the folders' findings/\n`);
  const stream = flags.json === STDOUT ? process.stderr : process.stdout;
  const resume = commandLine('fuzz', '--target', identity.target, '--corpus', out, '--resume');
  await write(
    stream,
    fuzzSummary(result, { ...flags, ...layoutFor(stream, flags), findings: join(out, 'findings'), resume }),
  );
  return result.findings.some((finding) => counts(finding, flags.strict === true)) ? EXIT.deviations : EXIT.conformant;
}
