/** The whole state space of the lifecycle, and pictures of it. */
import {
  CALLS,
  illegalOutcome,
  MOST_QUEUES,
  PHASES,
  PHASE_MEANING,
  START,
  step,
  type ApiAge,
  type Call,
  type IllegalOutcome,
  type LifeState,
  type Phase,
} from './lifecycle.ts';

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly call: string;
}

export interface Exploration {
  readonly age: ApiAge;
  /** Reachable states, in the order in which they were found. */
  readonly states: readonly LifeState[];
  readonly edges: readonly Edge[];
  /** Pairs of state and call that the table forbids. */
  readonly illegal: readonly {
    readonly state: string;
    readonly call: string;
    /** What a DIAGNOSTIC kernel makes of it, and another one. */
    readonly diagnostic: IllegalOutcome;
    readonly plain: IllegalOutcome;
  }[];
}

export function stateName(state: LifeState): string {
  return state.queues === 0 ? state.phase : `${state.phase}/${state.queues}`;
}

export function callName({ api, outcome }: Call): string {
  return outcome === undefined || outcome === 'ok' ? api : `${api}:${outcome}`;
}

/** Breadth first from the start; every state, every call. */
export function explore(age: ApiAge): Exploration {
  const states: LifeState[] = [START];
  const known = new Set([stateName(START)]);
  const edges: Edge[] = [];
  const illegal: Exploration['illegal'][number][] = [];
  for (const state of states) {
    for (const call of CALLS) {
      const next = step(state, call, age);
      if (next !== undefined && next.queues > MOST_QUEUES) continue;
      if (next === undefined) {
        const [diagnostic, plain] = [true, false].map((checks) => illegalOutcome(call.api, age, checks));
        illegal.push({ state: stateName(state), call: callName(call), diagnostic, plain });
      } else {
        edges.push({ from: stateName(state), to: stateName(next), call: callName(call) });
        if (!known.has(stateName(next))) {
          known.add(stateName(next));
          states.push(next);
        }
      }
    }
  }
  return { age, states, edges, illegal };
}

/** Moves between phases, calls that lead the same way joined. Calls that stay in a phase are left out. */
export function phaseMoves({
  states,
  edges,
}: Exploration): readonly { from: Phase; to: Phase; calls: readonly string[] }[] {
  const phaseOf = new Map(states.map((state) => [stateName(state), state.phase]));
  const moves = new Map<string, { from: Phase; to: Phase; calls: string[] }>();
  for (const edge of edges) {
    const from = phaseOf.get(edge.from)!;
    const to = phaseOf.get(edge.to)!;
    if (from === to) continue;
    const key = `${from} ${to}`;
    const move = moves.get(key) ?? { from, to, calls: [] };
    if (!move.calls.includes(edge.call)) move.calls.push(edge.call);
    moves.set(key, move);
  }
  return [...moves.values()];
}

function reachablePhases(exploration: Exploration): readonly Phase[] {
  return PHASES.filter((phase) => exploration.states.some((state) => state.phase === phase));
}

/** For Graphviz. */
export function toDot(exploration: Exploration): string {
  const nodes = reachablePhases(exploration).map((phase) => `  ${phase} [label="${phase}\\n${PHASE_MEANING[phase]}"];`);
  const edges = phaseMoves(exploration).map(
    ({ from, to, calls }) => `  ${from} -> ${to} [label="${calls.join('\\n')}"];`,
  );
  return ['digraph attach {', '  node [shape=box];', ...nodes, ...edges, '}', ''].join('\n');
}

/** For Markdown pages. */
export function toMermaid(exploration: Exploration): string {
  const nodes = reachablePhases(exploration).map((phase) => `  ${phase}: ${phase} - ${PHASE_MEANING[phase]}`);
  const edges = phaseMoves(exploration).map(({ from, to, calls }) => `  ${from} --> ${to}: ${calls.join(', ')}`);
  return ['stateDiagram-v2', `  [*] --> ${START.phase}`, ...nodes, ...edges, ''].join('\n');
}

export function toJson(exploration: Exploration): string {
  const { age, states, edges, illegal } = exploration;
  return `${JSON.stringify({ age, states: states.map(stateName), edges, illegal }, null, 2)}\n`;
}
