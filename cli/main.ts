/**
 * The `virtcheck` command: its options, its help, and what its exit codes are made of. Everything that costs start-up
 * time (the catalogue, the harness) is loaded by the command that needs it.
 */
import { Command, CommanderError } from 'commander';
import { DEVICE_KINDS, TRANSPORTS } from '../models/setup.ts';
import { packageVersion } from '../targets/package-version.ts';
import { applyConfig, type ConfigurableFlags } from './config/apply.ts';
import { hasConfig } from './config/find.ts';
import { EXIT, UsageError, type ExitCode } from './exit-codes.ts';
import { EXAMPLES, EXIT_CODES_HELP } from './help.ts';
import { styleFor, tolerateClosedPipes, write, type GlobalOptions } from './output.ts';
import { integer, listOf, milliseconds, nonEmpty, oneOf, shard } from './values.ts';

const EFFORT_NAMES = ['quick', 'normal', 'thorough'] as const;
const COVERAGE_NAMES = ['covered', 'waived', 'open'] as const;
/** Seconds that a guest may take: emulated, on a busy machine. */
const DEFAULT_GUEST = 120;
const LONGEST_GUEST = 3600;
/** Buses that only driver stacks are judged on. */
const PCI_TRANSPORTS = ['pci-0.9', 'pci-1.0'] as const;
const BYTE_ORDERS = ['little', 'big'] as const;
const PARTY_NAMES = ['device', 'driver', 'both'] as const;
/** Shells that completion is there for. */
const SHELLS = ['bash', 'zsh', 'fish'] as const;
const MOST_JOBS = 256;
/** Seeds are what fast-check takes: 32 bits. */
const LARGEST_SEED = 0x7fff_ffff;

/** Parses the arguments (without `node` and script), runs the command and ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  process.on('uncaughtException', (error) => {
    // Exit code 1 would claim that a deviation was found.
    process.stderr.write(`virtcheck: internal error: ${error.stack ?? error.message}\n`);
    process.exit(EXIT.notRun);
  });
  const code = await execute(argv);
  await Promise.all([write(process.stdout, ''), write(process.stderr, '')]);
  process.exit(code);
}

async function execute(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.conformant;
  const program = buildProgram((result) => (code = result));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.conformant : EXIT.usage;
    if (error instanceof UsageError) {
      await complain(program, error.message, error.hint);
      return EXIT.usage;
    }
    if (error instanceof Error && error.name === 'TargetUnavailable') {
      await complain(program, error.message);
      return EXIT.notRun;
    }
    await complain(
      program,
      `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return EXIT.notRun;
  }
}

function complain(program: Command, message: string, hint?: string): Promise<void> {
  const style = styleFor(process.stderr, program.opts<GlobalOptions>());
  const text = `${style.bold(style.red('error:'))} ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`;
  return write(process.stderr, text);
}

type Finish = (code: ExitCode) => void;

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
  defineRun(program, finish);
  defineFuzz(program, finish);
  defineMerge(program, finish);
  defineNewTarget(program, finish);
  defineReplay(program, finish);
  defineTrace(program, finish);
  defineGuest(program, finish);
  defineServe(program, finish);
  defineRegress(program, finish);
  defineExplore(program, finish);
  defineReports(program, finish);
  defineLists(program, finish);
  defineCompletion(program, finish);
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

/** Wraps a command's work: options of all levels in, exit code out. */
function action<T>(
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
  const { loadConfig } = await import('./config/load.ts');
  const settings = await loadConfig(options.config);
  if (settings === undefined) return;
  applyConfig(options, settings, (name) => command.getOptionValueSource(name) === 'cli', accepts);
}

function defineRun(program: Command, finish: Finish): void {
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
    .action(action(finish, async (options: never) => (await import('./commands/run.ts')).run(options)));
}

function defineFuzz(program: Command, finish: Finish): void {
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
    .action(action(finish, async (options: never) => (await import('./commands/fuzz.ts')).fuzz(options)));
}

function defineMerge(program: Command, finish: Finish): void {
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
        (await import('./commands/merge.ts')).merge(paths(folders), options),
      ),
    );
}

function defineNewTarget(program: Command, finish: Finish): void {
  program
    .command('new-target <name>')
    .summary('write a skeleton for a device of your own')
    .addHelpText('before', `${EXAMPLES.newTarget}\n`)
    .description('Writes a device that works, to be made yours: a TypeScript module, or a qtest endpoint in C.')
    .option('--qtest', 'a qtest endpoint in C and its description, instead of a module')
    .action(
      action(finish, async (options: never, name) =>
        (await import('./commands/new-target.ts')).newTarget(name!, options),
      ),
    );
}

function defineReplay(program: Command, finish: Finish): void {
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
      action(finish, async (options: never, file) => (await import('./commands/replay.ts')).replay(file!, options)),
    );
}

function defineTrace(program: Command, finish: Finish): void {
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
      action(finish, async (options: never, file) => (await import('./commands/trace.ts')).trace(file!, options)),
    );
}

function defineGuest(program: Command, finish: Finish): void {
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
      action(finish, async (options: never, system) => (await import('./commands/guest.ts')).guest(system!, options)),
    );
}

