import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { explore, toMermaid } from '../models/attach/explore.ts';

it('shows the lifecycle as the model has it now', () => {
  const page = readFileSync(new URL('netbsd-attach.md', import.meta.url), 'utf8');
  const diagram = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1];
  // `virtcheck explore attach --mermaid` prints what belongs there.
  expect(diagram).toBe(toMermaid(explore('new')));
});
