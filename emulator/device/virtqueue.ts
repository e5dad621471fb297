/** One queue of the device: how it was set up, its ring, and what waits for it. */
import { QueueSetup, type RingLayout } from './queue-setup.ts';
import { SplitRing, type RingOwner } from './split-ring.ts';

export class Virtqueue {
  readonly setup: QueueSetup;
  readonly ring: SplitRing;
  /** The driver notified while the device could not run. */
  kicked = false;
  /** A queue reset waits for requests under way (4.2.2.1: QueueReset reads 1 as long). */
  resetting = false;
  /** For faults: what QueueReset reads regardless. */
  resetRegister = 0;
  /** For the fault `queue-reset-reuses-old-setup`: the first layout since device reset. */
  firstLayout: RingLayout | null = null;

  constructor(index: number, sizeMax: number, owner: RingOwner) {
    this.setup = new QueueSetup(sizeMax);
    this.ring = new SplitRing(index, owner);
  }

  /** Everything at its default, as after power-on. */
  reset(): void {
    this.setup.reset();
    this.ring.close();
    this.kicked = false;
    this.resetting = false;
    this.firstLayout = null;
  }
}
