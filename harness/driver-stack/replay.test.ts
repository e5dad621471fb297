import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDriverProfile } from '../../targets/driver-stack/profile-name.ts';
import { runDriver } from './run.ts';
import { replayDriver } from './replay.ts';
import { DRIVER_TRACE_SCHEMA, readDriverTrace } from './trace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const EARLY = 'netbsd.enqueue-after-finish';
const target = parseDriverProfile('driver:viocon@1.9');
const [run] = await runDriver({
  target,
  transports: ['mmio-v2'],
  only: [EARLY],
  seed: 1,
  effort: 'quick',
  outDir: folder,
});
const [finding] = run.findings;

describe('a finding of a driver', () => {
  it('is saved, with the command that performs it again', () => {
    expect(finding.clause).toBe(EARLY);
    expect(finding.replay).toBe(`npx virtcheck replay ${finding.trace}`);
    expect(JSON.parse(readFileSync(finding.trace!, 'utf8'))).toMatchObject({
      schema: DRIVER_TRACE_SCHEMA,
      target: { name: 'driver:viocon@1.9', child: 'viocon', transport: 'mmio-v2' },
      profile: { revisions: { 'viocon.c': '1.9' } },
      scenario: { actions: [{ do: 'attach' }] },
    });
  });

  it('breaks the clause again, and does not on the revision that repaired it', () => {
    const file = readDriverTrace(finding.trace!)!;
    const again = replayDriver(file);
    expect(again).toMatchObject({ reproduced: true, clause: EARLY, target: 'driver:viocon@1.9' });
    expect(again.events.join('\n')).toContain(`BROKEN ${EARLY}`);
    expect(again.violations.find(({ clause }) => clause === EARLY)?.state).toContain('NEGOTIATED');
    expect(replayDriver(file, parseDriverProfile('driver:viocon@1.10')).reproduced).toBe(false);
  });
});

describe('readDriverTrace', () => {
  const changed = (change: (file: Record<string, unknown>) => void): string => {
    const file = JSON.parse(readFileSync(finding.trace!, 'utf8')) as Record<string, unknown>;
    change(file);
    const path = join(folder, 'changed.trace.json');
    writeFileSync(path, JSON.stringify(file));
    return path;
  };

  it('leaves other files to others', () => {
    expect(readDriverTrace(changed((file) => (file.schema = 'virtcheck-trace/1')))).toBeUndefined();
    expect(readDriverTrace(join(folder, 'nowhere'))).toBeUndefined();
  });

  it.each([
    ['scenario', {}, '"scenario.machine"'],
    ['clause', 'netbsd.nonsense', 'is not in the catalogue'],
    ['events', 'none', '"events"'],
    ['profile', { switches: ['kick-lots'] }, "no switch 'kick-lots'"],
    ['profile', { revisions: { 'virtio.c': 'new' } }, 'is no revision'],
  ])('names what is wrong with %s %j', (field, value, message) => {
    expect(() => readDriverTrace(changed((file) => (file[field] = value)))).toThrow(message);
  });
});
