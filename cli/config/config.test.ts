import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../exit-codes.ts';
import { applyConfig, type ConfigurableFlags } from './apply.ts';
import { loadConfig } from './load.ts';

const BIN = fileURLToPath(new URL('../../bin/virtcheck.js', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../docs/examples/my-rng.ts', import.meta.url));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'virtcheck-config-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('loadConfig', () => {
  it('finds settings in a folder above, TypeScript before JSON', async () => {
    put('virtcheck.config.json', '{ "defaults": { "seed": 1 } }');
    const path = put('virtcheck.config.ts', 'const seed: number = 5; export default { defaults: { seed } };');
    const below = join(folder, 'a', 'b');
    mkdirSync(below, { recursive: true });
    expect(await loadConfig(undefined, below)).toEqual({ path, config: { defaults: { seed: 5 } } });
  });

  it('is content with none', async () => {
    expect(await loadConfig(undefined, folder)).toBeUndefined();
  });

  it.each([
    ['virtcheck.config.json', '{', /virtcheck.config can't be loaded: .*JSON/],
    ['virtcheck.config.json', '{ "defaults": { "sed": 1 } }', /defaults cannot have 'sed'/],
    ['virtcheck.config.json', '{ "defaults": { "seed": -1 } }', /defaults.seed must be >= 0/],
    [
      'virtcheck.config.json',
      '{ "targets": { "a": { "target": "b", "device": ["disk"] } } }',
      /targets.a.device.0 must be equal to one of the allowed values \(blk, rng, console\)/,
    ],
    ['virtcheck.config.mjs', 'export const seed = 1;', /exports no settings/],
    ['virtcheck.config.mjs', 'throw new Error("oh");', /oh/],
    ['virtcheck.config.ts', 'export default {', /can't be loaded/],
  ])('%s with %s', async (name, content, message) => {
    put(name, content);
    const failure = await loadConfig(undefined, folder).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as UsageError).message).toMatch(message);
    expect((failure as UsageError).hint).toBeDefined();
  });
});

describe('applyConfig', () => {
  const config = {
    defaults: { target: 'mine', seed: 7, jobs: 2, strict: true, out: 'traces' },
    targets: { mine: { target: 'src/device.ts', device: ['rng'] as const, expectations: 'known.json' } },
  };
  const apply = (flags: ConfigurableFlags, given: readonly string[] = [], lacks: readonly string[] = []) => {
    applyConfig(
      flags,
      { path: '/project/virtcheck.config.ts', config },
      (name) => given.includes(name),
      (name) => !lacks.includes(name),
    );
    return flags;
  };

  it('fills in what the command line leaves out', () => {
    const flags = apply({ seed: 1 });
    expect(flags).toMatchObject({ seed: 7, jobs: 2, strict: true, device: ['rng'] });
    expect(flags.target).toMatch(/project\/src\/device.ts$/);
    expect(flags.expectations).toMatch(/project\/known.json$/);
  });

  it('leaves alone what was given, and what the command does not know', () => {
    expect(apply({ target: 'emulator', seed: 3 }, ['target', 'seed'])).toMatchObject({ target: 'emulator', seed: 3 });
    expect(apply({ target: 'mine' }, ['target'], ['seed', 'expectations'])).not.toHaveProperty('expectations');
    expect(apply({}, [], ['seed'])).not.toHaveProperty('target');
  });
});

describe('virtcheck run', { timeout: 60_000 }, () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [BIN, 'run', '--effort', 'quick', ...args], { cwd: folder, encoding: 'utf8' });

  it('takes target, name and expectations from the settings', () => {
    const expectations = { schema: 'virtcheck-expectations/1', target: 'my-rng', expectations: [] };
    put('known.json', JSON.stringify(expectations));
    const mine = { target: EXAMPLE, expectations: 'known.json' };
    put('virtcheck.config.json', JSON.stringify({ defaults: { target: 'mine', seed: 42 }, targets: { mine } }));
    const { status, stderr, stdout } = run('--json', 'r.json');
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/seed 42/);
  });

  it('says which file is wrong, and can do without it', () => {
    put('virtcheck.config.json', '{ "target": "x" }');
    expect(run()).toMatchObject({ status: 2 });
    expect(run().stderr).toMatch(/virtcheck.config.json: the settings cannot have/);
    expect(run('--no-config', '--target', EXAMPLE).status).toBe(0);
  });

  it('refuses expectations of another target', () => {
    const path = put('known.json', '{"schema":"virtcheck-expectations/1","target":"other","expectations":[]}');
    const { status, stderr } = run('--target', EXAMPLE, '--expectations', path);
    expect(status).toBe(2);
    expect(stderr).toMatch(/is for target other, not for my-rng/);
  });
});
