/**
 * What a driver stack tells about itself, step by step: its calls and what they return, its accesses to the bus, its DMA
 * maps, and how it ends. Whoever judges it translates these steps; nothing in here is a judgement.
 */

/** Directions of a bus_dmamap_sync(9). */
export type SyncOp = 'PREREAD' | 'PREWRITE' | 'POSTREAD' | 'POSTWRITE';

/** Functions of the virtio(4) interface between bus front end, core and child driver. */
export type ApiName =
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

/** Arguments or results, by name. Addresses and lengths in bytes. */
export type Facts = Readonly<Record<string, number | string | boolean>>;

/** The ways in which a kernel stops. */
export type PanicCause = 'assertion' | 'panic' | 'null-dereference' | 'bad-pointer' | 'out-of-bounds' | 'hang';

export type DriverStep =
  | { readonly kind: 'call'; readonly api: ApiName; readonly thread: number; readonly facts: Facts }
  | { readonly kind: 'return'; readonly api: ApiName; readonly thread: number; readonly facts: Facts }
  | { readonly kind: 'panic'; readonly cause: PanicCause; readonly reason: string; readonly thread: number }
  /** A register access as the CPU sees it: `raw` is what the bus carried, lowest address in the lowest byte. */
  | {
      readonly kind: 'register';
      readonly access: 'read' | 'write';
      readonly area: string;
      readonly offset: number;
      readonly size: number;
      readonly raw: number;
      readonly seen: number;
    }
  | { readonly kind: 'map'; readonly handle: string; readonly size: number; readonly part: boolean }
  | { readonly kind: 'unmap'; readonly handle: string; readonly size: number }
  | { readonly kind: 'dma-alloc'; readonly name: string; readonly address: number; readonly size: number }
  | { readonly kind: 'dma-free'; readonly name: string; readonly address: number; readonly size: number }
  | {
      readonly kind: 'sync';
      readonly name: string;
      readonly address: number;
      readonly size: number;
      readonly op: SyncOp;
    }
  /** The CPU touches memory that a device may own. */
  | { readonly kind: 'cpu'; readonly access: 'read' | 'write'; readonly address: number; readonly size: number }
  /** A descriptor slot's own bookkeeping changes hands. */
  | {
      readonly kind: 'slot';
      readonly queue: number;
      readonly slot: number;
      readonly owned: boolean;
      readonly thread: number;
    }
  /** The bus softc after a step of its life. */
  | {
      readonly kind: 'softc';
      readonly child: 'none' | 'set' | 'failed-pointer';
      readonly childState: 'none' | 'finished' | 'failed';
      readonly queues: boolean;
      readonly handle: boolean;
      readonly version1: boolean;
      readonly active: bigint;
    }
  /** A device attached from the command line; `announced` is the interrupt that the boot message names. */
  | {
      readonly kind: 'entry';
      readonly size: bigint;
      readonly base: bigint;
      readonly irq: number;
      readonly announced: number;
    }
  /** Bytes that a caller gives a driver for its device, and bytes of the device's that a driver hands on. */
  | { readonly kind: 'given' | 'handed'; readonly bytes: Uint8Array }
  /** What a driver tells the system of its device: an address, a tag, a size. */
  | { readonly kind: 'told'; readonly what: string; readonly value: string }
  | { readonly kind: 'print'; readonly text: string };

export interface Observer {
  observe(step: DriverStep): void;
}
