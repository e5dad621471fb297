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
import { fileOf, pageOf } from './fault-matrix.ts';

interface Share {
  readonly names: readonly string[];
  readonly seeds: readonly number[];
  readonly effort: Effort;
}

async function work(share: Share, done: (hunt: Hunt) => void): Promise<void> {
  for (const name of share.names) {
    const fault = deviceFaults.find((entry) => entry.name === name);
    if (!fault) continue;
    for (const seed of share.seeds) done(await hunt(fault, seed, share.effort, fault.clauses));
  }
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
  const self = fileURLToPath(import.meta.url);
  await Promise.all(
    Array.from({ length: jobs }, (_, job) => {
      const share: Share = { names: names.filter((_name, i) => i % jobs === job), seeds, effort };
      return new Promise<void>((resolve, reject) => {
        const worker = new Worker(self, { workerData: share });
        worker.on('message', (one: Hunt) => {
          hunts.push(one);
          const verdict = one.named.length > 0 ? `caught after ${one.scenarios} scenarios` : `NOT CAUGHT under a clause that it names (broke: ${one.detectedBy.join(', ') || 'nothing'})`;
          process.stdout.write(`${one.fault} seed ${one.seed}: ${verdict}\n`);
        });
        worker.on('error', reject);
        worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`worker ended with ${code}`))));
      });
    }),
  );
  const missed = hunts.filter((one) => one.named.length === 0);
  process.stdout.write(`${hunts.length - missed.length} of ${hunts.length} hunts caught their fault\n`);
  if (values.write && values.only === undefined) {
    const root = new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url);
    await writeWhole(fileURLToPath(new URL('suites/strength/fault-matrix.json', root)), fileOf(hunts, effort, seeds));
    await writeWhole(fileURLToPath(new URL('docs/fault-matrix.md', root)), pageOf(hunts, effort, seeds));
  }
  process.exitCode = missed.length > 0 ? 1 : 0;
}

if (isMainThread) await main();
else await work(workerData as Share, (one) => parentPort?.postMessage(one));
