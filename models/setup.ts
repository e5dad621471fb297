/**
 * What a judge has to be told before the first event: which device, on which transport, in which byte orders, and which
 * of the specification's free choices the implementation declares (`claims`).
 */

/** Device types that have a model. The numbers are those of VIRTIO 1.4 section 5. */
export const DEVICE_IDS = { blk: 2, console: 3, rng: 4 } as const;
export type DeviceKind = keyof typeof DEVICE_IDS;
export const DEVICE_KINDS = Object.keys(DEVICE_IDS) as readonly DeviceKind[];

/** Register layout: `mmio-v1` is the legacy layout (Version 1), `mmio-v2` the modern one (Version 2). */
export type Transport = 'mmio-v1' | 'mmio-v2';
export const TRANSPORTS: readonly Transport[] = ['mmio-v1', 'mmio-v2'];

export type ByteOrder = 'little' | 'big';

/** Names of the endianness modes that the project distinguishes (design, section 7). */
export type EndiannessModeName = 'le' | 'be-modern' | 'be-legacy' | 'aarch64eb' | 'armeb' | 'be-swapping-bus';

/**
 * Byte orders as the *device* owes them. Modern: registers, configuration and rings are little-endian whatever the CPU.
 * Legacy: configuration and rings follow what the device believes the guest to be.
 */
export interface EndiannessMode {
  readonly name: EndiannessModeName;
  /** Byte order of the guest CPU. */
  readonly guest: ByteOrder;
  readonly registers: ByteOrder;
  readonly config: ByteOrder;
  readonly rings: ByteOrder;
}

/** Choices that the specification leaves to the implementation and that a target therefore declares. */
export interface Claims {
  /** Longest descriptor chain (direct plus indirect entries) that the device promises to accept. Default: the queue size. */
  readonly maxChain?: number;
  /** The device refuses FEATURES_OK from a driver that declined VERSION_1 (6.2). Default: either outcome is accepted. */
  readonly requiresVersion1?: boolean;
  /**
   * Fields of the configuration space, by their names in VIRTIO (`geometry.heads`), with the values that the device was
   * configured with. They hold until the host changes them. Undefined: not checked.
   */
  readonly config?: Readonly<Record<string, number>>;
  /** QueueSizeMax of every queue that exists. Undefined: not checked. */
  readonly queueSizeMax?: number;
  /** Block: the backend was opened read-only, so RO is offered; false: it was not. Undefined: not checked. */
  readonly readOnly?: boolean;
  /** Block: identification string that GET_ID must return (up to 20 bytes). Undefined: not checked. */
  readonly serial?: string;
  /** Block: capacity in 512-byte sectors at power-on. Undefined: taken from the configuration space. */
  readonly capacity?: number;
  /** Block: the device is a zoned one (5.2.5.2). Undefined: not checked. */
  readonly zoned?: boolean;
  /** Block: the storage behind the device has the wear metrics that GET_LIFETIME reports. Undefined: not checked. */
  readonly wearMetrics?: boolean;
  /** Block: a write zeroes request can deallocate sectors of the storage. Undefined: not checked. */
  readonly deallocates?: boolean;
  /** Console: number of ports the host side set up. Undefined: not checked. */
  readonly ports?: readonly number[];
  /** Console: what the device says of a port that the driver is ready for (5.3.6.2). Undefined: not checked. */
  readonly portMessages?: PortMessages;
  /** Network: the wire is a loop, so that every frame sent comes back. Undefined: not checked. */
  readonly loop?: boolean;
  /**
   * SCSI: the one disk there is, unit 0 of target `target` (default 0): its blocks of 512 bytes; every how many-th command
   * fails; whether each byte of a block is the block's number. Undefined: not checked.
   */
  readonly scsiDisk?: {
    readonly target?: number;
    readonly blocks: number;
    readonly failEvery?: number;
    readonly numbered: boolean;
  };
  /** 9P: replies to messages are those of the protocol. Undefined: not checked. */
  readonly repliesIn9p?: boolean;
  /** Balloon: byte order of the configuration's fields, where a machine has them another way than 5.5.4 (little). */
  readonly balloonFields?: 'little' | 'big';
  /** Console: what is written to emerg_wr can be seen on the host side (through the `console-output` host action). */
  readonly emergencyOutput?: boolean;
}

/**
 * A device that declares this tells of every change of the host's side: ports that are pulled, ends that are opened or
 * closed, sizes. The host's end of a port is open until the host closes it.
 */
export interface PortMessages {
  /** Names of the ports, by number. A port without one is announced with any name. */
  readonly names: readonly string[];
  /** Ports that are nominated as consoles. */
  readonly consoles: readonly number[];
}

/** What a driver under test declares of itself, where what it owes depends on it. */
export interface DriverClaims {
  /** Feature bits that it cannot work without, on the layout that it is judged on. */
  readonly requires: readonly number[];
  /** Feature bits that it has no use for, because it cannot do what they are about (block: FLUSH, ZONED). */
  readonly incapable: readonly number[];
}

/** `other`: a device type without a model, judged by what holds for every type. */
export type JudgedKind = DeviceKind | 'other';

/** Everything a judge knows about an implementation under test before it sees its first event. */
export interface JudgeSetup {
  readonly device: JudgedKind;
  /** Number of the device type where `device` is `other`; 0 if not known. */
  readonly deviceId?: number;
  readonly transport: Transport;
  readonly mode: EndiannessMode;
  /** Guest memory the driver may lay its rings and buffers in: physical base address and size in bytes. */
  readonly memory: { readonly base: number; readonly size: number };
  /**
   * The driver's stores and loads appear in the trace. Default: they do. Where they don't, nothing that lies in rings or
   * buffers is judged, and no queue is expected to lie in `memory`.
   */
  readonly observesMemory?: boolean;
  /** Device stores appear in the trace as events of their own (in-process targets), so their order can be judged. */
  readonly observesDeviceStores: boolean;
  /** The level of the interrupt line appears in the trace. */
  readonly observesInterrupt: boolean;
  readonly claims: Claims;
  /** What the driver declares. Undefined: nothing that depends on it is judged. */
  readonly driver?: DriverClaims;
  /** Bytes of configuration space that the platform describes to the driver. Undefined: not known. */
  readonly configSize?: number;
}

const MODES: Record<EndiannessModeName, { guest: ByteOrder; legacyRegisters: ByteOrder; believed: ByteOrder }> = {
  le: { guest: 'little', legacyRegisters: 'little', believed: 'little' },
  'be-modern': { guest: 'big', legacyRegisters: 'big', believed: 'big' },
  'be-legacy': { guest: 'big', legacyRegisters: 'big', believed: 'big' },
  // The guest switched to big-endian after the device had latched little: the device keeps using little-endian rings.
  aarch64eb: { guest: 'big', legacyRegisters: 'little', believed: 'little' },
  armeb: { guest: 'big', legacyRegisters: 'little', believed: 'big' },
  'be-swapping-bus': { guest: 'big', legacyRegisters: 'little', believed: 'big' },
};

/** The byte orders that a device owes under a named mode on a transport (2.5.2, 2.5.3, 2.7.3, 4.2.2, 4.2.4). */
export function endiannessMode(name: EndiannessModeName, transport: Transport): EndiannessMode {
  const { guest, legacyRegisters, believed } = MODES[name];
  if (transport === 'mmio-v2') return { name, guest, registers: 'little', config: 'little', rings: 'little' };
  return { name, guest, registers: legacyRegisters, config: believed, rings: believed };
}
