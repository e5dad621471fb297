/** Runs what docs/several-machines.md hands out: the shards as processes here, by the very commands of the YAML files. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { FuzzResult } from '../fuzz/result.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'virtcheck-machines-'));
afterAll(() => rmSync(folder, { recursive: true }));

let project = '';
beforeEach(() => {
  project = mkdtempSync(join(folder, 'project-'));
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(ROOT, join(project, 'node_modules', 'virtcheck'));
  symlinkSync(join(ROOT, 'bin', 'virtcheck.js'), join(project, 'node_modules', '.bin', 'virtcheck'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  const device = readFileSync(join(ROOT, 'docs', 'examples', 'my-rng.ts'), 'utf8');
  const [right, wrong] = ['store32(entry + 4, written, true)', 'store32(entry + 4, written + 1, true)'];
  expect(device).toContain(right);
  writeFileSync(join(project, 'my-device.ts'), device.replace(right, wrong));
});

/** A length that a test can wait for; seeds, shards and folders stay as they are. */
const SHORTER = [/--time \w+( --jobs \d+)?/, '--scenarios 60 --jobs 1 --no-coverage'] as const;

function shell(script: string, env: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
  const child = spawn('sh', ['-e', '-c', script.replace('npx virtcheck', 'node_modules/.bin/virtcheck')], {
    cwd: project,
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

function result(path: string): FuzzResult {
  return JSON.parse(readFileSync(path, 'utf8')) as FuzzResult;
}

function read(name: string): string {
  return readFileSync(join(ROOT, 'docs', 'examples', 'campaign', name), 'utf8');
}

interface Container {
  readonly command: readonly string[];
  readonly args: readonly [string];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}
interface Job {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly completionMode?: string;
    readonly completions?: number;
    readonly template: { readonly spec: { readonly containers: readonly [Container] } };
  };
}

describe('docs/several-machines.md', { timeout: 240_000 }, () => {
  it('Kubernetes: the pods of the Indexed Job, one of them evicted, and the Job that merges', async () => {
    const documents = parseAllDocuments(read('kubernetes.yaml')).map((one) => one.toJS() as Job);
    const job = (name: string): Job => documents.find(({ metadata }) => metadata.name === name)!;
    const fuzz = job('virtcheck-fuzz').spec;
    expect(fuzz).toMatchObject({ completionMode: 'Indexed', completions: 4 });
    const [{ command, args, env = [] }] = fuzz.template.spec.containers;
    expect(command).toEqual(['sh', '-c']);
    const here = (script: string): string =>
      script.replaceAll('/campaign', join(project, 'campaign')).replace(...SHORTER);
    const script = here(args[0]).replaceAll('npx virtcheck', 'node_modules/.bin/virtcheck');
    const pod = async (index: number): Promise<void> => {
      const values = Object.fromEntries(env.map(({ name, value }) => [name, value]));
      // Kubernetes runs the script without -e, and so does this.
      const { code, output } = await shell(`set +e\n${script}`, { ...values, JOB_COMPLETION_INDEX: String(index) });
      expect([index, code, code === 0 ? '' : output]).toEqual([index, 0, '']);
    };
    await Promise.all([0, 1, 2, 3].map(pod));
    await pod(2);
    const shards = [0, 1, 2, 3].map((i) => result(join(project, 'campaign', `shard-${i}`, 'result.json')));
    expect(shards.map(({ scenarios, shard }) => [scenarios, shard.index, shard.of])).toEqual(
      [60, 60, 120, 60].map((scenarios, i) => [scenarios, i, 4]),
    );
    const merge = job('virtcheck-merge').spec.template.spec.containers[0].args[0];
    const merged = await shell(`set +e\n${here(merge).replaceAll('npx virtcheck', 'node_modules/.bin/virtcheck')}`);
    expect([merged.code, merged.code === 0 ? '' : merged.output]).toEqual([0, '']);
    const all = result(join(project, 'campaign', 'result.json'));
    expect(all.scenarios).toBe(300);
    expect(all.findings.map(({ clause }) => clause)).toContain('split.device.virtqueue-used-ring.2');
    expect(existsSync(join(project, 'campaign', 'report', 'index.html'))).toBe(true);
  });

  it('GitHub Actions: the runners of the matrix, their artefacts, and the job that merges', async () => {
    interface Step {
      readonly run?: string;
      readonly uses?: string;
      readonly with?: Readonly<Record<string, string>>;
    }
    interface Workflow {
      readonly jobs: Readonly<Record<'fuzz' | 'merge', { readonly steps: readonly Step[] }>> & {
        readonly fuzz: { readonly strategy: { readonly matrix: { readonly shard: readonly number[] } } };
      };
    }
    const { jobs } = parse(read('github-actions.yml')) as Workflow;
    const shards = jobs.fuzz.strategy.matrix.shard;
    const commands = ({ steps }: { readonly steps: readonly Step[] }): string[] =>
      steps.flatMap(({ run }) => (run === undefined || run === 'npm ci' ? [] : [run]));
    const filled = (text: string, shard: number): string =>
      text
        .replaceAll('${{ matrix.shard }}', String(shard))
        .replaceAll('${{ strategy.job-total }}', String(shards.length));
    const [fuzz] = commands(jobs.fuzz);
    await Promise.all(
      shards.map(async (shard) => {
        const { code, output } = await shell(filled(fuzz, shard).replace(...SHORTER), { GITHUB_RUN_NUMBER: '17' });
        expect([shard, code, code === 0 ? '' : output]).toEqual([shard, 0, '']);
      }),
    );
    const upload = jobs.fuzz.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact'))!.with!;
    const download = jobs.merge.steps.find(({ uses }) => uses?.startsWith('actions/download-artifact'))!.with!;
    for (const shard of shards) {
      cpSync(join(project, filled(upload.path, shard)), join(project, download.path, filled(upload.name, shard)), {
        recursive: true,
      });
    }
    const [merge, report] = commands(jobs.merge);
    // Red: something was found.
    expect((await shell(merge)).code).toBe(1);
    expect((await shell(report)).code).toBe(0);
    const all = result(join(project, 'result.json'));
    expect([all.scenarios, all.seed]).toEqual([60 * shards.length, 17]);
  });
});
