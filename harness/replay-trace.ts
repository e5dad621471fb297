/**
 * For tests of a device's own project: performs the scenario of a saved trace on an implementation and tells what broke.
 * The package exports this as `virtcheck/vitest`; it works in any test runner.
 */
import type { ClauseId } from '../models/clauses/catalogue.ts';
import type { Violation } from '../models/report.ts';
import { resolveTarget } from '../targets/registry.ts';
import type { Target } from '../targets/target.ts';
import { replayOn, type SavedScenario } from './replay.ts';
import { TRACE_SCHEMA } from './trace-file.ts';

export interface TraceReplay {
  /** Clauses that broke, each once, in the order in which they did. */
  readonly broken: readonly ClauseId[];
  /** What was owed and what was seen, each time. */
  readonly violations: readonly Violation[];
  /** What happened, one line an event. */
  readonly events: readonly string[];
}

/** The head of a trace file as JSON.parse gives it; only what a replay needs has to be there. */
export interface TraceToReplay {
  readonly schema: string;
  readonly target: { readonly name: string; readonly faults?: readonly string[] };
  readonly clause: string;
  readonly scenario: { readonly actions: readonly unknown[] };
}

/**
 * Replays a trace: the JSON of a trace file, or as much of it as a report gives for a test.
 *
 * @param target Name or path of an implementation, as `--target` takes it. Default: the one that the trace was saved from,
 *   with the same seeded faults.
 * @throws TypeError if the trace is none, TargetUnavailable if the target cannot be started or lacks the device.
 */
export async function replayTrace(trace: TraceToReplay, target?: string): Promise<TraceReplay> {
  if (trace.schema !== TRACE_SCHEMA) {
    throw new TypeError(
      `"schema" is ${JSON.stringify(trace.schema)}; this version reads ${JSON.stringify(TRACE_SCHEMA)}`,
    );
  }
  const { violations, events } = await replayOn(await targetOf(trace, target), trace as SavedScenario);
  return { broken: [...new Set(violations.map(({ clause }) => clause))], violations, events };
}

function targetOf({ target: { name, faults = [] } }: TraceToReplay, asked: string | undefined): Promise<Target> {
  if (asked !== undefined) return resolveTarget(asked);
  // The emulator's name lists its faults; they are switched on by themselves.
  return faults.length > 0 ? resolveTarget('emulator', { faults }) : resolveTarget(name);
}
