import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { readJournal } from '../fuzz/journal.ts';
import type { FuzzResult } from '../fuzz/result.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'bin/virtcheck.js');
const folder = mkdtempSync(join(tmpdir(), 'virtcheck-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function virtcheck(args: readonly string[], cwd = folder): Ended {
  return spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
}

function fuzz(...args: string[]): Ended {
  return virtcheck([
    'fuzz',
    '--target',
    'emulator',
    '--device',
    'rng',
    '--transport',
    'mmio-v2',
    '--jobs',
    '1',
    ...args,
  ]);
}

function resultIn(campaign: string): FuzzResult {
  return JSON.parse(readFileSync(join(folder, campaign, 'result.json'), 'utf8')) as FuzzResult;
}

const keysOf = (result: FuzzResult): string[] => result.findings.map(({ key }) => key).sort();

/** Everything but what depends on the clock. */
function timeless({ durationMs, series, ...rest }: FuzzResult): unknown {
  expect(durationMs).toBeGreaterThan(0);
  expect(series.length).toBeGreaterThan(0);
  return rest;
}

function accepts(schema: string, text: string): void {
  const path = join(ROOT, 'reports/schemas', schema);
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(path, 'utf8')) as object);
  expect(validate(JSON.parse(text)) ? [] : validate.errors).toEqual([]);
}

