/**
 * What `npm pack` makes, installed in the project of a user: the template of docs/ci.md, in which the steps of its workflow
 * are run as they stand there. Needs the npm registry for the packages that virtcheck depends on.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const TEMPLATE = join(ROOT, 'docs', 'examples', 'consumer');
const PATIENCE = 240_000;

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function run(command: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    // npm tells its children about itself; what is tested must not hear of the test's own npm.
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_package')));
    execFile('bash', ['-c', command], { cwd, env: { ...own, ...env }, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ status, output: stdout + stderr });
    });
  });
}

async function succeed(command: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { status, output } = await run(command, cwd, env);
  expect(status, `${command}\n${output}`).toBe(0);
  return output;
}

describe('the package, installed', { timeout: PATIENCE }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-package-'));
  const project = join(folder, 'project');
  let packed: readonly string[] = [];
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    cpSync(TEMPLATE, project, { recursive: true });
    mkdirSync(join(project, 'src'));
    cpSync(join(ROOT, 'docs', 'examples', 'my-rng.ts'), join(project, 'src', 'my-rng.ts'));
    // dist/ is what this checkout was built to; building it again under other tests would pull it from under them.
    const report = await run(
      `npm pack --ignore-scripts --json --pack-destination ${folder} 2>${folder}/pack.err`,
      ROOT,
    );
    const [{ filename, files }] = JSON.parse(report.output) as { filename: string; files: { path: string }[] }[];
    packed = files.map((file) => file.path);
    const install = `npm install --no-audit --no-fund --prefer-offline --save-dev ${join(folder, filename)}`;
    await succeed(install, project);
  }, PATIENCE);

  it('holds what is used, and no sources, tests or recordings', () => {
    expect(packed).toEqual(expect.arrayContaining(['bin/virtcheck.js', 'dist/cli/main.js', 'README.md', 'LICENSE']));
    const needless =
      /\.test\.|\/fixtures\/|\/testing\/|\.tsbuildinfo$|^(docs|models|emulator|harness|suites\/(?!strength)|virtcheck-out)\/|(?<!\.d)\.ts$/;
    // What new-target makes its skeletons of.
    const skeletons = ['docs/examples/endpoint.c', 'docs/examples/my-rng.ts'];
    expect(packed.filter((path) => needless.test(path) && !skeletons.includes(path))).toEqual([]);
  });

  const workflow = parse(readFileSync(join(TEMPLATE, '.github', 'workflows', 'virtcheck.yml'), 'utf8')) as {
    readonly jobs: {
      readonly conformance: {
        readonly steps: readonly { readonly run?: string; readonly with?: Record<string, unknown> }[];
      };
    };
  };
  const { steps } = workflow.jobs.conformance;

  it('does what the workflow of the recipe says', async () => {
    const summary = join(folder, 'summary.md');
    writeFileSync(summary, '');
    const commands = steps.flatMap((step) => (step.run === undefined || step.run === 'npm ci' ? [] : [step.run]));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) await succeed(command, project, { GITHUB_STEP_SUMMARY: summary });
    expect(readFileSync(summary, 'utf8')).toMatch(/my-rng/);
    // What the other steps upload has to be there.
    for (const { with: inputs = {} } of steps) {
      if (typeof inputs.sarif_file === 'string') expect(existsSync(join(project, inputs.sarif_file))).toBe(true);
      const kept = typeof inputs.path === 'string' ? inputs.path.trim().split('\n') : [];
      for (const path of kept.filter((name) => name !== 'virtcheck-out')) {
        expect(existsSync(join(project, path)), path).toBe(true);
      }
    }
  });

  it('finds a defect in the device, and says so with exit code 1 and a trace', async () => {
    const path = join(project, 'src', 'my-rng.ts');
    const source = readFileSync(path, 'utf8');
    const broken = source.replace('OFFERED = [0, 1]', 'OFFERED = [0, 0]');
    expect(broken).not.toBe(source);
    writeFileSync(path, broken);
    const { status, output } = await run('npx virtcheck run --effort quick', project);
    writeFileSync(path, source);
    expect(status, output).toBe(1);
    const replay = /Replay: +npx virtcheck (replay \S+)/.exec(output);
    expect((await run(`npx virtcheck ${replay![1]} --target ./src/my-rng.ts`, project)).output).toMatch(
      /Not reproduced/,
    );
  });

  it('has types that a strict project compiles with', async () => {
    const options = '--strict --noEmit --module nodenext --moduleResolution nodenext --target es2022 --typeRoots none';
    const compiler = join(ROOT, 'node_modules', '.bin', 'tsc');
    await succeed(`${compiler} ${options} virtcheck.config.ts src/my-rng.ts`, project);
  });
});
