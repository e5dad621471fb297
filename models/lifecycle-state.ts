/**
 * The lifecycle of a device as one number: how far negotiation, suspension and reset have come, and what life queue 0
 * leads. What rings and requests are about is not in it, so that the states are few and can be counted.
 */
import type { RegisterModel } from './mmio/register-model.ts';
import type { QueueLife } from './seams.ts';
import type { StatusReads } from './status/status-reads.ts';
import type { SuspendPhase } from './status/suspend-model.ts';

/** A state of the lifecycle; equal numbers are equal states. */
export type LifecycleState = number;

const FEATURES: Readonly<Record<StatusReads['features'], number>> = { open: 0, asked: 1, accepted: 2, refused: 3 };
const SUSPENSION: Readonly<Record<SuspendPhase, number>> = {
  running: 0,
  suspending: 1,
  suspended: 2,
  resuming: 3,
  unclear: 4,
};
const LIFE: Readonly<Record<QueueLife, number>> = {
  live: 0,
  'not-ready': 1,
  'queue-reset': 2,
  'before-driver-ok': 3,
  'after-reset': 4,
  suspended: 5,
  'needs-reset': 6,
  failed: 7,
};

/** Bits of Status that a driver sets; those in the low byte that VIRTIO does not define tell nothing. */
const DRIVER_BITS = 0x9f;
const FEATURES_SHIFT = 8;
const SUSPENSION_SHIFT = 10;
const RESET_PENDING = 1 << 13;
const VOIDED = 1 << 14;
const NEEDS_RESET = 1 << 15;
const LIFE_SHIFT = 16;

/** The state that the models are in now. Cheap: called for every register write. */
export function lifecycleState(registers: RegisterModel): LifecycleState {
  const { status } = registers;
  return (
    (status.written & DRIVER_BITS) |
    (FEATURES[status.features] << FEATURES_SHIFT) |
    (SUSPENSION[status.suspend.phase] << SUSPENSION_SHIFT) |
    (status.resetPending ? RESET_PENDING : 0) |
    (registers.voided ? VOIDED : 0) |
    (status.needsReset ? NEEDS_RESET : 0) |
    (LIFE[registers.queueLife(0)] << LIFE_SHIFT)
  );
}
