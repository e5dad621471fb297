/** Switches seeded faults on one at a time and measures under which clauses, and how soon, the suite catches them. */
import type { deviceFaults } from '../../emulator/faults/catalogue.ts';
import type { Effort, Finding, RunResult } from '../../harness/result.ts';
import { runTarget } from '../../harness/run.ts';
import { DEVICE_KINDS, type DeviceKind } from '../../models/setup.ts';
import { createEmulatorTarget } from '../../targets/emulator-target.ts';

export type SeededFault = (typeof deviceFaults)[number];

/** Executions that shrinking one finding may take: as many as in an ordinary run. */
const SHRINK_BUDGET = 600;

/** Clauses of the other device types, which a device cannot break. */
const OTHER_TYPES: Readonly<Record<DeviceKind, RegExp>> = {
  blk: /^(untagged\.)?(console|entropy)\./,
  console: /^(untagged\.)?(blk|entropy)\./,
  rng: /^(untagged\.)?(blk|console)\./,
};

export interface HuntOrder {
  readonly fault: string;
  readonly seed: number;
  readonly effort: Effort;
  /** Ends as soon as one of these is broken. */
  readonly clauses: readonly string[];
  /** Shrink what ended it, as a run with `--fault` does. */
  readonly shrink: boolean;
}

export interface Hunt {
  readonly fault: string;
  readonly seed: number;
  /** Clauses that the fault's entry names and the run saw broken. */
  readonly named: readonly string[];
  /** All clauses that the run saw broken. */
  readonly detectedBy: readonly string[];
  /** Scenarios run until the first such clause broke (over all combinations before it), or all when none did. */
  readonly scenarios: number;
  /** Driver actions of the finding, where it was shrunk. */
  readonly actions?: number;
}

/** Runs the suite against the emulator with one fault, combination by combination, until one of the clauses breaks. */
export async function hunt(fault: SeededFault, order: HuntOrder): Promise<Hunt> {
  const { seed, effort, clauses } = order;
  const target = createEmulatorTarget({ faults: [fault.name] });
  const broken = new Set<string>();
  let scenarios = 0;
  let actions: number | undefined;
  for (const transport of fault.transports ?? (['mmio-v2', 'mmio-v1'] as const)) {
    for (const device of devicesFor(fault, clauses)) {
      if (clauses.some((id) => broken.has(id))) break;
      const results = await runTarget({
        target,
        devices: [device],
        transports: [transport],
        seed,
        effort,
        stopOn: clauses,
        ...(order.shrink ? { shrinkBudget: SHRINK_BUDGET } : {}),
      });
      for (const result of results) {
        scenarios += result.scenarios;
        for (const id of brokenIn(result)) broken.add(id);
        actions = shortest(result.findings, actions);
      }
    }
  }
  const named = fault.clauses.filter((id) => broken.has(id));
  return { fault: fault.name, seed, named, detectedBy: [...broken].sort(), scenarios, ...(actions ? { actions } : {}) };
}

/** The devices on which the fault can break one of the clauses. */
function devicesFor(fault: SeededFault, clauses: readonly string[]): readonly DeviceKind[] {
  const all = fault.devices ?? DEVICE_KINDS;
  return all.filter((device) => clauses.some((id) => !OTHER_TYPES[device].test(id)));
}

function brokenIn({ clauses }: RunResult): string[] {
  return clauses.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id }) => id);
}

function shortest(findings: readonly Finding[], before: number | undefined): number | undefined {
  return findings.reduce<number | undefined>((least, { actions }) => Math.min(least ?? actions, actions), before);
}
