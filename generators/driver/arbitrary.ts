/** Draws scenarios for driver stacks: machines of every kind, and what may happen to them. Knows of no defect. */
import fc from 'fast-check';
import type { Action, DriverScenario } from './scenario.ts';

/** The kinds of machine there are. */
export interface DriverSpace<Child extends string, Transport extends string, Host extends string> {
  readonly children: readonly Child[];
  readonly transports: readonly Transport[];
  readonly hosts: readonly Host[];
  /** Sizes of queues, likelier ones more often; all, and the device's own, where absent. */
  readonly queueSizes?: readonly number[];
}

/** What a drawn machine looks like. */
export interface DrawnMachine<Child extends string, Transport extends string, Host extends string> {
  readonly child: Child;
  readonly transport: Transport;
  readonly host: Host;
  readonly diagnostic: boolean;
  readonly device: {
    readonly queueSize?: number;
    readonly withhold?: readonly number[];
    readonly absentQueues?: readonly number[];
    readonly refuseFeatures?: boolean;
    readonly completion?: 'immediate' | 'fifo' | 'lifo' | 'shuffled';
    readonly segMax?: number;
    readonly sizeMax?: number;
    readonly readOnly?: boolean;
    readonly identity?: 'wrong-magic' | 'future-version' | 'placeholder';
    readonly faults?: readonly string[];
  };
  readonly unconfigured?: boolean;
  readonly commandLine?: string;
  readonly shortages?: {
    readonly dmaAllocations?: number;
    readonly allocInterrupts?: boolean;
    readonly softint?: boolean;
  };
}

const QUEUE_SIZES = [4, 1, 2, 8, 16, 64, 128, 256, 512, 1024, 2048] as const;
/** Ring features and those of the first bits of a device type. */
const WITHHELD = [28, 29, 0, 1, 2, 5, 17] as const;
/** Pairs of seg_max and size_max: roomy ones, small ones, and the extremes of either. */
const LIMITS = [
  { segMax: 126, sizeMax: 65536 },
  { segMax: 126, sizeMax: 1024 },
  { segMax: 17, sizeMax: 4096 },
  { segMax: 16, sizeMax: 1 << 20 },
  { segMax: 4, sizeMax: 16384 },
  { segMax: 4, sizeMax: 4096 },
  { segMax: 1, sizeMax: 65536 },
  { segMax: 0, sizeMax: 512 },
  { segMax: 65536, sizeMax: 65536 },
] as const;
const LENGTHS = [512, 32, 1, 100, 640, 4096, 16384, 65536] as const;
/** Bytes that a host types at once. */
const MOST_INPUT = 4096;
/** Devices that offer what no driver can know. */
const STRANGE_OFFERS = [
  'undefined-type-feature-offered',
  'reserved-feature-offered',
  'sr-iov-offered',
  'legacy-bit-30-offered',
] as const;
const LONGEST_RACE = 12;
const MOST_ACTIONS = 12;

/** One of a list; shrinks towards its beginning. */
const among = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Mostly left out, so that drawn machines are mostly healthy; shrinks towards being left out. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => leftOut(arbitrary, 9);
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => leftOut(arbitrary, 1);

/** Left out `times` times as often as not. */
function leftOut<T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.constant(undefined), weight: times },
    { arbitrary, weight: 1 },
  );
}

/** Kernel command lines with entries for virtio_mmio devices, some of them malformed. */
function commandLines(): fc.Arbitrary<string> {
  const number = among(['4K', '0x200', '512', '0', '4096', '', '0xffffffffffffffff', '010', '16E', '1g', '-1', 'x']);
  const entry = fc.oneof(
    { weight: 3, arbitrary: fc.constant('virtio_mmio.device=4K@0xfeb00e00:12') },
    {
      weight: 3,
      arbitrary: fc
        .tuple(number, among(['@', ':', '']), number, among([':', '']), number, among(['', ':1', ':0', ' ', ',']))
        .map((parts) => `virtio_mmio.device=${parts.join('')}`),
    },
    { weight: 1, arbitrary: among(['root=ld0a', 'virtio_mmio.device=', 'console=com', 'xvirtio_mmio.device=1K@2:3']) },
  );
  return fc.array(entry, { minLength: 1, maxLength: 4 }).map((entries) => entries.join(' '));
}

/** A piece of work before it is known for whom. */
interface DrawnWork {
  readonly which: number;
  readonly length: number;
  readonly misalign: number;
  readonly times: number;
  readonly flag: boolean;
}

