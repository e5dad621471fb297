/**
 * Scenarios for a SCSI host (5.6) of requests that vioscsi(4) does not make: commands for other targets and units, up to the end
 * of the disk and beyond it, task management functions, queries for asynchronous events, and buffers for events.
 */
import fc from 'fast-check';

/** Of a logical unit, its name of eight bytes. */
type Unit = readonly number[];

export type ScsiRequest =
  /** READ(10), WRITE(10) or a command without data, of `count` blocks from `first` on. */
  | {
      readonly do: 'command';
      readonly unit: Unit;
      readonly operation: number;
      readonly first: number;
      readonly count: number;
    }
  | { readonly do: 'function'; readonly unit: Unit; readonly subtype: number }
  /** AN_QUERY and AN_SUBSCRIBE. */
  | { readonly do: 'notification'; readonly unit: Unit; readonly type: number; readonly events: number }
  /** A buffer for an event, in bytes. */
  | { readonly do: 'event'; readonly length: number };

export type ScsiAction = ScsiRequest | { readonly do: 'settle' | 'detach' };

export interface ScsiScenario<Machine> {
  readonly machine: Machine;
  readonly actions: readonly ScsiAction[];
}

export interface ScsiMachine<Transport extends string, Host extends string> {
  readonly child: 'vioscsi';
  readonly transport: Transport;
  readonly host: Host;
  readonly diagnostic: boolean;
  readonly unconfigured: true;
  readonly device: {
    readonly queueSize: number;
    readonly withhold?: readonly number[];
    readonly completion: 'immediate' | 'fifo' | 'lifo' | 'shuffled';
    readonly scsiTarget: number;
    readonly failEvery?: number;
  };
}

export const READ_10 = 0x28;
export const WRITE_10 = 0x2a;
/** Most blocks of a command. */
export const MOST_BLOCKS = 8;
const TEST_UNIT_READY = 0;
/** Blocks of the disk. */
const CAPACITY = 4096;
/** A request takes up to three descriptors. */
const QUEUE_SIZES = [8, 4, 16] as const;
const INDIRECT = 28;
const FUNCTIONS = 8;
/** Asynchronous events of 5.6.6.2. */
const ALL_EVENTS = 0x7e;
/** Room for just an event, and for more. */
const EVENT_LENGTHS = [16, 64] as const;
const MOST_ACTIONS = 24;
/** Numbers of units in the flat format, with its mark, and without where they fit one byte. */
const UNITS = [
  [0x40, 0],
  [0, 0],
  [0x40, 1],
  [0, 1],
  [0x41, 0],
  [0x7f, 0xff],
] as const;
const TARGETS = [0, 1, 255] as const;

const among = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

function actions(disk: number): fc.Arbitrary<ScsiAction> {
  const unit = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Unit>([1, disk, 0x40, 0, 0, 0, 0, 0]) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(among(TARGETS), among(UNITS))
        .map(([target, number]): Unit => [1, target, ...number, 0, 0, 0, 0]),
    },
    // A name without its mark is none.
    { weight: 1, arbitrary: fc.constant<Unit>([0, disk, 0x40, 0, 0, 0, 0, 0]) },
  );
  const command = fc
    .record({
      unit,
      operation: among([READ_10, WRITE_10, READ_10, TEST_UNIT_READY]),
      count: fc.integer({ min: 1, max: MOST_BLOCKS }),
      // Up to the end of the disk, and one block beyond.
      place: among(['first', 'middle', 'end', 'beyond', 'outside'] as const),
    })
    .map(({ place, count, ...rest }): ScsiAction => ({ do: 'command', count, first: firstOf(place, count), ...rest }));
  return fc.oneof(
    { weight: 8, arbitrary: command },
    {
      weight: 2,
      arbitrary: fc
        .record({ unit, subtype: fc.nat(FUNCTIONS - 1) })
        .map((request): ScsiAction => ({ do: 'function', ...request })),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({ unit, type: among([1, 2]), events: among([ALL_EVENTS, 0]) })
        .map((request): ScsiAction => ({ do: 'notification', ...request })),
    },
    { weight: 2, arbitrary: among(EVENT_LENGTHS).map((length): ScsiAction => ({ do: 'event', length })) },
    { weight: 4, arbitrary: fc.constant<ScsiAction>({ do: 'settle' }) },
  );
}

function firstOf(place: 'first' | 'middle' | 'end' | 'beyond' | 'outside', count: number): number {
  switch (place) {
    case 'first':
      return 0;
    case 'middle':
      return CAPACITY / 2;
    case 'end':
      return CAPACITY - count;
    case 'beyond':
      return CAPACITY - count + 1;
    case 'outside':
      return CAPACITY;
  }
}

export function scsiScenarios<Transport extends string, Host extends string>(
  transports: readonly Transport[],
  hosts: readonly Host[],
): fc.Arbitrary<ScsiScenario<ScsiMachine<Transport, Host>>> {
  return fc
    .record({
      transport: among(transports),
      host: among([...hosts.slice(0, 1), ...hosts]),
      diagnostic: fc.boolean(),
      queueSize: among(QUEUE_SIZES),
      withhold: among([[], [INDIRECT]]),
      completion: among(['fifo', 'immediate', 'lifo', 'shuffled'] as const),
      scsiTarget: among([0, 0, 1]),
      failEvery: among([undefined, undefined, 2]),
    })
    .chain(({ transport, host, diagnostic, failEvery, ...device }) =>
      fc.record({
        machine: fc.constant({
          ...({ child: 'vioscsi', transport, host, diagnostic, unconfigured: true } as const),
          device: { ...device, ...(failEvery === undefined ? {} : { failEvery }) },
        }),
        actions: fc.noBias(
          fc.array(actions(device.scsiTarget), { minLength: 1, maxLength: MOST_ACTIONS, size: 'max' }),
        ),
      }),
    );
}
