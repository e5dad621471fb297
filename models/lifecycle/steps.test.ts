/**
 * The tables of steps are what the models do: every sequence of driver actions up to a depth, from several starting points, on
 * an ideal register file, passes through exactly the steps that the tables list.
 */
import { describe, expect, it } from 'vitest';
import { REG } from '../mmio/layout.ts';
import { Bench, type BenchOptions } from '../mmio/testing/bench.ts';
import { Report } from '../report.ts';
import type { Transport } from '../setup.ts';
import { FEATURE } from '../status/feature-bits.ts';
import { STATUS } from '../status/status-bits.ts';
import { deviceState } from './states.ts';
import { STEPS, type StepTable } from './steps.ts';

type Action = (bench: Bench) => void;

const DEPTH = 5;
const SIZE = 8;
const PAGE = 4096;
const FRAME = 0x40000;
const WANTED = [FEATURE.VERSION_1, FEATURE.SUSPEND, FEATURE.RING_RESET];

const { ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, SUSPEND, FAILED } = STATUS;
const KNOWN = ACKNOWLEDGE | DRIVER;
const AGREED = KNOWN | FEATURES_OK;
const LIVE = AGREED | DRIVER_OK;

const status =
  (value: number): Action =>
  (bench) =>
    bench.write(REG.Status, value);
const readStatus: Action = (bench) => void bench.read(REG.Status);
const settle: Action = (bench) => bench.settle();
const breakDevice: Action = (bench) => bench.host({ action: 'break-device' });
const queue =
  (...then: readonly Action[]): Action =>
  (bench) => {
    bench.write(REG.QueueSel, 0);
    for (const action of then) action(bench);
  };
const agree: Action = (bench) => {
  for (const window of bench.legacy ? [0] : [0, 1]) {
    bench.write(REG.DeviceFeaturesSel, window);
    bench.read(REG.DeviceFeatures);
    const bits = WANTED.filter((bit) => bit >>> 5 === window).reduce((value, bit) => value | (1 << (bit & 31)), 0);
    bench.write(REG.DriverFeaturesSel, window);
    bench.write(REG.DriverFeatures, bits >>> 0);
  }
};

const MODERN = {
  setUp: ((bench) => bench.enableQueue(0)) as Action,
  takeDown: queue((bench) => bench.write(REG.QueueReady, 0)),
  reset: queue((bench) => bench.write(REG.QueueReset, 1)),
  readReset: queue((bench) => void bench.read(REG.QueueReset)),
};
const LEGACY = {
  setUp: queue((bench) => {
    bench.write(REG.GuestPageSize, PAGE);
    bench.read(REG.QueueSizeMax);
    bench.write(REG.QueueSize, SIZE);
    bench.write(REG.QueueAlign, PAGE);
    bench.write(REG.QueuePFN, FRAME);
  }),
  takeDown: queue((bench) => bench.write(REG.QueuePFN, 0)),
};

const STATUSES = [
  0,
  ACKNOWLEDGE,
  KNOWN,
  KNOWN | DRIVER_OK,
  AGREED,
  LIVE,
  LIVE | SUSPEND,
  KNOWN | FAILED,
  LIVE | FAILED,
];
const ACTIONS = [...STATUSES.map(status), readStatus, settle, breakDevice, agree];
/** What still tells something of a device that is void until reset. */
const OF_VOID = [status(0), readStatus];

