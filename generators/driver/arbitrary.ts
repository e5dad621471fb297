/** Draws scenarios for driver stacks: machines of every kind, and what may happen to them. Knows of no defect. */
import fc from 'fast-check';
import type { Action, DriverScenario } from './scenario.ts';
import { varieties, type Variety } from './varieties.ts';

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
  readonly device: Variety & {
    readonly queueSize?: number;
    readonly withhold?: readonly number[];
    readonly absentQueues?: readonly number[];
    readonly refuseFeatures?: boolean;
    readonly completion?: 'immediate' | 'fifo' | 'lifo' | 'shuffled';
    readonly segMax?: number;
    readonly sizeMax?: number;
    readonly readOnly?: boolean;
    readonly identity?: 'wrong-magic' | 'future-version' | 'placeholder' | 'unknown-type';
    readonly faults?: readonly string[];
    readonly slow?: boolean;
  };
  readonly unconfigured?: boolean;
  readonly commandLine?: string;
  readonly dirtyMemory?: boolean;
  readonly shortages?: {
    readonly dmaAllocations?: number;
    readonly dmaPasses?: boolean;
    readonly allocInterrupts?: boolean;
    readonly softint?: boolean;
    readonly lateInterrupt?: boolean;
  };
}

/** Queues that a handful of requests fills, and queues whose rings take several pages. */
const SMALL_QUEUES = [16, 4, 64, 1, 2, 8, 32, 128] as const;
const BIG_QUEUES = [256, 512, 1024, 2048] as const;
/** Ring features (RING_INDIRECT_DESC, RING_EVENT_IDX), and the first bits of a device type. */
const RING_FEATURES = [[], [28], [29], [28, 29]] as const;
const TYPE_FEATURES = [0, 1, 2, 5, 17] as const;
/**
 * Limits of a block device: roomy ones, those around a transfer of MAXPHYS (64 KiB in 16 pages, 17 where it does not start
 * at one), and the extremes.
 */
const SEG_MAXES = [126, 1, 4, 17, 65536] as const;
const SIZE_MAXES = [65536, 4096, 1 << 20] as const;
const LENGTHS = [512, 32, 1, 100, 640, 4096, 7] as const;
/** Of frames: the shortest, the longest and what is in between. */
const FRAMES = [14, 1514] as const;
/** Where transfers begin, in sectors of a disk that has room behind each. */
const BLOCKS = [0, 8, 0x123, 0xf00] as const;
/** Of transfers: a sector, a few pages, and the largest there is. */
const DISK_LENGTHS = [512, 65536, 16384] as const;
const SECTOR = 512;
const SCSI_SECTORS = 4096;
/** Pages of a balloon at once: a few, and more than one request of viomb takes. */
const PAGES = [1, 300, 8] as const;
/** Bytes that a host types at once. */
const MOST_INPUT = 4096;
/** Devices that offer what no driver can know. */
const STRANGE_OFFERS = [
  'undefined-type-feature-offered',
  'reserved-feature-offered',
  'sr-iov-offered',
  'legacy-bit-30-offered',
] as const;
/** Devices that overstate what they have written. */
const BOASTS = ['used-length-one-more', 'used-length-byte-swapped'] as const;
const LONGEST_RACE = 12;
/** A number that every driver's kinds of work divide. */
const MOST_KINDS_OF_WORK = 12;
/** Short scenarios come from shrinking; drawn ones are as often long as short. */
const MOST_ACTIONS = 20;

/** One of a list; shrinks towards its beginning. */
const among = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Left out as often as not; shrinks towards being left out. */
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ withCrossShrink: true }, { arbitrary: fc.constant(undefined), weight: 1 }, { arbitrary, weight: 1 });

type Machine = DrawnMachine<string, string, string>;
type Trouble = Pick<Machine, 'unconfigured' | 'commandLine' | 'shortages'> & {
  readonly device?: Pick<Machine['device'], 'absentQueues' | 'refuseFeatures' | 'readOnly' | 'identity' | 'faults'>;
};

