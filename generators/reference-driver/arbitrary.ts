/** Draws scenarios for the reference driver: conforming use on machines of every kind. Knows of no defect of a driver. */
import fc from 'fast-check';
import type { DeviceKind, Transport } from '../../models/setup.ts';
import { HOSTS, RANGE_KINDS, type ReferenceAction, type ReferenceMachine, type ReferenceScenario } from './scenario.ts';

export interface ReferenceSpace {
  readonly frontEnds: readonly DeviceKind[];
  readonly transports: readonly Transport[];
}

/** Feature bits of chapter 6, and of the device types. */
const INDIRECT = 28;
const EVENT_IDX = 29;
const IN_ORDER = 35;
const RING_RESET = 40;
const SUSPEND = 43;
const RING_FEATURES = [INDIRECT, EVENT_IDX, IN_ORDER] as const;
const LIFE_FEATURES = [RING_RESET, SUSPEND] as const;
/** ACCESS_PLATFORM, ORDER_PLATFORM, NOTIF_CONFIG_DATA. */
const PLATFORM_FEATURES = [33, 36, 39] as const;
const TYPE_FEATURES: Readonly<Record<DeviceKind, readonly number[]>> = {
  blk: [1, 2, 9, 11, 13, 14, 16],
  console: [0],
  rng: [],
};
/** Something that a driver can need: ring features and, of the types, FLUSH, DISCARD and SIZE. */
const NEEDS: Readonly<Record<DeviceKind, readonly number[]>> = {
  blk: [9, INDIRECT, EVENT_IDX],
  console: [0, INDIRECT, EVENT_IDX],
  rng: [INDIRECT, EVENT_IDX],
};
/** Devices that offer what no driver can know, or what none should take. */
const MODERN_ODDITIES = ['undefined-type-feature-offered', 'reserved-feature-offered', 'sr-iov-offered'] as const;
const LEGACY_ODDITIES = ['legacy-bit-30-offered', 'legacy-any-layout-not-offered'] as const;
const ODD_INTERRUPTS = 'interrupt-status-undefined-bit';
const ZONED = 'blk-zoned-offered';

/** Small: what goes wrong with queues goes wrong with small ones. */
const QUEUE_SIZES = [16, 8, 32, 64] as const;
const CAPACITY = 128;
const MOST_ACTIONS = 14;
/** Ports of a console with MULTIPORT, and one more than there are. */
const PORTS = 2;

const among = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const subset = (values: readonly number[]): fc.Arbitrary<readonly number[]> =>
  values.length === 0 ? fc.constant([]) : fc.oneof(fc.constant([]), fc.subarray([...values]));

/** What is unusual about a machine; as often as not nothing, else one thing, so that it is seen by itself. */
function troubles(frontEnd: DeviceKind, transport: Transport): fc.Arbitrary<Partial<ReferenceMachine>> {
  const legacy = transport === 'mmio-v1';
  const device = (more: Partial<ReferenceMachine['device']>): Partial<ReferenceMachine> => ({
    device: more as ReferenceMachine['device'],
  });
  const need = among(NEEDS[frontEnd]);
  const odd: readonly string[] = [
    ...(legacy ? LEGACY_ODDITIES : MODERN_ODDITIES),
    ...(frontEnd === 'blk' && !legacy ? [ZONED] : []),
  ];
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 8, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: among(odd).map((name) => device({ faults: [name] })) },
    { weight: 1, arbitrary: fc.constant(device({ faults: [ODD_INTERRUPTS] })) },
    { weight: 1, arbitrary: fc.constant(device({ refuseFeatures: true })) },
    { weight: 1, arbitrary: fc.constant(device({ absentQueues: [0] })) },
    { weight: 1, arbitrary: among([16, 64] as const).map((configPadding) => ({ configPadding })) },
    {
      weight: 1,
      arbitrary: need.map((bit) => ({
        ...device({ withhold: [bit] }),
        driver: { requires: [bit], flushes: true },
      })),
    },
    { weight: 1, arbitrary: fc.constant({ driver: { requires: [], flushes: false } }) },
    { weight: 1, arbitrary: fc.constant(device(frontEnd === 'blk' ? { readOnly: true } : {})) },
    {
      weight: legacy ? 0 : 1,
      arbitrary: fc
        .subarray([...PLATFORM_FEATURES], { minLength: 1 })
        .map((platformFeatures) => device({ platformFeatures })),
    },
  );
}

