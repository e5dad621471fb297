/** A test for the project of the implementation: fails as long as the clause is broken. */

const INDENT = 2;

/** `scenario`: a trace file without its events. Source in TypeScript, complete. */
export function vitestSource(clause: string, title: string, scenario: object): string {
  const trace = JSON.stringify(scenario, null, INDENT);
  return [
    "import { expect, it } from 'vitest';",
    "import { replayTrace } from 'virtcheck/vitest';",
    '',
    `const trace = ${trace};`,
    '',
    `it(${JSON.stringify(`${clause}: ${title}`)}, async () => {`,
    '  // A second argument names another implementation, as --target does.',
    '  const { broken } = await replayTrace(trace);',
    `  expect(broken).not.toContain(${JSON.stringify(clause)});`,
    '});',
    '',
  ].join('\n');
}
