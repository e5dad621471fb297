/** `virtcheck completion SHELL`, and what its script asks for. The scripts are those of tabtab. */
import tabtab from '@pnpm/tabtab';
import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { write } from '../output.ts';
import { FILES, suggest } from './suggestions.ts';
import { valuesOf } from './values.ts';

/** Prints the script that a shell has to read at its start. */
export async function completion(shell: 'bash' | 'zsh' | 'fish'): Promise<ExitCode> {
  await write(process.stdout, await tabtab.getCompletionScript({ name: 'virtcheck', completer: 'virtcheck', shell }));
  return EXIT.conformant;
}

/** Answers such a script. `words` are those of the whole line; the environment says where the cursor stands. */
export async function serveCompletion(program: Command, words: readonly string[]): Promise<ExitCode> {
  const shell = tabtab.getShellFromEnv(process.env);
  const { words: position, point, line } = tabtab.parseEnv(process.env);
  // Bash and zsh say which word the cursor is in. Fish says where it stands in the line; behind a blank a new word begins.
  const isFish = shell === 'fish';
  const upToCursor = isFish ? [...words] : words.slice(0, position + 1);
  if (isFish ? point > line.trimEnd().length : words.length <= position) upToCursor.push('');
  const found = await suggest(program, upToCursor.slice(1), valuesOf);
  if (found === FILES) tabtab.logFiles();
  else
    tabtab.log(
      found.map(({ name, description }) => ({ name, description })),
      shell,
    );
  return EXIT.conformant;
}
