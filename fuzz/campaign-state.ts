/** What a campaign has come to. The same lines that make up its journal make up this, live and when it is resumed. */
import type { Scenario } from '../generators/scenario.ts';
import type { ClauseId } from '../models/clauses/catalogue.ts';
import type { LifecycleState } from '../models/lifecycle-state.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import { includesReachable } from './reachable.ts';
import { SEVERITIES, type FuzzFinding, type FuzzSample, type UnconfirmedFinding } from './result.ts';

/** What a campaign is about; a resumed one has to be about the same. */
export interface CampaignIdentity {
  readonly target: string;
  readonly against: string | null;
  readonly devices: readonly DeviceKind[] | null;
  readonly transports: readonly Transport[] | null;
  readonly faults: readonly string[];
  readonly seed: number;
  readonly shard: { readonly index: number; readonly of: number };
}

/** How far a worker has come in which of its seed spaces. */
export interface SpaceCursor {
  readonly worker: number;
  readonly generation: number;
  readonly index: number;
}

/** Growth since the last such line. */
export interface GroupProgress {
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly scenarios: number;
  readonly events: number;
  readonly states: readonly LifecycleState[];
  readonly exercised: readonly ClauseId[];
  /** Points of its code that were run, where they are counted. */
  readonly code?: readonly number[];
}

export interface CorpusLine {
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly scenario: Scenario;
  readonly features: readonly number[];
}

/** One line of a journal. */
export type Line =
  | { readonly k: 'campaign'; readonly schema: string; readonly virtcheck: string; readonly identity: CampaignIdentity }
  | ({ readonly k: 'entry' } & CorpusLine)
  /** Something broke and is being followed; `id` is unique within the campaign. */
  | {
      readonly k: 'suspect';
      readonly id: string;
      readonly device: DeviceKind;
      readonly transport: Transport;
      readonly scenario: Scenario;
    }
  /** A suspect has been followed to its end. */
  | { readonly k: 'settled'; readonly id: string }
  | { readonly k: 'finding'; readonly finding: FuzzFinding; readonly scenario: Scenario }
  | { readonly k: 'unconfirmed'; readonly finding: UnconfirmedFinding }
  | { readonly k: 'cursor'; readonly cursor: SpaceCursor }
  | {
      readonly k: 'progress';
      readonly groups: readonly GroupProgress[];
      readonly errors: number;
      readonly firstErrors: readonly string[];
    }
  | { readonly k: 'lost'; readonly reason: string }
  /** `code`: points of its code that are counted. */
  | { readonly k: 'target'; readonly name: string; readonly version: string; readonly code?: number }
  | { readonly k: 'sample'; readonly sample: FuzzSample };

export interface GroupState {
  readonly device: DeviceKind;
  readonly transport: Transport;
  scenarios: number;
  events: number;
  readonly states: Set<LifecycleState>;
  readonly exercised: Set<ClauseId>;
  readonly code: Set<number>;
  readonly corpus: CorpusLine[];
}

const MOST_SAMPLES = 2000;
const MOST_ERRORS = 5;
const MOST_UNCONFIRMED = 100;

export class CampaignState {
  readonly groups = new Map<string, GroupState>();
  readonly features = new Set<number>();
  /** By key. */
  readonly findings = new Map<string, { readonly finding: FuzzFinding; readonly scenario: Scenario }>();
  readonly unconfirmed: UnconfirmedFinding[] = [];
  /** Followed when the campaign was cut off, by id. */
  readonly open = new Map<string, Extract<Line, { k: 'suspect' }>>();
  readonly cursors = new Map<number, SpaceCursor>();
  readonly firstErrors: string[] = [];
  series: FuzzSample[] = [];
  errors = 0;
  workersLost = 0;
  target: { readonly name: string; readonly version: string; readonly code?: number } | undefined;