// Every test starts processes, which take their time on a busy machine.
describe('virtcheck fuzz', { timeout: 180_000 }, () => {
  it.each([
    [[], /say what to fuzz with --target/],
    [['--target', 'driver:ld@HEAD'], /judges devices/],
    [['--target', 'emulator', '--time', '5x'], /span of time/],
    [['--target', 'emulator', '--time', '5m', '--scenarios', '5'], /exclude each other/],
    [['--target', 'emulator', '--shard', '4/4'], /INDEX\/COUNT/],
    [['--target', 'emulator', '--fault', 'no-such'], /no seeded fault/],
    [['--target', 'emulator', '--resume'], /no campaign/],
    [['--target', './nowhere.ts'], /no such file/],
  ])('%j is told what is wrong', (args, text) => {
    const { status, stderr } = virtcheck(['fuzz', ...args]);
    expect(stderr).toMatch(text);
    expect(status).toBe(2);
  });

  it('gives the same result for the same seed, and no findings on a device without faults', () => {
    const first = fuzz('--scenarios', '150', '--corpus', 'same-1', '--json', '-');
    expect(first.stderr).toContain('no findings in 150 scenarios');
    expect(first.status).toBe(0);
    accepts('fuzz.schema.json', first.stdout);
    expect(fuzz('--scenarios', '150', '--corpus', 'same-2').status).toBe(0);
    expect(timeless(resultIn('same-2'))).toEqual(timeless(JSON.parse(first.stdout) as FuzzResult));
    expect(resultIn('same-2').scenarios).toBe(150);
  });

  it('finds a fault, files it, and the test that it writes fails with the fault and passes without', () => {
    const { status, stdout } = fuzz(
      '--scenarios',
      '120',
      '--fault',
      'used-length-one-more',
      '--corpus',
      'faulty',
      '--out',
      'found',
    );
    expect(stdout).toContain('FAIL split.device.virtqueue-used-ring');
    expect(status).toBe(1);
    const [finding] = resultIn('faulty').findings;
    expect(finding.actions).toBeLessThanOrEqual(4);
    accepts('fuzz.schema.json', readFileSync(join(folder, 'faulty/result.json'), 'utf8'));
    const { trace, vitest, text, qtest } = finding.files;
    expect(qtest).toBeNull();
    expect(readFileSync(join(folder, 'found', text!), 'utf8')).toContain(finding.seen);
    expect(virtcheck(['replay', join('found', trace!)]).stdout).toContain('Reproduced');
    expect(readdirSync(join(folder, 'found')).filter((name) => name.endsWith('.partial'))).toEqual([]);

    // A project of a user's own, with the package installed.
    const project = join(folder, 'project');
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(ROOT, join(project, 'node_modules/virtcheck'));
    for (const name of ['vitest', 'tsx'])
      symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project, vitest!), readFileSync(join(folder, 'found', vitest!)));
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', project], {
        cwd: project,
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
    const faulty = run({});
    expect(faulty.stdout + faulty.stderr).toContain(finding.clause);
    expect(faulty.stdout).toMatch(/1 failed/);
    const clean = run({ VIRTCHECK_TARGET: 'emulator' });
    expect(clean.stdout).toMatch(/1 passed/);
    expect(clean.status).toBe(0);
  });

  it('goes on where it stopped, and refuses to mix campaigns', () => {
    expect(fuzz('--scenarios', '60', '--corpus', 'long', '--fault', 'rng-zeroes').status).toBe(1);
    const before = resultIn('long');
    expect(fuzz('--scenarios', '60', '--corpus', 'long', '--fault', 'rng-zeroes').stderr).toContain(
      'holds a campaign already',
    );
    expect(
      fuzz('--scenarios', '60', '--corpus', 'long', '--fault', 'rng-zeroes', '--seed', '2', '--resume').stderr,
    ).toContain('has seed 1');
    expect(fuzz('--scenarios', '60', '--corpus', 'long', '--fault', 'rng-zeroes', '--resume').status).toBe(1);
    const after = resultIn('long');
    expect(after.scenarios).toBe(before.scenarios + 60);
    expect(keysOf(after)).toEqual(expect.arrayContaining(keysOf(before)));
    expect(after.features).toBeGreaterThanOrEqual(before.features);
  });

  it('ends in good order on Ctrl-C, with exit code 130 and its result written', async () => {
    const child = spawn(
      process.execPath,
      [BIN, 'fuzz', '--target', 'emulator', '--time', '10m', '--jobs', '1', '--corpus', 'ended'],
      {
        cwd: folder,
        stdio: 'ignore',
      },
    );
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await journalGrows(join(folder, 'ended'), 0, 40);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    const result = resultIn('ended');
    expect(result.interrupted).toBe(true);
    expect(result.scenarios).toBeGreaterThan(0);
  });

  it('merges shards that ran as processes of their own', () => {
    const shards = [0, 1].map((index) => {
      const corpus = `shard-${index}`;
      expect(
        fuzz('--scenarios', '60', '--fault', 'rng-zeroes', '--shard', `${index}/2`, '--corpus', corpus).status,
      ).toBe(1);
      return resultIn(corpus);
    });
    expect(virtcheck(['merge', 'shard-0', 'shard-1', '--out', 'merged']).status).toBe(1);
    const merged = resultIn('merged');
    accepts('fuzz.schema.json', JSON.stringify(merged));
    expect(merged.scenarios).toBe(120);
    const memories = shards.map(({ series }) => series.at(-1)!.memory!);
    expect(merged.series.at(-1)!.memory).toBe(memories[0] + memories[1]);
    expect(keysOf(merged)).toEqual([...new Set(shards.flatMap(keysOf))].sort());
    const features = ['shard-0', 'shard-1'].map((name) => readJournal(join(folder, name)).state.features);
    expect(merged.features).toBe(new Set([...features[0], ...features[1]]).size);
    // They drew different scenarios.
    expect([...features[1]].some((one) => !features[0].has(one))).toBe(true);
    for (const { files } of merged.findings)
      expect(existsSync(join(folder, 'merged/findings', files.vitest!))).toBe(true);
    expect(fuzz('--scenarios', '20', '--fault', 'rng-zeroes', '--corpus', 'merged', '--resume').status).toBe(1);
    expect(resultIn('merged').scenarios).toBe(140);
    expect(virtcheck(['merge', 'shard-0', 'same-1', '--out', 'unlike']).stderr).toContain('no parts of one campaign');
  });

  it('loses nothing when it is killed ten times at random moments', async () => {
    const campaign = join(folder, 'killed');
    const args = [
      'fuzz',
      '--target',
      'emulator',
      '--fault',
      'used-length-one-more,rng-zeroes',
      '--jobs',
      '1',
      '--time',
      '10m',
      '--corpus',
      'killed',
    ];
    let random = 12345;
    const keys = new Set<string>();
    for (let kill = 0; kill < 10; kill++) {
      random = Math.imul(random, 1103515245) + 12345;
      const before = inodeOf(campaign);
      const child = spawn(process.execPath, [BIN, ...args, ...(kill === 0 ? [] : ['--resume'])], {
        cwd: folder,
        stdio: 'ignore',
      });
      const gone = new Promise((resolve) => child.once('exit', resolve));
      await journalGrows(campaign, before, (random >>> 16) % 30);
      child.kill('SIGKILL');
      await gone;
      const { state, damaged } = readJournal(campaign);
      expect(damaged).toBe(0);
      for (const key of keys) expect(state.findings.has(key)).toBe(true);
      for (const key of state.findings.keys()) keys.add(key);
      // Whatever a finding names is there, and whole.
      for (const { finding } of state.findings.values()) {
        const { trace, vitest, text } = finding.files;
        JSON.parse(readFileSync(join(campaign, 'findings', trace!), 'utf8'));
        expect(readFileSync(join(campaign, 'findings', vitest!), 'utf8').endsWith('});\n')).toBe(true);
        expect(existsSync(join(campaign, 'findings', text!))).toBe(true);
      }
    }
    expect(keys.size).toBeGreaterThan(0);
    const last = virtcheck([...args.slice(0, -4), '--scenarios', '50', '--corpus', 'killed', '--resume']);
    expect(last.status).toBe(1);
    expect(keysOf(resultIn('killed'))).toEqual(expect.arrayContaining([...keys]));
    // What was being followed when it was killed has been followed to its end.
    expect([...readJournal(campaign).state.open.keys()]).toEqual([]);
  });
});

function lineCount(campaign: string): number {
  const path = join(campaign, 'journal.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

/** Resolves once the journal is a new one and has grown by so many lines since it was begun or taken up again. */
function journalGrows(campaign: string, before: number, lines: number): Promise<void> {
  let first: number | undefined;
  return new Promise((resolve) => {
    const look = (): void => {
      if (inodeOf(campaign) === before) return;
      first ??= lineCount(campaign);
      if (lineCount(campaign) < first + lines) return;
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(look, 5);
  });
}

/** Which file the journal is; 0 while there is none. */
function inodeOf(campaign: string): number {
  return statSync(join(campaign, 'journal.jsonl'), { throwIfNoEntry: false })?.ino ?? 0;
}