/** What is wrong with a machine: as often as not nothing, else one thing, so that it is seen by itself. */
function troubles(): fc.Arbitrary<Trouble> {
  const absentQueues = fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 });
  const identities = among(['wrong-magic', 'future-version', 'placeholder', 'unknown-type'] as const);
  const odd = fc.oneof(
    fc.constant<Trouble['device']>({ readOnly: true }),
    among(STRANGE_OFFERS).map((name): Trouble['device'] => ({ faults: [name] })),
  );
  const shortages = fc.oneof(
    fc.nat(4).map((dmaAllocations): Trouble['shortages'] => ({ dmaAllocations })),
    fc.constant<Trouble['shortages']>({ allocInterrupts: true }),
    fc.constant<Trouble['shortages']>({ softint: true }),
    fc.nat(4).map((dmaAllocations): Trouble['shortages'] => ({ dmaAllocations, dmaPasses: true })),
  );
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 9, arbitrary: fc.constant<Trouble>({}) },
    { weight: 1, arbitrary: absentQueues.map((absent) => ({ device: { absentQueues: absent } })) },
    { weight: 1, arbitrary: fc.constant<Trouble>({ device: { refuseFeatures: true } }) },
    { weight: 1, arbitrary: fc.constant<Trouble>({ unconfigured: true }) },
    { weight: 1, arbitrary: commandLines().map((commandLine) => ({ commandLine })) },
    { weight: 1, arbitrary: odd.map((device) => ({ device })) },
    // Each of the three has a rule of its own, on some of the buses only.
    { weight: 2, arbitrary: identities.map((identity) => ({ device: { identity } })) },
    { weight: 2, arbitrary: shortages.map((some) => ({ shortages: some })) },
  );
}

/** How a device that is all right otherwise may try its driver: by being slow, or by boasting. */
function trials(): fc.Arbitrary<Pick<Machine['device'], 'slow' | 'completion' | 'faults'>> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 12, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constant({ slow: true, completion: 'fifo' } as const) },
    { weight: 1, arbitrary: among(BOASTS).map((name) => ({ faults: [name] })) },
  );
}

