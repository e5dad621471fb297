import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandLine } from './command-line.ts';

test('plain words stay as they are', () => {
  expect(
    commandLine('replay', 'virtcheck-out/rng-mmio-v2-split.device.1.trace.json', '--target', 'driver:viocon@1.9'),
  ).toBe('npx virtcheck replay virtcheck-out/rng-mmio-v2-split.device.1.trace.json --target driver:viocon@1.9');
});

test('a shell reads every word back', () => {
  const words = ["it's", 'two words', '$HOME', 'a"b', '', '*', 'qtest:exec:./my vmm --fast', 'new\nline', '\\'];
  const printed = execFileSync('sh', ['-c', commandLine(...words).replace(/^npx virtcheck/, "printf '%s\\0'")]);
  expect(printed.toString().split('\0').slice(0, -1)).toEqual(words);
});
