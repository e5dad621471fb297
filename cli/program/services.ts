/** Options of the commands that serve other programs: `serve`, `completion`. */
import type { Command } from 'commander';
import { DEVICE_KINDS, TRANSPORTS } from '../../models/setup.ts';
import { EXAMPLES } from '../help.ts';
import { listOf, nonEmpty, oneOf } from '../values.ts';
import { action, paths, type Finish } from './action.ts';

/** Shells that completion is there for. */
const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function defineServe(program: Command, finish: Finish): void {
  program
    .command('serve')
    .summary('offer the in-tree emulator as a qtest endpoint')
    .description('Offers the in-tree emulator to qtest clients, as QEMU offers its devices.')
    .addHelpText('before', `${EXAMPLES.serve}\n`)
    .option('--listen <address>', 'unix:PATH, tcp:HOST:PORT or stdio', nonEmpty('--listen'))
    .option('--device <kind>', DEVICE_KINDS.join(', '), oneOf('--device', DEVICE_KINDS), 'blk')
    .option('--transport <kind>', TRANSPORTS.join(', '), oneOf('--transport', TRANSPORTS), 'mmio-v2')
    .option('--variant <name>', 'configuration of the emulator', nonEmpty('--variant'), 'default')
    .option('--fault <names>', "seeded faults to switch on ('virtcheck faults' lists)", listOf('--fault'))
    .option('--describe <file>', 'write the JSON description that a run needs to this file', nonEmpty('--describe'))
    .action(action(finish, async (options: never) => (await import('../commands/serve.ts')).serve(options)));
}

export function defineCompletion(program: Command, finish: Finish): void {
  program
    .command('completion <shell>')
    .summary('print the completion script of a shell')
    .description(
      `Prints a script with which ${SHELLS.join(', ')} complete commands, options, targets, faults and clauses.`,
    )
    .addHelpText('before', `${EXAMPLES.completion}\n`)
    .action(
      action(finish, async (_options: never, shell) =>
        (await import('../completion/command.ts')).completion(oneOf('completion', SHELLS)(shell!)),
      ),
    );
  program
    .command('completion-server [words...]', { hidden: true })
    .description('Answers the scripts of completion.')
    .allowUnknownOption()
    .action(
      action(finish, async (_options: never, words) =>
        (await import('../completion/command.ts')).serveCompletion(program, paths(words)),
      ),
    );
}
