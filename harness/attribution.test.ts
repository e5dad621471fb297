import { describe, expect, it } from 'vitest';
import { createEmulatorTarget } from '../targets/emulator-target.ts';
import { runTarget } from './run.ts';

const MIXED = 'split.device.indirect-descriptors.2';

async function broken(fault: string): Promise<readonly string[]> {
  const target = createEmulatorTarget({ faults: [fault] });
  const runs = await runTarget({ target, devices: ['rng'], transports: ['mmio-v2'], seed: 1, effort: 'quick' });
  return runs.flatMap((run) => run.findings.map((finding) => finding.clause));
}

// A chain that mixes direct descriptors with a table explains what goes wrong with it, unless the same goes wrong without.
describe('the mix of direct descriptors and a table', { timeout: 60_000 }, () => {
  it('is named where it is the cause', async () => {
    expect(await broken('indirect-after-direct-fatal')).toEqual([MIXED]);
  });

  it('is not named where requests of any shape fail', async () => {
    const clauses = await broken('used-length-zero');
    expect(clauses).toContain('entropy.device.device-operation.1');
    expect(clauses).not.toContain(MIXED);
  });
});
