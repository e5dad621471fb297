/** One queue's registers as the driver has programmed them, and what the device has shown of it. */

/** Which registers the driver has written since the queue was last at its defaults. */
export const WROTE = {
  SIZE: 1,
  DESC_LOW: 2,
  DESC_HIGH: 4,
  DRIVER_LOW: 8,
  DRIVER_HIGH: 16,
  DEVICE_LOW: 32,
  DEVICE_HIGH: 64,
  ALIGN: 128,
};
const ADDRESSES = 2 | 4 | 8 | 16 | 32 | 64;

export class QueueState {
  readonly index: number;
  /** QueueReady, or (legacy) QueuePFN: the last value written. */
  ready = 0;
  /** The driver's writes enabled the queue and the listener was told. */
  enabled = false;
  size = 0;
  align = 0;
  wrote = 0;
  descLow = 0;
  descHigh = 0;
  driverLow = 0;
  driverHigh = 0;
  deviceLow = 0;
  deviceHigh = 0;
  /** QueueSizeMax as read since the last reset, or -1. */
  sizeMax = -1;
  /** Negotiation stage at which it was read. */
  sizeMaxStage = -1;
  /** The driver broke a rule for this queue: what its registers show is not judged until it is reset. */
  voided = false;
  /** ... and nothing but a device reset brings it back in step. */
  hopeless = false;
  /** QueueReady was written since power-on or reset, so what it reads is not the reset value. */
  readyWritten = false;
  /** QueueReset (RING_RESET): `asked`: 1 written, completion not seen. `done`: seen, not re-enabled since. */
  reset: 'none' | 'asked' | 'done' = 'none';
  /** QueueReset read 0 after a reset was asked for while QueueReady still read 1. */
  readyAfterReset = false;
  /** A device reset left QueueReset to be 0 (RING_RESET had been negotiated). */
  resetMustBeClear = false;
  /** The driver asked for a queue reset and has not looked at QueueReset since. */
  resetUnread = false;
  /** The driver wrote 0 to QueueReady and has yet to read it back. */
  stopUnread = false;

  constructor(index: number) {
    this.index = index;
  }

  /** All registers at their defaults: after a device reset. */
  clear(): void {
    this.ready = 0;
    this.enabled = false;
    this.wrote = 0;
    this.sizeMax = -1;
    this.voided = false;
    this.hopeless = false;
    this.readyWritten = this.readyAfterReset = false;
    this.reset = 'none';
    this.resetMustBeClear = false;
    this.stopUnread = this.resetUnread = false;
  }

  get addressesWritten(): boolean {
    return (this.wrote & ADDRESSES) === ADDRESSES;
  }

  get descriptors(): number {
    return this.descHigh * 0x1_0000_0000 + this.descLow;
  }

  get available(): number {
    return this.driverHigh * 0x1_0000_0000 + this.driverLow;
  }

  get used(): number {
    return this.deviceHigh * 0x1_0000_0000 + this.deviceLow;
  }
}

export function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}
