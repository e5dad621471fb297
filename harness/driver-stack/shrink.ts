/** Makes a scenario for a driver stack shorter and its machine plainer, as long as it still shows what it is to show. */
import type { DeviceSpec, MachineSpec } from '../../targets/driver-stack/machine.ts';
import type { Scenario } from './perform.ts';

export interface Shrunk {
  readonly scenario: Scenario;
  /** Times that the scenario was tried. */
  readonly tries: number;
}

/** `shows` is asked at most `budget` times. Greedy: goes on from the first simpler scenario that still shows it. */
export function shrinkScenario(start: Scenario, shows: (scenario: Scenario) => boolean, budget: number): Shrunk {
  let scenario = start;
  let tries = 0;
  for (let progress = true; progress;) {
    progress = false;
    for (const simpler of simplerThan(scenario)) {
      if (tries >= budget) return { scenario, tries };
      tries++;
      if (!shows(simpler)) continue;
      scenario = simpler;
      progress = true;
      break;
    }
  }
  return { scenario, tries };
}

function* simplerThan({ machine, actions }: Scenario): Generator<Scenario> {
  // The attach that comes first stays: nothing happens without it.
  for (let size = actions.length >>> 1; size >= 1; size >>>= 1) {
    for (let at = 1; at + size <= actions.length; at += size) {
      yield { machine, actions: [...actions.slice(0, at), ...actions.slice(at + size)] };
    }
  }
  for (const plainer of plainerThan(machine)) yield { machine: plainer, actions };
}

function* plainerThan(machine: MachineSpec): Generator<MachineSpec> {
  for (const key of ['shortages', 'unconfigured', 'commandLine'] as const) {
    if (machine[key] !== undefined) yield without(machine, key);
  }
  for (const key of Object.keys(machine.device) as (keyof DeviceSpec)[]) {
    if (key !== 'queueSize') yield { ...machine, device: without(machine.device, key) };
  }
  const { queueSize } = machine.device;
  if (queueSize !== undefined && queueSize > PLAIN_QUEUE) {
    yield { ...machine, device: { ...machine.device, queueSize: PLAIN_QUEUE } };
  }
  if (machine.host !== 'le') yield { ...machine, host: 'le' };
  if (machine.diagnostic) yield { ...machine, diagnostic: false };
}

const PLAIN_QUEUE = 4;

function without<T extends object, K extends keyof T>(from: T, key: K): T {
  return Object.fromEntries(Object.entries(from).filter(([name]) => name !== key)) as T;
}
