import { describe, expect, test } from 'vitest';
import { PLAIN_INIT } from '../generators/parts.ts';
import type { Action, Scenario } from '../generators/scenario.ts';
import { LongScenarios } from './long-scenarios.ts';

const scenario = (...actions: Action[]): Scenario => ({ family: 'test', variant: 'default', actions });
const cycle = (rounds: number, most?: number): Action => ({
  do: 'cycle',
  queue: 0,
  rounds,
  request: { kind: 'entropy', length: 16 },
  ...(most === undefined ? {} : { most }),
});
const init: Action = { ...PLAIN_INIT, size: 256 };
const WRAP = scenario(init, cycle(258));
const WRAP_EVENTS = 300_000;
const SMALL = scenario(init, cycle(4));

describe('long scenarios', () => {
  test('are performed whole at first, and cut short once their share is used up', () => {
    const long = new LongScenarios();
    expect(long.ration(WRAP)).toBe(WRAP);
    for (let i = 0; i < 3; i++) long.performed(WRAP, WRAP_EVENTS);
    for (let i = 0; i < 3; i++) long.performed(WRAP, WRAP_EVENTS);
    const cut = long.ration(WRAP);
    expect(cut).toEqual(scenario(init, cycle(16)));
    expect(long.ration(cut)).toBe(cut);
    expect(long.ration(SMALL)).toBe(SMALL);
  });

  test('get their share back from what others cost', () => {
    const long = new LongScenarios();
    for (let i = 0; i < 6; i++) long.performed(WRAP, WRAP_EVENTS);
    expect(long.ration(WRAP)).not.toBe(WRAP);
    for (let i = 0; i < 2000; i++) long.performed(SMALL, 1000);
    expect(long.ration(WRAP)).toBe(WRAP);
  });

  test('one request at a time counts by rounds, a queue of unknown size as a small one', () => {
    const long = new LongScenarios();
    for (let i = 0; i < 6; i++) long.performed(WRAP, WRAP_EVENTS);
    const oneByOne = scenario(init, cycle(300, 1));
    expect(long.ration(oneByOne)).toBe(oneByOne);
    const unknown = scenario(cycle(200));
    expect(long.ration(unknown)).toBe(unknown);
  });
});
