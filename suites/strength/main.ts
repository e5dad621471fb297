/**
 * `npm run strength`: the seeded-fault matrix. Every fault of the catalogue, one at a time, against the conformance
 * suite, over several seeds. Writes suites/strength/fault-matrix.json (what `virtcheck clauses` and `virtcheck faults`
 * read) and docs/fault-matrix.md. Goes on where the last measurement left off, unless told to start again.
 */
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { EFFORTS } from '../../harness/result.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import type { HuntOrder } from './fault-hunt.ts';
import { measureDrivers } from './drivers.ts';
import { recordCampaigns } from './campaigns.ts';
import { measureAblation } from './ablation.ts';
import { measureFuzzer } from './fuzzer.ts';
import { writePage } from './page.ts';
import { measureQemu } from './qemu-times.ts';
import { deviceSubject, pageOf, summaryOf } from './fault-matrix.ts';
import { addHunt, matrixText, readMatrix } from './matrix-file.ts';
import { openClauses } from './pairs.ts';
import { huntAll } from './pool.ts';

const USAGE = `usage: npm run strength -- [options]
  --drivers         the driver stack's faults instead of the device's (takes --seeds, --only, --again, --budget)
  --fuzz            the fuzzer instead of the conformance suite (takes --seeds, --only, --again, --budget)
  --ablation        the fuzzer with and without each of its parts (takes --seeds, --only, --again, --budget)
  --campaign FILE   nothing: keep what a long campaign came to, from its --json (may be given several times)
  --page            nothing: write docs/strength.md from what was measured before
  --qemu            how soon campaigns show the recorded deviations of QEMU (takes --seeds, --only, --again, --budget, --hunt)
  --seeds N|A-B     seeds 1 to N, or A to B (default 10)
  --effort EFFORT   quick, normal (default) or thorough
  --only A,B,...    faults whose names start so
  --again           measure anew what was measured before
  --missed          only what was missed before, anew
  --budget SECONDS  start no hunt after this time (default: no bound)
  --hunt SECONDS    how long one hunt on QEMU may take (default 60)
  --jobs N          hunts at once (default 2)
  --no-pairs        leave clauses that hide behind others alone
  --no-write        leave the files alone
`;

interface Plan {
  readonly drivers: boolean;
  readonly fuzz: boolean;
  readonly qemu: boolean;
  readonly ablation: boolean;
  readonly page: boolean;
  readonly campaigns: readonly string[];
  /** Milliseconds. */
  readonly hunt: number;
  readonly prefixes: readonly string[];
  readonly seeds: readonly number[];
  readonly names: readonly string[];
  readonly effort: (typeof EFFORTS)[number];
  readonly jobs: number;
  /** Milliseconds. */
  readonly budget: number;
  readonly again: boolean;
  readonly missed: boolean;
  readonly pairs: boolean;
  readonly write: boolean;
}

function planOf(argv: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: 'string', default: '10' },
      drivers: { type: 'boolean', default: false },
      fuzz: { type: 'boolean', default: false },
      qemu: { type: 'boolean', default: false },
      ablation: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      campaign: { type: 'string', multiple: true, default: [] },
      hunt: { type: 'string', default: '60' },
      effort: { type: 'string', default: 'normal' },
      jobs: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      budget: { type: 'string', default: '0' },
      again: { type: 'boolean', default: false },
      missed: { type: 'boolean', default: false },
      pairs: { type: 'boolean', default: true },
      write: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  const effort = EFFORTS.find((entry) => entry === values.effort);
  const range = /^(?:(\d+)-)?(\d+)$/.exec(values.seeds);
  const [jobs, budget, hunt] = [Number(values.jobs), Number(values.budget), Number(values.hunt)];
  if (values.help || !effort || !range || !Number.isInteger(jobs) || jobs < 1 || !(budget >= 0) || !(hunt > 0))
    return undefined;
  const first = Number(range[1] ?? 1);
  const seeds = Array.from({ length: Math.max(0, Number(range[2]) - first + 1) }, (_, i) => first + i);
  const prefixes = values.only.split(',');
  const names = deviceFaults.map(({ name }) => name).filter((name) => prefixes.some((only) => name.startsWith(only)));
  const { again, drivers, fuzz, qemu, ablation, page, missed, pairs, write } = values;
  return {
    drivers,
    fuzz,
    qemu,
    ablation,
    page,
    campaigns: values.campaign,
    hunt: hunt * 1000,
    prefixes,
    seeds,
    names,
    effort,
    jobs,
    budget: budget === 0 ? Infinity : budget * 1000,
    again,
    missed,
    pairs,
    write,
  };
}

