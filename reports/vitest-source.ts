/** A test for the project of the implementation: fails as long as the clause is broken. */
import type { Transport } from '../models/setup.ts';

/** What a driver does, and what to. */
export interface SavedScenario {
  /** Name or path of the implementation, as `--target` takes it. */
  readonly target: string;
  /** Seeded faults that were on (in-tree emulator). */
  readonly faults: readonly string[];
  readonly device: string;
  readonly transport: Transport;
  /** Configuration of the implementation. */
  readonly variant: string;
  readonly actions: readonly object[];
}

const INDENT = 2;

/** Source in JavaScript, whole. */
export function vitestSource(clause: string, title: string, { target, faults, ...scenario }: SavedScenario): string {
  const options = { clause, ...(faults.length > 0 ? { faults } : {}) };
  return [
    "import { expect, it } from 'vitest';",
    "import { replayScenario } from 'virtcheck/vitest';",
    '',
    '// A name or path, as --target takes it.',
    `const implementation = ${JSON.stringify(target)};`,
    `const scenario = ${JSON.stringify(scenario, null, INDENT)};`,
    '',
    `it(${JSON.stringify(`${clause}: ${title}`)}, async () => {`,
    `  expect(await replayScenario(implementation, scenario, ${JSON.stringify(options)})).toEqual([]);`,
    '});',
    '',
  ].join('\n');
}
