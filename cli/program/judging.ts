/** Options of the commands that judge an implementation: `run`, `replay`. */
import type { Command } from 'commander';
import { DEVICE_KINDS, TRANSPORTS } from '../../models/setup.ts';
import { EXAMPLES } from '../help.ts';
import { integer, listOf, nonEmpty, oneOf } from '../values.ts';
import { action, type Finish } from './action.ts';
import { LARGEST_SEED, MOST_JOBS } from './limits.ts';

const EFFORT_NAMES = ['quick', 'normal', 'thorough'] as const;
/** Buses that only driver stacks are judged on. */
const PCI_TRANSPORTS = ['pci-0.9', 'pci-1.0'] as const;

export function defineRun(program: Command, finish: Finish): void {
  program
    .command('run')
    .summary('judge an implementation')
    .addHelpText('before', `${EXAMPLES.run}\n`)
    .description('Judges an implementation against the clauses that its device and transport owe.')
    .option(
      '-t, --target <target>',
      "what to judge: emulator, qemu:MACHINE, qtest:..., a module path, or a driver: driver:CHILD@1.9, @HEAD, @mended, @virtio.c-1.66, @PROFILE.json ('virtcheck targets' lists)",
      nonEmpty('--target'),
    )
    .option(
      '--device <kinds>',
      `device types, separated by commas: ${DEVICE_KINDS.join(', ')} (default: all the target offers)`,
      listOf('--device', DEVICE_KINDS),
    )
    .option(
      '--transport <kinds>',
      `register layouts: ${TRANSPORTS.join(', ')}; drivers also ${PCI_TRANSPORTS.join(', ')} (default: all the target offers)`,
      listOf('--transport', [...TRANSPORTS, ...PCI_TRANSPORTS]),
    )
    .option('--only <prefixes>', 'judge only clauses whose ids start with one of these', listOf('--only'))
    .option(
      '--fault <names>',
      "seeded faults to switch on in the emulator or the driver stack ('virtcheck faults' lists)",
      listOf('--fault'),
    )
    .option('--strict', 'a broken SHOULD is a deviation, too')
    .option('--seed <n>', 'seed of everything random', integer('--seed', 0, LARGEST_SEED), 1)
    .option('--effort <level>', `${EFFORT_NAMES.join(', ')}`, oneOf('--effort', EFFORT_NAMES), 'normal')
    .option(
      '--jobs <n>',
      'worker threads to spread the combinations over (default: half the processors)',
      integer('--jobs', 1, MOST_JOBS),
    )
    .option('--json <file>', 'write the result as JSON; - is stdout', nonEmpty('--json'))
    .option('--junit <file>', 'write the result as JUnit XML', nonEmpty('--junit'))
    .option('--out <folder>', 'folder for traces and qtest scripts (default: virtcheck-out)', nonEmpty('--out'))
    .option('--no-expect', 'judge without the recorded deviations of the target')
    .option(
      '--expectations <file>',
      'recorded deviations of the target, in place of those that come with virtcheck',
      nonEmpty('--expectations'),
    )
    .option('--describe <file>', 'JSON description of a qtest: endpoint', nonEmpty('--describe'))
    .action(action(finish, async (options: never) => (await import('../commands/run.ts')).run(options)));
}

export function defineReplay(program: Command, finish: Finish): void {
  program
    .command('replay <file>')
    .summary('perform a saved trace again and judge it')
    .description('Performs a saved trace again, on the target it was recorded on or on another, and judges it.')
    .addHelpText('before', `${EXAMPLES.replay}\n`)
    .option(
      '-t, --target <target>',
      'perform it on this target (default: the one it was recorded on)',
      nonEmpty('--target'),
    )
    .option('--describe <file>', 'JSON description of a qtest: endpoint', nonEmpty('--describe'))
    .option('--json', 'print the result as JSON')
    .action(
      action(finish, async (options: never, file) => (await import('../commands/replay.ts')).replay(file!, options)),
    );
}
