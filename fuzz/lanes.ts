/** What a campaign takes turns on: one lane for every variant of a device on a transport, in groups that learn together. */
import { scenarios, scenarioStream } from '../generators/scenario-arbitrary.ts';
import type { Scenario } from '../generators/scenario.ts';
import type { Surroundings } from '../generators/requests.ts';
import { Bench } from '../harness/perform.ts';
import { surroundingsOf } from '../harness/surroundings.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import type { CodeCounters } from '../targets/code-counters/counters.ts';
import type { Combination, SessionInfo, Target } from '../targets/target.ts';
import { Corpus } from './corpus.ts';
import { FeatureSet } from './feature-set.ts';
import { Feedback } from './feedback.ts';
import { SHORT_PATIENCE_MS } from '../harness/patience.ts';

/** One device on one transport: what is learnt on one variant helps on the others. */
export class Group {
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly report = new Report();
  readonly feedback: Feedback;
  readonly corpus = new Corpus();
  scenarios = 0;
  events = 0;

  constructor(device: DeviceKind, transport: Transport, code: CodeCounters | undefined) {
    this.device = device;
    this.transport = transport;
    this.feedback = new Feedback(this.report, new FeatureSet(), code);
  }
}

/** One variant. Its implementation is started when its turn comes. */
export class Lane {
  readonly group: Group;
  readonly combination: Combination;
  bench: Bench | undefined;
  /** The second implementation, judged by a report of its own. */
  against: Bench | undefined;
  where!: Surroundings;
  draw!: (index: number) => Scenario;
  /** Bytes that the implementation held when it had warmed up. */
  readonly #target: Target;
  readonly #against: Target | undefined;
  readonly #seed: number;

  constructor(group: Group, combination: Combination, target: Target, against: Target | undefined, seed: number) {
    this.group = group;
    this.combination = combination;
    this.#target = target;
    this.#against = against;
    this.#seed = seed;
  }

  async open(): Promise<Bench> {
    if (this.bench !== undefined) return this.bench;
    const { report, feedback } = this.group;
    const bench = await openBench(this.#target, this.combination, report);
    feedback.attach(bench);
    this.where = surroundingsOf(bench.session.info, bench.session.kind === 'sync');
    this.draw = scenarioStream(scenarios(this.where), this.#seed);
    this.bench = bench;
    const other = this.#against && matching(this.#against, bench.session.info);
    if (this.#against !== undefined && other !== undefined) {
      this.against = await openBench(this.#against, other, new Report());
      bench.keepsCompletions = this.against.keepsCompletions = true;
    }
    return bench;
  }

  async close(): Promise<void> {
    const { bench, against } = this;
    this.bench = this.against = undefined;
    await bench?.session.close();
    await against?.session.close();
  }
}

async function openBench(target: Target, combination: Combination, report: Report): Promise<Bench> {
  const session = await target.open(combination);
  if (session.kind === 'async') session.setWaitPatience?.(SHORT_PATIENCE_MS);
  return new Bench(session, new Contract(session.info, report));
}

/** The combination of a target that is most like another one. */
function matching(target: Target, like: SessionInfo): Combination | undefined {
  const same = target.combinations.filter(
    ({ device, transport, mode }) =>
      device === like.device && transport === like.transport && mode.rings === like.mode.rings,
  );
  return same.find(({ variant }) => variant === like.variant) ?? same[0];
}

export interface Choice {
  readonly devices?: readonly DeviceKind[];
  readonly transports?: readonly Transport[];
}

/** The lanes of a target, each variant in turn before any device comes again. */
export function lanesOf(target: Target, against: Target | undefined, choice: Choice, seed: number): Lane[] {
  const groups = new Map<string, { group: Group; lanes: Lane[] }>();
  target.combinations.forEach((combination, i) => {
    const { device, transport } = combination;
    if (choice.devices?.includes(device) === false || choice.transports?.includes(transport) === false) return;
    const key = `${device} ${transport}`;
    const entry = groups.get(key) ?? { group: new Group(device, transport, target.code), lanes: [] };
    groups.set(key, entry);
    entry.lanes.push(new Lane(entry.group, combination, target, against, Math.imul(seed ^ 0x3c6ef372, 31) + i));
  });
  const columns = [...groups.values()].map(({ lanes }) => lanes);
  const longest = Math.max(0, ...columns.map((lanes) => lanes.length));
  return Array.from({ length: longest }, (_, i) => columns.flatMap((lanes) => lanes[i] ?? [])).flat();
}
