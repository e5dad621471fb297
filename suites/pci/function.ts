/** An emulated PCI function under the hand of a check, and its registers by name. */
import { createPciDevice, type PciFunction, type PciStructure } from '../../emulator/device/pci-device.ts';
import { EventLog } from '../../models/trace/event-log.ts';
import { SharedMemory } from '../../targets/in-process/guest-memory.ts';

type Kind = 'rng' | 'console' | 'balloon' | 'net' | 'gpu';

/** struct virtio_pci_common_cfg, offset and width in bytes. */
const Common = {
  deviceFeatureSelect: [0x00, 4],
  deviceFeature: [0x04, 4],
  driverFeatureSelect: [0x08, 4],
  driverFeature: [0x0c, 4],
  numQueues: [0x12, 2],
  deviceStatus: [0x14, 1],
  configGeneration: [0x15, 1],
  queueSelect: [0x16, 2],
  queueSize: [0x18, 2],
  queueEnable: [0x1c, 2],
  queueNotifyOff: [0x1e, 2],
  queueDesc: [0x20, 4],
  queueDriver: [0x28, 4],
  queueDevice: [0x30, 4],
} as const;
/** The legacy I/O region (4.1.4.10). */
export const Io = {
  queueAddress: [0x08, 4],
  queueSize: [0x0c, 2],
  queueSelect: [0x0e, 2],
  deviceStatus: [0x12, 1],
} as const;
/** Bytes before the device's configuration. */
export const IO_HEADER = 0x14;
type Field = keyof typeof Common;

export const ACKNOWLEDGE = 1;
export const DRIVER = 2;
const DRIVER_OK = 4;
export const FEATURES_OK = 8;
export const VERSION_1_WORD = 1;
/** INDIRECT_DESC and EVENT_IDX. */
export const RING_FEATURES = 0x3000_0000;
/** Words of features that can hold any (2.2). */
export const WORDS = 4;
export const QUEUE_SIZE = 8;
/** Offset of `actual` in a balloon's configuration. */
export const ACTUAL = 4;
export const COLUMNS = 93;
export const ROWS = 31;
export const MEMORY_BASE = 0x4000_0000;
const MEMORY_SIZE = 1 << 16;
export const RINGS = [0x1000, 0x2000, 0x3000] as const;
export const QUEUES: Readonly<Record<Kind, number>> = { rng: 1, console: 2, balloon: 2, net: 3, gpu: 2 };

/** `guest`: the byte order of legacy fields; registers of legacy devices are little-endian here. */
export function create(device: Kind, version: 1 | 2, guest: 'little' | 'big' = 'little'): PciFunction {
  const options = {
    device,
    version,
    believedGuest: guest,
    registerEndian: 'little',
    queueSizeMax: QUEUE_SIZE,
  } as const;
  const memory = new SharedMemory(MEMORY_BASE, MEMORY_SIZE, new EventLog());
  return createPciDevice(options, { memory, setInterrupt: () => undefined });
}

/** A modern device and its common configuration. */
export class Modern {
  readonly pci: PciFunction;
  #bar = 0;
  #start = 0;

  constructor(device: Kind) {
    this.pci = create(device, 2);
    const { bar, offset } = this.capability('common');
    [this.#bar, this.#start] = [bar, offset];
  }

  capability(structure: PciStructure) {
    const found = this.pci.capabilities.find((each) => each.structure === structure);
    if (found === undefined) throw new Error(`no capability for ${structure}`);
    return found;
  }

  read(field: Field): number {
    const [offset, size] = Common[field];
    return this.pci.read(this.#bar, this.#start + offset, size);
  }

  write(field: Field, value: number): void {
    const [offset, size] = Common[field];
    this.pci.write(this.#bar, this.#start + offset, size, value);
  }

  /** The high half of a 64-bit field. */
  readHigh(field: 'queueDesc' | 'queueDriver' | 'queueDevice'): number {
    return this.pci.read(this.#bar, this.#start + Common[field][0] + 4, 4);
  }

  writeHigh(field: 'queueDesc' | 'queueDriver' | 'queueDevice', value: number): void {
    this.pci.write(this.#bar, this.#start + Common[field][0] + 4, 4, value);
  }

  /** The first queue, enabled as 4.1.5.1.3 has it, after a negotiation. */
  enable(): void {
    this.write('deviceStatus', 0);
    this.write('deviceStatus', ACKNOWLEDGE | DRIVER);
    this.write('driverFeatureSelect', 1);
    this.write('driverFeature', VERSION_1_WORD);
    this.write('deviceStatus', ACKNOWLEDGE | DRIVER | FEATURES_OK);
    this.write('queueSelect', 0);
    for (const [i, field] of (['queueDesc', 'queueDriver', 'queueDevice'] as const).entries()) {
      this.write(field, MEMORY_BASE + RINGS[i]);
      this.writeHigh(field, 0);
    }
    this.write('queueEnable', 1);
    this.write('deviceStatus', ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
  }
}