/** Kernel command lines with entries for virtio_mmio devices, some of them malformed. */
function commandLines(): fc.Arbitrary<string> {
  const number = among(['4K', '0x200', '512', '0', '4096', '', '0xffffffffffffffff', '010', '16E', '1g', '-1', 'x']);
  const whole = among(['4K@0xfeb00e00:12', '0x200@0xfeb00c00:11:2', '512@0xfeb00e00:33'] as const);
  const entry = fc.oneof(
    { weight: 3, arbitrary: whole.map((text) => `virtio_mmio.device=${text}`) },
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
  readonly diskLength: (typeof DISK_LENGTHS)[number];
  readonly misalign: number;
  readonly times: number;
  readonly flag: boolean;
  readonly block: number;
}

const transfer = ({
  flag,
  diskLength,
  misalign,
  times,
  block,
}: DrawnWork): Extract<Action, { readonly do: 'transfer' }> => ({
  do: 'transfer',
  write: flag,
  length: diskLength,
  misalign,
  times,
  ...(block > 0 ? { block } : {}),
});
const polled = (work: DrawnWork): Action => ({ ...transfer(work), poll: true });
/** The last blocks of a disk of 2 MiB; `beyond`: as many sectors more than there are. */
const atEnd =
  (beyond: number) =>
  (work: DrawnWork): Action => ({ ...transfer(work), block: SCSI_SECTORS - work.diskLength / SECTOR + beyond });
/** As many bytes as the driver has room for. */
const random = (): Action => ({ do: 'input', length: 32 });
const open = ({ times }: DrawnWork): Action => ({ do: 'open', unit: times });

/** What a driver can be given to do; others do nothing with it. */
const WORK_OF: Readonly<Record<string, readonly ((work: DrawnWork) => Action)[]>> = {
  viocon: [
    ({ length }) => ({ do: 'output', length }),
    ({ length }) => ({ do: 'host-input', length: Math.min(length, MOST_INPUT) }),
    ({ flag }) => ({ do: 'flow', stopped: flag }),
    open,
  ],
  viornd: [random, random, random, ({ length }) => ({ do: 'input', length })],
  ld: [transfer, transfer, () => ({ do: 'flush' }), ({ diskLength }) => ({ do: 'dump', length: diskLength })],
  vioscsi: [
    ...[transfer, transfer, transfer, polled],
    ...[transfer, transfer, atEnd(0), polled],
    ...[transfer, transfer, atEnd(1), polled],
  ],
  vioif: [
    () => ({ do: 'up' }),
    ({ length }) => ({ do: 'output', length: Math.min(Math.max(length, FRAMES[0]), FRAMES[1]) }),
  ],
  viomb: [
    ({ flag, diskLength }) => {
      const pages = PAGES[DISK_LENGTHS.indexOf(diskLength)];
      return { do: 'balloon', pages: flag ? pages : -pages };
    },
  ],
  vio9p: [
    ({ length }) => ({ do: 'output', length }),
    ({ length }) => ({ do: 'input', length }),
    ({ length }) => ({ do: 'output', length }),
    ({ length }) => ({ do: 'input', length }),
    open,
    () => ({ do: 'close' }),
  ],
  viogpu: [() => ({ do: 'output', length: 1 })],
};

type DrawnAction = Action | DrawnWork;

/** Some come in company: two threads meet where one of them has just had work. */
function drawnActions(): fc.Arbitrary<readonly DrawnAction[]> {
  const life = among(['detach', 'rescan', 'shutdown', 'attach'] as const).map((what): Action => ({ do: what }));
  const work = fc.record({
    which: fc.nat(MOST_KINDS_OF_WORK - 1),
    length: among(LENGTHS),
    diskLength: among(DISK_LENGTHS),
    misalign: among([0, 64, 512, 4095] as const),
    times: among([1, 8] as const),
    flag: fc.boolean(),
    block: among(BLOCKS),
  });
  const race = fc
    .array(fc.nat(1), { minLength: 1, maxLength: LONGEST_RACE })
    .map((order): Action => ({ do: 'race', order }));
  const alone = <T extends DrawnAction>(one: fc.Arbitrary<T>) => one.map((action): readonly DrawnAction[] => [action]);
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 8, arbitrary: alone(fc.constant<Action>({ do: 'settle' })) },
    { weight: 6, arbitrary: alone(life) },
    { weight: 10, arbitrary: alone(work) },
    // A question and its answer.
    { weight: 6, arbitrary: fc.tuple(work, fc.constant<Action>({ do: 'settle' }), work) },
    { weight: 2, arbitrary: alone(race) },
    { weight: 3, arbitrary: fc.tuple(work, race) },
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
      queueSize:
        space.queueSizes === undefined
          ? fc.oneof(
              { withCrossShrink: true },
              { weight: 3, arbitrary: among(SMALL_QUEUES) },
              { weight: 1, arbitrary: among(BIG_QUEUES) },
            )
          : among(space.queueSizes),
      withoutRing: among(RING_FEATURES),
      withoutType: sometimes(fc.uniqueArray(among(TYPE_FEATURES), { minLength: 1, maxLength: 3 })),
      completion: sometimes(among(['immediate', 'fifo', 'lifo', 'shuffled'] as const)),
      segMax: among(SEG_MAXES),
      sizeMax: among(SIZE_MAXES),
      variety: varieties(),
      trouble: troubles(),
      trial: trials(),
    })
    .map(({ child, transport, host, diagnostic, queueSize, withoutRing, withoutType, completion, ...drawn }) => {
      const withhold = [...withoutRing, ...(withoutType ?? [])];
      const { segMax, sizeMax } = drawn;
      const { device: odd, ...trouble } = drawn.trouble;
      const device = {
        queueSize,
        ...(withhold.length > 0 ? { withhold } : {}),
        ...(completion === undefined ? {} : { completion }),
        ...(child === 'ld' ? { segMax, sizeMax } : {}),
        ...drawn.variety[child],
        ...drawn.trial,
        ...odd,
      };
      return { child, transport, host, diagnostic, device, ...trouble };
    });
  return fc
    .tuple(
      machine,
      fc.noBias(fc.array(drawnActions(), { maxLength: MOST_ACTIONS, size: 'max' })),
      // Drawn last, as all that is drawn behind it would be another for every seed.
      among([false, false, false, true]),
    )
    .map(([machine, more, dirtyMemory]) => ({
      machine: dirtyMemory ? { ...machine, dirtyMemory } : machine,
      actions: [{ do: 'attach' } as Action, ...more.flat().map((drawn) => actionFor(machine.child, drawn))],
    }));
}
