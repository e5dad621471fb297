/** The scenarios that the reference driver is judged by. */
import type fc from 'fast-check';
import { referenceScenarios } from '../../generators/reference-driver/arbitrary.ts';
import type { ReferenceScenario } from '../../generators/reference-driver/scenario.ts';
import { DEVICE_KINDS, TRANSPORTS, type DeviceKind, type Transport } from '../../models/setup.ts';

export function conformingReferenceUse(
  frontEnds: readonly DeviceKind[] = DEVICE_KINDS,
  transports: readonly Transport[] = TRANSPORTS,
): fc.Arbitrary<ReferenceScenario> {
  return referenceScenarios({ frontEnds, transports });
}
