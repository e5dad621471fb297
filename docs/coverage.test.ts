import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { deviceFaults } from '../emulator/faults/catalogue.ts';
import { driverFaults } from '../emulator/faults/driver-catalogue.ts';

const BIN = fileURLToPath(new URL('../bin/virtcheck.js', import.meta.url));

it('docs/coverage.md is what its command makes of the catalogue, the fault matrices and the waivers', () => {
  const page = readFileSync(new URL('coverage.md', import.meta.url), 'utf8');
  const [, command] = /Made by `npx virtcheck (.*) docs\/coverage.md`/.exec(page)!;
  const { stdout, stderr } = spawnSync(process.execPath, [BIN, ...command.split(' '), '-'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(page).toBe(stdout);
});

it('README.md has the figures of docs/coverage.md and of the fault catalogues', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const page = readFileSync(new URL('coverage.md', import.meta.url), 'utf8');
  const goals = ['devices', 'drivers'].map((party) => {
    const [, total, covered] = new RegExp(`\\| ${party} \\| (\\d+) \\| (\\d+) \\|`).exec(page)!;
    return `${covered} of ${total}`;
  });
  const row = (name: string): string => readme.split('\n').find((line) => line.startsWith(`| ${name}`))!;
  expect(row('Clauses covered').match(/\d+ of \d+/g)).toEqual(goals);
  expect(row('Seeded faults').match(/\[\d+\]/g)).toEqual([`[${deviceFaults.length}]`, `[${driverFaults.length}]`]);
});
