/** What the model has to be told before the first event, and what it reports. */
import type { ClauseId } from '../clauses/catalogue.ts';
import type { ByteOrder } from '../setup.ts';
import type { ApiAge } from './lifecycle.ts';

export type DriverTransport = 'mmio-v1' | 'mmio-v2' | 'pci-0.9' | 'pci-1.0';

export type DeviceType = 'blk' | 'console' | 'rng' | 'net' | 'scsi' | 'balloon' | '9p' | 'gpu';

export interface AttachSetup {
  readonly age: ApiAge;
  readonly transport: DriverTransport;
  /** Byte orders as the device has them. */
  readonly registers: ByteOrder;
  readonly config: ByteOrder;
  readonly rings: ByteOrder;
  /** Configuration fields that are little-endian by definition, even on legacy devices. */
  readonly leFields: ByteOrder;
  /** Nothing about the device or the kernel excuses a failure to attach. */
  readonly healthy: boolean;
  /** The system has a driver for this type of device, whether or not its kernel was built with it. */
  readonly hasDriver: boolean;
  /** Block device: most data segments of a request and most bytes of one, where the device says so. */
  readonly segMax?: number;
  readonly sizeMax?: number;
  /** What the device is, where its driver hands bytes on or tells of it. */
  readonly type?: DeviceType;
  /** Types whose legacy interface has a rule on the byte order of its configuration space. */
  readonly device?: 'blk' | 'console';
}

export function isLegacy({ transport }: AttachSetup): boolean {
  return transport === 'mmio-v1' || transport === 'pci-0.9';
}

/** An obligation that a driver broke. */
export interface AttachFinding {
  readonly clause: ClauseId;
  /** Index of the event at which it became visible. */
  readonly event: number;
  /** One line each: what was owed, what was seen instead. */
  readonly expected: string;
  readonly seen: string;
  /** Phase of the lifecycle and what else mattered. */
  readonly state: string;
}

/** What the rules see of the model that they belong to. */
export interface RuleContext {
  readonly setup: AttachSetup;
  /** The obligation could have been broken here. */
  exercise(id: ClauseId): void;
  /** It could have been, and was unless `kept`. The texts are made only then. */
  check(id: ClauseId, kept: boolean, expected: string, seen: () => string): void;
  readonly phase: string;
}
