/**
 * What the model of the child-attach lifecycle reads: the calls of a driver stack, its accesses to the bus and to memory,
 * and how it ended. Adapters make these from whatever they watch.
 */

/** Named values of a call: arguments when it begins, arguments and results when it returns. */
export type Facts = Readonly<Record<string, number | string | boolean>>;

/** Functions of the virtio(4) interface. */
export type AttachApi =
  | 'bus_attach'
  | 'bus_detach'
  | 'shutdown'
  | 'rescan'
  | 'child_attach'
  | 'child_attach_start'
  | 'child_attach_set_vqs'
  | 'child_attach_finish'
  | 'child_attach_failed'
  | 'child_detach'
  | 'attach_failed'
  | 'negotiate_features'
  | 'device_reset'
  | 'reinit_start'
  | 'reinit_end'
  | 'init_vq'
  | 'alloc_vq'
  | 'free_vq'
  | 'enqueue_prep'
  | 'enqueue_reserve'
  | 'enqueue'
  | 'enqueue_commit'
  | 'enqueue_abort'
  | 'dequeue'
  | 'dequeue_commit'
  | 'start_vq_intr'
  | 'stop_vq_intr'
  | 'read_config'
  | 'write_config'
  | 'submit'
  | 'open'
  | 'close'
  | 'identify'
  | 'dump'
  | 'hwiflow'
  | 'done'
  | 'interrupt';

/** Registers and their values: `raw` is the bytes at increasing addresses as a little-endian number. */
export interface RegisterEvent {
  readonly kind: 'register';
  readonly access: 'read' | 'write';
  /** Which window: mmio, mmio-config, pci-io, pci-common, pci-notify, pci-isr, pci-config. */
  readonly area: string;
  readonly offset: number;
  readonly size: number;
  readonly raw: number;
  /** What the driver took it for. */
  readonly seen: number;
}

export interface CallEvent {
  readonly kind: 'call' | 'return';
  readonly api: AttachApi;
  readonly thread: number;
  readonly facts: Facts;
}

export type SyncDirection = 'PREREAD' | 'PREWRITE' | 'POSTREAD' | 'POSTWRITE';

export interface SoftcEvent {
  readonly kind: 'softc';
  readonly child: 'none' | 'set' | 'failed-pointer';
  readonly queues: boolean;
  readonly handle: boolean;
  readonly version1: boolean;
}

export type AttachEvent =
  | CallEvent
  | RegisterEvent
  | SoftcEvent
  | { readonly kind: 'panic'; readonly cause: string; readonly reason: string }
  | { readonly kind: 'map'; readonly handle: string; readonly size: number; readonly part: boolean }
  | { readonly kind: 'unmap'; readonly handle: string; readonly size: number }
  | { readonly kind: 'dma-alloc' | 'dma-free'; readonly name: string; readonly address: number; readonly size: number }
  | { readonly kind: 'sync'; readonly address: number; readonly size: number; readonly op: SyncDirection }
  | { readonly kind: 'cpu'; readonly access: 'read' | 'write'; readonly address: number; readonly size: number }
  | {
      readonly kind: 'slot';
      readonly queue: number;
      readonly slot: number;
      readonly owned: boolean;
      readonly thread: number;
    }
  | { readonly kind: 'store'; readonly address: number; readonly bytes: Uint8Array }
  | { readonly kind: 'device-store'; readonly address: number; readonly bytes: Uint8Array }
  /** A device attached from the kernel's command line; `announced` is the interrupt that the boot message names. */
  | {
      readonly kind: 'entry';
      readonly size: bigint;
      readonly base: bigint;
      readonly irq: number;
      readonly announced: number;
    }
  | { readonly kind: 'command-line'; readonly text: string }
  /** Bytes that a caller gives a driver for its device, and bytes of the device's that a driver hands on. */
  | { readonly kind: 'given' | 'handed'; readonly bytes: Uint8Array }
  /** What a driver tells the system of its device, in words. */
  | { readonly kind: 'told'; readonly what: string; readonly value: string }
  /** Nothing more happens by itself. */
  | { readonly kind: 'settled' };
