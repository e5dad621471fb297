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

/** What each shell runs to complete `$1`, a candidate a line, with what it adds to one behind a tab or colon. */
const SCRIPTS = {
  bash: `
    source <(virtcheck completion bash)
    COMP_LINE="$1"; COMP_POINT=\${#1}; IFS=' ' read -ra COMP_WORDS <<< "$1"
    [[ $1 == *' ' ]] && COMP_WORDS+=("")
    COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _virtcheck_completion; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // The widgets of zsh's completion system need a terminal: in their place, what the script hands them is printed.
  zsh: `
    compdef() { : }; _describe() { print -rl -- "\${(@P)2}" }; _files() { print -r FILES }
    source <(virtcheck completion zsh)
    BUFFER="$1"; CURSOR=\${#1}; words=("\${(@s: :)1}"); CURRENT=\${#words}
    _virtcheck_completion`,
  // Likewise fish tells of its command line only at a terminal.
  fish: `
    set -g line "$argv[1]"
    function commandline
      switch $argv[1]
        case -C; string length -- "$line"
        case -o; string split --no-empty ' ' -- "$line"
        case -ct; string match -r '[^ ]*$' -- "$line"
      end
    end
    virtcheck completion fish | source
    _virtcheck_completion`,
} as const;
type Shell = keyof typeof SCRIPTS;

const OPTIONS: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['--norc', '-c', SCRIPTS.bash, 'bash'],
  zsh: ['-f', '-c', SCRIPTS.zsh, 'zsh'],
  fish: ['--no-config', '-c', SCRIPTS.fish],
};

describe.each(['bash', 'zsh', 'fish'] as const)('%s', { timeout: 120_000 }, (shell) => {
  // Without the shell it is skipped, except in CI, where that would hide that nothing was completed.
  const canRun = spawnSync(shell, ['--version']).status === 0 || process.env.CI === 'true';

  function complete(line: string): readonly string[] {
    const { stdout, stderr } = spawnSync(shell, [...OPTIONS[shell], line], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, HOME: folder, PATH: `${folder}:${process.env.PATH}` },
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }
  /** The word itself, without what is told of it. */
  const word = (candidate: string): string =>
    candidate
      .split('\t')[0]
      .replace(/^((?:\\.|[^:\\])*):.*/, '$1')
      .replaceAll('\\:', ':');

  it.skipIf(!canRun)('completes what stands before the cursor', () => {
    expect(complete('virtcheck regr').map(word)).toContain('regress');
    expect(complete('virtcheck run --targ').map(word)).toContain('--target');
    const targets = complete('virtcheck run --target ');
    expect(targets.some((target) => target.startsWith('emulator'))).toBe(true);
    // Nothing of ours: the shell then completes the names of files.
    expect(complete('virtcheck replay ').filter((candidate) => !/^(FILES|virtcheck\s*)$/.test(candidate))).toEqual([]);
  });
});
