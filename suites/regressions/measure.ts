/**
 * `npm run regressions`: how soon random search finds each regression case, over several seeds. Writes
 * suites/strength/regressions.json, docs/regressions.md and docs/endianness.md. Goes on where the last measurement left off, unless told to
 * start again.
 */
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { packageFolder } from '../../harness/package-folder.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import { endiannessPage } from './endianness.ts';
import { addSearch, figuresOf, measuredText, pageOf, readMeasured, searchable, summaryOf } from './measured.ts';
import { search } from './search.ts';

const USAGE = `usage: npm run regressions -- [options]
  --seeds N|A-B     seeds 1 to N, or A to B (default 10)
  --only A,B,...    these cases
  --again           measure anew what was measured before
  --budget SECONDS  start no search after this time (default: no bound)
`;

interface Plan {
  readonly seeds: readonly number[];
  readonly ids: readonly string[];
  readonly again: boolean;
  /** Milliseconds. */
  readonly budget: number;
}

function planOf(argv: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: 'string', default: '10' },
      only: { type: 'string' },
      again: { type: 'boolean', default: false },
      budget: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  const range = /^(?:(\d+)-)?(\d+)$/.exec(values.seeds);
  const budget = Number(values.budget);
  const wanted = values.only?.split(',');
  const ids = searchable()
    .map(({ id }) => id)
    .filter((id) => wanted === undefined || wanted.includes(id));
  if (values.help || range === null || !(budget >= 0) || ids.length === 0) return undefined;
  const first = Number(range[1] ?? 1);
  const seeds = Array.from({ length: Math.max(0, Number(range[2]) - first + 1) }, (_, i) => first + i);
  return { seeds, ids, again: values.again, budget: budget === 0 ? Infinity : budget * 1000 };
}

async function measure({ seeds, ids, again, budget }: Plan): Promise<boolean> {
  const path = join(packageFolder(), 'suites/strength/regressions.json');
  const measured = readMeasured(path);
  if (again) for (const id of ids) measured.delete(id);
  const started = performance.now();
  // Every case from one seed before the next seed: a measurement that is cut short covers all cases.
  for (const seed of seeds) {
    for (const regression of searchable()) {
      const { id } = regression;
      if (!ids.includes(id) || measured.get(id)?.some((one) => one.seed === seed) === true) continue;
      if (performance.now() - started >= budget) continue;
      const found = search(regression, seed);
      addSearch(measured, id, { seed, scenarios: found?.scenarios ?? null, actions: found?.steps ?? null });
      const outcome = found === null ? 'NOT FOUND' : `found after ${found.scenarios}, shrunk to ${found.steps} actions`;
      process.stdout.write(`${id} seed ${seed}: ${outcome}\n`);
    }
  }
  await writeWhole(path, measuredText(measured));
  await writeWhole(join(packageFolder(), 'docs/regressions.md'), pageOf(measured));
  await writeWhole(join(packageFolder(), 'docs/endianness.md'), endiannessPage());
  const figures = figuresOf(measured);
  for (const line of summaryOf(figures)) process.stdout.write(`${line}\n`);
  return figures.every(({ kept }) => kept);
}

const plan = planOf(process.argv.slice(2));
if (plan === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else if (!(await measure(plan))) process.exitCode = 1;