/** What a driver can be given to do; others do nothing with it. */
const WORK_OF: Readonly<Record<string, readonly ((work: DrawnWork) => Action)[]>> = {
  viocon: [
    ({ length }) => ({ do: 'output', length }),
    ({ length }) => ({ do: 'host-input', length: Math.min(length, MOST_INPUT) }),
    ({ flag }) => ({ do: 'flow', stopped: flag }),
    ({ times }) => ({ do: 'open', unit: times }),
  ],
  viornd: [() => ({ do: 'input', length: 32 })],
  ld: [({ flag, length, misalign, times }) => ({ do: 'transfer', write: flag, length, misalign, times })],
  vioscsi: [({ flag, length, misalign, times }) => ({ do: 'transfer', write: flag, length, misalign, times })],
  vioif: [() => ({ do: 'up' }), ({ length }) => ({ do: 'output', length })],
  viomb: [({ flag, times }) => ({ do: 'balloon', pages: flag ? times : -times })],
  vio9p: [({ length }) => ({ do: 'output', length }), ({ length }) => ({ do: 'input', length })],
  viogpu: [() => ({ do: 'output', length: 1 })],
};

type DrawnAction = Action | DrawnWork;

function drawnActions(): fc.Arbitrary<DrawnAction> {
  const life = among(['detach', 'rescan', 'shutdown', 'attach'] as const).map((what): Action => ({ do: what }));
  const work = fc.record({
    which: fc.nat(3),
    length: among(LENGTHS),
    misalign: among([0, 64, 512, 4095] as const),
    times: among([1, 8] as const),
    flag: fc.boolean(),
  });
  const race = fc
    .array(fc.nat(1), { minLength: 1, maxLength: LONGEST_RACE })
    .map((order): Action => ({ do: 'race', order }));
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<Action>({ do: 'settle' }) },
    { weight: 2, arbitrary: life },
    { weight: 8, arbitrary: work },
    { weight: 2, arbitrary: race },
  );
}

function actionFor(child: string, drawn: DrawnAction): Action {
  if ('do' in drawn) return drawn;
  const kinds = WORK_OF[child] ?? [];
  return kinds[drawn.which % kinds.length]?.(drawn) ?? { do: 'settle' };
}

export function driverScenarios<Child extends string, Transport extends string, Host extends string>(
  space: DriverSpace<Child, Transport, Host>,
): fc.Arbitrary<DriverScenario<DrawnMachine<Child, Transport, Host>>> {
  const machine = fc
    .record({
      child: among(space.children),
      transport: among(space.transports),
      host: among([...space.hosts.slice(0, 1), ...space.hosts]),
      diagnostic: fc.boolean(),
      queueSize: space.queueSizes === undefined ? sometimes(among(QUEUE_SIZES)) : among(space.queueSizes),
      withhold: sometimes(fc.uniqueArray(among(WITHHELD), { maxLength: 4 })),
      absentQueues: seldom(fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 })),
      refuseFeatures: seldom(fc.constant(true)),
      completion: sometimes(among(['immediate', 'fifo', 'lifo', 'shuffled'] as const)),
      limits: sometimes(among(LIMITS)),
      readOnly: seldom(fc.constant(true)),
      identity: seldom(among(['wrong-magic', 'future-version', 'placeholder'] as const)),
      faults: seldom(among(STRANGE_OFFERS).map((name) => [name])),
      unconfigured: seldom(fc.constant(true)),
      commandLine: seldom(commandLines()),
      shortages: seldom(
        fc.oneof(
          fc.nat(4).map((dmaAllocations) => ({ dmaAllocations })),
          fc.constant({ allocInterrupts: true }),
          fc.constant({ softint: true }),
        ),
      ),
    })
    .map(({ child, transport, host, diagnostic, shortages, unconfigured, commandLine, limits, ...device }) => ({
      child,
      transport,
      host,
      diagnostic,
      device: { ...defined(device), ...limits },
      ...defined({ shortages, unconfigured, commandLine }),
    }));
  return fc.tuple(machine, fc.array(drawnActions(), { maxLength: MOST_ACTIONS })).map(([machine, more]) => ({
    machine,
    actions: [{ do: 'attach' } as Action, ...more.map((drawn) => actionFor(machine.child, drawn))],
  }));
}

/** Without the properties that are undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
