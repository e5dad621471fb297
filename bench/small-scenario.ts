/** The small scenario of fixed shape that rates of scenarios are measured with. */
import { PLAIN_INIT, submit } from '../generators/parts.ts';
import { cheapRequest, type Surroundings } from '../generators/requests.ts';
import type { Scenario } from '../generators/scenario.ts';

/** Reset, negotiation, queue set-up, so many chains with one kick, and reaping them. */
export function smallScenario(where: Surroundings, chains: number): Scenario {
  const { queue, request } = cheapRequest(where);
  const submits = Array.from({ length: chains }, (_, i) =>
    submit(queue, request, i === chains - 1 ? 'always' : 'never'),
  );
  const actions = [{ ...PLAIN_INIT, size: 16 }, ...submits, { do: 'reap', queue, ack: true } as const];
  return { family: 'bench', variant: where.variant, actions };
}
