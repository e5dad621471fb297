/**
 * The seams between the models: what the register model tells the queues, what the queues tell the device-type model,
 * and what all of them ask of the interrupt model. `contract.ts` wires them; each model is testable alone through these.
 */
import type { ClauseIndex } from './clauses/catalogue.ts';
import type { ByteOrder } from './setup.ts';
import type { HostEvent } from './trace/event-log.ts';

/** The features in force: accepted by the driver, and not refused by the device. */
export interface Negotiated {
  has(bit: number): boolean;
}

/** A virtqueue as the driver has programmed it. Addresses are guest-physical. */
export interface QueueConfig {
  readonly index: number;
  /** Entries (2.7: a power of two up to 32768). */
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  /** Byte order of all ring fields. */
  readonly order: ByteOrder;
}

/**
 * Why the device may not touch a queue now, or `live`. `not-ready`: QueueReady or QueuePFN is 0. `queue-reset`: reset
 * through QueueReset and not re-enabled. `before-driver-ok`: modern, DRIVER_OK not set. `after-reset`: device reset and
 * not initialised since. `suspended`, `needs-reset`, `failed`: by device status.
 */
export type QueueLife =
  'live' | 'not-ready' | 'queue-reset' | 'before-driver-ok' | 'after-reset' | 'suspended' | 'needs-reset' | 'failed';

/** How a queue came to be disabled. */
export type DisableCause = 'ready-0' | 'pfn-0' | 'queue-reset' | 'device-reset';

/** What the register model (models/mmio) tells the rest. All calls happen while the causing event is judged. */
export interface TransportListener {
  /** Driver wrote 0 to Status. */
  deviceReset(): void;
  /** The feature set is final: FEATURES_OK was set (modern), or the device is first used (legacy). */
  featuresFixed(): void;
  /** Driver set DRIVER_OK. */
  driverOk(): void;
  /** The device status seen or implied now means suspended, running again, needing reset or failed. */
  lifeChanged(): void;
  queueEnabled(config: QueueConfig): void;
  queueDisabled(index: number, cause: DisableCause): void;
  /** Driver wrote QueueNotify. */
  notified(index: number): void;
  /** Driver read or wrote the configuration space at `offset` (from 0), value as logged (bytes packed little-endian). */
  configRead(offset: number, size: number, value: number): void;
  configWritten(offset: number, size: number, value: number): void;
  /** InterruptStatus showed a configuration change. */
  configChangeShown?(): void;
  /** The driver broke a rule that voids the device's duties until the next device reset. */
  deviceVoided(): void;
  /** The driver broke a rule that voids the duties for one queue until it is set up anew. */
  queueVoided(index: number): void;
}

/** What queues and device types may ask of the register model. */
export interface TransportState {
  readonly features: Negotiated;
  /** The legacy interface is in use (v1 layout). */
  readonly legacy: boolean;
  queueLife(index: number): QueueLife;
  /** The whole device's duties are void until reset. */
  readonly voided: boolean;
  /** Driver has set DRIVER_OK since the last reset (and the device is not void). */
  readonly driverOk: boolean;
  /** FEATURES_OK is among the bits that the driver has set since the last reset. */
  readonly featuresOk: boolean;
  /**
   * The device may but need not process queues now: the driver asked for a suspend, resume or reset whose outcome has
   * not been seen. `queueLife` still names the life before the request.
   */
  readonly quiescing?: boolean;
  /** ... because of a suspend. */
  readonly suspending?: boolean;
}

/**
 * The interrupt model (models/mmio/interrupts): what InterruptStatus and the line must, may and must not show.
 * `earliestRow` is the first log row at which the device can have raised the event: if the driver acknowledged after
 * that row, the event may have been acknowledged with it and is not owed any more.
 */
export interface InterruptSink {
  /** Bit 0 must be set from now on until acknowledged; if it is not, `index` is broken. */
  usedOwed(index: ClauseIndex, earliestRow: number): void;
  /** Bit 0 may be set (a notification that is allowed but not owed). */
  usedAllowed(): void;
  /** Bit 0 must be set by the time at which the device shows itself suspended (3.4.2). */
  usedBeforeSuspend(): void;
  /**
   * A used-ring update happened for which a notification is unwanted. If bit 0 then shows without an owed or allowed
   * reason, `index` (a SHOULD NOT) is broken.
   */
  usedUnwanted(index: ClauseIndex): void;
  /** As usedOwed, for bit 1. */
  configOwed(index: ClauseIndex, earliestRow: number): void;
  configAllowed(): void;
}

