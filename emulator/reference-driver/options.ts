/** How a reference driver is built: what it declares of itself, and its seeded defects. */

export interface ReferenceOptions {
  readonly frontEnd: 'blk' | 'console' | 'rng';
  /** Feature bits that the driver cannot work without, besides VERSION_1 on the modern layout. */
  readonly requires?: readonly number[];
  /** Block: the driver can send flush requests. Default: it can. */
  readonly flushes?: boolean;
  /** Entries that its queues have at most; as many as the device has when absent. */
  readonly queueSize?: number;
  /** Seeded defects (emulator/faults/reference-driver). */
  readonly switches?: readonly string[];
}
