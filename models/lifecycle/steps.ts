/**
 * Every step between the states of `states.ts` that the models can go through while the device keeps its side, by the state it
 * starts from. The test beside this file holds the tables to what an exploration of the models finds; only REFUSED needs a
 * device that turns down features without saying which of them it needs.
 */
import type { QueueLife } from '../seams.ts';
import type { Transport } from '../setup.ts';
import type { DeviceState } from './states.ts';

export type StepTable<State extends string = string> = Readonly<Partial<Record<State, readonly State[]>>>;

/** Steps of the device, and of its queue 0. */
export interface LifecycleSteps {
  readonly device: StepTable<DeviceState>;
  readonly queue: StepTable<QueueLife>;
}

export const STEPS: Readonly<Record<Transport, LifecycleSteps>> = {
  'mmio-v1': {
    device: {
      RESET: ['ACKNOWLEDGE', 'DRIVER', 'DRIVER_OK', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      ACKNOWLEDGE: ['DRIVER', 'DRIVER_OK', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      DRIVER: ['DRIVER_OK', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      DRIVER_OK: ['NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      NEEDS_RESET: ['FAILED', 'RESETTING', 'VOID'],
      FAILED: ['RESETTING', 'VOID'],
      RESETTING: ['RESET', 'ACKNOWLEDGE', 'DRIVER', 'DRIVER_OK', 'FAILED', 'VOID'],
      VOID: ['RESETTING'],
    },
    queue: {
      'after-reset': ['not-ready', 'live'],
      'not-ready': ['after-reset', 'live', 'needs-reset', 'failed'],
      live: ['after-reset', 'not-ready', 'needs-reset', 'failed'],
      'needs-reset': ['not-ready', 'live', 'failed'],
      failed: ['not-ready', 'live'],
    },
  },
  'mmio-v2': {
    device: {
      RESET: ['ACKNOWLEDGE', 'DRIVER', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      ACKNOWLEDGE: ['DRIVER', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      DRIVER: ['FEATURES_ASKED', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      FEATURES_ASKED: ['FEATURES_OK', 'REFUSED', 'NEEDS_RESET', 'RESETTING', 'VOID'],
      FEATURES_OK: ['DRIVER_OK', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      REFUSED: ['NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      DRIVER_OK: ['SUSPENDING', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      SUSPENDING: ['SUSPENDED', 'UNCLEAR', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      SUSPENDED: ['RESUMING', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      RESUMING: ['DRIVER_OK', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      UNCLEAR: ['DRIVER_OK', 'SUSPENDED', 'NEEDS_RESET', 'FAILED', 'RESETTING', 'VOID'],
      NEEDS_RESET: ['FAILED', 'RESETTING', 'VOID'],
      FAILED: ['RESETTING', 'VOID'],
      RESETTING: ['RESET', 'ACKNOWLEDGE', 'DRIVER', 'NEEDS_RESET', 'FAILED', 'VOID'],
      VOID: ['RESETTING'],
    },
    queue: {
      'after-reset': ['not-ready', 'before-driver-ok', 'needs-reset', 'failed'],
      'not-ready': ['after-reset', 'queue-reset', 'before-driver-ok', 'live', 'suspended', 'needs-reset', 'failed'],
      'queue-reset': ['not-ready', 'before-driver-ok', 'live', 'suspended', 'needs-reset', 'failed'],
      'before-driver-ok': ['after-reset', 'not-ready', 'queue-reset', 'live', 'needs-reset', 'failed'],
      live: ['not-ready', 'queue-reset', 'before-driver-ok', 'suspended', 'needs-reset', 'failed'],
      suspended: ['not-ready', 'queue-reset', 'live', 'needs-reset', 'failed'],
      'needs-reset': ['after-reset', 'not-ready', 'queue-reset', 'before-driver-ok', 'failed'],
      failed: ['not-ready', 'queue-reset', 'before-driver-ok'],
    },
  },
};
