/**
 * `npm run strength [-- --seeds N] [--effort E]`: the seeded-fault matrix. Every fault of the catalogue, one at a time,
 * against the conformance suite, over several seeds. Writes suites/strength/fault-matrix.json (what `virtcheck clauses`
 * and `virtcheck faults` read) and docs/fault-matrix.md.
 */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { EFFORTS, type Effort } from '../../harness/result.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import { hunt, type Hunt } from './fault-hunt.ts';
import { byClause, openPairs } from './pairs.ts';
import { fileOf, pageOf } from './fault-matrix.ts';

interface Share {
  readonly seeds: readonly number[];
  readonly effort: Effort;
  /** Faults to hunt, each under all the clauses that it names; or pairs of one fault and one clause. */
  readonly names?: readonly string[];
  readonly pairs?: readonly (readonly [string, string])[];
}

async function work(share: Share, done: (hunt: Hunt) => void): Promise<void> {
  for (const fault of deviceFaults) {
    if (share.names?.includes(fault.name) !== true) continue;
    for (const seed of share.seeds) done(await hunt(fault, seed, share.effort, fault.clauses));
  }
  const covered = new Set<string>();
  for (const [name, clause] of share.pairs ?? []) {
    const fault = deviceFaults.find((entry) => entry.name === name);
    if (!fault || covered.has(clause)) continue;
    const one = await hunt(fault, share.seeds[0], share.effort, [clause]);
    for (const id of one.named) covered.add(id);
    done(one);
  }
}

/** Runs shares in workers of their own, since a hunt keeps a core busy. */
async function inWorkers(shares: readonly Share[], done: (hunt: Hunt) => void): Promise<void> {
  const self = fileURLToPath(import.meta.url);
  await Promise.all(
    shares.map(
      (share) =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(self, { workerData: share });
          worker.on('message', done);
          worker.on('error', reject);
          worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`worker ended with ${code}`))));
        }),
    ),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '10' },
      effort: { type: 'string', default: 'normal' },
      jobs: { type: 'string', default: '2' },
      only: { type: 'string' },
      write: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const effort = EFFORTS.find((entry) => entry === values.effort);
  const count = Number(values.seeds);
  const jobs = Number(values.jobs);
  if (!effort || !Number.isInteger(count) || count < 1 || !Number.isInteger(jobs) || jobs < 1) {
    process.stderr.write('usage: npm run strength -- [--seeds N] [--effort quick|normal|thorough] [--jobs N] [--only PREFIX] [--no-write]\n');
    process.exitCode = 2;
    return;
  }
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const names = deviceFaults.map((fault) => fault.name).filter((name) => name.startsWith(values.only ?? ''));
  const hunts: Hunt[] = [];
  const shareOf = <T>(all: readonly T[], job: number): T[] => all.filter((_entry, i) => i % jobs === job);
  const workers = Array.from({ length: jobs }, (_, job) => job);
  await inWorkers(
    workers.map((job) => ({ names: shareOf(names, job), seeds, effort })),
    (one) => {
      hunts.push(one);
      const missed = `NOT CAUGHT under a clause that it names (broke: ${one.detectedBy.join(', ') || 'nothing'})`;
      process.stdout.write(
        `${one.fault} seed ${one.seed}: ${one.named.length > 0 ? `caught after ${one.scenarios} scenarios` : missed}\n`,
      );
    },
  );
  // The first clause to break ends a hunt. Clauses that were named and never came first get hunts of their own, short
  // ones: they show what covers the clause and do not count for the fault.
  const more: Hunt[] = [];
  const write = async (): Promise<void> => {
    if (!values.write || values.only !== undefined) return;
    const root = new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url);
    const json = fileURLToPath(new URL('suites/strength/fault-matrix.json', root));
    await writeWhole(json, fileOf(hunts, more, effort, seeds));
    await writeWhole(fileURLToPath(new URL('docs/fault-matrix.md', root)), pageOf(hunts, more, effort, seeds));
  };
  await write();
  const pairs = byClause(openPairs(hunts));
  await inWorkers(
    workers.map((job) => ({ pairs: shareOf(pairs, job).flat(), seeds, effort: 'quick' as const })),
    (one) => {
      more.push(one);
      process.stdout.write(`${one.fault} also breaks ${one.named.join(', ') || 'nothing new'}\n`);
    },
  );
  await write();
  const missed = hunts.filter((one) => one.named.length === 0);
  process.stdout.write(`${hunts.length - missed.length} of ${hunts.length} hunts caught their fault\n`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

if (isMainThread) await main();
else await work(workerData as Share, (one) => parentPort?.postMessage(one));
