/** What every command does around its work: settings of the project are filled in, the exit code handed on. */
import type { Command } from 'commander';
import { applyConfig, type ConfigurableFlags } from '../config/apply.ts';
import { hasConfig } from '../config/find.ts';
import { UsageError, type ExitCode } from '../exit-codes.ts';
import type { GlobalOptions } from '../output.ts';

export type Finish = (code: ExitCode) => void;

/** Wraps a command's work: options of all levels in, exit code out. */
export function action<T>(
  finish: Finish,
  work: (options: T & GlobalOptions, ...args: (string | undefined)[]) => Promise<ExitCode>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const options = command.optsWithGlobals<T & GlobalOptions>();
    await applySettings(command, options);
    if (options.quiet && options.verbose) throw new UsageError('--quiet and --verbose exclude each other');
    finish(await work(options, ...(args.slice(0, -2) as (string | undefined)[])));
  };
}

/** Fills in what the command line left out from the settings of the project, if it has any. */
async function applySettings(command: Command, options: GlobalOptions & ConfigurableFlags): Promise<void> {
  const accepts = (name: string) => command.options.some((option) => option.attributeName() === name);
  if (options.config === false || !accepts('target')) return;
  if (options.config === undefined && !hasConfig()) return;
  const { loadConfig } = await import('../config/load.ts');
  const settings = await loadConfig(options.config);
  if (settings === undefined) return;
  applyConfig(options, settings, (name) => command.getOptionValueSource(name) === 'cli', accepts);
}

/** Commander hands a variadic argument over as one list. */
export function paths(argument: unknown): readonly string[] {
  return argument as readonly string[];
}
