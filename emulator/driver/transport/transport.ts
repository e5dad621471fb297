/** What the virtio(4) core asks of a bus front end. */
import type { BusHandle } from '../kernel/bus-space.ts';

export interface Transport {
  /** Finds the device and brings it to ACK|DRIVER. False: nothing that can be attached. */
  attach(): boolean;
  /** Gives mappings and interrupts back, after its children are gone. */
  detach(): void;
  kick(queue: number): void;
  /** Number of entries, 0 where the queue doesn't exist. */
  readQueueSize(queue: number): number;
  /** Tells the device where a queue's memory lies; 0 takes the queue away. */
  setupQueue(queue: number, address: number): void;
  /** 0 resets; other bits are added to those that are set. */
  setStatus(bits: number): void;
  /** Negotiates and leaves the outcome in `active`, 0 where that failed. */
  negFeatures(want: bigint): void;
  allocInterrupts(): boolean;
  freeInterrupts(): void;
  setupInterrupts(reinit: boolean): boolean;
  /** The interrupt of the device. */
  interrupt(): void;
  /** The bus is detached when the system goes down. */
  readonly detachesAtShutdown: boolean;
  /** Detaching follows the magic pointer of a failed child as if it were one. */
  readonly followsFailedPointer: boolean;
  /** Changes whenever the configuration space does; null where the interface has nothing of the kind. */
  configGeneration(): number | null;
  /** The device's configuration space. */
  readonly config: BusHandle | null;
}
