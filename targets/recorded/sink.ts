/** What readers of recordings hand on, whatever the format: accesses with absolute addresses, and what lies between. */

/**
 * How a recorded number relates to the bytes on the bus. `register`: the register's value, as a device model sees it
 * (QEMU's trace events). `cpu`: what a load or store of the guest CPU holds (qtest). `bytes`: the bytes at increasing
 * addresses as a little-endian number (our own trace files).
 */
export type Notation = 'register' | 'cpu' | 'bytes';

export interface RecordingSink {
  /**
   * An access to the bus. `value` is NaN where the recording has the access but not what a read returned. `region` is the
   * name that the recording gives the place, if it does.
   */
  access(
    did: 'read' | 'wrote',
    address: number,
    size: number,
    value: number,
    notation: Notation,
    region: string | undefined,
    line: number,
  ): void;
  /** The driver stored bytes to memory, or loaded them, or the device stored them. */
  memory(did: 'read' | 'wrote' | 'device', address: number, bytes: Uint8Array, line: number): void;
  /** QEMU names, by a pointer, the device that the last access reached. */
  named(device: string): void;
  /** The device of that name is about to notify its driver. */
  notifying(device: string): void;
  /** The line of the device that was named last, or else of the one that the last access reached, has this level. */
  interrupt(level: 0 | 1, line: number): void;
  /** A fresh device was started. */
  powerOn(line: number): void;
  /** A line that tells nothing about a driver. `kind` says what it is. */
  other(kind: string): void;
  /** A line that should tell something and cannot be read. */
  malformed(reason: string, line: number): void;
}
