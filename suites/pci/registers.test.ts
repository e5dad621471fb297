import { expect, it } from 'vitest';
import { CLAUSES, clause } from '../../models/clauses/catalogue.ts';
import { REGISTER_CHECKS } from './registers.ts';

it.each(REGISTER_CHECKS.map((check) => [check.name, check] as const))('%s', (_name, check) => {
  expect(check.run()).toBeUndefined();
  expect(CLAUSES[clause(check.clause)].party).toBe('device');
});