async function measure(plan: Plan): Promise<boolean> {
  const { seeds, names, effort, jobs } = plan;
  const path = join(packageFolder(), 'suites/strength/fault-matrix.json');
  const matrix = readMatrix(path, effort);
  const known = (name: string, seed: number) => matrix.get(name)?.hunts.find((one) => one.seed === seed);
  const clausesOf = new Map<string, readonly string[]>(deviceFaults.map(({ name, clauses }) => [name, clauses]));
  // Every fault from one seed before the next seed: a measurement that is cut short covers all faults.
  const orders = seeds.flatMap((seed) =>
    names
      .filter((name) => (plan.missed ? known(name, seed)?.caught === false : plan.again || !known(name, seed)))
      .map((fault): HuntOrder => ({ fault, seed, effort, clauses: clausesOf.get(fault)!, shrink: seed === 1 })),
  );
  const started = performance.now();
  const inTime = () => performance.now() - started < plan.budget;
  const queue = orders[Symbol.iterator]();
  const take = <T>(from: Iterator<T>): T | undefined => {
    const { done, value } = inTime() ? from.next() : { done: true, value: undefined };
    return done === true ? undefined : value;
  };
  const renewed = new Set<string>();
  let missed = 0;
  let hunts = 0;
  await huntAll({
    jobs,
    next: () => take(queue),
    done(one) {
      // Once a fault is measured anew, what was seen of it before no longer counts.
      if (plan.again && !renewed.has(one.fault)) matrix.delete(one.fault);
      renewed.add(one.fault);
      addHunt(matrix, one, true);
      hunts++;
      const caught = one.named.length > 0;
      if (!caught) missed++;
      const shrunk = one.actions === undefined ? '' : `, shrunk to ${one.actions} actions`;
      const broke = one.detectedBy.join(', ') || 'nothing';
      const outcome = caught
        ? `caught after ${one.scenarios} scenarios${shrunk}`
        : `NOT CAUGHT under a clause that it names (broke: ${broke})`;
      process.stdout.write(`${one.fault} seed ${one.seed}: ${outcome}\n`);
    },
  });
  if (plan.pairs) await showPairs(plan, matrix, take);
  if (plan.write) {
    await writeWhole(path, matrixText(matrix, effort));
    await writeWhole(join(packageFolder(), 'docs/fault-matrix.md'), pageOf(matrix, deviceSubject(effort)));
  }
  process.stdout.write(`${hunts - missed} of ${hunts} hunts of ${orders.length} planned caught their fault\n`);
  for (const line of summaryOf(matrix, deviceSubject(effort))) process.stdout.write(`${line}\n`);
  return missed === 0;
}

/**
 * The first clause to break ends a hunt. Clauses that were named and never came first get hunts of their own: they show
 * what covers the clause and do not count for the fault.
 */
async function showPairs(
  plan: Plan,
  matrix: ReturnType<typeof readMatrix>,
  take: <T>(from: Iterator<T>) => T | undefined,
): Promise<void> {
  const covered = new Set<string>();
  const orders = openClauses(matrix)
    .flatMap(({ clause, faults }) => faults.map((fault) => ({ fault, clause })))
    .filter(({ fault }) => plan.names.includes(fault));
  const queue = (function* () {
    for (const { fault, clause } of orders) {
      if (covered.has(clause)) continue;
      yield { fault, seed: 1, effort: plan.effort, clauses: [clause], shrink: false };
    }
  })();
  await huntAll({
    jobs: plan.jobs,
    next: () => take(queue),
    done(one, { clauses }) {
      addHunt(matrix, one, false);
      for (const id of one.named) covered.add(id);
      const shown = clauses.filter((id) => one.named.includes(id));
      process.stdout.write(`${one.fault} ${shown.length > 0 ? 'also breaks' : 'does not break'} ${clauses.join()}\n`);
    },
  });
}

const plan = planOf(process.argv.slice(2));
if (plan === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else if (!(await chosen(plan))) process.exitCode = 1;

async function chosen(plan: Plan): Promise<boolean> {
  const caught = plan.page || (await measured(plan));
  if (plan.write) await writePage();
  return caught;
}

async function measured(plan: Plan): Promise<boolean> {
  if (plan.campaigns.length > 0) {
    await recordCampaigns(plan.campaigns);
    return true;
  }
  if (plan.ablation) return measureAblation(plan);
  if (plan.drivers) return measureDrivers(plan);
  if (plan.fuzz) return measureFuzzer(plan);
  return plan.qemu
    ? measureQemu({ ...plan, prefixes: plan.prefixes.map((one) => (one.startsWith('qemu:') ? one : `qemu:${one}`)) })
    : measure(plan);
}
