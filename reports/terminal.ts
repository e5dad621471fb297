/** The summary that ends a run, as text: totals first, then every deviation with all that is needed to act on it. */
import type { Finding, RunResult } from '../harness/result.ts';
import { clauseTable } from './clause-table.ts';
import { count, duration, ellipsis, plural, printable, roughly, table, wrap, type Cell, type Layout } from './text.ts';
import {
  combinationName,
  conclude,
  gather,
  isDeviation,
  isExpected,
  isLost,
  isWarning,
  type BrokenClause,
} from './verdicts.ts';

export interface SummaryOptions extends Layout {
  /** A broken SHOULD counts as a deviation. */
  readonly strict?: boolean;
  /** Only deviations and the last line. */
  readonly quiet?: boolean;
  /** Also every clause with its verdict, and the evidence of every outcome. */
  readonly verbose?: boolean;
  /** The run was ended early, possibly before any combination began. */
  readonly interrupted?: boolean;
}

/** The whole summary of the combinations of one target, ending with a newline. */
export function summary(runs: readonly RunResult[], options: SummaryOptions): string {
  const strict = options.strict === true;
  const sections: string[] = [];
  if (!options.quiet) sections.push(heading(runs, options), totals(runs, options));
  if (options.verbose) sections.push(...runs.map((run) => clauseTable(combinationName(run), run.clauses, options)));
  const deviations = gather(runs, (clause) => isDeviation(clause, strict));
  sections.push(...deviations.map((broken) => deviation(broken, 'FAIL', options)));
  if (!options.quiet) {
    const warnings = gather(runs, (clause) => isWarning(clause, strict));
    sections.push(...warnings.map((broken) => deviation(broken, 'WARN', options)));
  }
  sections.push(outcomes(runs, options), unconfirmed(runs, options), stale(runs, options));
  if (!options.quiet) sections.push(expected(runs, options), inconclusive(runs, options));
  sections.push(lastLine(runs, deviations.length, options));
  return sections.filter((section) => section !== '').join('\n\n') + '\n';
}

function heading(runs: readonly RunResult[], { style }: SummaryOptions): string {
  const run = runs.at(0);
  if (run === undefined) return '';
  const target = `${run.target.name} ${run.target.version}`;
  return `${style.bold(`virtcheck ${run.virtcheck}`)} · ${run.spec} · ${printable(target)} · seed ${run.seed} · effort ${run.effort}`;
}

function totals(runs: readonly RunResult[], { style }: SummaryOptions): string {
  const cell = (n: number, word: string, paint?: (text: string) => string): Cell => ({
    text: `${count(n)} ${word}`,
    right: true,
    paint: n === 0 ? style.dim : paint,
  });
  const rows = runs.map((run): readonly Cell[] => {
    const { pass, fail, warn, expected: accepted, inconclusive: open, skip } = run.totals;
    return [
      { text: combinationName(run), paint: style.bold },
      cell(pass, 'pass', style.green),
      cell(fail, 'fail', style.red),
      cell(warn, 'warn', style.yellow),
      cell(accepted, 'expected', style.cyan),
      cell(open, 'inconclusive'),
      cell(skip, 'skip'),
      { text: plural(run.scenarios, 'scenario'), right: true },
      { text: `${roughly(run.events)} events`, right: true },
      { text: duration(run.durationMs), right: true },
      { text: run.interrupted ? 'interrupted' : '', paint: style.yellow },
    ];
  });
  return table(rows);
}

/** One broken clause: what was owed and seen, and how to see it again. */
function deviation(broken: BrokenClause, word: 'FAIL' | 'WARN', options: SummaryOptions): string {
  const { style, width } = options;
  const { clause, runs, finding, shownFor } = broken;
  const paint = word === 'FAIL' ? style.red : style.yellow;
  const where = runs.map(combinationName).join(', ');
  const lines = [
    `${style.bold(paint(word))} ${style.bold(clause.id)}  ${clause.level}  section ${clause.section}  ${style.dim(where)}`,
    wrap(clause.summary, width, '  '),
  ];
  if (finding === undefined) {
    lines.push(wrap('No reproducer was kept for it.', width, '  '));
    return lines.join('\n');
  }
  if (runs.length > 1) lines.push(`  ${style.dim(`shown for ${combinationName(shownFor)}:`)}`);
  lines.push(...findingLines(finding, options));
  return lines.join('\n');
}

/** Expected, seen, state, minimal sequence and files of a finding, indented by two. */
export function findingLines(finding: Finding, { style, width }: Layout): readonly string[] {
  const label = (name: string, text: string): string => {
    const wrapped = wrap(text, width, `  ${name}`.padEnd(12));
    return wrapped.replace(name, style.bold(name));
  };
  const lines = [label('Expected:', finding.expected), label('Seen:', finding.seen)];
  if (finding.state !== '') lines.push(label('State:', finding.state));
  if (finding.steps.length > 0) {
    lines.push(`  ${style.bold('Sequence')} (${plural(finding.actions, 'driver action')}):`);
    const digits = String(finding.steps.length).length;
    finding.steps.forEach((step, i) => {
      lines.push(wrap(step, width, `  ${String(i + 1).padStart(digits + 2)}. `));
    });
  }
  const file = (name: string, path: string | null): void => {
    if (path !== null) lines.push(`  ${style.bold(name.padEnd(9))} ${printable(path)}`);
  };
  file('Trace:', finding.trace);
  file('qtest:', finding.qtest);
  file('Replay:', finding.replay);
  return lines;
}

