/** Options of the commands that tell what there is: `targets`, `clauses`, `faults`, `vectors`. */
import type { Command } from 'commander';
import { EXAMPLES } from '../help.ts';
import { listOf, nonEmpty, oneOf } from '../values.ts';
import { action, type Finish } from './action.ts';

const COVERAGE_NAMES = ['covered', 'waived', 'open'] as const;
const PARTY_NAMES = ['device', 'driver', 'both'] as const;

export function defineLists(program: Command, finish: Finish): void {
  program
    .command('targets')
    .summary('list what can be judged here, and what is missing')
    .description('Lists the targets, their versions, and what to install for those that are missing.')
    .addHelpText('before', `${EXAMPLES.targets}\n`)
    .option('--json', 'print as JSON')
    .action(action(finish, async (options: never) => (await import('../commands/targets.ts')).targets(options)));
  program
    .command('clauses [prefix]')
    .summary('list the clauses and how far the suite covers them')
    .description(
      'Lists the clauses of VIRTIO 1.4 with their coverage: covered (a seeded fault proves it), waived or open. All, or those whose ids start so, or else have the words in them.',
    )
    .addHelpText('before', `${EXAMPLES.clauses}\n`)
    .option('--area <area>', 'only this area of the specification', nonEmpty('--area'))
    .option('--party <party>', PARTY_NAMES.join(', '), oneOf('--party', PARTY_NAMES))
    .option('--state <state>', COVERAGE_NAMES.join(', '), oneOf('--state', COVERAGE_NAMES))
    .option('--json', 'print as JSON')
    .option('--markdown <file>', 'write a page: covered by area, waived and why; - is stdout', nonEmpty('--markdown'))
    .action(
      action(finish, async (options: never, prefix) =>
        (await import('../commands/clauses.ts')).clauses(prefix, options),
      ),
    );
  program
    .command('faults [prefix]')
    .summary('list the seeded faults that prove the suite')
    .description('Lists the seeded faults: defects that the emulator can be given, and the clauses that catch them.')
    .addHelpText('before', `${EXAMPLES.faults}\n`)
    .option('--json', 'print as JSON')
    .action(
      action(finish, async (options: never, prefix) => (await import('../commands/faults.ts')).faults(prefix, options)),
    );
  program
    .command('vectors')
    .summary('the traces of all seeded faults as JSON, for projects in other languages')
    .description(
      'Lists the portable vectors: minimal traces of every seeded fault and regression with their verdicts, and the same ' +
        'without the fault. With --out they are copied to a folder, with their schema and a small reader in Python.',
    )
    .addHelpText('before', `${EXAMPLES.vectors}\n`)
    .option('--out <folder>', 'copy them to this folder', nonEmpty('--out'))
    .option('--only <prefixes>', 'those whose clause or fault starts with one of these', listOf('--only'))
    .option('--json', 'print the list as JSON')
    .action(action(finish, async (options: never) => (await import('../commands/vectors.ts')).vectors(options)));
}
