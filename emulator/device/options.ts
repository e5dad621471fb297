/** How an emulated device is configured at power-on. Everything has a conforming default. */
import type { Endian } from './types.ts';

export interface EmulatorOptions {
  readonly device: 'blk' | 'rng' | 'console' | 'net' | 'scsi' | 'balloon' | '9p' | 'gpu';
  /** 1 = legacy MMIO layout, 2 = modern. */
  readonly version: 1 | 2;
  /** Legacy only: what the device believes the guest's byte order to be (configuration and rings). Default little. */
  readonly believedGuest?: Endian;
  /** Legacy only: byte order of the control registers. Default little. */
  readonly registerEndian?: Endian;
  /** QueueSizeMax of every queue, up to 32768. Default 256. */
  readonly queueSizeMax?: number;
  /** `immediate`: requests complete inside the notification. Otherwise they complete in `runPending`, in this order. */
  readonly completion?: 'immediate' | 'fifo' | 'lifo' | 'shuffled';
  /** Seed of the order for `shuffled`. */
  readonly seed?: number;
  /** Transport and ring features (24, 28, 29, 35, 40, SUSPEND, ...) not to be offered, as bit numbers. */
  readonly withhold?: readonly number[];
  /** Features of the platform (33, 36, 39) to be offered: accepted or not, nothing here depends on them. */
  readonly platformFeatures?: readonly number[];
  /** Queues of the type that this device does not have: their size reads 0. */
  readonly absentQueues?: readonly number[];
  /** FEATURES_OK never sticks. */
  readonly refuseFeatures?: boolean;
  /**
   * 9P, balloon: fields that are little-endian on a modern device are in the guest's order on a legacy one, as QEMU has the
   * length of the mount tag. Default little.
   */
  readonly leFieldsInGuestOrder?: boolean;
  /** 9P: what the exported file system goes by. */
  readonly mountTag?: string;
  /** Network: the address, six bytes. */
  readonly mac?: readonly number[];
  /** Balloon: pages that the host wants to have (default 0x1234). */
  readonly balloonPages?: number;
  /** SCSI: commands that a logical unit takes at once (default 128); every how many-th command fails (default none). */
  readonly cmdPerLun?: number;
  readonly failEvery?: number;
  /** SCSI: the target that the disk is (default 0). There is no other. */
  readonly scsiTarget?: number;
  /** GPU: the one display, in pixels. */
  readonly display?: { readonly width?: number; readonly height?: number; readonly enabled?: boolean };
  /** Bytes to show in the configuration space instead of the type's own, from offset 0 on. */
  readonly configBytes?: readonly number[];
  /** Block: `seg_max` and `size_max` of the configuration space. */
  readonly segMax?: number;
  readonly sizeMax?: number;
  /** Block: capacity in 512-byte sectors (default 128), read-only backend, GET_ID string. */
  readonly capacity?: number;
  readonly readOnly?: boolean;
  readonly serial?: string;
  /** Block: the medium has wear metrics, so LIFETIME is offered. Default: it has none. */
  readonly wearMetrics?: boolean;
  /** Console: offer MULTIPORT with ports 0..n-1 (n = 1 means a plain console without MULTIPORT). Default 1. */
  readonly ports?: number;
  /** Names of the seeded faults to switch on (see emulator/faults). */
  readonly faults?: readonly string[];
}
