/**
 * A scenario: what a driver does, as plain data. It shrinks, is saved, pasted and replayed; the harness's reference
 * driver (harness/driver) interprets it. An action that makes no sense in the state the driver is in is skipped, so any
 * sub-list of a scenario is a scenario again.
 */
import type { HostEvent } from '../models/trace/event-log.ts';

export interface Scenario {
  /** The family that drew it (generators/families). */
  readonly family: string;
  /** The configuration of the implementation that it runs on. */
  readonly variant: string;
  readonly actions: readonly Action[];
}

/** How far an initialisation goes. `live` is all the way to DRIVER_OK. */
export type InitStage = 'reset' | 'driver' | 'features' | 'queues' | 'live';
export const INIT_STAGES: readonly InitStage[] = ['reset', 'driver', 'features', 'queues', 'live'];

/** One rule of initialisation broken on purpose. */
export const PROTOCOL_SLIPS = [
  'skip-acknowledge',
  'skip-driver',
  'skip-features-ok',
  'skip-features-read',
  'features-after-ok',
  'queues-before-features-ok',
  'kick-before-driver-ok',
  'ready-without-addresses',
  'size-zero',
  'size-above-max',
  'size-not-power-of-two',
  'misaligned-rings',
  'rings-outside-memory',
  'reconfigure-while-ready',
  'clear-status-bit',
  'align-zero',
] as const;
export type ProtocolSlip = (typeof PROTOCOL_SLIPS)[number];

/** One part of a ring at the very end of guest memory. */
export interface RingEdge {
  readonly queue: number;
  readonly part: 'descriptors' | 'available' | 'used';
  /** Bytes of it that lie beyond the memory, all of it at most. With 0 the part ends where the memory does, as it may. */
  readonly missing: number;
}

/** One rule of the ring protocol broken on purpose. */
export const CHAIN_BREAKS = [
  'next-out-of-range',
  'loop',
  'head-out-of-range',
  'address-outside',
  'length-beyond',
  'readable-after-writable',
  'nested-indirect',
  'indirect-and-next',
  'table-length-odd',
  'table-empty',
  'table-outside',
  'indirect-loop',
  'indirect-next-out-of-range',
  'avail-jump',
  'avail-back',
  'head-twice',
  'no-writable',
  'short-header',
  'sum-beyond-4g',
  'zero-length',
] as const;
export type ChainBreak = (typeof CHAIN_BREAKS)[number];

/** What a chain asks of the device; the reference driver turns it into bytes. */
export type Request =
  | {
      readonly kind: 'blk';
      readonly type: number;
      readonly sector: number;
      readonly sectors: number;
      readonly fill: number;
    }
  /** Discard (11), secure erase (14) or write-zeroes (13) with segment records. */
  | { readonly kind: 'blk-ranges'; readonly type: number; readonly ranges: readonly BlockRange[] }
  | { readonly kind: 'entropy'; readonly length: number }
  | { readonly kind: 'console-in'; readonly length: number }
  | { readonly kind: 'console-out'; readonly length: number; readonly fill: number }
  | { readonly kind: 'control-in'; readonly length: number }
  | { readonly kind: 'control-out'; readonly id: number; readonly event: number; readonly value: number }
  /** Bytes without meaning, for queues that do not exist in the type or hostile lengths. */
  | { readonly kind: 'raw'; readonly out: number; readonly in: number };

export interface BlockRange {
  readonly sector: number;
  readonly sectors: number;
  readonly flags: number;
}

/** How the bytes of a request are laid out in descriptors. */
export interface ChainShape {
  /** Where the device-readable bytes are cut, in bytes from their start; out-of-range cuts are ignored. */
  readonly cutOut: readonly number[];
  /** Where the device-writable bytes are cut. */
  readonly cutIn: readonly number[];
  /** `none`: direct descriptors. `all`: one table. `tail`: first descriptor direct, the rest in a table. */
  readonly indirect: 'none' | 'all' | 'tail';
  /** WRITE flag on the descriptor that refers to the table (the device must ignore it). */
  readonly tableWrite: boolean;
  /** Bytes by which buffers are off their natural alignment, 0 to 15. */
  readonly skew: number;
  /** Order in which descriptors are taken from the table. */
  readonly order: 'up' | 'down' | 'scattered';
}

export const PLAIN_SHAPE: ChainShape = {
  cutOut: [],
  cutIn: [],
  indirect: 'none',
  tableWrite: false,
  skew: 0,
  order: 'up',
};

export type Action =
  /** Reset and initialise. `decline`/`extra`: feature bits left out of, or wrongly added to, what is accepted. */
  | {
      readonly do: 'init';
      readonly until: InitStage;
      readonly decline: readonly number[];
      readonly extra: readonly number[];
      /** Wished queue size; the largest the device offers if larger. */
      readonly size: number;
      /** Legacy: used-ring alignment and page size in bytes. */
      readonly align: number;
      readonly pageSize: number;
      readonly slip?: ProtocolSlip;
      /** How the selection is written: first all that is offered and then the choice, or without windows that are 0. */
      readonly selecting?: 'twice' | 'sparse';
      /** Modern: where one of the rings ends. */
      readonly edge?: RingEdge;
    }
  /** Reads identification, all feature windows, per-queue registers: everything that can be read at any time. */
  | { readonly do: 'probe' }
  /** Makes a chain available on a queue and kicks if the device wants it, always, or never. */
  | {
      readonly do: 'submit';
      readonly queue: number;
      readonly request: Request;
      readonly shape: ChainShape;
      readonly kick: 'needed' | 'always' | 'never';
      readonly break?: ChainBreak;
    }
  | { readonly do: 'kick'; readonly queue: number }
  /** Waits for everything in flight on the queue (that will come), collects it, checks the interrupt and acknowledges. */
  | { readonly do: 'reap'; readonly queue: number; readonly ack: boolean }
  /** Gives the device time. */
  | { readonly do: 'settle' }
  /** Reads InterruptStatus (twice) and acknowledges `mask` of what is set. */
  | { readonly do: 'ack'; readonly mask: number }
  /** Interrupt suppression: avail.flags (2: set even with EVENT_IDX), and used_event this far ahead of the next used one. */
  | { readonly do: 'suppress'; readonly queue: number; readonly flags: number; readonly eventAhead: number }
  /** Submits and reaps full rings (or `most` chains at once), `rounds` times: fills queues and wraps indexes. */
  | {
      readonly do: 'cycle';
      readonly queue: number;
      readonly rounds: number;
      readonly request: Request;
      readonly most?: number;
    }
  | { readonly do: 'read-config'; readonly offset: number; readonly size: number }
  /** Reads every field of the device type's configuration, between generation reads. */
  | { readonly do: 'read-config-all' }
  | { readonly do: 'write-config'; readonly offset: number; readonly size: number; readonly value: number }
  | { readonly do: 'host'; readonly event: HostEvent }
  | { readonly do: 'read'; readonly offset: number; readonly size: number }
  | { readonly do: 'write'; readonly offset: number; readonly size: number; readonly value: number }
  /** Sets status bits (ORs them in). */
  | { readonly do: 'status'; readonly set: number }
  | { readonly do: 'reset' }
  /** Modern, RING_RESET: resets one queue and, if asked, re-enables it with a size. */
  | { readonly do: 'queue-reset'; readonly queue: number; readonly enable: boolean; readonly size: number }
  /** Stops a queue by QueueReady (or QueuePFN) 0. */
  | { readonly do: 'queue-stop'; readonly queue: number }
  | { readonly do: 'suspend' }
  | { readonly do: 'resume' };
