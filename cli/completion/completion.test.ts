import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../program/build.ts';
import { FILES, suggest } from './suggestions.ts';
import { valuesOf } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-completion-'));
const BIN = fileURLToPath(new URL('../../bin/virtcheck.js', import.meta.url));
symlinkSync(BIN, join(folder, 'virtcheck'));
afterAll(() => rmSync(folder, { recursive: true }));

async function names(...words: readonly string[]): Promise<readonly string[] | typeof FILES> {
  const found = await suggest(buildProgram(), words, valuesOf);
  return found === FILES ? FILES : found.map(({ name }) => name);
}

describe('suggestions', () => {
  it('offers commands first, without those for machines', async () => {
    const found = await names('');
    expect(found).toEqual(expect.arrayContaining(['run', 'replay', 'completion']));
    expect(found).not.toContain('completion-server');
  });

  it('offers options that were not given yet', async () => {
    const found = await names('run', '--seed', '1', '--');
    expect(found).toEqual(expect.arrayContaining(['--target', '--fault', '--no-color']));
    expect(found).not.toContain('--seed');
  });

  it.each([
    [['run', '--target', 'q'], 'qemu:m68k'],
    [['run', '-t', ''], 'emulator'],
    [['run', '--target=q'], '--target=qemu:m68k'],
    [['run', '--device', 'blk,'], 'blk,rng'],
    [['run', '--fault', 'status'], 'status-undefined-bit'],
    [['run', '--only', 'spl'], 'split.device.'],
    [['regress', 'ker'], 'kern/58555'],
    [['clauses', 'sp'], 'split.'],
    [['guest', ''], 'linux'],
    [['completion', ''], 'fish'],
  ])('%j', async (words, offered) => {
    expect(await names(...words)).toContain(offered);
  });

  it.each([[['replay', '']], [['run', '--json', '']], [['report', 'a.json', '']]])('%j is a path', async (words) => {
    expect(await names(...words)).toBe(FILES);
  });

  it('offers nothing for numbers', async () => {
    expect(await names('run', '--seed', '')).toEqual([]);
  });
});

describe('bash', { timeout: 60_000 }, () => {
  function complete(line: string): readonly string[] {
    const script = `
      source <(virtcheck completion bash)
      COMP_LINE="$1"; COMP_POINT=\${#1}; IFS=' ' read -ra COMP_WORDS <<< "$1"
      [[ $1 == *' ' ]] && COMP_WORDS+=("")
      COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _virtcheck_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', line], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  it('completes what stands before the cursor', () => {
    expect(complete('virtcheck regr')).toEqual(['regress']);
    expect(complete('virtcheck run --targ')).toEqual(['--target']);
    expect(complete('virtcheck run --target ')).toContain('emulator');
    // Nothing of ours: bash then completes the names of files.
    expect(complete('virtcheck replay ')).toEqual([]);
  });
});