function rootsOf(legacy: boolean): readonly (readonly Action[])[] {
  const begun = [status(0), readStatus, status(ACKNOWLEDGE), status(KNOWN), agree];
  const live = legacy
    ? [...begun, LEGACY.setUp, status(KNOWN | DRIVER_OK)]
    : [...begun, status(AGREED), readStatus, MODERN.setUp, status(LIVE)];
  const setUp = legacy ? LEGACY.setUp : MODERN.setUp;
  const common = [
    [],
    begun,
    live,
    [breakDevice, settle, readStatus],
    [breakDevice, settle, readStatus, status(0)],
    [breakDevice, status(0), settle, readStatus],
    [...live, breakDevice, settle, readStatus],
  ];
  const early = [
    [...begun, setUp, status(KNOWN | FAILED)],
    [...begun, breakDevice],
  ];
  if (legacy) return [...common, ...early];
  const suspended = [...live, status(LIVE | SUSPEND), settle, readStatus];
  const unclear = [...live, status(LIVE | SUSPEND), status(LIVE)];
  const queueReset = [...live, MODERN.reset, settle, MODERN.readReset];
  return [...common, ...early, [...begun, status(AGREED)], suspended, unclear, queueReset];
}

class Explorer {
  readonly device = new Set<string>();
  readonly queue = new Set<string>();
  readonly #legacy: boolean;

  constructor(legacy: boolean) {
    this.#legacy = legacy;
  }

  explore(options: BenchOptions): void {
    const seen = new Set<string>();
    const actions = [...ACTIONS, ...Object.values(this.#legacy ? LEGACY : MODERN)];
    for (const root of rootsOf(this.#legacy)) {
      let frontier: readonly { readonly path: readonly Action[]; readonly isVoid: boolean }[] = [
        { path: root, isVoid: false },
      ];
      for (let depth = 0; depth < DEPTH; depth++) {
        frontier = frontier.flatMap(({ path, isVoid }) =>
          (isVoid ? OF_VOID : actions).flatMap((action) => {
            const longer = [...path, action];
            const { model, device } = this.#perform(longer, options);
            const { phase } = model.status.suspend;
            const key = [deviceState(model), model.queueLife(0), model.status.written, phase, device.key()].join();
            const known = `${key} ${String(model.negotiation.inForce)} ${String(model.resetConfirmed)}`;
            if (seen.has(known)) return [];
            seen.add(known);
            return [{ path: longer, isVoid: model.voided }];
          }),
        );
      }
    }
  }

  #perform(path: readonly Action[], options: BenchOptions): Bench {
    const bench = new Bench({ ...options, legacy: this.#legacy }, new Report());
    bench.probe();
    this.#watch(bench);
    for (const action of path) action(bench);
    return bench;
  }

  /** Looks where `Contract.onStep` looks: after every write, and every read of Status. */
  #watch(bench: Bench): void {
    let [state, life] = [deviceState(bench.model) as string, bench.model.queueLife(0) as string];
    const look = (): void => {
      const [newState, newLife] = [deviceState(bench.model), bench.model.queueLife(0)];
      if (newState !== state) this.device.add(`${state} -> ${newState}`);
      if (newLife !== life) this.queue.add(`${life} -> ${newLife}`);
      [state, life] = [newState, newLife];
    };
    const { read, write } = bench;
    bench.write = (...access) => {
      write.apply(bench, access);
      look();
    };
    bench.read = (...access) => {
      const value = read.apply(bench, access);
      if (access[0] === REG.Status) look();
      return value;
    };
  }
}

function listed(table: StepTable): readonly string[] {
  return Object.entries(table).flatMap(([from, to]) => (to ?? []).map((state) => `${from} -> ${state}`));
}

describe.each([
  ['mmio-v1', [{}, { slow: true }]],
  ['mmio-v2', [{}, { slow: true }, { mutation: 'refuses-valid' }]],
] as readonly (readonly [Transport, readonly BenchOptions[]])[])('%s', (transport, kinds) => {
  it('passes through the steps of the tables and no others', () => {
    const explorer = new Explorer(transport === 'mmio-v1');
    for (const options of kinds) explorer.explore(options);
    expect([...explorer.device].sort()).toEqual([...listed(STEPS[transport].device)].sort());
    expect([...explorer.queue].sort()).toEqual([...listed(STEPS[transport].queue)].sort());
  });
});
