/** The same seed twice on a real implementation: the same scenarios, the same verdicts, however its threads are scheduled. */
import { describe, expect, test } from 'vitest';
import { runTarget } from '../harness/run.ts';
import type { RunResult } from '../harness/result.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import { listTargets, resolveTarget } from '../targets/registry.ts';

const COMBINATIONS: readonly (readonly [target: string, device: DeviceKind, transport: Transport])[] = [
  ['qemu:riscv64', 'blk', 'mmio-v2'],
  ['qemu:m68k', 'blk', 'mmio-v2'],
];

const targets = await listTargets();
const mustRun = process.env['CI'] === 'true';

function verdicts({ scenarios, clauses }: RunResult): unknown {
  return {
    scenarios,
    clauses: clauses.map(({ id, verdict, exercised }) => ({ id, verdict, exercised: exercised > 0 })),
  };
}

describe.each(COMBINATIONS)('%s', (name, device, transport) => {
  const missing = targets.find((entry) => entry.name === name)?.missing;

  test.skipIf(missing !== undefined && !mustRun)(
    `${device} on ${transport} twice${missing ? `: ${missing}` : ''}`,
    async () => {
      const target = await resolveTarget(name, {});
      const judge = () =>
        runTarget({ target, devices: [device], transports: [transport], seed: 7, effort: 'quick', expectations: [] });
      const [first] = await judge();
      const [second] = await judge();
      expect(verdicts(second)).toEqual(verdicts(first));
      expect(first.clauses.filter(({ verdict }) => verdict === 'fail').length).toBeGreaterThan(0);
    },
  );
});
