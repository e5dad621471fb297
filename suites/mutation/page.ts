/** docs/mutation.md, made of the results and of the explanations. */
import { indexOf, KINDS, type Explanation, type Kind } from './explanations.ts';
import type { FileResult, MutationResults, Survivor } from './results.ts';

export interface Counts {
  readonly detected: number;
  readonly survived: number;
  readonly unreached: number;
  readonly unmeasured: number;
  readonly ignored: number;
  /** Survivors by what their explanation says. */
  readonly kinds: Readonly<Record<Kind, number>>;
}

/** Per cent of the measured mutants that are detected; without those that no judge may object to. */
export function scoreOf({ detected, survived, kinds }: Counts, adjusted: boolean): number {
  const all = detected + survived - (adjusted ? kinds.equivalent + kinds.allowed : 0);
  return all === 0 ? 100 : (100 * detected) / all;
}

export function countsOf(
  files: readonly (readonly [string, FileResult])[],
  index: ReadonlyMap<string, Explanation>,
): Counts {
  const kinds: Record<Kind, number> = { equivalent: 0, allowed: 0, open: 0 };
  let [detected, survived, unreached, unmeasured, ignored] = [0, 0, 0, 0, 0];
  for (const [path, file] of files) {
    detected += file.killed + file.timeout;
    survived += file.survivors.length;
    unmeasured += file.unmeasured;
    ignored += file.ignored;
    for (const { mutant, unreached: never } of file.survivors) {
      if (never) unreached++;
      const explanation = index.get(`${path} ${mutant}`);
      if (explanation !== undefined) kinds[explanation.kind]++;
    }
  }
  return { detected, survived, unreached, unmeasured, ignored, kinds };
}

const ABOUT: Readonly<Record<Kind, string>> = {
  equivalent: 'Equivalent: nothing that a driver could see differs',
  allowed: 'Allowed: the specification leaves it to the implementation',
  open: 'Open: it could be seen, and is not',
};

export interface Part {
  readonly title: string;
  readonly about: string;
  readonly results: MutationResults;
}

export function pageOf(parts: readonly Part[], explanations: readonly Explanation[]): string {
  const index = indexOf(explanations);
  const lines = [
    '# Mutants of the emulator that the suites detect',
    '',
    'Made by `npm run mutation`; do not edit. StrykerJS changes the emulator in one place at a time, and the conformance',
    'suites are run against it: a mutant that breaks no obligation survives. The figures are in',
    '`suites/strength/mutation-device.json` and `mutation-driver.json`, the reasons in `mutation-survivors.json` beside them.',
    '',
    'Two scores are given. The plain one counts every survivor against the suites. The other leaves out those that no',
    'judge may object to: equivalent mutants, and those whose behaviour the specification allows. Survivors that are open, or',
    'that nobody has looked at yet, count in both. Code that runs with a seeded fault only, and words for people, are not mutated',
    '("ignored"); the seeded faults are measured apart ([fault-matrix.md](fault-matrix.md),',
    '[driver-fault-matrix.md](driver-fault-matrix.md)).',
  ];
  for (const part of parts) lines.push('', ...section(part, index));
  return `${lines.join('\n')}\n`;
}

function section({ title, about, results }: Part, index: ReadonlyMap<string, Explanation>): readonly string[] {
  const files = Object.entries(results.files);
  if (files.length === 0) return [`## ${title}`, '', about, '', 'Not measured yet.'];
  const all = countsOf(files, index);
  const unread = all.survived - KINDS.reduce((sum, kind) => sum + all.kinds[kind], 0);
  const lines = [
    `## ${title}`,
    '',
    about,
    '',
    `- Score: ${percent(scoreOf(all, false))} (${all.detected} of ${all.detected + all.survived}); without equivalent and allowed ` +
      `mutants ${percent(scoreOf(all, true))}.`,
    `- Survivors: ${all.survived}, of which no scenario executes ${all.unreached}. Equivalent ${all.kinds.equivalent}, allowed ` +
      `${all.kinds.allowed}, open ${all.kinds.open}, not looked at yet ${unread}.`,
    all.unmeasured === 0
      ? '- Every mutant of these files was measured.'
      : `- **Not complete: ${all.unmeasured} mutants were not measured** and count nowhere.`,
    `- Tried on: ${results.budgets.map(budgetText).join('; then ')}.`,
    '',
    '| file | detected | never ended | survived | unreached | equivalent | allowed | ignored | not measured | score | without equivalent and allowed |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
  ];
  for (const [path, file] of files) {
    const counts = countsOf([[path, file]], index);
    const scored = counts.detected + counts.survived > 0;
    lines.push(
      `| ${[
        path.replace('emulator/', ''),
        counts.detected,
        file.timeout,
        counts.survived,
        counts.unreached,
        counts.kinds.equivalent,
        counts.kinds.allowed,
        counts.ignored,
        counts.unmeasured,
        scored ? percent(scoreOf(counts, false)) : '',
        scored ? percent(scoreOf(counts, true)) : '',
      ].join(' | ')} |`,
    );
  }
  for (const [path, file] of files) if (file.survivors.length > 0) lines.push('', ...survivorsOf(path, file, index));
  return lines;
}

function survivorsOf(
  path: string,
  { survivors }: FileResult,
  index: ReadonlyMap<string, Explanation>,
): readonly string[] {
  const groups = new Map<Explanation | undefined, Survivor[]>();
  for (const survivor of survivors) {
    const explanation = index.get(`${path} ${survivor.mutant}`);
    groups.set(explanation, [...(groups.get(explanation) ?? []), survivor]);
  }
  const lines = [`### ${path}`];
  for (const [explanation, some] of groups) {
    if (explanation === undefined) continue;
    lines.push('', `${ABOUT[explanation.kind]}. ${explanation.why}`, '', ...some.map(itemOf));
  }
  const unread = groups.get(undefined);
  if (unread) lines.push('', 'Not looked at yet:', '', ...unread.map(itemOf));
  return lines;
}

/** A run of backquotes within code needs a longer one around it. */
function itemOf({ line, mutant, unreached }: Survivor): string {
  const longest = Math.max(0, ...[...mutant.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const inner = longest > 0 ? ` ${mutant} ` : mutant;
  return `- line ${line}: ${fence}${inner}${fence}${unreached ? ' (never executed)' : ''}`;
}

const percent = (value: number): string => `${value.toFixed(1)} %`;

function budgetText({ judge, most, mostLong, slices }: MutationResults['budgets'][number]): string {
  const long = mostLong === 0 ? '' : ` and ${mostLong} that go round a whole ring`;
  const part = slices === undefined ? '' : ` (its ${slices} part, for files that nothing else uses)`;
  return `at most ${most} scenarios of the ${judge} suite${part} that execute it${long}`;
}
