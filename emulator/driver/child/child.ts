/** What all child drivers have in common, and the work that a test can give them. */
import type { Softc, ChildDevice } from '../virtio/softc.ts';
import type { Errno } from '../virtio/bits.ts';

/** What became of a request: under way, to be tried again, or refused for good. */
export type Outcome = 'queued' | 'retry' | 'rejected';

/** Work for a driver; each understands what fits it. Lengths in bytes. */
export type Work =
  /** Bytes for the device: console output, a packet, a 9P message. */
  | { readonly kind: 'output'; readonly length: number }
  /** A transfer to or from a disk; `misalign` bytes into a page. */
  | { readonly kind: 'transfer'; readonly write: boolean; readonly length: number; readonly misalign: number }
  /** Ask for what the device has to give: random bytes, a reply. */
  | { readonly kind: 'input'; readonly length: number }
  /** Balloon pages to hand over (positive) or to take back. */
  | { readonly kind: 'balloon'; readonly pages: number }
  /** Stops or restarts the flow of input. */
  | { readonly kind: 'flow'; readonly stopped: boolean }
  /** ifconfig up: starts the interface, resetting the device. */
  | { readonly kind: 'up' }
  /** Opens the unit's device node. */
  | { readonly kind: 'open'; readonly unit: number };

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
