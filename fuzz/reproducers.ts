/** What a finding is saved as: trace, qtest script, vitest test and text. Made where the log is, written elsewhere. */
import { relative, resolve, sep } from 'node:path';
import { createHash } from 'node:crypto';
import { commandLine } from '../harness/command-line.ts';
import { describeScenario } from '../harness/describe.ts';
import type { Bench } from '../harness/perform.ts';
import { headOf, scriptOf, traceOf } from '../harness/trace-of.ts';
import type { Scenario } from '../generators/scenario.ts';
import { CLAUSES, clause as clauseIndex } from '../models/clauses/catalogue.ts';
import { packageVersion } from '../targets/package-version.ts';
import type { Suspect } from './suspects.ts';

/** Contents of the files of a finding, by the suffix of their names. */
export interface Reproducers {
  /** What the names of its files start with. */
  readonly stem: string;
  readonly trace?: string;
  readonly qtest?: string;
  readonly vitest?: string;
  readonly text: string;
}

export const SUFFIXES = { trace: '.trace.json', qtest: '.qtest', vitest: '.test.ts', text: '.txt' } as const;

export interface Origin {
  /** `--target`, as the user wrote it. */
  readonly target: string;
  readonly faults: readonly string[];
  readonly describe?: string;
  readonly seed: number;
  /** Folder that the files will lie in. */
  readonly folder: string;
}

/** Title of a suspect: what the clause asks, or what there is instead of a clause. */
export function titleOf({ sign: { clause, kind } }: Suspect): string {
  if (clause !== null) return CLAUSES[clauseIndex(clause)].summary;
  return kind === 'growth'
    ? 'The memory of the implementation grows with every scenario.'
    : 'Two implementations differ where the specification leaves no choice.';
}

/** A few words that are good for a file name, and the same for the same key. */
export function stemOf(suspect: Suspect, bench: Pick<Bench, 'session'>, key: string): string {
  const { device, transport } = bench.session.info;
  const { clause, kind, id } = suspect.sign;
  const what =
    kind === 'clause' || kind === 'memory' ? clause! : (clause === null ? id : kind).replaceAll(/[^a-z0-9]+/gi, '-');
  return `${device}-${transport}-${what}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

/** Everything that can be made of a showing; `logged` tells whether the bench's log is that of the scenario. */
export function reproducersOf(
  bench: Bench,
  scenario: Scenario,
  suspect: Suspect,
  key: string,
  origin: Origin,
  logged = true,
): Reproducers {
  const { info } = bench.session;
  const { sign, state } = suspect;
  const { clause } = sign;
  const stem = stemOf(suspect, bench, key);
  const head = headOf(scenario, { ...suspect, clause }, titleOf(suspect));
  const replay = clause === null ? [] : [commandLine('replay', `${stem}${SUFFIXES.trace}`, '--target', origin.target)];
  const text = [
    ...head,
    ...(state === '' ? [] : [`state: ${state}`]),
    ...(suspect.also.length === 0 ? [] : [`broken with it: ${suspect.also.join(', ')}`]),
    `on ${info.target} ${info.version}, ${info.device} ${info.transport} ${info.variant}, seed ${origin.seed}`,
    ...replay,
  ];
  const files: Reproducers = { stem, text: `${text.join('\n')}\n` };
  if (scenario.actions.length === 0) return files;
  const qtest = logged ? scriptOf(bench, head) : undefined;
  if (clause === null) return { ...files, qtest };
  return {
    ...files,
    qtest,
    trace: traceOf(bench, scenario, { ...suspect, clause }, origin.seed, logged),
    vitest: vitestSource(bench, scenario, suspect, origin),
  };
}

const MODULE = /^file:|^\.{0,2}\/|\.[cm]?[jt]s$/;

/** A test that fails as long as the obligation is broken. */
function vitestSource(bench: Bench, scenario: Scenario, suspect: Suspect, origin: Origin): string {
  const { device, transport, variant } = bench.session.info;
  const clause = suspect.sign.clause!;
  const { section, summary } = CLAUSES[clauseIndex(clause)];
  const actions = scenario.actions.map(
    (action, i) => `    // ${oneLine(describeScenario(scenario)[i])}\n    ${JSON.stringify(action)},`,
  );
  const isModule = MODULE.test(origin.target);
  const specifier = isModule ? importPath(origin) : '';
  const options = [
    `clause: ${JSON.stringify(clause)}`,
    ...(origin.faults.length === 0
      ? []
      : [`faults: process.env.VIRTCHECK_TARGET ? [] : ${JSON.stringify(origin.faults)}`]),
    ...(origin.describe === undefined ? [] : [`describe: ${JSON.stringify(origin.describe)}`]),
  ];
  return `${[
    `// Made by virtcheck fuzz (${packageVersion()}), seed ${origin.seed}. It fails as long as this is broken:`,
    `// ${clause} (section ${section}): ${oneLine(summary)}`,
    `// expected: ${oneLine(suspect.expected)}`,
    `// seen: ${oneLine(suspect.seen)}`,
    ...(isModule ? [] : ['// VIRTCHECK_TARGET=NAME in the environment runs it on another target.']),
    `import { expect, it } from 'vitest';`,
    `import { replayScenario, type SavedScenario } from 'virtcheck/vitest';`,
    ...(isModule ? [`import device from ${JSON.stringify(specifier)};`] : []),
    '',
    ...(isModule ? [] : [`const device = process.env.VIRTCHECK_TARGET ?? ${JSON.stringify(origin.target)};`, '']),
    'const scenario: SavedScenario = {',
    `  device: ${JSON.stringify(device)},`,
    `  transport: ${JSON.stringify(transport)},`,
    `  variant: ${JSON.stringify(variant)},`,
    '  actions: [',
    ...actions,
    '  ],',
    '};',
    '',
    `it(${JSON.stringify(`${device} on ${transport} keeps ${clause}`)}, async () => {`,
    `  expect(await replayScenario(device, scenario, { ${options.join(', ')} })).toEqual([]);`,
    '});',
  ].join('\n')}\n`;
}

/** The user's module as the test imports it. */
function importPath({ target, folder }: Origin): string {
  const file = target.startsWith('file:') ? new URL(target).pathname : resolve(target);
  const path = relative(resolve(folder), file).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
