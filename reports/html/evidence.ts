/** Files beside a result that show more of a finding, where they are at hand. */
import type { EndiannessModeName } from '../../models/setup.ts';
import type { SavedScenario } from '../vitest-source.ts';

export interface Evidence {
  readonly trace?: TraceEvidence;
  /** Of a driver stack: who called or accessed what, a line each, up to where the obligation broke. */
  readonly calls?: readonly string[];
  /** The qtest script, whole. */
  readonly qtest?: string;
}

/** The saved trace, or the part of a recording up to the mistake. */
export interface TraceEvidence {
  /** One line an event (models/trace/text.ts). */
  readonly events: readonly string[];
  /** Byte orders of registers and rings. */
  readonly mode: EndiannessModeName;
  /** Number of the event, from 0, at which the obligation was seen broken, where the trace tells. */
  readonly brokeAt?: number;
  /** What a replay needs. Absent for recordings. */
  readonly scenario?: SavedScenario;
}