function outcomes(runs: readonly RunResult[], { style, width, verbose, quiet }: SummaryOptions): string {
  const shown = 3;
  const blocks = runs.flatMap((run) => {
    const total = run.outcomes.length;
    if (total === 0 || (quiet && !isLost(run))) return [];
    const listed = verbose ? run.outcomes : run.outcomes.slice(0, shown);
    const lines = listed.map((record) => {
      const evidence = verbose ? record.evidence : ellipsis(record.evidence, 3 * width);
      return wrap(`${record.scenario}: ${record.outcome}: ${evidence}`, width, '    ');
    });
    if (total > listed.length) lines.push(`    and ${count(total - listed.length)} more (--verbose shows all)`);
    const what = isLost(run) ? 'could not be judged' : `${plural(total, 'scenario')} ended by the implementation`;
    return [`  ${combinationName(run)}: ${what}`, ...lines];
  });
  return blocks.length === 0 ? '' : [style.bold('Died, hung or unintelligible'), ...blocks].join('\n');
}

/** What looked broken once and did not when tried again with patience: no verdict, but nothing to hide either. */
function unconfirmed(runs: readonly RunResult[], { style, width, quiet }: SummaryOptions): string {
  if (quiet) return '';
  const lines = runs.flatMap((run) =>
    run.unconfirmed.map((entry) =>
      wrap(`${entry.clause}  ${combinationName(run)}: expected ${entry.expected}; seen ${entry.seen}`, width, '  '),
    ),
  );
  return lines.length === 0
    ? ''
    : [style.bold('Seen once, not confirmed on a fresh implementation (no verdict)'), ...lines].join('\n');
}

function stale(runs: readonly RunResult[], { style, width }: SummaryOptions): string {
  const lines = runs.flatMap((run) =>
    run.staleExpectations.map((id) => wrap(`${id}  ${combinationName(run)}`, width, '  ')),
  );
  if (lines.length === 0) return '';
  const hint = wrap(
    'These recorded deviations did not show up although their clauses were exercised. Remove them from the expectations file, or give them the version they apply to.',
    width,
    '  ',
  );
  return [style.bold(style.red('Stale expectations (each is a failure)')), ...lines, style.dim(hint)].join('\n');
}

function expected(runs: readonly RunResult[], { style, width }: SummaryOptions): string {
  const all = gather(runs, isExpected);
  if (all.length === 0) return '';
  const lines = all.map(({ clause, runs: where }) => {
    const short = ellipsis(clause.reason ?? clause.summary, Math.max(width - 4, 40));
    return `  ${style.cyan(clause.id)}  ${style.dim(where.map(combinationName).join(', '))}\n    ${short}`;
  });
  return [
    style.bold(`Expected deviations (${count(all.length)}, recorded; --no-expect judges them anew)`),
    ...lines,
  ].join('\n');
}

/** Counts clauses that no combination exercised: what one device cannot show, another may. */
function inconclusive(runs: readonly RunResult[], { style }: SummaryOptions): string {
  const open = new Set<string>();
  for (const run of runs) for (const c of run.clauses) if (c.verdict === 'inconclusive') open.add(c.id);
  for (const run of runs) {
    for (const c of run.clauses) if (c.verdict !== 'inconclusive' && c.verdict !== 'skip') open.delete(c.id);
  }
  if (open.size === 0) return '';
  return style.dim(
    `${plural(open.size, 'clause')} inconclusive: never exercised by this run ('virtcheck clauses' says what is covered and why not).`,
  );
}

function lastLine(runs: readonly RunResult[], deviations: number, options: SummaryOptions): string {
  const { style } = options;
  const strict = options.strict === true;
  const early = options.interrupted === true || runs.some((run) => run.interrupted);
  const interrupted = early ? style.yellow(' (interrupted: this is what was judged until then)') : '';
  const stales = runs.reduce((n, run) => n + run.staleExpectations.length, 0);
  const accepted = gather(runs, isExpected).length;
  switch (conclude(runs, strict)) {
    case 'deviations': {
      const parts = [
        deviations > 0 ? plural(deviations, 'clause') + ' broken' : '',
        stales > 0 ? plural(stales, 'stale expectation') : '',
      ];
      return style.bold(style.red(`Not conformant: ${parts.filter((part) => part !== '').join(', ')}.`)) + interrupted;
    }
    case 'not-run':
      if (runs.length === 0) return style.bold('Nothing was judged') + interrupted;
      return style.bold(style.red('Not judged: the target could not be run in every combination.')) + interrupted;
    case 'conformant': {
      if (early) return style.bold(style.yellow('No deviation found')) + interrupted;
      const only = accepted > 0 ? ` except for ${plural(accepted, 'expected deviation')}` : '';
      return style.bold(style.green(`Conformant${only}.`)) + interrupted;
    }
  }
}
