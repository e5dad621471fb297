import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/virtcheck.js', import.meta.url));

it('docs/coverage.md is what its command makes of the catalogue, the fault matrices and the waivers', () => {
  const page = readFileSync(new URL('coverage.md', import.meta.url), 'utf8');
  const [, command] = /Made by `npx virtcheck (.*) docs\/coverage.md`/.exec(page)!;
  const { stdout, stderr } = spawnSync(process.execPath, [BIN, ...command.split(' '), '-'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(page).toBe(stdout);
});
