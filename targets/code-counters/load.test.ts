import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCountedEmulator } from '../emulator-target.ts';
import { importCounted } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-counters-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
mkdirSync(join(folder, 'node_modules', 'dep'), { recursive: true });
writeFileSync(join(folder, 'node_modules', 'dep', 'index.js'), 'exports.dep = (x) => (x ? 1 : 2);\n');
writeFileSync(join(folder, 'node_modules', 'dep', 'package.json'), '{ "name": "dep", "main": "index.js" }');

const BODY = `
import { dep } from 'dep';
import { half } from './half.EXT';
export function sign(xTYPE)TYPE {
  if (x < 0) return -1;
  return x > 0 ? 1 : 0;
}
export const both = (aTYPE, bTYPE)TYPE => a && b;
export function kind(xTYPE)TYPE {
  switch (x) {
    case 1:
      return half(dep(x));
    default:
      for (let i = 0; i < x; i++) x--;
      return x;
  }
}
`;

function moduleIn(extension: 'ts' | 'js', extra = ''): string {
  const source = BODY.replaceAll('EXT', extension).replaceAll('TYPE', extension === 'ts' ? ': number' : '');
  writeFileSync(
    join(folder, `half.${extension}`),
    'export const half = (x) => x / 2;\n'.replace('(x)', extension === 'ts' ? '(x: number)' : '(x)'),
  );
  const path = join(folder, `${extra === '' ? 'plain' : 'awaits'}.${extension}`);
  writeFileSync(path, source + extra);
  return path;
}

type Code = Record<'sign' | 'kind', (x: number) => number> & { both: (a: number, b: number) => number };

/** Points that a call runs. */
function run(counters: { clear(): void; hits: Uint8Array }, work: () => unknown): number {
  counters.clear();
  work();
  return counters.hits.reduce((sum, one) => sum + one, 0);
}

describe.each(['ts', 'js'] as const)('code with counters, .%s', (extension) => {
  it('does what it did, and says which branches it took', async () => {
    const { exports, counters } = await importCounted(moduleIn(extension), folder);
    const { sign, both, kind } = exports as unknown as Code;
    // The function and the branch; the function, the implied else, and one of two operands.
    expect(run(counters, () => expect(sign(-3)).toBe(-1))).toBe(2);
    expect(run(counters, () => expect(sign(3)).toBe(1))).toBe(3);
    expect(run(counters, () => expect(sign(0)).toBe(0))).toBe(3);
    expect(run(counters, () => expect(both(0, 1)).toBe(0))).toBe(1);
    expect(run(counters, () => expect(both(2, 1)).toBe(1))).toBe(2);
    // The function, the case, and half(); what lies in node_modules is not the user's.
    expect(run(counters, () => expect(kind(1)).toBe(0.5))).toBe(3);
    expect(run(counters, () => expect(kind(3)).toBe(1))).toBe(3);
    expect(counters.files.map((path) => path.slice(folder.length + 1)).sort()).toEqual([
      `half.${extension}`,
      `plain.${extension}`,
    ]);
    expect(new Set(counters.ids).size).toBe(counters.size);
  });

  it('has points that are the same in every thread', async () => {
    const [one, other] = [
      await importCounted(moduleIn(extension), folder),
      await importCounted(moduleIn(extension), folder),
    ];
    expect(one.counters.ids).toEqual(other.counters.ids);
    // Each has its own bytes.
    expect(run(other.counters, () => (one.exports as unknown as Code).sign(1))).toBe(0);
  });
});

it('counts TypeScript that awaits at its top level, too', async () => {
  const { exports, counters } = await importCounted(
    moduleIn('ts', 'export const later = await Promise.resolve(7);\n'),
    folder,
  );
  expect(exports.later).toBe(7);
  expect(run(counters, () => (exports as unknown as Code).sign(1))).toBe(3);
});

it('says what keeps a module from loading', async () => {
  const path = join(folder, 'broken.ts');
  writeFileSync(path, 'throw new Error("not today");\n');
  await expect(importCounted(path, folder)).rejects.toThrow('not today');
});

it('counts the devices of the emulator, faults included', async () => {
  const target = await createCountedEmulator({ faults: ['rng-zeroes'] });
  expect(target.name).toBe('emulator+rng-zeroes');
  expect(target.code?.size).toBeGreaterThan(1000);
  const session = await target.open(target.combinations[0]);
  target.code?.clear();
  if (session.kind === 'sync') session.readRegister(0, 4);
  expect(target.code?.hits.some((one) => one === 1)).toBe(true);
  await expect(createCountedEmulator({ faults: ['no-such-fault'] })).rejects.toThrow('no-such-fault');
});
