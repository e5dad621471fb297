/** Makes queues as small as what is to be shown allows: a driver writes every descriptor of a queue when it makes it. */
import type { Scenario } from '../../harness/driver-stack/perform.ts';

const SIZES = [4, 8, 16, 64] as const;

export function withSmallQueues(scenario: Scenario, shows: (scenario: Scenario) => boolean): Scenario {
  const { machine } = scenario;
  const { queueSize = Infinity } = machine.device;
  const smaller = SIZES.filter((size) => size < queueSize).map((size): Scenario => ({
    ...scenario,
    machine: { ...machine, device: { ...machine.device, queueSize: size } },
  }));
  return smaller.find(shows) ?? scenario;
}