function machines({ frontEnds, transports }: ReferenceSpace): fc.Arbitrary<ReferenceMachine> {
  return fc.tuple(among(frontEnds), among(transports)).chain(([frontEnd, transport]) =>
    fc
      .record({
        host: among(HOSTS),
        queueSize: among(QUEUE_SIZES),
        driverQueueSize: among([undefined, 4, 8] as const),
        withhold: fc.tuple(subset(RING_FEATURES), subset(LIFE_FEATURES), subset(TYPE_FEATURES[frontEnd])),
        completion: among(['immediate', 'fifo', 'lifo', 'shuffled'] as const),
        ports: among([1, PORTS, PORTS] as const),
        trouble: troubles(frontEnd, transport),
      })
      .map(({ host, queueSize, driverQueueSize, withhold, completion, ports, trouble }): ReferenceMachine => {
        const { device, ...rest } = trouble;
        const driver = rest.driver ?? { requires: [], flushes: true };
        // A driver that needs something meets a device that has everything else.
        const withheld = device?.withhold ?? withhold.flat();
        return {
          frontEnd,
          transport,
          host,
          ...rest,
          driver: { ...driver, ...(driverQueueSize === undefined ? {} : { queueSize: driverQueueSize }) },
          device: {
            queueSize,
            completion,
            ...(frontEnd === 'console' && ports > 1 ? { ports } : {}),
            ...device,
            ...(withheld.length === 0 ? {} : { withhold: withheld }),
          },
        };
      }),
  );
}

const flag = fc.boolean();
const pieces = among([1, 2, 3, 5] as const);
const indirect = flag;
const plain = (what: 'settle' | 'shut-down' | 'suspend' | 'resume' | 'poll'): fc.Arbitrary<ReferenceAction> =>
  fc.constant({ do: what });

function work(frontEnd: DeviceKind): fc.Arbitrary<ReferenceAction> {
  switch (frontEnd) {
    case 'blk':
      return blockWork();
    case 'console':
      return consoleWork();
    case 'rng':
      return fc
        .record({ length: among([64, 16, 1, 300] as const), pieces, indirect })
        .map((one): ReferenceAction => ({ do: 'random', ...one }));
  }
}

function blockWork(): fc.Arbitrary<ReferenceAction> {
  const sector = among([0, 1, 40, CAPACITY - 1, 63] as const);
  const sectors = among([1, 2, 4] as const);
  const transfer = fc.record({ write: flag, sector, sectors, pieces, indirect });
  const clear = fc.record({
    kind: among(RANGE_KINDS),
    sector,
    sectors,
    ranges: among([1, 3, 9] as const),
    unmap: flag,
    indirect,
  });
  return fc.oneof(
    { weight: 5, arbitrary: transfer.map((one): ReferenceAction => ({ do: 'transfer', ...one })) },
    { weight: 2, arbitrary: indirect.map((tabled): ReferenceAction => ({ do: 'flush', indirect: tabled })) },
    { weight: 1, arbitrary: indirect.map((tabled): ReferenceAction => ({ do: 'identify', indirect: tabled })) },
    { weight: 1, arbitrary: indirect.map((tabled): ReferenceAction => ({ do: 'lifetime', indirect: tabled })) },
    { weight: 4, arbitrary: clear.map((one): ReferenceAction => ({ do: 'clear', ...one })) },
    { weight: 1, arbitrary: flag.map((writeback): ReferenceAction => ({ do: 'cache-mode', writeback })) },
  );
}

function consoleWork(): fc.Arbitrary<ReferenceAction> {
  const port = among([0, 0, 1] as const);
  const output = fc.record({ port, length: among([16, 1, 100, 256] as const), pieces, indirect });
  return fc.oneof(
    { weight: 5, arbitrary: output.map((one): ReferenceAction => ({ do: 'output', ...one })) },
    {
      weight: 1,
      arbitrary: fc.tuple(port, flag).map(([at, open]): ReferenceAction => ({ do: 'open', port: at, open })),
    },
  );
}

