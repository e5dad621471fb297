/** Makes a scenario for the reference driver shorter and its machine plainer, as long as it still shows what it is to show. */
import type { ReferenceMachine, ReferenceScenario } from '../../generators/reference-driver/scenario.ts';

/** `shows` is asked at most `budget` times. Greedy: goes on from the first simpler scenario that still shows it. */
export function shrinkReference(
  start: ReferenceScenario,
  shows: (scenario: ReferenceScenario) => boolean,
  budget: number,
): ReferenceScenario {
  let scenario = start;
  let tries = 0;
  for (let progress = true; progress;) {
    progress = false;
    for (const simpler of simplerThan(scenario)) {
      if (tries++ >= budget) return scenario;
      if (!shows(simpler)) continue;
      scenario = simpler;
      progress = true;
      break;
    }
  }
  return scenario;
}

function* simplerThan({ machine, actions }: ReferenceScenario): Generator<ReferenceScenario> {
  for (let size = actions.length >>> 1; size >= 1; size >>>= 1) {
    for (let at = 0; at + size <= actions.length; at += size) {
      yield { machine, actions: [...actions.slice(0, at), ...actions.slice(at + size)] };
    }
  }
  for (const plainer of plainerThan(machine)) yield { machine: plainer, actions };
  for (const [i, action] of actions.entries()) {
    if (action.do !== 'initialise' || action.decline.length === 0) continue;
    yield { machine, actions: actions.with(i, { ...action, decline: [] }) };
  }
}

function* plainerThan(machine: ReferenceMachine): Generator<ReferenceMachine> {
  const { configPadding, ...rest } = machine;
  if (configPadding !== undefined) yield rest;
  for (const key of Object.keys(machine.device)) {
    if (key === 'queueSize') continue;
    const device = Object.fromEntries(Object.entries(machine.device).filter(([name]) => name !== key));
    yield { ...machine, device: device as ReferenceMachine['device'] };
  }
  if (machine.host !== 'le') yield { ...machine, host: 'le' };
}
