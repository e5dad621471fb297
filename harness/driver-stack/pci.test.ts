/** VIRTIO's own rules, judged of drivers on PCI. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MENDED } from '../../targets/driver-stack/hazards.ts';
import type { MachineSpec } from '../../targets/driver-stack/machine.ts';
import { isJudgedOnPci } from '../../targets/driver-stack/pci-as-registers.ts';
import { CLAUSES, clause } from '../../models/clauses/catalogue.ts';
import { perform, type Scenario } from './perform.ts';
import { conformingUse } from './space.ts';

const SCENARIOS = 15;
const mended = (...faults: readonly string[]) => ({ name: 'mended', switches: [...MENDED, ...faults] });
const on = (machine: Pick<MachineSpec, 'child' | 'transport'> & Partial<MachineSpec>): Scenario => ({
  machine: { host: 'le', diagnostic: false, device: { queueSize: 16 }, ...machine },
  actions: [
    { do: 'attach' },
    { do: 'settle' },
    { do: 'transfer', write: true, length: 8192, misalign: 512 },
    { do: 'output', length: 300 },
    { do: 'input', length: 32 },
    { do: 'settle' },
    { do: 'detach' },
  ],
});

describe.each(['pci-1.0', 'pci-0.9'] as const)('%s', (transport) => {
  it.each(['viocon', 'viornd', 'ld', 'vioif'] as const)('%s without known hazards breaks nothing', (child) => {
    const scenarios = fc.sample(conformingUse([child], [transport]), { seed: 7, numRuns: SCENARIOS });
    for (const scenario of scenarios as Scenario[]) {
      expect(perform(scenario, mended()).mistakes, JSON.stringify(scenario)).toEqual([]);
    }
  });

  it.each([
    ['kick-lost', 'viornd', 'split.driver.available-buffer-notification-suppression.4'],
    ['write-flag-forgotten', 'viornd', 'entropy.driver.device-operation.1'],
    ['console-transmit-writable', 'viocon', 'console.driver.device-operation.2'],
    ['sector-beyond-the-end', 'ld', 'blk.driver.device-operation.2'],
    ['indirect-nested', 'ld', 'split.driver.indirect-descriptors.2'],
    ['avail-index-withdrawn', 'viocon', 'split.driver.virtqueue-available-ring.1'],
  ] as const)('shows %s under a rule of VIRTIO', (fault, child, id) => {
    expect(perform(on({ child, transport }), mended(fault)).virtio).toContain(id);
  });
});

it('judges nobody by accesses that are made up', () => {
  const judged = (id: (typeof CLAUSES)[number]['id']) => isJudgedOnPci(CLAUSES[clause(id)]);
  expect(judged('split.driver.virtqueue-available-ring.1')).toBe(true);
  expect(judged('mmio.driver.register-layout.17')).toBe(false);
  expect(judged('untagged.mmio.13')).toBe(false);
  expect(judged('split.driver.legacy-virtqueue-layout.2')).toBe(false);
});
