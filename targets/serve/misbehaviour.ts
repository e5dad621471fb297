/** Ways in which a served endpoint goes wrong on request, so that clients can be tested against them. */
import { TargetUnavailable } from '../target.ts';

export interface Misbehaviour {
  /**
   * `die`: the connection ends. `hang`: no more replies. `flood`: bytes without end and without a newline. `garbage`: a
   * line that is not qtest.
   */
  readonly kind: 'die' | 'hang' | 'flood' | 'garbage';
  /** Number of commands that are answered properly before. */
  readonly after: number;
}

/** Parses `die-after:3` and the like. Throws TargetUnavailable. */
export function parseMisbehaviour(text: string): Misbehaviour {
  const [, kind, after] = /^(die|hang|flood|garbage)-after:(\d+)$/.exec(text) ?? [];
  if (kind === undefined) {
    throw new TargetUnavailable(
      `unknown misbehaviour ${text}; known are die-, hang-, flood- and garbage-after:COMMANDS`,
    );
  }
  return { kind: kind as Misbehaviour['kind'], after: Number(after) };
}
