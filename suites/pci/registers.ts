/**
 * What a device behind PCI owes whoever reads its registers (4.1.4), which no driver of the stack asks for: a list of
 * checks, each with its clause. The stack's own scenarios judge the rest of the emulated function.
 */
import type { ClauseId } from '../../models/clauses/catalogue.ts';
import type { PciFunction } from '../../emulator/device/pci-device.ts';
import {
  ACKNOWLEDGE,
  ACTUAL,
  COLUMNS,
  DRIVER,
  FEATURES_OK,
  IO_HEADER,
  Io,
  MEMORY_BASE,
  Modern,
  QUEUES,
  QUEUE_SIZE,
  RINGS,
  RING_FEATURES,
  ROWS,
  VERSION_1_WORD,
  WORDS,
  create,
} from './function.ts';

export interface RegisterCheck {
  readonly name: string;
  readonly clause: ClauseId;
  /** What is wrong; undefined where nothing is. */
  run(): string | undefined;
}

const differs = (what: string, seen: number, owed: number): string | undefined =>
  seen === owed ? undefined : `${what} reads 0x${seen.toString(16)}, not 0x${owed.toString(16)}`;

/** The first that is wrong. */
const first = (...wrong: (string | undefined)[]): string | undefined => wrong.find((one) => one !== undefined);

/** BAR and offset of a byte of the device's configuration. */
function placeOf(pci: PciFunction, at: number): [bar: number, offset: number] {
  const place = pci.capabilities.find(({ structure }) => structure === 'device');
  return place === undefined ? [0, IO_HEADER + at] : [place.bar, place.offset + at];
}

/** No byte is 0 or like another. */
const PAGES = 0x0403_0201;
/** Offset of `status` in struct virtio_net_config, and VIRTIO_NET_S_LINK_UP (5.1.4). */
const LINK_STATUS = 6;
const LINK_UP = 1;
/** struct virtio_gpu_config (5.7.4): offsets, and what a display without events that has one scanout and no 3D reads there. */
const GPU_FIELDS = { events_read: [0, 0], events_clear: [4, 0], num_scanouts: [8, 1], num_capsets: [12, 0] } as const;

const LAYOUT = 'pci.device.common-configuration-structure-layout';

