import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { strengthPage, strengthPagePath } from './strength/page.ts';

it('the page of strength is what the result files give (npm run strength -- --page)', () => {
  expect(readFileSync(strengthPagePath(), 'utf8')).toBe(strengthPage());
});
