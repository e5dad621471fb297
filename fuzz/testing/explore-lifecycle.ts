/**
 * Explores the models' lifecycle breadth first: every sequence of driver actions up to a depth, over the states that the
 * models tell apart, with the emulator as the device that answers.
 */
import { PLAIN_INIT, roundTrip } from '../../generators/parts.ts';
import { INIT_STAGES, PROTOCOL_SLIPS, type Action } from '../../generators/scenario.ts';
import { Bench } from '../../harness/perform.ts';
import { surroundingsOf } from '../../harness/surroundings.ts';
import { Contract } from '../../models/contract.ts';
import { lifecycleState, type LifecycleState } from '../../models/lifecycle-state.ts';
import { Report } from '../../models/report.ts';
import type { Transport } from '../../models/setup.ts';
import { createEmulatorTarget } from '../../targets/emulator-target.ts';
import type { SessionInfo } from '../../targets/target.ts';

const STATUS_BITS = [0, 1, 2, 4, 8, 16, 128];
/** Status, QueueNotify. */
const STATUS = 0x70;
const QUEUE_NOTIFY = 0x50;

function alphabet(info: SessionInfo): Action[] {
  const [, submit, reap] = roundTrip(surroundingsOf(info, true));
  const modern: Action[] = [
    { do: 'suspend' },
    { do: 'resume' },
    { do: 'queue-reset', queue: 0, enable: true, size: 8 },
    { do: 'queue-reset', queue: 0, enable: false, size: 8 },
    { ...PLAIN_INIT, until: 'features', extra: [63] },
    { ...PLAIN_INIT, decline: [43] },
    { ...PLAIN_INIT, decline: [32] },
  ];
  return [
    ...INIT_STAGES.map((until): Action => ({ ...PLAIN_INIT, until })),
    ...PROTOCOL_SLIPS.map((slip): Action => ({ ...PLAIN_INIT, slip })),
    ...STATUS_BITS.map((set): Action => ({ do: 'status', set })),
    ...STATUS_BITS.map((value): Action => ({ do: 'write', offset: STATUS, size: 4, value })),
    { do: 'write', offset: QUEUE_NOTIFY, size: 4, value: 0 },
    { do: 'read', offset: STATUS, size: 4 },
    { do: 'probe' },
    { do: 'reset' },
    { do: 'settle' },
    { do: 'queue-stop', queue: 0 },
    { do: 'host', event: { action: 'break-device' } },
    submit,
    reap,
    ...(info.transport === 'mmio-v2' ? modern : []),
  ];
}

/** Every lifecycle state on the way of any sequence of `depth` actions, in ascending order. */
export async function exploreLifecycle(transport: Transport, depth: number): Promise<LifecycleState[]> {
  const target = createEmulatorTarget();
  const combinations = target.combinations.filter(
    (entry) =>
      entry.device === 'blk' && entry.transport === transport && ['default', 'deferred'].includes(entry.variant),
  );
  const states = new Set<LifecycleState>();
  for (const combination of combinations) {
    const session = await target.open(combination);
    const bench = new Bench(session, new Contract(session.info, new Report()));
    const { registers } = bench.contract;
    bench.contract.onStep = () => void states.add(lifecycleState(registers));
    const actions = alphabet(session.info);
    const seen = new Set<string>();
    let frontier: Action[][] = [[]];
    for (let d = 0; d < depth; d++) {
      const next: Action[][] = [];
      for (const path of frontier) {
        for (const action of actions) {
          const longer = [...path, action];
          await bench.run({ family: 'explore', variant: combination.variant, actions: longer });
          const key = bench.contract.describe();
          if (seen.has(key)) continue;
          seen.add(key);
          next.push(longer);
        }
      }
      frontier = next;
    }
  }
  return [...states].sort((a, b) => a - b);
}
