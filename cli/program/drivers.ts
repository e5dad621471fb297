/** Options of the commands about drivers: `trace`, `guest`, `regress`, `explore`. */
import type { Command } from 'commander';
import { TRANSPORTS } from '../../models/setup.ts';
import { EXAMPLES } from '../help.ts';
import { integer, listOf, nonEmpty, oneOf } from '../values.ts';
import { action, type Finish } from './action.ts';
import { LARGEST_SEED } from './limits.ts';

/** Seconds that a guest may take: emulated, on a busy machine. */
const DEFAULT_GUEST = 120;
const LONGEST_GUEST = 3600;
const BYTE_ORDERS = ['little', 'big'] as const;

export function defineTrace(program: Command, finish: Finish): void {
  program
    .command('trace <file>')
    .summary('judge the drivers in a recording')
    .description(
      "Judges what drivers did, from a recording: QEMU's -trace log, a qtest script or log, or a trace of ours (- is stdin).",
    )
    .addHelpText('before', `${EXAMPLES.trace}\n`)
    .option('--base <addresses>', 'where the registers of devices are: ADDRESS or ADDRESS:SIZE', listOf('--base'))
    .option(
      '--byte-order <order>',
      `byte order of the guest's CPU: ${BYTE_ORDERS.join(', ')} (default: little, or what MagicValue shows)`,
      oneOf('--byte-order', BYTE_ORDERS),
    )
    .option(
      '--transport <kind>',
      `register layout: ${TRANSPORTS.join(', ')} (default: what Version reads)`,
      oneOf('--transport', TRANSPORTS),
    )
    .option('--attached', 'drivers were at work when the recording began: judge each device from its first reset on')
    .option('--strict', 'a broken SHOULD is a deviation, too')
    .option('--json <file>', 'write the result as JSON; - is stdout', nonEmpty('--json'))
    .action(
      action(finish, async (options: never, file) => (await import('../commands/trace.ts')).trace(file!, options)),
    );
}

export function defineGuest(program: Command, finish: Finish): void {
  program
    .command('guest <system>')
    .summary('boot an operating system on QEMU and judge its drivers')
    .description(
      'Boots linux on QEMU (microvm, no KVM needed) with block, random and console devices, puts their drivers to work, and judges what they did.',
    )
    .addHelpText('before', `${EXAMPLES.guest}\n`)
    .option(
      '--transport <kinds>',
      `register layouts: ${TRANSPORTS.join(', ')} (default: both, one after the other)`,
      listOf('--transport', TRANSPORTS),
    )
    .option('--kernel <file>', 'kernel image (default: the newest /boot/vmlinuz-*)', nonEmpty('--kernel'))
    .option('--modules <folder>', 'its modules (default: /lib/modules/VERSION)', nonEmpty('--modules'))
    .option(
      '--initrd <file>',
      "an initramfs of your own, which says 'virtcheck: done' at its end",
      nonEmpty('--initrd'),
    )
    .option('--out <folder>', 'folder for the recordings (default: virtcheck-out)', nonEmpty('--out'))
    .option(
      '--timeout <seconds>',
      'after so long a guest counts as hung',
      integer('--timeout', 1, LONGEST_GUEST),
      DEFAULT_GUEST,
    )
    .option('--strict', 'a broken SHOULD is a deviation, too')
    .option('--no-expect', 'judge without the recorded deviations of the system')
    .option('--json <file>', 'write the result as JSON; - is stdout', nonEmpty('--json'))
    .action(
      action(finish, async (options: never, system) => (await import('../commands/guest.ts')).guest(system!, options)),
    );
}

export function defineRegress(program: Command, finish: Finish): void {
  program
    .command('regress [report]')
    .summary("reproduce NetBSD's problem reports against its drivers' history")
    .description(
      'Runs regression cases three ways: scripted with the defect, searched for at random, and scripted without it. ' +
        'A report is named as 58555, kern/58555, PR58555 or by its name; without one, all are run.',
    )
    .addHelpText('before', `${EXAMPLES.regress}\n`)
    .option('--json <file>', 'write the results as JSON; - is stdout', nonEmpty('--json'))
    .option('--seed <n>', 'seed of the random search', integer('--seed', 0, LARGEST_SEED), 1)
    .option('--no-search', 'run the scripts only')
    .action(
      action(finish, async (options: never, report) =>
        (await import('../commands/regress.ts')).regress(report, options),
      ),
    );
}

export function defineExplore(program: Command, finish: Finish): void {
  program
    .command('explore <model>')
    .summary("print a model's whole state space")
    .description("Explores a model's state space. Models: attach, the lifecycle of NetBSD's virtio(4) child drivers.")
    .addHelpText('before', `${EXAMPLES.explore}\n`)
    .option('--dot', 'for Graphviz')
    .option('--mermaid', 'for Markdown pages')
    .option('--json', 'every state, legal and illegal call')
    .option('--api <age>', 'old (before virtio.c 1.66) or new', oneOf('--api', ['new', 'old']), 'new')
    .action(
      action(finish, async (options: never, model) =>
        (await import('../commands/explore.ts')).explore(model!, options),
      ),
    );
}
