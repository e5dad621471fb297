/**
 * Tries the explanations of the models. Where a chain mixes direct descriptors with a table, what goes wrong with it is put
 * down to the mix; that is only right if the same requests go well without it.
 */
import type { Action, Scenario } from '../generators/scenario.ts';
import type { Violation } from '../models/report.ts';
import type { Bench } from './perform.ts';
import { patiently } from './patience.ts';
import { breaks } from './shrink.ts';

/**
 * The scenario without what the violation was put down to, if it goes wrong all the same: then the violation counts as
 * `unexplained`. Undefined where the explanation holds, or there is none.
 */
export async function counterexample(
  bench: Bench,
  scenario: Scenario,
  { clause, unexplained }: Pick<Violation, 'clause' | 'unexplained'>,
): Promise<Scenario | undefined> {
  if (unexplained === undefined) return undefined;
  const plain = { ...scenario, actions: scenario.actions.map(withoutTable) };
  // With all patience, on a fresh start: what is put down to the other clause here must hold there, or it is lost.
  return patiently(bench.session, async () => {
    if (await breaks(bench, plain, unexplained, true)) return plain;
    // What is saved is the log of the last scenario.
    await breaks(bench, scenario, clause, true);
    return undefined;
  });
}

function withoutTable(action: Action): Action {
  if (action.do !== 'submit' || action.shape.indirect === 'none') return action;
  return { ...action, shape: { ...action.shape, indirect: 'none' } };
}