  apply(line: Line): void {
    switch (line.k) {
      case 'entry':
        this.group(line.device, line.transport).corpus.push(line);
        for (const one of line.features) this.features.add(one);
        return;
      case 'suspect':
        this.open.set(line.id, line);
        return;
      case 'settled':
        this.open.delete(line.id);
        return;
      case 'finding':
        if (!this.findings.has(line.finding.key)) this.findings.set(line.finding.key, line);
        return;
      case 'unconfirmed':
        if (this.unconfirmed.length < MOST_UNCONFIRMED) this.unconfirmed.push(line.finding);
        return;
      case 'cursor':
        this.cursors.set(line.cursor.worker, line.cursor);
        return;
      case 'progress':
        this.#progress(line);
        return;
      case 'lost':
        this.workersLost++;
        return;
      case 'target':
        this.target = { name: line.name, version: line.version, ...(line.code ? { code: line.code } : {}) };
        return;
      case 'sample':
        this.series.push(line.sample);
        if (this.series.length > MOST_SAMPLES) this.series = this.series.filter((_, i) => i % 2 === 0);
        return;
      case 'campaign':
        return;
    }
  }

  group(device: DeviceKind, transport: Transport): GroupState {
    const key = `${device} ${transport}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = {
        device,
        transport,
        scenarios: 0,
        events: 0,
        states: new Set(),
        exercised: new Set(),
        code: new Set(),
        corpus: [],
      };
      this.groups.set(key, group);
    }
    return group;
  }

  get scenarios(): number {
    return this.#sum((group) => group.scenarios);
  }

  get events(): number {
    return this.#sum((group) => group.events);
  }

  get corpus(): number {
    return this.#sum((group) => group.corpus.length);
  }

  /** States seen of those that are known to be reachable. */
  get states(): number {
    return this.#sum((group) => reachableSeen(group));
  }

  get obligations(): number {
    return new Set([...this.groups.values()].flatMap((group) => [...group.exercised])).size;
  }

  /** Points of the implementation's code that were run, and that there are; undefined where they are not counted. */
  get code(): { readonly reached: number; readonly total: number } | undefined {
    const total = this.target?.code;
    if (total === undefined) return undefined;
    return { reached: new Set([...this.groups.values()].flatMap((group) => [...group.code])).size, total };
  }

  /** Worst first; of the same severity, those that recorded deviations explain come last. */
  get ranked(): FuzzFinding[] {
    const rank = ({ severity, explanation }: FuzzFinding) =>
      SEVERITIES.indexOf(severity) + (explanation === undefined ? 0 : SEVERITIES.length);
    return [...this.findings.values()]
      .map(({ finding }) => finding)
      .sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
  }

  /** Milliseconds that the campaign ran before it was resumed. */
  get elapsedMs(): number {
    return this.series.at(-1)?.ms ?? 0;
  }

  /** The journal that this state would have been made by, as short as can be. */
  *lines(): Generator<Line> {
    if (this.target !== undefined) yield { k: 'target', ...this.target };
    for (const { corpus } of this.groups.values()) for (const entry of corpus) yield { ...entry, k: 'entry' };
    const groups = [...this.groups.values()].map(
      ({ device, transport, scenarios, events, states, exercised, code }): GroupProgress => ({
        device,
        transport,
        scenarios,
        events,
        states: [...states],
        exercised: [...exercised],
        ...(code.size > 0 ? { code: [...code] } : {}),
      }),
    );
    yield { k: 'progress', groups, errors: this.errors, firstErrors: this.firstErrors };
    for (const { finding, scenario } of this.findings.values()) yield { k: 'finding', finding, scenario };
    for (const finding of this.unconfirmed) yield { k: 'unconfirmed', finding };
    for (const suspect of this.open.values()) yield suspect;
    for (const cursor of this.cursors.values()) yield { k: 'cursor', cursor };
    for (let i = 0; i < this.workersLost; i++) yield { k: 'lost', reason: '' };
    for (const sample of this.series) yield { k: 'sample', sample };
  }

  #progress({ groups, errors, firstErrors }: Extract<Line, { k: 'progress' }>): void {
    for (const { device, transport, scenarios, events, states, exercised, code } of groups) {
      const group = this.group(device, transport);
      group.scenarios += scenarios;
      group.events += events;
      for (const state of states) group.states.add(state);
      for (const id of exercised) group.exercised.add(id);
      for (const point of code ?? []) group.code.add(point);
    }
    this.errors += errors;
    for (const text of firstErrors) if (this.firstErrors.length < MOST_ERRORS) this.firstErrors.push(text);
  }

  #sum(of: (group: GroupState) => number): number {
    let sum = 0;
    for (const group of this.groups.values()) sum += of(group);
    return sum;
  }
}

export function reachableSeen({ transport, states }: GroupState): number {
  let seen = 0;
  for (const state of states) if (includesReachable(transport, state)) seen++;
  return seen;
}
