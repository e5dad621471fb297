/**
 * Whether an implementation in this process holds on to memory with every scenario. A heap that grows while a campaign runs
 * proves little: corpus and counters grow, too. So scenarios are repeated, which teaches the campaign nothing, and what is
 * left after full garbage collections has to be the implementation's.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Scenario } from '../generators/scenario.ts';
import type { Bench } from '../harness/perform.ts';
import type { Suspect } from './suspects.ts';

/** Times that a scenario is repeated between two looks, and looks in a row that must all have found more. */
const REPEATS = { glance: 30, proof: 200 } as const;
const LOOKS = 3;
/** Bytes that a performance has to leave behind: less may be counters and strings that V8 interns. */
const LEAST_BYTES = 48;
/** How much more the worst look may have found than the least: what is held per performance grows evenly. */
const UNEVEN = 1.6;

let collect: (() => void) | undefined;

/** Bytes that this thread holds after a full collection. */
function held(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** Bytes that each performance of these scenarios in turn leaves behind; 0 where they leave nothing for certain. */
async function leftBehind(bench: Bench, scenarios: readonly Scenario[], repeats: number): Promise<number> {
  const growths: number[] = [];
  let before = 0;
  // The first round warms up what is compiled and cached.
  for (let look = -1; look <= LOOKS; look++) {
    for (let i = 0; i < repeats; i++) for (const scenario of scenarios) await bench.run(scenario);
    const now = held();
    if (look > 0) {
      growths.push(now - before);
      if (now - before < LEAST_BYTES * repeats) return 0;
    }
    before = now;
  }
  const least = Math.min(...growths);
  return Math.max(...growths) > UNEVEN * least ? 0 : least / repeats;
}

/** A scenario that leaves memory behind every time, the shortest of those given, with what it is a sign of. */
export async function leakIn(
  bench: Bench,
  scenarios: readonly Scenario[],
): Promise<{ readonly scenario: Scenario; readonly suspect: Suspect } | undefined> {
  if (scenarios.length === 0 || (await leftBehind(bench, scenarios, REPEATS.glance)) === 0) return undefined;
  for (const scenario of [...scenarios].sort((a, b) => a.actions.length - b.actions.length)) {
    const bytes = await leftBehind(bench, [scenario], REPEATS.proof);
    if (bytes > 0) return { scenario, suspect: leakOf(bytes) };
  }
  return undefined;
}

function leakOf(bytes: number): Suspect {
  return {
    sign: { id: 'growth', kind: 'growth', clause: null },
    also: [],
    expected: 'memory that does not grow with the number of scenarios',
    seen: `each performance leaves about ${Math.round(bytes)} bytes behind, full garbage collections notwithstanding`,
    state: '',
  };
}
