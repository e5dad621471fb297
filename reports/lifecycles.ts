/** The models' state machines with what runs went through of them. */
import { explore, phaseMoves } from '../models/attach/explore.ts';
import { PHASE_MEANING } from '../models/attach/lifecycle.ts';
import { DEVICE_STATES, QUEUE_STATES } from '../models/lifecycle/states.ts';
import { STEPS, type StepTable } from '../models/lifecycle/steps.ts';
import type { Transport } from '../models/setup.ts';
import type { Judged } from './judged.ts';

export interface LifecycleStep {
  readonly from: string;
  readonly to: string;
  /** What leads there, where the model names it. */
  readonly calls: readonly string[];
  /** How often runs took it; 0: never. */
  readonly times: number;
  /** False where the exploration of the models does not know it: the implementation strayed, or it takes a long way. */
  readonly explored: boolean;
}

export interface LifecycleState {
  readonly name: string;
  readonly meaning: string;
  readonly reached: boolean;
}

/** One state machine; what is reachable comes first. */
export interface LifecycleView {
  readonly title: string;
  readonly start: string;
  readonly states: readonly LifecycleState[];
  readonly steps: readonly LifecycleStep[];
  /** States that nearly every other leads to; drawn without the steps into them, or nothing could be read. */
  readonly sinks: readonly string[];
}

interface Machine {
  readonly title: string;
  readonly model: 'device' | 'queue' | 'attach';
  readonly transports: (transport: string) => boolean;
  readonly start: string;
  readonly meanings: Readonly<Record<string, string>>;
  readonly reachable: readonly Pick<LifecycleStep, 'from' | 'to' | 'calls'>[];
  readonly sinks: readonly string[];
}

function stepsOf(table: StepTable): Machine['reachable'] {
  return Object.entries(table).flatMap(([from, to]) => (to ?? []).map((state) => ({ from, to: state, calls: [] })));
}

const LAYOUTS: Readonly<Record<Transport, string>> = {
  'mmio-v1': 'legacy register layout',
  'mmio-v2': 'modern register layout',
};

const MACHINES: readonly Machine[] = [
  ...(['mmio-v2', 'mmio-v1'] as const).flatMap((layout): readonly Machine[] => [
    {
      title: `Device, ${LAYOUTS[layout]}`,
      model: 'device',
      transports: (transport) => transport === layout,
      start: 'RESET',
      meanings: DEVICE_STATES,
      reachable: stepsOf(STEPS[layout].device),
      sinks: ['NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
    },
    {
      title: `Queue 0, ${LAYOUTS[layout]}`,
      model: 'queue',
      transports: (transport) => transport === layout,
      start: 'not-ready',
      meanings: QUEUE_STATES,
      reachable: stepsOf(STEPS[layout].queue),
      sinks: ['needs-reset', 'failed'],
    },
  ]),
  {
    title: "Child driver, NetBSD's child-attach interface",
    model: 'attach',
    transports: () => true,
    start: 'UNATTACHED',
    meanings: PHASE_MEANING,
    reachable: phaseMoves(explore('new')),
    sinks: ['GONE'],
  },
];

/** The machines that some run tells of, summed over the runs. */
export function lifecycleViews(runs: readonly Judged[]): readonly LifecycleView[] {
  return MACHINES.flatMap((machine) => {
    const times = timesOf(machine, runs);
    return times.size === 0 ? [] : [viewOf(machine, times)];
  });
}

function timesOf({ model, transports }: Machine, runs: readonly Judged[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { coverage, target } of runs) {
    if (!transports(target.transport)) continue;
    for (const lifecycle of coverage?.lifecycles ?? []) {
      if (lifecycle.model !== model) continue;
      for (const step of lifecycle.steps) times.set(keyOf(step), (times.get(keyOf(step)) ?? 0) + step.times);
    }
  }
  return times;
}

function keyOf({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from} ${to}`;
}

function viewOf(
  { title, start, meanings, reachable, sinks }: Machine,
  times: ReadonlyMap<string, number>,
): LifecycleView {
  const known = new Set(reachable.map(keyOf));
  const strays = [...times].filter(([key]) => !known.has(key)).map(([key, n]) => ({ ...ends(key), times: n }));
  const steps = [
    ...reachable.map((step) => ({ ...step, times: times.get(keyOf(step)) ?? 0, explored: true })),
    ...strays.map((step) => ({ ...step, calls: [], explored: false })),
  ];
  const reached = new Set([start, ...steps.filter((step) => step.times > 0).flatMap(({ from, to }) => [from, to])]);
  // What a result calls a state is not trusted to be one.
  const names = [...new Set([...Object.keys(meanings), ...reached])];
  const mentioned = new Set([start, ...steps.flatMap(({ from, to }) => [from, to])]);
  return {
    title,
    start,
    states: names
      .filter((name) => mentioned.has(name))
      .map((name) => ({ name, meaning: meanings[name] ?? '', reached: reached.has(name) })),
    steps,
    sinks,
  };
}

function ends(key: string): { readonly from: string; readonly to: string } {
  const [from, to] = key.split(' ');
  return { from, to };
}
