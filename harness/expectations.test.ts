import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  applicableExpectations,
  expectationsFile,
  explains,
  loadExpectations,
  parseExpectations,
} from './expectations.ts';
import type { Expectation } from './result.ts';

const entry = { clause: 'untagged.live.1', version: '7.2', explanation: 'virtio_foo() forgets it' };
const file = (expectations: unknown, change: object = {}): unknown => ({
  schema: 'virtcheck-expectations/1',
  target: 'qemu:m68k',
  expectations,
  ...change,
});
const parse = (value: unknown): readonly Expectation[] => parseExpectations(value, 'x.json', 'qemu:m68k');

describe('loadExpectations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-expectations-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads the file of the target, colon replaced by a dash', () => {
    expect(expectationsFile('qemu:m68k', folder)).toBe(join(folder, 'qemu-m68k.json'));
    writeFileSync(join(folder, 'qemu-m68k.json'), JSON.stringify(file([entry])));
    expect(loadExpectations('qemu:m68k', folder)).toEqual([entry]);
  });

  it('expects nothing of a target without a file', () => {
    expect(loadExpectations('../../etc/passwd', folder)).toEqual([]);
  });

  it('names a file that is no JSON', () => {
    writeFileSync(join(folder, 'broken.json'), '{');
    expect(() => loadExpectations('broken', folder)).toThrow(/broken\.json: /);
  });
});

describe('explains', () => {
  const showing = { clause: 'untagged.live.1', seen: 'hung: no reply', kinds: ['init', 'submit:loop'] } as const;

  it('is about the clause, what was seen, and the kinds of action', () => {
    const recorded = { ...entry, clause: 'untagged.live.1' } as const;
    expect(explains(recorded, showing)).toBe(true);
    expect(explains({ ...recorded, clause: 'untagged.live.2' }, showing)).toBe(false);
    expect(explains({ ...recorded, seen: 'hung' }, showing)).toBe(true);
    expect(explains({ ...recorded, seen: 'died' }, showing)).toBe(false);
    expect(explains({ ...recorded, actions: ['queue-stop', 'submit:loop'] }, showing)).toBe(true);
    expect(explains({ ...recorded, actions: ['queue-stop'] }, showing)).toBe(false);
  });
});

describe('parseExpectations', () => {
  it.each([
    ['no object', [], 'must be an object'],
    ['another schema', file([], { schema: 'x/9' }), 'schema is "x/9"'],
    ['another target', file([], { target: 'qemu:riscv64' }), 'is for target qemu:riscv64'],
    ['no list', file({}), 'must be a list'],
    [
      'an unknown clause',
      file([{ ...entry, clause: 'untagged.life.1' }]),
      'expectations[0]: there is no clause untagged.life.1',
    ],
    ['no explanation', file([{ ...entry, explanation: ' ' }]), 'explanation is missing'],
    ['no kinds of action', file([{ ...entry, actions: [] }]), 'actions must be a list'],
    ['no version', file([{ ...entry, version: '' }]), 'version must say'],
    ['an unknown device', file([entry, { ...entry, devices: ['net'] }]), 'expectations[1]: devices: "net" is none of'],
    ['an empty list of transports', file([{ ...entry, transports: [] }]), 'transports must be a non-empty list'],
    ['an unknown key', file([{ ...entry, reson: 'x' }]), 'unknown key "reson"'],
  ])('refuses %s', (_, value, message) => {
    expect(() => parse(value)).toThrow(message);
  });
});

describe('applicableExpectations', () => {
  const subject = { device: 'blk', transport: 'mmio-v1', version: '7.2.22' } as const;
  const applies = (change: object): boolean =>
    applicableExpectations(parse(file([{ ...entry, ...change }])), subject).length === 1;

  it.each([
    [{}, true],
    [{ version: '7.2.22' }, true],
    [{ version: '7.2.2' }, false],
    [{ version: '7.20' }, false],
    [{ version: '7.' }, true],
    [{ devices: ['blk', 'rng'] }, true],
    [{ devices: ['rng'] }, false],
    [{ transports: ['mmio-v2'] }, false],
  ])('%j: %s', (change, expected) => {
    expect(applies(change)).toBe(expected);
  });
});
