/** Scenarios for the reference driver: a machine, and what driver, device and host are made to do, as plain data. */
import type { DeviceKind, Transport } from '../../models/setup.ts';

export const HOSTS = ['le', 'be-legacy', 'armeb'] as const;
/** Byte orders of CPU and device, by the names that endianness modes have. */
export type Host = (typeof HOSTS)[number];

export const RANGE_KINDS = ['discard', 'write-zeroes', 'secure-erase'] as const;
export type RangeKind = (typeof RANGE_KINDS)[number];

/** Lengths in bytes, sectors of 512 bytes. Actions that make no sense in the state the driver is in do nothing. */
export type ReferenceAction =
  | { readonly do: 'initialise'; readonly decline: readonly number[] }
  | { readonly do: 'settle' | 'shut-down' | 'suspend' | 'resume' | 'poll' }
  | { readonly do: 'reset-queue'; readonly queue: number; readonly size: number }
  | { readonly do: 'stop-queue' | 'notify'; readonly queue: number }
  | { readonly do: 'interrupts'; readonly wanted: boolean }
  | {
      readonly do: 'transfer';
      readonly write: boolean;
      readonly sector: number;
      readonly sectors: number;
      readonly pieces: number;
      readonly indirect: boolean;
    }
  | { readonly do: 'flush' | 'identify' | 'lifetime'; readonly indirect: boolean }
  | {
      readonly do: 'clear';
      readonly kind: RangeKind;
      readonly sector: number;
      readonly sectors: number;
      readonly ranges: number;
      readonly unmap: boolean;
      readonly indirect: boolean;
    }
  | { readonly do: 'cache-mode'; readonly writeback: boolean }
  | {
      readonly do: 'output';
      readonly port: number;
      readonly length: number;
      readonly pieces: number;
      readonly indirect: boolean;
    }
  | { readonly do: 'open'; readonly port: number; readonly open: boolean }
  | { readonly do: 'random'; readonly length: number; readonly pieces: number; readonly indirect: boolean }
  /** The host: what it does to the device behind the driver's back. */
  | { readonly do: 'host-input'; readonly port: number; readonly length: number }
  | { readonly do: 'host-port'; readonly port: number; readonly change: 'add' | 'remove' | 'open' | 'close' }
  | { readonly do: 'resize-disk'; readonly sectors: number; readonly while: 'now' | 'capacity is read' }
  | { readonly do: 'resize-console'; readonly cols: number; readonly rows: number }
  | { readonly do: 'break-device' }
  /** The device: what it may do, or what a driver has to bear. `event`: entries ahead of the last one exposed. */
  | { readonly do: 'spurious-interrupt' }
  | { readonly do: 'device-says'; readonly queue: number; readonly silent: boolean; readonly event: number };

export interface ReferenceMachine {
  readonly frontEnd: DeviceKind;
  readonly transport: Transport;
  readonly host: Host;
  /** Feature bits that the driver cannot work without, and whether it can flush. */
  readonly driver: { readonly requires: readonly number[]; readonly flushes: boolean; readonly queueSize?: number };
  readonly device: {
    readonly queueSize: number;
    readonly withhold?: readonly number[];
    /** Features of the platform that are offered although they change nothing here. */
    readonly platformFeatures?: readonly number[];
    readonly completion?: 'immediate' | 'fifo' | 'lifo' | 'shuffled';
    readonly readOnly?: boolean;
    readonly ports?: number;
    readonly refuseFeatures?: boolean;
    readonly absentQueues?: readonly number[];
    /** Seeded defects of the device: what a driver has to bear. */
    readonly faults?: readonly string[];
  };
  /** Bytes that the configuration space is larger than any field needs. */
  readonly configPadding?: number;
}

export interface ReferenceScenario {
  readonly machine: ReferenceMachine;
  readonly actions: readonly ReferenceAction[];
}
