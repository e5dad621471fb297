/**
 * The conformance suite as vitest tests: one test per device and register layout of the target that the vitest project
 * provides. Recorded deviations (expectations/) are expected, everything else fails.
 */
import { afterAll, describe, expect, inject, test } from 'vitest';
import { loadExpectations } from '../harness/expectations.ts';
import { DEVICE_KINDS, TRANSPORTS } from '../models/setup.ts';
import { runTarget } from '../harness/run.ts';
import { listTargets, resolveTarget } from '../targets/registry.ts';

declare module 'vitest' {
  interface ProvidedContext {
    target: string;
  }
}

const name = inject('target');
const listed = (await listTargets()).find((entry) => entry.name === name);
const missing = listed?.available === false ? (listed.missing ?? 'not available') : undefined;
// CI has to have every real target: there a missing one fails instead of being skipped.
const mustRun = process.env['CI'] === 'true';

describe.skipIf(missing !== undefined && !mustRun)(missing === undefined ? name : `${name}: ${missing}`, async () => {
  const target = missing === undefined || mustRun ? await resolveTarget(name, {}) : undefined;
  const offered = new Set(target?.combinations.map((entry) => `${entry.device} ${entry.transport}`));
  const seen: string[] = [];

  for (const device of DEVICE_KINDS) {
    for (const transport of TRANSPORTS) {
      test.skipIf(!offered.has(`${device} ${transport}`))(`${device} on ${transport} conforms`, async () => {
        const [result] = await runTarget({
          target: target!,
          devices: [device],
          transports: [transport],
          seed: 1,
          effort: 'quick',
          expectations: await loadExpectations(name),
        });
        seen.push(`${device} ${transport}`);
        const broken = result.clauses.filter(
          (row) => (row.verdict === 'fail' || row.verdict === 'warn') && !row.expected,
        );
        const shown = result.findings.filter((finding) => broken.some((row) => row.id === finding.clause));
        expect(shown.map(({ clause, expected, seen: was, steps }) => ({ clause, expected, was, steps }))).toEqual([]);
        expect(broken.map((row) => row.id)).toEqual([]);
        expect(result.scenarios).toBeGreaterThan(50);
        expect(result.clauses.filter((row) => row.verdict === 'pass').length).toBeGreaterThan(20);
      });
    }
  }

  afterAll(() => {
    if (seen.length === 0 && missing === undefined) throw new Error(`${name} offered nothing to judge`);
  });
});
