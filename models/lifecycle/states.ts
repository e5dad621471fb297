/** The models' view of a device's life in a few states: what diagrams show and coverage counts. */
import type { RegisterModel } from '../mmio/register-model.ts';
import type { QueueLife } from '../seams.ts';
import { STATUS } from '../status/status-bits.ts';

/** States of the device as initialisation, suspension and reset have left it (2.1, 2.4, 3.1, 3.4), with their meaning. */
export const DEVICE_STATES = {
  RESET: 'status 0',
  ACKNOWLEDGE: 'the driver has noticed the device',
  DRIVER: 'the driver knows how to drive it',
  FEATURES_ASKED: 'FEATURES_OK written, not read back',
  FEATURES_OK: 'the device has accepted the features',
  REFUSED: 'the device has not accepted the features',
  DRIVER_OK: 'live',
  SUSPENDING: 'SUSPEND written, not seen done',
  SUSPENDED: 'seen suspended',
  RESUMING: 'DRIVER_OK written, not seen running',
  UNCLEAR: 'how a suspend or resume request ended is not known',
  NEEDS_RESET: 'DEVICE_NEEDS_RESET was seen',
  FAILED: 'the driver has given up',
  RESETTING: 'reset asked for, not seen complete',
  VOID: 'the driver broke a rule: little is owed until a reset',
} as const;
export type DeviceState = keyof typeof DEVICE_STATES;

/** What queue 0 may be used for, with its meaning. */
export const QUEUE_STATES: Readonly<Record<QueueLife, string>> = {
  'after-reset': 'reset, nothing set up',
  'not-ready': 'not set up',
  'queue-reset': 'reset by itself, not set up again',
  'before-driver-ok': 'set up before DRIVER_OK',
  live: 'set up and live',
  suspended: 'the device is suspended',
  'needs-reset': 'the device needs a reset',
  failed: 'the driver has given up',
};

/** The state that the models are in. Cheap: asked after every write of a register. */
export function deviceState({ status, voided }: RegisterModel): DeviceState {
  if (voided) return 'VOID';
  if (status.resetPending) return 'RESETTING';
  if ((status.written & STATUS.FAILED) !== 0) return 'FAILED';
  if (status.needsReset) return 'NEEDS_RESET';
  switch (status.suspend.phase) {
    case 'suspending':
      return 'SUSPENDING';
    case 'suspended':
      return 'SUSPENDED';
    case 'resuming':
      return 'RESUMING';
    case 'unclear':
      return 'UNCLEAR';
    case 'running':
      break;
  }
  if (status.driverOk) return 'DRIVER_OK';
  if (status.features === 'accepted') return 'FEATURES_OK';
  if (status.features === 'refused') return 'REFUSED';
  if (status.features === 'asked') return 'FEATURES_ASKED';
  if ((status.written & STATUS.DRIVER) !== 0) return 'DRIVER';
  return (status.written & STATUS.ACKNOWLEDGE) !== 0 ? 'ACKNOWLEDGE' : 'RESET';
}
