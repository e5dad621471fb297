/** The result of a campaign: plain data, written as JSON (schema: reports/schemas/fuzz.schema.json). */
import type { ClauseId } from '../models/clauses/catalogue.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';

/** Version of the JSON layout; bumped on every incompatible change. */
export const FUZZ_SCHEMA = 'virtcheck-fuzz/1';

/**
 * `crash`: it died, threw or talked nonsense. `hang`: it did not answer. `memory`: it wrote what it must not. `growth`:
 * its memory grows with every scenario. `clause`: it broke another obligation. `disagreement`: it differs from a second
 * implementation where the specification leaves no choice.
 */
export type FindingKind = 'crash' | 'hang' | 'memory' | 'growth' | 'clause' | 'disagreement';

/** How bad a finding is, worst first. */
export const SEVERITIES = ['crash-or-hang', 'memory', 'must', 'should'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Reproducers of a finding: file names within the folder of findings, null where none could be made. */
export interface FindingFiles {
  /** For `virtcheck replay`. */
  readonly trace: string | null;
  /** For a stock qtest endpoint. */
  readonly qtest: string | null;
  /** A test to drop into a suite. */
  readonly vitest: string | null;
  /** For people. */
  readonly text: string | null;
}

export interface FuzzFinding {
  /** Same key, same finding: what broke, on which device, by which kinds of action. */
  readonly key: string;
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** The obligation that broke, or null where none names it (growth, disagreement). */
  readonly clause: ClauseId | null;
  /** Obligations that broke with it. */
  readonly also: readonly ClauseId[];
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly variant: string;
  readonly title: string;
  readonly expected: string;
  readonly seen: string;
  /** The model state in which it broke. */
  readonly state: string;
  /** The minimal sequence for people, one line a step. */
  readonly steps: readonly string[];
  /** Driver actions of the minimal scenario. */
  readonly actions: number;
  /** Scenarios that its worker had performed when it turned up. */
  readonly scenarios: number;
  /** The recorded deviation that explains it, where one does: no news. */
  readonly explanation?: string;
  readonly files: FindingFiles;
}

/** What looked like a finding once and did not show on a freshly started implementation: no finding. */
export interface UnconfirmedFinding {
  readonly clause: ClauseId | null;
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly expected: string;
  readonly seen: string;
  readonly steps: readonly string[];
}

/** What was reached of one device on one transport. */
export interface FuzzGroup {
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly scenarios: number;
  readonly events: number;
  readonly corpus: number;
  readonly states: { readonly seen: number; readonly reachable: number };
  /** Obligations of device and driver that were put to the test. */
  readonly obligations: number;
  /** Points of the implementation's code that were run, where they are counted. */
  readonly code?: number;
}

/** A campaign at one moment. */
export interface FuzzSample {
  /** Milliseconds that the campaign had run. */
  readonly ms: number;
  readonly scenarios: number;
  readonly states: number;
  readonly obligations: number;
  /** Points of the implementation's code that were run, where they are counted. */
  readonly code?: number;
  readonly findings: number;
  /** Resident memory of the campaign's process in MiB, its workers included, processes of the target not. */
  readonly memory?: number;
}

export interface FuzzResult {
  readonly schema: typeof FUZZ_SCHEMA;
  readonly virtcheck: string;
  readonly target: { readonly name: string; readonly version: string };
  readonly against: string | null;
  readonly seed: number;
  readonly shard: { readonly index: number; readonly of: number };
  readonly jobs: number;
  readonly durationMs: number;
  readonly scenarios: number;
  readonly events: number;
  readonly interrupted: boolean;
  readonly groups: readonly FuzzGroup[];
  readonly features: number;
  /** Branches and functions of the implementation's code: run, and there; absent where they are not counted. */
  readonly code?: { readonly reached: number; readonly total: number };
  /** Worst first. */
  readonly findings: readonly FuzzFinding[];
  readonly unconfirmed: readonly UnconfirmedFinding[];
  /** Scenarios that the harness itself failed on, with the first errors: no verdict on the implementation. */
  readonly harnessErrors: { readonly count: number; readonly first: readonly string[] };
  /** Workers that died or stalled and were replaced. */
  readonly workersLost: number;
  readonly series: readonly FuzzSample[];
}
