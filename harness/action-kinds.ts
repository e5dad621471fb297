/** What kinds of driver action a scenario is made of, as far as findings and recorded deviations are told apart by them. */
import type { Action, Scenario } from '../generators/scenario.ts';

/** The kind of an action, with the rule that it breaks on purpose: `submit:loop`, `init:size-zero`, `host:port`, `kick`. */
function actionKind(action: Action): string {
  if (action.do === 'init' && action.slip !== undefined) return `init:${action.slip}`;
  if (action.do === 'submit' && action.break !== undefined) return `submit:${action.break}`;
  if (action.do === 'host') return `host:${action.event.action}`;
  return action.do;
}

export function actionKinds(scenario: Scenario): string[] {
  return scenario.actions.map(actionKind);
}
