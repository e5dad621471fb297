import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeDriverOn } from '../driver-stack/run.ts';
import { replayReference } from './replay.ts';
import { referenceSubject } from './subject.ts';
import { readReferenceTrace, REFERENCE_TRACE_SCHEMA } from './trace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLAUSE = 'blk.driver.device-operation.4';
const [run] = await judgeDriverOn(referenceSubject('blk', ['flush-with-sector']), {
  transports: ['mmio-v2'],
  only: [CLAUSE],
  seed: 1,
  effort: 'quick',
  outDir: folder,
});
const [finding] = run.findings;

describe('a finding of the reference driver', () => {
  it('is saved, with the command that performs it again', () => {
    expect(finding.clause).toBe(CLAUSE);
    expect(finding.replay).toBe(`npx virtcheck replay ${finding.trace}`);
    const file = JSON.parse(readFileSync(finding.trace!, 'utf8')) as { events: readonly string[]; row: number };
    expect(file).toMatchObject({ schema: REFERENCE_TRACE_SCHEMA, faults: ['flush-with-sector'], clause: CLAUSE });
    expect(file.events[file.row]).toBeDefined();
  });

  it('breaks the clause again, and does not without the defect', () => {
    const file = readReferenceTrace(finding.trace!)!;
    const again = replayReference(file);
    expect(again).toMatchObject({ reproduced: true, clause: CLAUSE });
    expect(again.events).toEqual(file.events);
    expect(again.violations.find(({ clause }) => clause === CLAUSE)?.seen).not.toBe('broken');
    expect(replayReference(file, [])).toMatchObject({ reproduced: false, violations: [] });
  });
});

describe('readReferenceTrace', () => {
  const changed = (field: string, value: unknown): string => {
    const file = JSON.parse(readFileSync(finding.trace!, 'utf8')) as Record<string, unknown>;
    const path = join(folder, 'changed.trace.json');
    writeFileSync(path, JSON.stringify({ ...file, [field]: value }));
    return path;
  };

  it('leaves other files to others', () => {
    expect(readReferenceTrace(changed('schema', 'virtcheck-trace/1'))).toBeUndefined();
    expect(readReferenceTrace(join(folder, 'nowhere'))).toBeUndefined();
  });

  it.each([
    ['scenario', {}, '"scenario.machine"'],
    ['clause', 'blk.nonsense', 'is not in the catalogue'],
    ['faults', ['flush-lots'], "no defect 'flush-lots'"],
    ['faults', 'flush-with-sector', '"faults"'],
  ])('names what is wrong with %s %j', (field, value, message) => {
    expect(() => readReferenceTrace(changed(field, value))).toThrow(message);
  });
});
