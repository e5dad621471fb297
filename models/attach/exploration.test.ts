import { describe, expect, it } from 'vitest';
import { Report } from '../report.ts';
import { AttachModel } from './attach-model.ts';
import type { AttachEvent } from './events.ts';
import { callName, explore, stateName, toDot, toMermaid } from './explore.ts';
import { CALLS, MOST_QUEUES, PHASES, START, step, type ApiAge, type Call, type LifeState } from './lifecycle.ts';
import type { AttachSetup } from './setup.ts';

/** Legal sequences up to this many calls are tried, all of them. */
const DEPTH = 5;
const ORDER = ['netbsd.call-order', 'netbsd.enqueue-after-finish'];

const setup = (age: ApiAge): AttachSetup => ({
  age,
  transport: 'mmio-v2',
  registers: 'little',
  config: 'little',
  rings: 'little',
  leFields: 'little',
  healthy: false,
  hasDriver: false,
});

/** A call as a driver would be seen making it. */
function eventsOf({ api, outcome = 'ok' }: Call, queue: number): readonly AttachEvent[] {
  const ok = outcome === 'ok';
  const facts = { queue, slot: 0, want: '0x0', count: 0, found: ok, detached: ok, failed: ok ? 0 : 1 };
  const result = ok ? 0 : api === 'alloc_vq' ? -1 : 'EBUSY';
  const status = api === 'child_attach_start' && !ok ? 0x83 : undefined;
  return [
    { kind: 'call', api, thread: 0, facts },
    ...(status === undefined
      ? []
      : [
          {
            kind: 'register',
            access: 'write',
            area: 'mmio',
            offset: 0x70,
            size: 4,
            raw: status,
            seen: status,
          } as const,
        ]),
    { kind: 'return', api, thread: 0, facts: { ...facts, result, num: 4 } },
  ];
}

function broken(calls: readonly Call[], age: ApiAge): readonly number[] {
  const events: AttachEvent[] = [];
  const callOf: number[] = [];
  let state: LifeState = START;
  for (const [i, call] of calls.entries()) {
    const queue = call.api === 'alloc_vq' ? state.queues : 0;
    for (const event of eventsOf(call, queue)) {
      events.push(event);
      callOf.push(i);
    }
    state = step(state, call, age) ?? state;
  }
  const findings = new AttachModel(setup(age), new Report()).judge(events);
  return findings.filter(({ clause }) => ORDER.includes(clause)).map(({ event }) => callOf[event]);
}

/** The shortest way to every reachable state. */
function paths(age: ApiAge): ReadonlyMap<string, { readonly state: LifeState; readonly calls: readonly Call[] }> {
  const found = new Map([[stateName(START), { state: START, calls: [] as readonly Call[] }]]);
  for (const { state, calls } of found.values()) {
    for (const call of CALLS) {
      const next = step(state, call, age);
      if (next === undefined || next.queues > MOST_QUEUES || found.has(stateName(next))) continue;
      found.set(stateName(next), { state: next, calls: [...calls, call] });
    }
  }
  return found;
}

describe.each(['new', 'old'] as const)('the lifecycle of the %s interface', (age) => {
  const exploration = explore(age);

  it('reaches every phase', () => {
    expect(new Set(exploration.states.map(({ phase }) => phase))).toEqual(new Set(PHASES));
  });

  it('accepts the shortest way to every state, and notices every illegal call there', () => {
    let illegal = 0;
    for (const { state, calls } of paths(age).values()) {
      expect(broken(calls, age), stateName(state)).toEqual([]);
      for (const call of CALLS) {
        // A bus detach is always allowed: it must survive.
        if (step(state, call, age) !== undefined || call.api === 'bus_detach') continue;
        // Two outcomes of a call that the state allows: not the call is illegal then.
        if (CALLS.some((other) => other.api === call.api && step(state, other, age) !== undefined)) continue;
        illegal++;
        expect(broken([...calls, call], age), `${callName(call)} in ${stateName(state)}`).toContain(calls.length);
      }
    }
    expect(illegal).toBeGreaterThan(200);
  });

  it(`accepts every legal sequence of ${DEPTH} calls`, () => {
    let sequences = 0;
    const walk = (state: LifeState, calls: readonly Call[]): void => {
      if (calls.length === DEPTH) {
        sequences++;
        const found = broken(calls, age);
        if (found.length > 0) expect.fail(`${calls.map(callName).join(', ')}: call ${found[0]} is said to be illegal`);
        return;
      }
      for (const call of CALLS) {
        const next = step(state, call, age);
        if (next !== undefined && next.queues <= MOST_QUEUES) walk(next, [...calls, call]);
      }
    };
    walk(START, []);
    expect(sequences).toBeGreaterThan(1000);
  });

  it('says what kernels make of illegal calls', () => {
    const of = (state: string, call: string) =>
      exploration.illegal.find((one) => one.state === state && one.call === call);
    const early = age === 'new' ? 'assertion' : 'goes on';
    expect(of('READY', 'enqueue_prep')).toMatchObject({ diagnostic: early, plain: 'goes on' });
    expect(of('FAILED', 'child_attach_start')).toMatchObject({ diagnostic: early, plain: 'goes on' });
    expect(of('READY', 'free_vq')).toMatchObject({ diagnostic: 'goes on', plain: 'goes on' });
  });

  it('draws every state', () => {
    for (const phase of PHASES) {
      expect(toDot(exploration)).toContain(`  ${phase} [`);
      expect(toMermaid(exploration)).toContain(`  ${phase}: `);
    }
  });
});

it('allows requests before finish in the old interface only', () => {
  const early: readonly Call[] = [
    { api: 'bus_attach' },
    { api: 'child_attach_start' },
    { api: 'init_vq' },
    { api: 'alloc_vq' },
    { api: 'enqueue_prep' },
  ];
  expect(broken(early, 'old')).toEqual([]);
  expect(broken(early, 'new')).toEqual([4]);
});
