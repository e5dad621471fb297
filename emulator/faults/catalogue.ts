/** The seeded defects of the emulated device. A suite proves itself by catching each under a clause that it breaks. */
import { blockFaults } from './device/block.ts';
import { configFaults } from './device/config.ts';
import { consoleFaults } from './device/console.ts';
import { endiannessFaults } from './device/endianness.ts';
import { entropyFaults } from './device/entropy.ts';
import { inOrderFaults } from './device/in-order.ts';
import { indirectFaults } from './device/indirect.ts';
import { interruptsFaults } from './device/interrupts.ts';
import { legacyFaults } from './device/legacy.ts';
import { negotiationFaults } from './device/negotiation.ts';
import { queueResetFaults } from './device/queue-reset.ts';
import { registersFaults } from './device/registers.ts';
import { resetFaults } from './device/reset.ts';
import { ringFaults } from './device/ring.ts';
import { robustnessFaults } from './device/robustness.ts';
import { statusFaults } from './device/status.ts';
import { suppressionFaults } from './device/suppression.ts';
import { suspendFaults } from './device/suspend.ts';
import { usedLengthFaults } from './device/used-length.ts';
import type { Fault } from './fault.ts';
import { OPEN_FAULTS } from './open-faults.ts';

const all = [
  ...statusFaults,
  ...negotiationFaults,
  ...resetFaults,
  ...registersFaults,
  ...configFaults,
  ...interruptsFaults,
  ...legacyFaults,
  ...ringFaults,
  ...indirectFaults,
  ...usedLengthFaults,
  ...inOrderFaults,
  ...endiannessFaults,
  ...suppressionFaults,
  ...queueResetFaults,
  ...suspendFaults,
  ...robustnessFaults,
  ...blockFaults,
  ...consoleFaults,
  ...entropyFaults,
] as const;

export type DeviceFaultName = (typeof all)[number]['name'];

export type DeviceFault = Fault & { readonly name: DeviceFaultName };

/** Everything that can be switched on. */
export const allDeviceFaults: readonly DeviceFault[] = all;

/** Those that the suite is known to catch. */
export const deviceFaults: readonly DeviceFault[] = allDeviceFaults.filter(({ name }) => !(name in OPEN_FAULTS));

/** The others, and what keeps the suite from catching them. */
export const openDeviceFaults: readonly (DeviceFault & { readonly open: string })[] = allDeviceFaults.flatMap(
  (fault) => (fault.name in OPEN_FAULTS ? [{ ...fault, open: OPEN_FAULTS[fault.name] }] : []),
);
