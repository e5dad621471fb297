/** Names of the reference driver as a target: `driver:reference-blk`, `driver:reference-console`, `driver:reference-rng`. */
import { DEVICE_KINDS, type DeviceKind } from '../../models/setup.ts';

const REFERENCE = 'reference-';

export const REFERENCE_NAMES: readonly string[] = DEVICE_KINDS.map((kind) => `${REFERENCE}${kind}`);

/** The front end that a name like `reference-blk` means; undefined for any other name. */
export function frontEndOf(name: string): DeviceKind | undefined {
  return DEVICE_KINDS.find((kind) => name === `${REFERENCE}${kind}`);
}
