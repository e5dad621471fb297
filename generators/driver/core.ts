/**
 * Scenarios for the core of virtio(4) without any of its children: a driver that asks for what it likes, and uses queues
 * step by step. Reaches what no child of the newest readable code does: event indexes, requests that are given up between
 * any two steps, publishing late, several queues with indirect tables of several sizes.
 */
import fc from 'fast-check';

export type CoreAction =
  /**
   * A request of `lengths.length` segments, in bytes. `until`: the step after which it is given up, if any. `notify`: it is
   * published at once.
   */
  | {
      readonly do: 'submit';
      readonly queue: number;
      readonly lengths: readonly number[];
      readonly until?: 'prepared' | 'reserved';
      readonly notify: boolean;
    }
  /** What was committed is published. */
  | { readonly do: 'publish'; readonly queue: number }
  /** The driver looks for used buffers by itself, or no further than whether there are any. */
  | { readonly do: 'poll' | 'peek'; readonly queue: number }
  | { readonly do: 'stop-interrupts' | 'start-interrupts'; readonly queue: number }
  | { readonly do: 'settle' | 'restart' | 'detach' | 'rescan' | 'shutdown' }
  | { readonly do: 'host-input'; readonly length: number }
  /** The host changes the configuration, of a console only, and the device says so. */
  | { readonly do: 'config-change' };

export interface CoreDriver {
  /** Feature bits that it asks for, besides what the core adds. */
  readonly want: readonly number[];
  /** The device or the driver is configured to do without indirect descriptors. */
  readonly noIndirect: boolean;
  /** It has its interrupts handled by a software interrupt. */
  readonly softint: boolean;
  /** For each of its queues, most segments of a request. */
  readonly maxNSegs: readonly number[];
  /** It has no function that is to be told of changes of the configuration. */
  readonly ignoresConfig?: boolean;
}

export interface CoreScenario<Machine> {
  readonly machine: Machine;
  readonly driver: CoreDriver;
  readonly actions: readonly CoreAction[];
}

export interface CoreMachine<Transport extends string, Host extends string> {
  readonly child: 'viornd' | 'viocon';
  readonly transport: Transport;
  readonly host: Host;
  readonly diagnostic: boolean;
  readonly unconfigured: true;
  readonly device: {
    readonly queueSize: number;
    readonly withhold?: readonly number[];
    readonly absentQueues?: readonly number[];
    readonly refuseFeatures?: boolean;
    readonly completion: 'immediate' | 'fifo' | 'lifo' | 'shuffled';
    readonly faults?: readonly string[];
  };
  readonly shortages?: {
    readonly dmaAllocations?: number;
    readonly allocInterrupts?: boolean;
    readonly softint?: boolean;
    readonly lateInterrupt?: boolean;
  };
}

const INDIRECT = 28;
const EVENT_IDX = 29;
/** NOTIFY_ON_EMPTY, which only legacy devices have, and bits that no device offers. */
const WANTS = [[], [EVENT_IDX], [EVENT_IDX], [EVENT_IDX, 24], [24, 0, 5], [EVENT_IDX, 32]] as const;
const WITHHELD = [[], [], [INDIRECT], [EVENT_IDX], [INDIRECT, EVENT_IDX]] as const;
const QUEUE_SIZES = [4, 4, 2, 8, 1, 16] as const;
const MAX_SEGMENTS = [3, 1, 2, 4] as const;
const LENGTHS = [1, 8, 64] as const;
const MOST_ACTIONS = 30;
const MOST_INPUT = 64;

const among = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

function actions(queues: number): fc.Arbitrary<CoreAction> {
  const queue = fc.nat(queues - 1);
  const lengths = fc.array(among(LENGTHS), { minLength: 1, maxLength: Math.max(...MAX_SEGMENTS) + 1 });
  const submit = fc
    .record({ queue, lengths, notify: fc.boolean(), until: among(['', '', '', '', 'prepared', 'reserved'] as const) })
    .map(({ until, ...request }): CoreAction => ({
      do: 'submit',
      ...request,
      ...(until === '' ? {} : { until }),
    }));
  const of = (kind: 'publish' | 'poll' | 'peek' | 'stop-interrupts' | 'start-interrupts') =>
    queue.map((one): CoreAction => ({ do: kind, queue: one }));
  return fc.oneof(
    { weight: 12, arbitrary: submit },
    { weight: 3, arbitrary: of('publish') },
    { weight: 2, arbitrary: of('poll') },
    { weight: 1, arbitrary: of('peek') },
    { weight: 2, arbitrary: of('stop-interrupts') },
    { weight: 2, arbitrary: of('start-interrupts') },
    { weight: 4, arbitrary: fc.constant<CoreAction>({ do: 'settle' }) },
    { weight: 1, arbitrary: fc.constant<CoreAction>({ do: 'restart' }) },
    {
      weight: 1,
      arbitrary: among(['detach', 'rescan', 'shutdown'] as const).map((what): CoreAction => ({ do: what })),
    },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: MOST_INPUT }).map((length): CoreAction => ({ do: 'host-input', length })),
    },
  );
}

