/** The seeded defects of the driver stack and of the reference driver. A suite proves itself by catching each under a clause that it breaks. */
import { registersDriverFaults } from './driver/registers.ts';
import { statusDriverFaults } from './driver/status.ts';
import { negotiationDriverFaults } from './driver/negotiation.ts';
import { configDriverFaults } from './driver/config.ts';
import { endiannessDriverFaults } from './driver/endianness.ts';
import { queueSetupDriverFaults } from './driver/queue-setup.ts';
import { interruptsDriverFaults } from './driver/interrupts.ts';
import { ringDriverFaults } from './driver/ring.ts';
import { indirectDriverFaults } from './driver/indirect.ts';
import { suppressionDriverFaults } from './driver/suppression.ts';
import { dmaSyncDriverFaults } from './driver/dma-sync.ts';
import { lifecycleDriverFaults } from './driver/lifecycle.ts';
import { detachDriverFaults } from './driver/detach.ts';
import { blockDriverFaults } from './driver/block.ts';
import { consoleDriverFaults } from './driver/console.ts';
import { entropyDriverFaults } from './driver/entropy.ts';
import { messagesDriverFaults } from './driver/messages.ts';
import type { DriverFault } from './fault.ts';
import { referenceFaults } from './reference-driver/index.ts';
import { OPEN_DRIVER_FAULTS } from './open-driver-faults.ts';

const all = [
  ...registersDriverFaults,
  ...statusDriverFaults,
  ...negotiationDriverFaults,
  ...configDriverFaults,
  ...endiannessDriverFaults,
  ...queueSetupDriverFaults,
  ...interruptsDriverFaults,
  ...ringDriverFaults,
  ...indirectDriverFaults,
  ...suppressionDriverFaults,
  ...dmaSyncDriverFaults,
  ...lifecycleDriverFaults,
  ...detachDriverFaults,
  ...blockDriverFaults,
  ...consoleDriverFaults,
  ...entropyDriverFaults,
  ...messagesDriverFaults,
  ...referenceFaults,
] as const;

export type DriverFaultName = (typeof all)[number]['name'];

export type SeededDriverFault = DriverFault & { readonly name: DriverFaultName };

/** Everything that can be switched on. */
export const allDriverFaults: readonly SeededDriverFault[] = all;

/** Those that the suite is known to catch. */
export const driverFaults: readonly SeededDriverFault[] = allDriverFaults.filter(
  ({ name }) => !(name in OPEN_DRIVER_FAULTS),
);

/** The others, and what keeps the suite from catching them. */
export const openDriverFaults: readonly (SeededDriverFault & { readonly open: string })[] = allDriverFaults.flatMap(
  (fault) => (fault.name in OPEN_DRIVER_FAULTS ? [{ ...fault, open: OPEN_DRIVER_FAULTS[fault.name] }] : []),
);
