import { describe, expect, it } from 'vitest';
import { judge, perform } from '../../harness/driver-stack/perform.ts';
import { CHILD_NAMES } from '../../targets/driver-stack/machine.ts';
import { recordCore } from '../core/record.ts';
import { CONSOLE_SCRIPTS, DISK_SCRIPTS } from './disk-console-scripts.ts';
import { ALL_SCRIPTS, LATE_SOFTINTS, REPAIRED, shortagesOf } from './scripts.ts';

describe('with all hazards repaired, scripts', () => {
  it('have names of their own', () => {
    expect(new Set(ALL_SCRIPTS.map(({ name }) => name)).size).toBe(ALL_SCRIPTS.length);
  });

  it.each(ALL_SCRIPTS.map((script) => [script.name, script] as const))('break nothing: %s', (_name, { scenario }) => {
    const { violated, machine } = perform(scenario, REPAIRED);
    expect(violated).toEqual([]);
    expect(machine.stack.panicked).toBeNull();
  });
});

it.each(LATE_SOFTINTS)('a software interrupt that was given back does not run: $profile.name', ({ scenario }) => {
  const machine = recordCore(scenario, REPAIRED);
  expect(judge(machine).violated).toEqual([]);
  expect(machine.stack.panicked).toBeNull();
});

it.each(CHILD_NAMES)('memory runs out for %s, and lasts where there is enough', (child) => {
  const attached = shortagesOf(child).map(({ scenario }) =>
    perform(scenario, REPAIRED).events.some(
      (event) => event.kind === 'return' && event.api === 'child_attach' && Boolean(event.facts.attached),
    ),
  );
  expect([attached[0], attached.at(-1)]).toEqual([false, true]);
});

describe('disks and consoles with all hazards repaired', () => {
  const scripts = [...DISK_SCRIPTS, ...CONSOLE_SCRIPTS].filter(({ profile }) => profile === REPAIRED);
  const [lost, kept] = [true, false].map((never) =>
    scripts.filter(({ name }) => name.includes('never answered') === never),
  );

  it.each(kept.map((script) => [script.name, script] as const))('break nothing: %s', (_name, { scenario }) => {
    const { violated, machine } = perform(scenario, REPAIRED);
    expect(violated).toEqual([]);
    expect(machine.stack.panicked).toBeNull();
  });

  it('wait for ever where the device drops a request', () => {
    expect(lost.map(({ scenario }) => perform(scenario, REPAIRED).machine.stack.panicked?.why)).toEqual(['hang']);
  });
});
