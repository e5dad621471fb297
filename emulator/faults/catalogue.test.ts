import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allDeviceFaults, deviceFaults, openDeviceFaults } from './catalogue.ts';
import { OPEN_FAULTS } from './open-faults.ts';
import { switchDeviceFaults } from './switches.ts';

const DEVICE_CODE = new URL('../device/', import.meta.url);

/** Names that the emulator's code tests. */
function testedNames(): Set<string> {
  const names = new Set<string>();
  for (const file of readdirSync(DEVICE_CODE)) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const code = readFileSync(new URL(file, DEVICE_CODE), 'utf8');
    for (const [, name] of code.matchAll(/faults\['([a-z0-9-]+)'\]/g)) names.add(name);
  }
  return names;
}

test('every defect is wired', () => {
  const tested = testedNames();
  expect(allDeviceFaults.map((fault) => fault.name).filter((name) => !tested.has(name))).toEqual([]);
});

test('names are unique and in kebab-case', () => {
  const names = allDeviceFaults.map((fault) => fault.name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
});

test('every defect names clauses, where it comes from and what it does', () => {
  for (const fault of allDeviceFaults) {
    expect(fault.clauses.length, fault.name).toBeGreaterThan(0);
    expect(new Set(fault.clauses).size, fault.name).toBe(fault.clauses.length);
    expect(fault.seenIn.length, fault.name).toBeGreaterThan(10);
    expect(fault.summary, fault.name).toMatch(/^[A-Z`].*\.$/);
  }
});

test('switches are on by name, off otherwise', () => {
  const switches = switchDeviceFaults(['magic-wrong']);
  expect(switches['magic-wrong']).toBe(true);
  expect(switches['chain-dropped']).toBe(false);
  expect(switchDeviceFaults([])['magic-wrong']).toBe(false);
  expect(() => switchDeviceFaults(['magic-worng'])).toThrow(RangeError);
});

test('every defect is either caught or open for a reason', () => {
  expect(deviceFaults.length).toBeGreaterThanOrEqual(110);
  expect(deviceFaults.length + openDeviceFaults.length).toBe(allDeviceFaults.length);
  // A name that is misspelt in the list of reasons would count as caught.
  expect(openDeviceFaults.map((fault) => fault.name).sort()).toEqual(Object.keys(OPEN_FAULTS).sort());
  for (const fault of openDeviceFaults) expect(fault.open.length, fault.name).toBeGreaterThan(30);
});