export const REGISTER_CHECKS: readonly RegisterCheck[] = [
  {
    name: 'device_feature shows the word that is selected',
    clause: `${LAYOUT}.3`,
    run() {
      const device = new Modern('rng');
      const word = (select: number): number => {
        device.write('deviceFeatureSelect', select);
        return device.read('deviceFeature');
      };
      return first(
        differs('word 1, bit 0', word(1) & 1, VERSION_1_WORD),
        differs('word 0, ring features', word(0) & RING_FEATURES, RING_FEATURES),
        differs('a word without features', word(WORDS), 0),
        differs('device_feature_select', device.read('deviceFeatureSelect'), WORDS),
      );
    },
  },
  {
    name: 'driver_feature reads back what was written, word by word, until a reset',
    clause: `${LAYOUT}.4`,
    run() {
      const device = new Modern('rng');
      device.write('deviceStatus', ACKNOWLEDGE | DRIVER);
      const put = (select: number, value: number): void => {
        device.write('driverFeatureSelect', select);
        device.write('driverFeature', value);
      };
      const word = (select: number): number => {
        device.write('driverFeatureSelect', select);
        return device.read('driverFeature');
      };
      const before = word(0);
      put(0, RING_FEATURES);
      put(1, VERSION_1_WORD);
      device.write('deviceStatus', ACKNOWLEDGE | DRIVER | FEATURES_OK);
      const written = [word(0), word(1)];
      device.write('driverFeatureSelect', 0);
      const select = device.read('driverFeatureSelect');
      device.write('deviceStatus', 0);
      return first(
        differs('word 0 at first', before, 0),
        differs('word 0', written[0], RING_FEATURES),
        differs('word 1', written[1], VERSION_1_WORD),
        differs('driver_feature_select', select, 0),
        differs('word 0 after a reset', word(0), 0),
      );
    },
  },
  {
    name: 'queue_enable tells whether the queue is enabled, and reads 0 after a reset',
    clause: `${LAYOUT}.8`,
    run() {
      const device = new Modern('rng');
      const before = device.read('queueEnable');
      device.enable();
      const enabled = device.read('queueEnable');
      device.write('deviceStatus', 0);
      device.write('queueSelect', 0);
      return first(
        differs('queue_enable at first', before, 0),
        differs('queue_enable of an enabled queue', enabled, 1),
        differs('queue_enable after a reset', device.read('queueEnable'), 0),
      );
    },
  },
  ...(['rng', 'console'] as const).map((kind): RegisterCheck => ({
    name: `there are as many queues as num_queues says: ${kind}`,
    clause: `${LAYOUT}.14`,
    run() {
      const device = new Modern(kind);
      const count = device.read('numQueues');
      const size = (queue: number): number => {
        device.write('queueSelect', queue);
        return device.read('queueSize');
      };
      const selected = (queue: number): number => {
        device.write('queueSelect', queue);
        return device.read('queueSelect');
      };
      const queues = Array.from({ length: count }, (_, queue) => queue);
      return first(
        differs('num_queues', Math.min(count, QUEUES[kind]), QUEUES[kind]),
        ...queues.map((queue) => differs(`queue_size of queue ${queue}`, size(queue), QUEUE_SIZE)),
        differs('queue_size of no queue', size(count), 0),
        differs('queue_enable of no queue', device.read('queueEnable'), 0),
        differs('queue_select', selected(count - 1), count - 1),
      );
    },
  })),
  {
    name: 'addresses and size of a queue read back, each half by itself',
    clause: 'pci.device.pci-device-layout.1',
    run() {
      const device = new Modern('console');
      const fields = ['queueDesc', 'queueDriver', 'queueDevice'] as const;
      const wrong = (queue: number, of: (index: number) => number): (string | undefined)[] => {
        device.write('queueSelect', queue);
        return fields.flatMap((field, i) => [
          differs(`${field} of queue ${queue}`, device.read(field), of(2 * i + 1)),
          differs(`${field} + 4 of queue ${queue}`, device.readHigh(field), of(2 * i + 2)),
        ]);
      };
      device.write('queueSelect', 1);
      const size = device.read('queueSize');
      device.write('queueSize', size / 2);
      fields.forEach((field, i) => {
        device.write(field, RINGS[0] * (2 * i + 1));
        device.writeHigh(field, RINGS[0] * (2 * i + 2));
      });
      return first(
        differs('queue_size', device.read('queueSize'), size / 2),
        ...wrong(1, (index) => RINGS[0] * index),
        ...wrong(0, () => 0),
        ...wrong(QUEUES.console, () => 0),
      );
    },
  },
  {
    name: 'a queue is notified inside of the region for it',
    clause: 'pci.device.notification-capability.6',
    run() {
      const device = new Modern('console');
      const { length } = device.capability('notify');
      const places = [0, 1].map((queue) => {
        device.write('queueSelect', queue);
        return device.read('queueNotifyOff') * device.pci.notifyMultiplier + 2;
      });
      return places.every((end) => end <= length)
        ? undefined
        : `notifications end at ${places.join(', ')} of ${length}`;
    },
  },
  {
    name: 'the generation moves when the configuration that was read has changed, and only then',
    clause: `${LAYOUT}.6`,
    run() {
      const device = new Modern('console');
      const { bar, offset } = device.capability('device');
      const columns = (): number => device.pci.read(bar, offset, 2);
      columns();
      const before = device.read('configGeneration');
      const still = differs('config_generation', device.read('configGeneration'), before);
      device.pci.device.host(() => device.pci.device.type.resizeConsole?.(COLUMNS, ROWS));
      return first(
        still,
        differs('cols', columns(), COLUMNS),
        device.read('configGeneration') === before ? 'config_generation stays' : undefined,
      );
    },
  },
  ...([1, 2] as const).map((version): RegisterCheck => ({
    name: `what is written into the configuration is read: version ${version}`,
    clause: 'pci.device.pci-device-layout.1',
    run() {
      const pci = create('balloon', version);
      const place = pci.capabilities.find(({ structure }) => structure === 'device');
      const { bar, offset } = place ?? { bar: 0, offset: IO_HEADER };
      const pages = pci.read(bar, offset, 4);
      pci.write(bar, offset + ACTUAL, 4, PAGES);
      return first(
        differs('actual', pci.read(bar, offset + ACTUAL, 4), PAGES),
        differs('num_pages', pci.read(bar, offset, 4), pages),
      );
    },
  })),
  ...(
    [
      ['modern', 2, 'little', LINK_UP],
      ['legacy', 1, 'little', LINK_UP],
      ['legacy, to a big-endian guest', 1, 'big', LINK_UP << 8],
    ] as const
  ).map(([what, version, guest, up]): RegisterCheck => ({
    name: `a network device tells that its link is up: ${what}`,
    clause: 'basic.device.device-configuration-space.1',
    run() {
      const pci = create('net', version, guest);
      return differs('status', pci.read(...placeOf(pci, LINK_STATUS), 2), up);
    },
  })),
  {
    name: 'a display tells of its events, scanouts and capability sets',
    clause: 'basic.device.device-configuration-space.1',
    run() {
      const pci = create('gpu', 2);
      return first(
        ...Object.entries(GPU_FIELDS).map(([name, [offset, value]]) =>
          differs(name, pci.read(...placeOf(pci, offset), 4), value),
        ),
      );
    },
  },
  ...([1, 2] as const).map((version): RegisterCheck => ({
    name: `what the driver may not write into the configuration stays: version ${version}`,
    clause: 'pci.device.pci-device-layout.1',
    run() {
      const pci = create('balloon', version);
      const pages = pci.read(...placeOf(pci, 0), 4);
      pci.write(...placeOf(pci, 0), 4, pages + 1);
      return differs('num_pages', pci.read(...placeOf(pci, 0), 4), pages);
    },
  })),
  {
    name: 'a legacy device tells what was selected and written',
    clause: 'pci.device.legacy-pci-device-discovery.1',
    run() {
      const pci = create('console', 1);
      const read = ([offset, size]: readonly [number, number]): number => pci.read(0, offset, size);
      const write = ([offset, size]: readonly [number, number], value: number): void =>
        pci.write(0, offset, size, value);
      write(Io.deviceStatus, ACKNOWLEDGE | DRIVER);
      write(Io.queueSelect, 1);
      const [selected, size] = [read(Io.queueSelect), read(Io.queueSize)];
      const before = read(Io.queueAddress);
      write(Io.queueAddress, (MEMORY_BASE + RINGS[0]) / 0x1000);
      const address = read(Io.queueAddress);
      const sizeOf = (queue: number): number => {
        write(Io.queueSelect, queue);
        return read(Io.queueSize);
      };
      return first(
        differs('revision', pci.revision, 0),
        differs('the first BAR', pci.bars[0].index, 0),
        pci.bars[0].size > IO_HEADER ? undefined : `BAR0 has ${pci.bars[0].size} bytes`,
        differs('queue_select', selected, 1),
        differs('queue_size', size, QUEUE_SIZE),
        differs('queue_address at first', before, 0),
        differs('queue_address', address, (MEMORY_BASE + RINGS[0]) / 0x1000),
        differs('queue_size of no queue', sizeOf(QUEUES.console + 4), 0),
        differs('queue_address of no queue', read(Io.queueAddress), 0),
      );
    },
  },
];
