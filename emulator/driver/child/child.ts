/** What all child drivers have in common, and the work that a test can give them. */
import type { Softc, ChildDevice } from '../virtio/softc.ts';
import type { Errno } from '../virtio/bits.ts';

/**
 * What became of a request: under way, to be tried again, or refused for good. A caller that waited hears the end of it:
 * done, or failed.
 */
export type Outcome = 'queued' | 'retry' | 'rejected' | 'done' | 'failed';

/** Work for a driver; each understands what fits it. Lengths in bytes. */
export type Work =
  /** Bytes for the device: console output, a packet, a 9P message. */
  | { readonly kind: 'output'; readonly data: Uint8Array }
  /**
   * A transfer to or from a disk, from sector `block` on (of 512 bytes); the buffer begins `misalign` bytes into a page.
   * `poll`: the caller waits with interrupts off.
   */
  | {
      readonly kind: 'transfer';
      readonly write: boolean;
      readonly length: number;
      readonly misalign: number;
      readonly block?: number;
      readonly poll?: boolean;
    }
  /** A disk's write cache is to be flushed; a panicking kernel writes its memory to a disk. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'dump'; readonly length: number }
  /** Ask for what the device has to give: random bytes, a reply. */
  | { readonly kind: 'input'; readonly length: number }
  /** Balloon pages to hand over (positive) or to take back. */
  | { readonly kind: 'balloon'; readonly pages: number }
  /** Stops or restarts the flow of input. */
  | { readonly kind: 'flow'; readonly stopped: boolean }
  /** ifconfig up: starts the interface, resetting the device. */
  | { readonly kind: 'up' }
  /** Opens the unit's device node, and closes it. */
  | { readonly kind: 'open'; readonly unit: number }
  | { readonly kind: 'close' };

export interface Child extends ChildDevice {
  /** Attaches. False: it gave up and called child_attach_failed. */
  attach(): boolean;
  /** Does a piece of work; undefined where the driver has none of that kind. */
  work(work: Work): Outcome | undefined;
  /** Two threads that use the same queue at the same time, each in steps; undefined where that cannot be. */
  threads?(): readonly Generator<void, void>[] | undefined;
}

export type ChildConstructor = new (sc: Softc) => Child;

/** For drivers that cannot be detached. */
export const NO_DETACH: Errno = 'EBUSY';