/** A run of guest memory inside a buffer. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/** A descriptor chain as the queue model has read it from memory, handed to the device-type model. */
export interface ChainView {
  readonly queue: number;
  readonly head: number;
  /** Grows by one with every chain exposed since power-on: tells two uses of one head apart. */
  readonly serial: number;
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
  readonly readableLength: number;
  readonly writableLength: number;
  /** Number of descriptors, direct and indirect, without table descriptors. */
  readonly descriptorCount: number;
  /** The driver broke a rule with this chain: nothing is owed for it. */
  readonly tainted: boolean;
  /**
   * Once completed: the rule on descriptors that a wrong answer to this chain most likely breaks, because of how the driver
   * described it (2.7.5.3.2). It explains wrong data better than the framing of the message does.
   */
  readonly explanation?: ClauseIndex;
  /** Bytes of the device-readable part as the driver stored them (a copy). */
  read(offset: number, length: number): Uint8Array;
  /** The device-readable part holds just these bytes from `offset` on. As comparing with `read`, without the copy. */
  reads(offset: number, bytes: Uint8Array): boolean;
  /** Bytes of the device-writable part as they are in memory now (a copy). Meaningful once completed. */
  written(offset: number, length: number): Uint8Array;
}

/** One field of a configuration space. */
export interface ConfigField {
  readonly name: string;
  readonly offset: number;
  /** Width in bytes: 1, 2, 4, 6 or 8. */
  readonly width: number;
  /** The field exists only if this feature bit is offered. */
  readonly feature?: number;
  readonly writable?: boolean;
  /** Must read as zero (padding). */
  readonly zero?: boolean;
  /** The device may change it on its own, without host action (none in practice for the types modelled here). */
  readonly volatile?: boolean;
}

/** Static facts of a device type that negotiation and configuration models need. */
export interface DeviceFacts {
  readonly deviceId: number;
  /** Feature bits that 1.4 defines for the type. */
  readonly knownFeatures: readonly number[];
  /** Feature bits that only the legacy interface knows. */
  readonly legacyFeatures: readonly number[];
  /** [bit, needs]: `bit` must not be offered or accepted without `needs`. */
  readonly dependencies: readonly (readonly [number, number])[];
  /**
   * The pairs of the same kind that bind the driver's selection too, so that accepting `bit` alone must be refused.
   * Default: none. (Block: CONFIG_WCE is not offered without FLUSH, but may be accepted without it, 5.2.5.2.)
   */
  readonly selectionDependencies?: readonly (readonly [number, number])[];
  readonly configFields: readonly ConfigField[];
  /** The layout of the configuration space is not known: its fields are not judged. */
  readonly opaqueConfig?: boolean;
  /** Number of queues, given the offered features and configuration where that decides. Undefined: unknown. */
  queueCount(offered: Negotiated): number | undefined;
  /** Queues 0 to `fewestQueues` - 1 exist whatever is offered and negotiated. Absent: not known of any. */
  readonly fewestQueues?: number;
}

/** What a device type promises (models/devices). Created anew per power-on. */
export interface DeviceModel {
  readonly facts: DeviceFacts;
  /** Device reset: forget in-flight requests. What persists (disk content) stays. */
  reset(): void;
  /**
   * The device's offer is known: DeviceFeatures has been read (window 0 is enough for the bits of a device type, 5.2.3,
   * 5.3.3). May be called again when more is known.
   */
  offered?(features: Negotiated): void;
  featuresFixed(features: Negotiated): void;
  driverOk(): void;
  /** The driver broke a rule after which the device is not followed until its next reset. */
  lostTrack?(): void;
  /** The same of one queue: what the device does with it is not followed until its next reset. */
  queueLost?(queue: number): void;
  /** Driver wrote Status (other than the 0 of a reset) or window 0 of DriverFeatures; plain numbers, no byte order. */
  driverWrote?(register: 'status' | 'features', value: number): void;
  /** The implementation died or hung on the event at `report.row`: the clause of this type that forbids just that. */
  blameForDeath?(): ClauseIndex | undefined;
  /** The configuration model has read one whole field (number, or bigint for 8-byte fields), in host order. */
  configField(name: string, value: bigint): void;
  configWritten(offset: number, size: number, value: number): void;
  /** The driver was shown a notification of a configuration change (InterruptStatus). */
  configChangeShown?(): void;
  /** ... and has had time to serve it, while device and driver were at work. */
  configChangeServed?(): void;
  host(event: HostEvent): void;
  /** The driver made a chain available. Driver rules of the type are judged here. */
  exposed(chain: ChainView): void;
  /** Whether the device owes completion of this chain once it has been notified and given time. */
  mustComplete(chain: ChainView): boolean;
  /** The device returned the chain and its writable content is known: judge data and used length. */
  completed(chain: ChainView, usedLength: number): void;
  /** The chain was withdrawn (reset, queue reset, void) without being used. */
  abandoned(chain: ChainView): void;
  /** The device was given time; `certain`: it is known to be idle. Check what should have happened by now. */
  settled(certain: boolean): void;
  /** A few words for findings: `disk 128 sectors, writeback=1, 2 in flight`. */
  describe(): string;
}
