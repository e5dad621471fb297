/** Feature negotiation, the part that does not depend on the transport. */
import { RING_INDIRECT } from './bits.ts';
import type { Softc } from './softc.ts';

export function negotiateFeatures(sc: Softc, want: bigint): void {
  const asked = sc.noIndirect ? want : want | RING_INDIRECT;
  sc.refused = false;
  sc.transport.negFeatures(asked);
  sc.indirect = (sc.active & RING_INDIRECT) !== 0n;
}
