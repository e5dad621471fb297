import { describe, expect, it } from 'vitest';
import type { Action } from '../../generators/driver/scenario.ts';
import { perform } from '../../harness/driver-stack/perform.ts';
import { CHILD_NAMES, type ChildName } from '../../targets/driver-stack/machine.ts';
import { LD_ATTACHES } from './case.ts';
import { withoutStanding } from './standing.ts';

const TRANSPORTS = ['mmio-v1', 'mmio-v2', 'pci-0.9', 'pci-1.0'] as const;

/** A life: attach, work of every kind, detach (where the driver can), attach again, work again. */
const WORK: readonly Action[] = [
  { do: 'output', length: 640 },
  { do: 'settle' },
  { do: 'input', length: 32 },
  { do: 'host-input', length: 20 },
  { do: 'settle' },
  { do: 'transfer', write: true, length: 65536, misalign: 512, times: 3 },
  { do: 'transfer', write: false, length: 4096, misalign: 0 },
  { do: 'settle' },
  { do: 'balloon', pages: 100 },
  { do: 'settle' },
  { do: 'balloon', pages: -10 },
  { do: 'settle' },
];
const LIFE: readonly Action[] = [
  { do: 'attach' },
  { do: 'settle' },
  ...WORK,
  { do: 'transfer', write: true, length: 512, misalign: 0 },
  { do: 'detach' },
  { do: 'attach' },
  { do: 'settle' },
  ...WORK,
];

/** Of findings that a life like this shows. */
const REPAIRS = ['repair-refill', 'repair-reinit-order', 'repair-viomb-counter', ...LD_ATTACHES];

/** The least I/O that each driver must have done: used buffers that it has taken. */
const LEAST: Readonly<Record<ChildName, number>> = {
  viocon: 6,
  viornd: 2,
  ld: 4,
  vioscsi: 4,
  vioif: 2,
  viomb: 2,
  vio9p: 1,
  viogpu: 6,
};

describe.each(CHILD_NAMES)('%s', (child) => {
  it.each(TRANSPORTS)('attaches, works, detaches and attaches again on %s', (transport) => {
    const legacy = transport === 'mmio-v1' || transport === 'pci-0.9';
    const machine = { child, transport, host: 'le', diagnostic: true, device: { queueSize: 128 } } as const;
    // The interface has to be brought up, with the repair of what is found in bringing it up.
    const actions =
      child === 'vioif'
        ? LIFE.flatMap((action) => (action.do === 'attach' ? [action, { do: 'up' } as const] : [action]))
        : LIFE;
    const judged = perform({ machine, actions }, { name: 'HEAD', switches: REPAIRS });
    expect(judged.machine.stack.panicked).toBeNull();
    expect(withoutStanding(judged.violated)).toEqual([]);
    const taken = judged.events.filter(
      (event) =>
        event.kind === 'return' &&
        event.api === 'dequeue' &&
        event.facts.result === 0 &&
        event.facts.abandoned !== true,
    );
    if (child === 'viogpu' && legacy) expect(taken).toEqual([]);
    else expect(taken.length).toBeGreaterThanOrEqual(LEAST[child]);
    const attached = judged.events.filter((event) => event.kind === 'return' && event.api === 'child_attach').length;
    // A console cannot be detached.
    expect(attached).toBe(child === 'viocon' ? 1 : 2);
  });
});
