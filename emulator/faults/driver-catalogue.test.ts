import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allDeviceFaults } from './catalogue.ts';
import { allDriverFaults, driverFaults, openDriverFaults } from './driver-catalogue.ts';
import { OPEN_DRIVER_FAULTS } from './open-driver-faults.ts';

const DRIVER_CODE = ['../driver/', '../reference-driver/'].map((folder) => new URL(folder, import.meta.url));
/** Names in calls that switch on a defect; the reference driver has some in tables and helpers, too. */
const CALLS = /(?:fault|take|leave)\([^)]*\)|const TOO_MANY = \{[^}]*\}/g;

/** Names that the drivers' code tests. */
function testedNames(): Set<string> {
  const names = new Set<string>();
  for (const folder of DRIVER_CODE) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const code = readFileSync(new URL(file, folder), 'utf8');
      for (const [call] of code.matchAll(CALLS)) {
        for (const [, name] of call.matchAll(/'([a-z0-9-]+)'/g)) names.add(name);
      }
    }
  }
  return names;
}

test('every defect is wired, and every one that is wired is listed', () => {
  // The compiler sees to the second half.
  const tested = testedNames();
  expect(allDriverFaults.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
});

test('names are unique among the defects of both parties', () => {
  const names = [...allDeviceFaults, ...allDriverFaults].map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
});

test('every defect names clauses, where it comes from and what it does', () => {
  for (const fault of allDriverFaults) {
    expect(fault.party).toBe('driver');
    expect(fault.clauses.length, fault.name).toBeGreaterThan(0);
    expect(new Set(fault.clauses).size, fault.name).toBe(fault.clauses.length);
    expect(fault.seenIn.length, fault.name).toBeGreaterThan(10);
    expect(fault.summary, fault.name).toMatch(/^[A-Z0-9].*\.$/);
  }
});

test('every defect is either caught or open for a reason', () => {
  expect(driverFaults.length).toBeGreaterThanOrEqual(60);
  expect(openDriverFaults.map(({ name }) => name).sort()).toEqual(Object.keys(OPEN_DRIVER_FAULTS).sort());
  for (const { name, open } of openDriverFaults) expect(open.length, name).toBeGreaterThan(30);
});
