/** The `virtcheck` command: parses, runs, and makes exit codes of what went wrong. */
import { CommanderError, type Command } from 'commander';
import { EXIT, UsageError, type ExitCode } from './exit-codes.ts';
import { styleFor, tolerateClosedPipes, write, type GlobalOptions } from './output.ts';
import { buildProgram } from './program/build.ts';
import { didYouMean } from './suggest.ts';

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
    checkHelpTopic(program, argv);
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

/** Commander answers `help` of an unknown command with the whole help and says nothing of what is wrong. */
function checkHelpTopic(program: Command, [first, topic]: readonly string[]): void {
  if (first !== 'help' || topic === undefined || topic.startsWith('-')) return;
  const names = program.commands.map((command) => command.name());
  if (names.includes(topic)) return;
  throw new UsageError(
    `there is no command '${topic}'`,
    didYouMean(topic, names) ?? "'virtcheck --help' lists the commands",
  );
}

function complain(program: Command, message: string, hint?: string): Promise<void> {
  const style = styleFor(process.stderr, program.opts<GlobalOptions>());
  const text = `${style.bold(style.red('error:'))} ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`;
  return write(process.stderr, text);
}
