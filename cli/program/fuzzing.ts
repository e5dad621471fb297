/** Options of `fuzz` and of what goes with it: `merge`, `new-target`. */
import type { Command } from 'commander';
import { DEVICE_KINDS, TRANSPORTS } from '../../models/setup.ts';
import { EXAMPLES } from '../help.ts';
import { integer, listOf, milliseconds, nonEmpty, shard } from '../values.ts';
import { action, paths, type Finish } from './action.ts';
import { LARGEST_SEED, MOST_JOBS } from './limits.ts';

export function defineFuzz(program: Command, finish: Finish): void {
  program
    .command('fuzz')
    .summary('look for what an implementation gets wrong, as long as you like')
    .addHelpText('before', `${EXAMPLES.fuzz}\n`)
    .description(
      'Fuzzes a device: draws and evolves scenarios, judges each by the clauses, and shrinks, files and ranks what breaks.',
    )
    .option(
      '-t, --target <target>',
      "what to fuzz: emulator, qemu:MACHINE, qtest:..., or a module path ('virtcheck targets' lists)",
      nonEmpty('--target'),
    )
    .option(
      '--device <kinds>',
      `device types: ${DEVICE_KINDS.join(', ')} (default: all)`,
      listOf('--device', DEVICE_KINDS),
    )
    .option(
      '--transport <kinds>',
      `register layouts: ${TRANSPORTS.join(', ')} (default: all)`,
      listOf('--transport', TRANSPORTS),
    )
    .option('--time <duration>', 'go on for so long: 90s, 10m, 2h (default: 1m)', milliseconds('--time'))
    .option(
      '--scenarios <n>',
      'perform so many scenarios instead; with --jobs 1 the same seed finds the same',
      integer('--scenarios', 1, Number.MAX_SAFE_INTEGER),
    )
    .option('--jobs <n>', 'worker threads (default: half the processors)', integer('--jobs', 1, MOST_JOBS))
    .option('--seed <n>', 'seed of everything random', integer('--seed', 0, LARGEST_SEED), 1)
    .option('--shard <i/n>', "this machine's part of a campaign on n machines, from 0/n on", shard('--shard'))
    .option(
      '--against <target>',
      'compare with this implementation, where the specification leaves no choice',
      nonEmpty('--against'),
    )
    .option(
      '--fault <names>',
      "seeded faults to switch on in the emulator ('virtcheck faults' lists)",
      listOf('--fault'),
    )
    .option('--corpus <folder>', 'folder of the campaign (default: a new virtcheck-out/fuzz)', nonEmpty('--corpus'))
    .option('--resume', 'go on with the campaign in that folder (default: the last with these options)')
    .option(
      '--out <folder>',
      "folder for the findings' files (default: findings/ in the campaign's)",
      nonEmpty('--out'),
    )
    .option('--json <file>', 'write the result as JSON; - is stdout', nonEmpty('--json'))
    .option('--strict', 'a broken SHOULD is a finding that counts, too')
    .option(
      '--coverage',
      "be guided by the branches of the target's code, too (default for modules; emulator: on request)",
    )
    .option('--no-coverage', 'leave its code as it is')
    .option('--no-expect', 'list the recorded deviations of the target like new ones')
    .option(
      '--patience <duration>',
      'a worker without progress for so long hangs (default: 10s; 2m for processes)',
      milliseconds('--patience'),
    )
    .option('--describe <file>', 'JSON description of a qtest: endpoint', nonEmpty('--describe'))
    .action(action(finish, async (options: never) => (await import('../commands/fuzz.ts')).fuzz(options)));
}

export function defineMerge(program: Command, finish: Finish): void {
  program
    .command('merge <folders...>')
    .summary('make one fuzzing campaign of several')
    .addHelpText('before', `${EXAMPLES.merge}\n`)
    .description('Merges campaigns: their corpora, findings with files, and results. The outcome can be resumed.')
    .option('--out <folder>', 'folder of the merged campaign', nonEmpty('--out'))
    .option('--json <file>', 'write the result as JSON; - is stdout', nonEmpty('--json'))
    .option('--strict', 'a broken SHOULD is a finding that counts, too')
    .action(
      action(finish, async (options: never, folders) =>
        (await import('../commands/merge.ts')).merge(paths(folders), options),
      ),
    );
}

export function defineNewTarget(program: Command, finish: Finish): void {
  program
    .command('new-target <name>')
    .summary('write a skeleton for a device of your own')
    .addHelpText('before', `${EXAMPLES.newTarget}\n`)
    .description('Writes a device that works, to be made yours: a TypeScript module, or a qtest endpoint in C.')
    .option('--qtest', 'a qtest endpoint in C and its description, instead of a module')
    .action(
      action(finish, async (options: never, name) =>
        (await import('../commands/new-target.ts')).newTarget(name!, options),
      ),
    );
}
