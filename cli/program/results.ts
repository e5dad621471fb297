/** Options of the commands that render results: `report`, `compare`, `badge`. */
import type { Command } from 'commander';
import { EXAMPLES } from '../help.ts';
import { nonEmpty } from '../values.ts';
import { action, paths, type Finish } from './action.ts';

export function defineReports(program: Command, finish: Finish): void {
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
        (await import('../commands/report.ts')).report(paths(files), options),
      ),
    );
  program
    .command('compare <before> <after>')
    .summary('what changed between two results')
    .description('Compares two results clause by clause. Exit code 1 if something got worse.')
    .addHelpText('before', `${EXAMPLES.compare}\n`)
    .option('--json <file>', 'write the comparison as JSON; - is stdout, here and below', nonEmpty('--json'))
    .option('--html <file>', 'write it as one page that opens from disk', nonEmpty('--html'))
    .option('--markdown <file>', 'write it for the page of a CI job, or for a comment', nonEmpty('--markdown'))
    .action(
      action(finish, async (options: never, before, after) =>
        (await import('../commands/compare.ts')).compare(before!, after!, options),
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
        (await import('../commands/badge.ts')).badge(paths(files), options),
      ),
    );
}