function defineServe(program: Command, finish: Finish): void {
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
    .action(action(finish, async (options: never) => (await import('./commands/serve.ts')).serve(options)));
}

function defineRegress(program: Command, finish: Finish): void {
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
        (await import('./commands/regress.ts')).regress(report, options),
      ),
    );
}

function defineExplore(program: Command, finish: Finish): void {
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
      action(finish, async (options: never, model) => (await import('./commands/explore.ts')).explore(model!, options)),
    );
}

/** Commander hands a variadic argument over as one list. */
function paths(argument: unknown): readonly string[] {
  return argument as readonly string[];
}

function defineReports(program: Command, finish: Finish): void {
  program
    .command('report <results...>')
    .summary('render results: HTML, JUnit, Markdown, CSV, SARIF')
    .description(
      "Renders what 'virtcheck run', 'trace' and 'guest' wrote with --json; several results make one report.",
    )
    .addHelpText('before', `${EXAMPLES.report}\n`)
    .option('--html <folder>', 'write index.html there: one file that opens from disk', nonEmpty('--html'))
    .option('--junit <file>', 'write JUnit XML; - is stdout, here and below', nonEmpty('--junit'))
    .option('--markdown <file>', 'write a summary for the page of a CI job', nonEmpty('--markdown'))
    .option('--csv <file>', 'write a row for each clause and implementation', nonEmpty('--csv'))
    .option('--sarif <file>', 'write findings for code-scanning pages', nonEmpty('--sarif'))
    .option('--strict', 'a broken SHOULD is a deviation, too')
    .action(
      action(finish, async (options: never, files) =>
        (await import('./commands/report.ts')).report(paths(files), options),
      ),
    );
  program
    .command('compare <before> <after>')
    .summary('what changed between two results')
    .description('Compares two results clause by clause. Exit code 1 if something got worse.')
    .addHelpText('before', `${EXAMPLES.compare}\n`)
    .option('--json <file>', 'write the comparison as JSON; - is stdout', nonEmpty('--json'))
    .action(
      action(finish, async (options: never, before, after) =>
        (await import('./commands/compare.ts')).compare(before!, after!, options),
      ),
    );
  program
    .command('badge <results...>')
    .summary('a result as a badge for a README')
    .description('Draws an SVG badge: how many clauses were exercised, and how many are broken.')
    .addHelpText('before', `${EXAMPLES.badge}\n`)
    .option('-o, --output <file>', 'write it to this file (default: stdout)', nonEmpty('--output'))
    .option('--strict', 'a broken SHOULD is a deviation, too')
    .action(
      action(finish, async (options: never, files) =>
        (await import('./commands/badge.ts')).badge(paths(files), options),
      ),
    );
}

function defineLists(program: Command, finish: Finish): void {
  program
    .command('targets')
    .summary('list what can be judged here, and what is missing')
    .description('Lists the targets, their versions, and what to install for those that are missing.')
    .addHelpText('before', `${EXAMPLES.targets}\n`)
    .option('--json', 'print as JSON')
    .action(action(finish, async (options: never) => (await import('./commands/targets.ts')).targets(options)));
  program
    .command('clauses [prefix]')
    .summary('list the clauses and how far the suite covers them')
    .description(
      'Lists the clauses of VIRTIO 1.4 with their coverage: covered (a seeded fault proves it), waived or open.',
    )
    .addHelpText('before', `${EXAMPLES.clauses}\n`)
    .option('--area <area>', 'only this area of the specification', nonEmpty('--area'))
    .option('--party <party>', PARTY_NAMES.join(', '), oneOf('--party', PARTY_NAMES))
    .option('--state <state>', COVERAGE_NAMES.join(', '), oneOf('--state', COVERAGE_NAMES))
    .option('--json', 'print as JSON')
    .action(
      action(finish, async (options: never, prefix) =>
        (await import('./commands/clauses.ts')).clauses(prefix, options),
      ),
    );
  program
    .command('faults [prefix]')
    .summary('list the seeded faults that prove the suite')
    .description('Lists the seeded faults: defects that the emulator can be given, and the clauses that catch them.')
    .addHelpText('before', `${EXAMPLES.faults}\n`)
    .option('--json', 'print as JSON')
    .action(
      action(finish, async (options: never, prefix) => (await import('./commands/faults.ts')).faults(prefix, options)),
    );
}

function defineCompletion(program: Command, finish: Finish): void {
  program
    .command('completion <shell>')
    .summary('print the completion script of a shell')
    .description(
      `Prints a script with which ${SHELLS.join(', ')} complete commands, options, targets, faults and clauses.`,
    )
    .addHelpText('before', `${EXAMPLES.completion}\n`)
    .action(
      action(finish, async (_options: never, shell) =>
        (await import('./completion/command.ts')).completion(oneOf('completion', SHELLS)(shell!)),
      ),
    );
  program
    .command('completion-server [words...]', { hidden: true })
    .description('Answers the scripts of completion.')
    .allowUnknownOption()
    .action(
      action(finish, async (_options: never, words) =>
        (await import('./completion/command.ts')).serveCompletion(program, paths(words)),
      ),
    );
}
