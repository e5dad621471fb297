/** The command tree. Everything that costs start-up time (the catalogue, the harness) is loaded by the command that needs it. */
import { Command } from 'commander';
import { packageVersion } from '../../targets/package-version.ts';
import { EXAMPLES, EXIT_CODES_HELP } from '../help.ts';
import { nonEmpty } from '../values.ts';
import type { Finish } from './action.ts';
import { defineExplore, defineGuest, defineRegress, defineTrace } from './drivers.ts';
import { defineFuzz, defineMerge, defineNewTarget } from './fuzzing.ts';
import { defineReplay, defineRun } from './judging.ts';
import { defineLists } from './lists.ts';
import { defineReports } from './results.ts';
import { defineCompletion, defineServe } from './services.ts';

/** In the order in which help lists them. */
const DEFINITIONS = [
  defineRun,
  defineFuzz,
  defineMerge,
  defineNewTarget,
  defineReplay,
  defineTrace,
  defineGuest,
  defineServe,
  defineRegress,
  defineExplore,
  defineReports,
  defineLists,
  defineCompletion,
] as const;

/** The command tree. `finish` receives the exit code of the command that ran. */
export function buildProgram(finish: Finish = () => {}): Command {
  const program = new Command('virtcheck')
    .description('Judges virtio devices clause by clause of VIRTIO 1.4, and shows the shortest way to each deviation.')
    .version(`virtcheck ${packageVersion()}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command')
    .option('--color', 'use colour even where stdout is no terminal')
    .option('--no-color', 'use no colour (also: NO_COLOR in the environment)')
    .option(
      '--config <file>',
      'settings of the project (default: virtcheck.config.* here or above)',
      nonEmpty('--config'),
    )
    .option('--no-config', 'take no settings but those of the command line')
    .option('-q, --quiet', 'print deviations and the last line only')
    .option('-v, --verbose', 'print every clause and all evidence')
    .addHelpText('before', `${EXAMPLES.virtcheck}\n`)
    .addHelpText('after', `\n${EXIT_CODES_HELP}`);
  for (const define of DEFINITIONS) define(program, finish);
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: command !== program })
      .showSuggestionAfterError();
    const path = command === program ? 'virtcheck' : `virtcheck ${command.name()}`;
    command.showHelpAfterError(`  '${path} --help' shows what there is`);
  }
  return program;
}
