/**
 * Devices that no driver may use, for a Linux guest: register files in memory that Linux has been told to leave alone, so
 * that they look like virtio-mmio devices and answer with what was put there. What a driver writes sticks, so a device that
 * refuses FEATURES_OK cannot be made like this. QEMU has one: a device with `iommu_platform` refuses whoever declines
 * ACCESS_PLATFORM (virtio_validate_features), and Linux's balloon driver does (virtballoon_validate), as the pages that it
 * hands over are named by their physical numbers. That device is no impostor: its registers are watched and judged.
 */
import type { AnnouncedDevice } from './acpi-table.ts';

export interface Impostor {
  /** What is wrong with it, as a step of the guest says it. */
  readonly name: string;
  readonly device: AnnouncedDevice;
  /** The kernel's word on it: an extended regular expression for its log. */
  readonly refusal: string;
  /** The driver has no business in its registers: the status is still what it was at first. */
  readonly untouched: boolean;
  readonly registers: Buffer;
}

/** Below the end of the guest's 256 MiB; a page for each. */
export const IMPOSTOR_MEMORY = 0x0f00_0000;
export const IMPOSTOR_MEMORY_SIZE = 0x1_0000;
const PAGE = 0x1000;
const WINDOW = 0x200;
/** Nobody else's; it is never raised. */
const INTERRUPT = 3;
/** A status that no device has at first: whoever resets the device, changes it. */
export const STATUS_BEFORE = 0x5a;
export const STATUS_AT = 0x070;

const MAGIC = 0x7472_6976;
const RANDOM = 4;

interface Registers {
  readonly magic?: number;
  readonly version?: number;
  readonly deviceId?: number;
  /** Both words of the features read the same, as the selector is memory, too. */
  readonly features?: number;
  readonly queueSize?: number;
  readonly status?: number;
}

function registerFile(registers: Registers): Buffer {
  const {
    magic = MAGIC,
    version = 2,
    deviceId = RANDOM,
    features = 1,
    queueSize = 8,
    status = STATUS_BEFORE,
  } = registers;
  const file = Buffer.alloc(PAGE);
  const values: readonly (readonly [offset: number, value: number])[] = [
    [0x000, magic],
    [0x004, version],
    [0x008, deviceId],
    [0x010, features],
    [0x034, queueSize],
    [STATUS_AT, status],
  ];
  for (const [offset, value] of values) file.writeUInt32LE(value, offset);
  return file;
}

/** VERSION_1 in the upper word, and bit 0 of the type in the lower one. */
const NO_FEATURES = 0;

const WRONG: readonly Omit<Impostor, 'device'>[] = [
  {
    name: 'wrong magic value',
    registers: registerFile({ magic: 0x7472_6977 }),
    refusal: 'Wrong magic value 0x74726977',
    untouched: true,
  },
  { name: 'version 3', registers: registerFile({ version: 3 }), refusal: 'Version 3 not supported', untouched: true },
  {
    name: 'DeviceID 0',
    registers: registerFile({ deviceId: 0 }),
    // Nothing is said of placeholders.
    refusal: '',
    untouched: true,
  },
  {
    name: 'version 2 without VERSION_1',
    registers: registerFile({ features: NO_FEATURES, status: 0 }),
    refusal: 'must provide VIRTIO_F_VERSION_1',
    untouched: false,
  },
  {
    name: 'no queue',
    registers: registerFile({ queueSize: 0, status: 0 }),
    refusal: 'probe of virtio[0-9]+ failed with error -2$',
    untouched: false,
  },
];

/** The modern device that refuses FEATURES_OK from Linux's driver, and what is known of it then. */
export const REFUSER = {
  name: 'FEATURES_OK refused',
  qemuDevice: 'virtio-balloon-device,iommu_platform=on',
  /** As sysfs has it. */
  deviceId: '0x0005',
  refusal: 'virtio_balloon virtio[0-9]+: virtio: device refuses features',
  /** ACKNOWLEDGE, DRIVER and FAILED. */
  status: '0x00000083',
} as const;

export const IMPOSTORS: readonly Impostor[] = WRONG.map((one, i) => ({
  ...one,
  device: { base: IMPOSTOR_MEMORY + i * PAGE, size: WINDOW, interrupt: INTERRUPT },
}));
