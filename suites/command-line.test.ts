/** P17 on drawn command lines: the repaired front end attaches what the grammar gives, and that of 1.1 is told apart. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLineScenarios } from '../generators/driver/command-line.ts';
import { perform } from '../harness/driver-stack/perform.ts';
import { MENDED } from '../targets/driver-stack/hazards.ts';

const LINES = 2000;
const scenarios = fc.sample(commandLineScenarios(), { seed: 7, numRuns: LINES });

describe('command lines', () => {
  it('break nothing where all hazards are repaired', () => {
    const broken = scenarios.flatMap((scenario) => {
      const { violated } = perform(scenario, { name: 'mended', switches: MENDED }, false);
      return violated.length === 0 ? [] : [`${JSON.stringify(scenario.machine.commandLine)}: ${violated.join(', ')}`];
    });
    expect(broken).toEqual([]);
  });

  it('attach devices, and are refused', () => {
    const entries = scenarios.map(
      (scenario) =>
        perform(scenario, { name: 'mended', switches: MENDED }, false).events.filter(({ kind }) => kind === 'entry')
          .length,
    );
    expect(entries.filter((count) => count === 0).length).toBeGreaterThan(LINES / 20);
    expect(entries.filter((count) => count > 1).length).toBeGreaterThan(LINES / 20);
  });

  it('show what 1.1 does with malformed entries', () => {
    const broken = new Set(scenarios.flatMap((scenario) => perform(scenario, { name: 'HEAD' }, false).violated));
    expect([...broken]).toEqual(expect.arrayContaining(['netbsd.cmdline-entries', 'netbsd.interrupt-announced']));
  });
});