/** What happens on the host's side. */
function hostWork(frontEnd: DeviceKind): fc.Arbitrary<ReferenceAction> {
  const broken = fc.constant<ReferenceAction>({ do: 'break-device' });
  switch (frontEnd) {
    case 'blk':
      return fc.oneof(
        {
          weight: 3,
          arbitrary: fc
            .record({
              sectors: among([200, 64, CAPACITY] as const),
              while: among(['now', 'capacity is read'] as const),
            })
            .map((one): ReferenceAction => ({ do: 'resize-disk', ...one })),
        },
        { weight: 1, arbitrary: broken },
      );
    case 'console':
      return fc.oneof(
        fc
          .record({ port: among([0, 1] as const), length: among([1, 20, 200] as const) })
          .map((one): ReferenceAction => ({ do: 'host-input', ...one })),
        fc
          .record({ port: among([1, PORTS] as const), change: among(['add', 'remove', 'open', 'close'] as const) })
          .map((one): ReferenceAction => ({ do: 'host-port', ...one })),
        fc.constant<ReferenceAction>({ do: 'resize-console', cols: 100, rows: 40 }),
        broken,
      );
    case 'rng':
      return broken;
  }
}

/** What a driver has to bear of a device. */
function deviceWork(queue: fc.Arbitrary<number>): fc.Arbitrary<ReferenceAction> {
  const says = fc.record({ queue, silent: flag, event: among([0, 0, 1, 2, 5, 100] as const) });
  return fc.oneof(
    { weight: 4, arbitrary: says.map((one): ReferenceAction => ({ do: 'device-says', ...one })) },
    { weight: 1, arbitrary: fc.constant<ReferenceAction>({ do: 'spurious-interrupt' }) },
  );
}

/** One piece of the story; some need several actions in a row to mean anything. */
function chapters(
  frontEnd: DeviceKind,
  decline: fc.Arbitrary<readonly number[]>,
): fc.Arbitrary<readonly ReferenceAction[]> {
  const queue = frontEnd === 'console' ? among([0, 1, 2, 3] as const) : fc.constant(0);
  const job = work(frontEnd);
  const settle: ReferenceAction = { do: 'settle' };
  const one = (arbitrary: fc.Arbitrary<ReferenceAction>): fc.Arbitrary<readonly ReferenceAction[]> =>
    arbitrary.map((action) => [action]);
  const suspended = fc.oneof(
    job,
    flag.map((writeback): ReferenceAction => ({ do: 'cache-mode', writeback })),
    hostWork(frontEnd),
    queue.map((at): ReferenceAction => ({ do: 'notify', queue: at })),
  );
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant([settle]) },
    { weight: 9, arbitrary: one(job) },
    { weight: 2, arbitrary: one(hostWork(frontEnd)) },
    // A device says something of which the driver is to take notice at its next request.
    {
      weight: 5,
      arbitrary: fc.tuple(deviceWork(queue), job, job).map(([says, ...jobs]) => [settle, says, ...jobs, settle]),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(suspended, { maxLength: 3 })
        .map((meanwhile) => [settle, { do: 'suspend' }, ...meanwhile, { do: 'resume' }] as const),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(job, queue, among([4, 8, 16] as const), job)
        .map(([before, at, size, after]) => [before, { do: 'reset-queue', queue: at, size }, after] as const),
    },
    { weight: 1, arbitrary: one(flag.map((wanted): ReferenceAction => ({ do: 'interrupts', wanted }))) },
    { weight: 1, arbitrary: one(queue.map((at): ReferenceAction => ({ do: 'stop-queue', queue: at }))) },
    { weight: 1, arbitrary: one(queue.map((at): ReferenceAction => ({ do: 'notify', queue: at }))) },
    { weight: 1, arbitrary: one(plain('poll')) },
    { weight: 1, arbitrary: one(plain('shut-down')) },
    { weight: 2, arbitrary: one(decline.map((bits): ReferenceAction => ({ do: 'initialise', decline: bits }))) },
  );
}

export function referenceScenarios(space: ReferenceSpace): fc.Arbitrary<ReferenceScenario> {
  return machines(space).chain((machine) => {
    const { frontEnd } = machine;
    const decline = subset([...RING_FEATURES, ...LIFE_FEATURES, ...TYPE_FEATURES[frontEnd]]);
    return fc
      .tuple(decline, fc.noBias(fc.array(chapters(frontEnd, decline), { maxLength: MOST_ACTIONS, size: 'max' })))
      .map(([bits, story]) => ({ machine, actions: [{ do: 'initialise', decline: bits }, ...story.flat()] }));
  });
}
