import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Progress } from '../harness/run-api.ts';
import { endiannessMode } from '../models/setup.ts';
import { PLAIN } from '../reports/text.ts';
import type { Combination } from '../targets/target.ts';
import { UsageError } from './exit-codes.ts';
import { checkWritableFile, checkWritableFolder, couldWriteFolder, writeWhole } from './files.ts';
import { progressLine, type Snapshot } from './progress.ts';
import { loadStrength } from './strength.ts';
import { chooseShares } from './target-choice.ts';
import { integer, listOf, nonEmpty, oneOf } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('values', () => {
  it.each(['', '-1', '1.5', '1e3', 'x', '99999999999', ' 1', 'NaN'])('integer refuses %j', (text) => {
    expect(() => integer('--seed', 0, 1000)(text)).toThrow(/--seed takes a whole number from 0 to 1000/);
  });

  it('integer takes decimal and hexadecimal', () => {
    expect(integer('--seed', 0, 1000)('42')).toBe(42);
    expect(integer('--seed', 0, 1000)('0x2A')).toBe(42);
  });

  it('oneOf says what there is and what was meant', () => {
    expect(() => oneOf('--effort', ['quick', 'normal'])('quik')).toThrow('one of quick, normal');
    const hint = (error: unknown): string | undefined => (error as UsageError).hint;
    try {
      oneOf('--effort', ['quick', 'normal'])('quik');
    } catch (error) {
      expect(hint(error)).toBe("did you mean 'quick'?");
    }
  });

  it('listOf gathers commas and repetitions, each value once', () => {
    const parse = listOf('--device', ['blk', 'rng']);
    expect(parse('rng', parse('blk, rng'))).toEqual(['blk', 'rng']);
    expect(() => parse('blk,,rng')).toThrow('empty value');
    expect(() => parse('net')).toThrow('--device');
  });

  it('nonEmpty refuses what an unset variable leaves', () => {
    expect(() => nonEmpty('--out')('')).toThrow('--out is empty');
  });
});

describe('files', () => {
  it('writes whole files into folders that it makes, and leaves nothing else', () => {
    const path = join(folder, 'a', 'b', 'r.json');
    checkWritableFile('--json', path);
    writeWhole(path, 'one');
    writeWhole(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['r.json']);
  });

  it('tells what cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'dir'));
    expect(() => checkWritableFile('--json', join(folder, 'dir'))).toThrow('it is a folder');
    expect(() => checkWritableFile('--json', join(folder, 'file', 'x'))).toThrow(
      /--json: cannot write .* part of the path/,
    );
    expect(() => checkWritableFolder('--out', join(folder, 'file'))).toThrow(/--out: cannot write to the folder/);
    expect(couldWriteFolder(join(folder, 'new', 'newer'))).toBe(true);
    expect(couldWriteFolder(join(folder, 'file', 'x'))).toBe(false);
  });
});

describe('chooseShares', () => {
  const combination = (device: Combination['device'], transport: Combination['transport']): Combination => ({
    device,
    transport,
    mode: endiannessMode('le', transport),
    variant: 'default',
  });
  const offered = [
    combination('blk', 'mmio-v1'),
    combination('blk', 'mmio-v2'),
    combination('blk', 'mmio-v2'),
    combination('rng', 'mmio-v2'),
  ];

  it('offers each device and transport once', () => {
    expect(chooseShares('t', offered, undefined, undefined)).toHaveLength(3);
    expect(chooseShares('t', offered, ['rng'], undefined)).toEqual([{ device: 'rng', transport: 'mmio-v2' }]);
  });

  it('refuses what the target lacks', () => {
    expect(() => chooseShares('t', offered, ['console'], undefined)).toThrow('t does not offer console');
    expect(() => chooseShares('t', offered, ['blk', 'rng'], ['mmio-v1'])).toThrow(
      'does not offer rng in this combination',
    );
  });
});

describe('progressLine', () => {
  const running: Progress = {
    combination: 'blk mmio-v2',
    combinationsDone: 0,
    combinations: 1,
    scenariosDone: 50,
    scenarios: 100,
    events: 5000,
    phase: 'running',
    broken: 0,
  };
  const snapshot: Snapshot = {
    elapsedMs: 10_000,
    combinations: 2,
    combinationsDone: 1,
    scenariosDone: 100,
    eventsDone: 15_000,
    findingsDone: 1,
    running: [running],
  };

  it('tells combination, share, rate, findings and time left', () => {
    expect(progressLine(snapshot, { style: PLAIN, width: 120 })).toBe(
      '1/2  blk mmio-v2  75 %  150 scenarios  2,000 events/s  1 finding  3.3 s left',
    );
  });

  it('does not guess at the start, and stays on its line', () => {
    const early = { ...snapshot, elapsedMs: 10, running: [] };
    expect(progressLine(early, { style: PLAIN, width: 120 })).not.toMatch(/left|events\/s/);
    expect(progressLine(snapshot, { style: PLAIN, width: 30 }).length).toBeLessThan(30);
  });
});

describe('loadStrength', () => {
  it('does without a fault matrix, and says so', () => {
    const { matrix, notes } = loadStrength(join(folder, 'nowhere'));
    expect(matrix.size).toBe(0);
    expect(notes[0]).toContain('has not been measured yet');
  });

  it('reads matrix and waivers, and refuses others', () => {
    writeFileSync(
      join(folder, 'fault-matrix.json'),
      JSON.stringify({ schema: 'virtcheck-fault-matrix/1', faults: [{ name: 'a', detectedBy: ['b'] }] }),
    );
    writeFileSync(
      join(folder, 'driver-fault-matrix.json'),
      JSON.stringify({ schema: 'virtcheck-fault-matrix/1', faults: [{ name: 'c', detectedBy: ['d'] }] }),
    );
    writeFileSync(join(folder, 'waivers.json'), JSON.stringify({ 'pci.*': 'no PCI yet' }));
    expect(loadStrength(folder)).toMatchObject({ waivers: { 'pci.*': 'no PCI yet' }, notes: [] });
    expect([...loadStrength(folder).matrix]).toEqual([
      ['a', ['b']],
      ['c', ['d']],
    ]);
    writeFileSync(join(folder, 'fault-matrix.json'), '{"schema":"x"}');
    expect(() => loadStrength(folder)).toThrow(UsageError);
  });
});
