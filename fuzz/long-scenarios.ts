/**
 * Keeps scenarios of tens of thousands of requests, which indexes need to wrap, to their share of a campaign. One costs as
 * much as thousands of others; drawn as often as their family's weight says, they would take most of the time.
 */
import type { Action, Scenario } from '../generators/scenario.ts';

/** Requests from which on a scenario counts as long. */
const LONG = 8192;
/** Of all events of an origin, those that may be of long scenarios. */
const SHARE = 1 / 3;
/** Events that long scenarios may cost beyond their share: about two wrapped indexes, so that a campaign starts with them. */
const CREDIT = 600_000;
const DEFAULT_QUEUE_SIZE = 8;

type Cycle = Extract<Action, { do: 'cycle' }>;

/**
 * What one worker has spent on long scenarios of one origin (drawn, or evolved), of all that it has spent on that origin. Counts
 * events, not time: the same seed gives the same scenarios anywhere.
 */
export class LongScenarios {
  #all = 0;
  #long = 0;

  /** The scenario itself, or one with fewer rounds where it would be long and its share is used up. */
  ration(scenario: Scenario): Scenario {
    if (this.#long <= CREDIT + SHARE * this.#all || !isLong(scenario)) return scenario;
    return { ...scenario, actions: mapCycles(scenario.actions, shorter) };
  }

  performed(scenario: Scenario, events: number): void {
    this.#all += events;
    if (isLong(scenario)) this.#long += events;
  }
}

function isLong({ actions }: Scenario): boolean {
  let requests = 0;
  // Nothing is copied by this but what has cycles, which is little.
  if (!actions.some((action) => action.do === 'cycle')) return false;
  mapCycles(actions, (cycle, perRound) => {
    requests += cycle.rounds * perRound;
    return cycle;
  });
  return requests >= LONG;
}

function shorter(cycle: Cycle, perRound: number): Cycle {
  return { ...cycle, rounds: Math.min(cycle.rounds, Math.max(1, Math.floor(LONG / 2 / perRound))) };
}

/** The actions with their cycles replaced, given how many requests a round of each is at most. */
function mapCycles(actions: readonly Action[], change: (cycle: Cycle, perRound: number) => Cycle): Action[] {
  let size = DEFAULT_QUEUE_SIZE;
  return actions.map((action) => {
    if (action.do === 'init' || action.do === 'queue-reset') size = action.size;
    return action.do === 'cycle' ? change(action, Math.min(size, action.most ?? size)) : action;
  });
}
