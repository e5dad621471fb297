import { describe, expect, it } from 'vitest';
import { perform } from '../../harness/driver-stack/perform.ts';
import { ALL_SCRIPTS, REPAIRED } from './scripts.ts';

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
