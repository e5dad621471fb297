/** What fits where the cursor stands, read from the command tree itself. */
import type { Argument, Command, Option } from 'commander';

export interface Suggestion {
  readonly name: string;
  readonly description?: string;
}

/** The value is a path: the shell knows better. */
export const FILES = 'files';

export type Suggestions = readonly Suggestion[] | typeof FILES;

/** Words that an option or argument takes, by its name (`fault`, `report`); undefined for those that it does not know. */
export type ValuesOf = (name: string) => Promise<readonly Suggestion[] | undefined>;

/**
 * What may replace the last of `words`, which are those after the program's name, as far as the cursor. Shells narrow the
 * list to what begins like the word.
 */
export async function suggest(program: Command, words: readonly string[], valuesOf: ValuesOf): Promise<Suggestions> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { command, open, taken } = walk(program, before);
  if (open !== undefined) return listed(open.attributeName(), last, valuesOf);
  const [flag, value] = last.split('=', 2);
  if (value !== undefined && flag.startsWith('--')) {
    const option = optionOf(command, flag);
    if (option === undefined) return [];
    const values = await listed(option.attributeName(), value, valuesOf);
    return values === FILES ? FILES : values.map(({ name, description }) => ({ name: `${flag}=${name}`, description }));
  }
  if (last.startsWith('-')) return options(command, before);
  if (command === program) return program.createHelp().visibleCommands(program).map(describeCommand);
  const argument: Argument | undefined =
    command.registeredArguments[Math.min(taken, command.registeredArguments.length - 1)];
  if (argument === undefined || (taken > 0 && !argument.variadic && taken >= command.registeredArguments.length)) {
    return options(command, before);
  }
  return listed(argument.name(), last, valuesOf);
}

/** Follows the words: which command they name, the option that still waits for its value, arguments taken. */
function walk(program: Command, words: readonly string[]): { command: Command; open?: Option; taken: number } {
  let command = program;
  let open: Option | undefined;
  let taken = 0;
  for (const word of words) {
    if (open !== undefined) {
      open = undefined;
    } else if (word.startsWith('-')) {
      const option = optionOf(command, word) ?? optionOf(program, word);
      if (option?.required && !word.includes('=')) open = option;
    } else if (command === program) {
      command = program.commands.find((candidate) => candidate.name() === word) ?? program;
    } else taken++;
  }
  return { command, open, taken };
}

function optionOf(command: Command, word: string): Option | undefined {
  const flag = word.split('=', 1)[0];
  return command.options.find((option) => option.long === flag || option.short === flag);
}

/** Options that were not given yet, or may be given again. */
function options(command: Command, given: readonly string[]): readonly Suggestion[] {
  const own = command.options;
  const inherited = command.parent?.options ?? [];
  return [...own, ...inherited]
    .filter((option) => option.long && !option.hidden && !given.includes(option.long))
    .map((option) => ({ name: option.long!, description: option.description }));
}

/** Values that may follow one another after commas are completed behind the last comma. */
async function listed(name: string, typed: string, valuesOf: ValuesOf): Promise<Suggestions> {
  const values = await valuesOf(name);
  if (values === undefined) return FILES;
  const comma = typed.lastIndexOf(',') + 1;
  const prefix = typed.slice(0, comma);
  return prefix === '' ? values : values.map((value) => ({ ...value, name: prefix + value.name }));
}

function describeCommand(command: Command): Suggestion {
  return { name: command.name(), description: command.summary() || command.description() };
}
