import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../generators/families/index.ts';
import { scenarios } from '../generators/scenario-arbitrary.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { emulatorCombinations, openEmulator } from '../targets/emulator-target.ts';
import { sampleByFastCheck } from './fast-check-draw.ts';

const NUM_RUNS = 300;

describe('scenarios drawn with fast-check’s own arbitraries', () => {
  const combinations = emulatorCombinations().filter(({ variant }) => ['default', 'multiport'].includes(variant));
  test.each(combinations)('$device $transport $variant: the very scenarios of our own Arbitrary', (combination) => {
    const { info } = openEmulator('emulator', combination);
    const where = surroundingsOf(info, true);
    const own = fc.sample(scenarios(where), { numRuns: NUM_RUNS, seed: 7 });
    const theirs = sampleByFastCheck(where, FAMILIES)(NUM_RUNS, 7);
    expect(theirs).toEqual(own);
    const families = new Set(theirs.map(({ family }) => family));
    expect(families.size).toBeGreaterThan(FAMILIES.filter((family) => family.applies(where)).length * 0.9);
  });

  test('another seed draws other scenarios', () => {
    const where = surroundingsOf(openEmulator('emulator', combinations[0]).info, true);
    const sample = sampleByFastCheck(where, FAMILIES);
    expect(sample(5, 1)).not.toEqual(sample(5, 2));
  });
});