/** An interrupt comes while the driver is detached, also where none could be established. */
const late = (none: boolean): Pick<CoreMachine<string, string>, 'shortages'> => ({
  shortages: { lateInterrupt: true, ...(none ? { allocInterrupts: true } : {}) },
});

export function coreScenarios<Transport extends string, Host extends string>(
  transports: readonly Transport[],
  hosts: readonly Host[],
): fc.Arbitrary<CoreScenario<CoreMachine<Transport, Host>>> {
  const trouble = fc.oneof(
    { weight: 10, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.nat(3).map((dmaAllocations) => ({ shortages: { dmaAllocations } })) },
    { weight: 1, arbitrary: fc.constant({ shortages: { allocInterrupts: true } }) },
    { weight: 1, arbitrary: fc.constant({ shortages: { softint: true } }) },
    { weight: 1, arbitrary: fc.boolean().map(late) },
    { weight: 1, arbitrary: fc.nat(1).map((queue) => ({ odd: { absentQueues: [queue] } })) },
    { weight: 1, arbitrary: fc.constant({ odd: { refuseFeatures: true } }) },
    // A device that asks for silence, which it can do without event indexes only.
    {
      weight: 1,
      arbitrary: fc.constant({ odd: { faults: ['kicks-declined-without-polling'], withhold: [EVENT_IDX] } }),
    },
  ) as fc.Arbitrary<Pick<CoreMachine<Transport, Host>, 'shortages'> & { readonly odd?: object }>;
  const machine = fc
    .record({
      child: among(['viornd', 'viocon'] as const),
      transport: among(transports),
      host: among([...hosts.slice(0, 1), ...hosts]),
      diagnostic: fc.boolean(),
      queueSize: among(QUEUE_SIZES),
      withhold: among(WITHHELD),
      completion: among(['fifo', 'immediate', 'lifo', 'shuffled'] as const),
      trouble,
    })
    .map(
      ({ queueSize, withhold, completion, trouble: { odd, ...shortage }, ...rest }): CoreMachine<Transport, Host> => ({
        ...rest,
        unconfigured: true,
        device: { queueSize, withhold, completion, ...odd },
        ...shortage,
      }),
    );
  return machine.chain((drawn) => {
    const queues = drawn.child === 'viocon' ? 2 : 1;
    return fc.record({
      machine: fc.constant(drawn),
      driver: fc.record({
        want: among(WANTS),
        noIndirect: among([false, false, false, true]),
        softint: fc.boolean(),
        maxNSegs: fc.array(among(MAX_SEGMENTS), { minLength: queues, maxLength: queues }),
      }),
      actions: fc.noBias(fc.array(actions(queues), { minLength: 1, maxLength: MOST_ACTIONS, size: 'max' })),
    });
  });
}

const MOST_CHANGES = 3;

/** The same with a console whose host changes its configuration now and then, also while buffers are under way. */
export function configChangeScenarios<Transport extends string, Host extends string>(
  transports: readonly Transport[],
  hosts: readonly Host[],
): fc.Arbitrary<CoreScenario<CoreMachine<Transport, Host>>> {
  const change: CoreAction = { do: 'config-change' };
  const places = fc.array(fc.nat(MOST_ACTIONS), { minLength: 1, maxLength: MOST_CHANGES });
  return fc
    .tuple(coreScenarios(transports, hosts), places, among([false, false, true]))
    .map(([{ machine, driver, actions: drawn }, at, ignoresConfig]) => ({
      machine: { ...machine, child: 'viocon' },
      driver: { ...driver, ...(ignoresConfig ? { ignoresConfig } : {}) },
      actions: at.reduce<readonly CoreAction[]>(
        (list, place) => list.toSpliced(place % (list.length + 1), 0, change),
        drawn,
      ),
    }));
}
