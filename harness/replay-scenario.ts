/**
 * `virtcheck/vitest`: replays a saved scenario within a test of any runner. `virtcheck fuzz` writes such tests; they are
 * for dropping into the suite of whoever owns the implementation.
 */
import type { Action } from '../generators/scenario.ts';
import { Contract } from '../models/contract.ts';
import { Report } from '../models/report.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import type { TargetDefinition } from '../targets/define-target.ts';
import { createModuleTarget } from '../targets/module-target.ts';
import { resolveTarget, type ResolveOptions } from '../targets/registry.ts';
import { TargetUnavailable, type Target } from '../targets/target.ts';
import { Bench } from './perform.ts';

/** What a driver does, and what to. */
export interface SavedScenario {
  readonly device: DeviceKind;
  readonly transport: Transport;
  /** The configuration of the implementation; where the target does not have it, the first that it has is taken. */
  readonly variant: string;
  readonly actions: readonly Action[];
}

/** An obligation that the replay saw broken. */
export interface Broken {
  readonly clause: string;
  readonly expected: string;
  readonly seen: string;
  /** The model state in which it broke. */
  readonly state: string;
}

export interface ReplayOptions extends ResolveOptions {
  /** Report this clause alone; default: all that break. */
  readonly clause?: string;
}

/**
 * Performs a scenario on a target and resolves to what broke: `[]` means that it conforms. The target is a name as
 * `--target` takes it, or the definition that a module exports. Rejects with TargetUnavailable where it cannot be started.
 */
export async function replayScenario(
  target: string | TargetDefinition,
  scenario: SavedScenario,
  options: ReplayOptions = {},
): Promise<readonly Broken[]> {
  const resolved: Target =
    typeof target === 'string' ? await resolveTarget(target, options) : createModuleTarget(target, 'the definition');
  const { device, transport, variant, actions } = scenario;
  const same = resolved.combinations.filter((entry) => entry.device === device && entry.transport === transport);
  const combination = same.find((entry) => entry.variant === variant) ?? same.at(0);
  if (combination === undefined) throw new TargetUnavailable(`${resolved.name} offers no ${device} on ${transport}`);
  const session = await resolved.open(combination);
  try {
    const report = new Report();
    await new Bench(session, new Contract(session.info, report)).run({ family: 'saved', variant, actions }, true);
    return report.violations
      .filter(({ clause }) => options.clause === undefined || clause === options.clause)
      .map(({ clause, expected, seen, state }) => ({ clause, expected, seen, state }));
  } finally {
    await session.close();
  }
}
