/** Defects of serving interrupts, in the reference driver. */
import type { DriverFault } from '../fault.ts';

const ALL = ['reference-blk', 'reference-console', 'reference-rng'] as const;

export const interruptsReferenceFaults = [
  {
    name: 'undefined-interrupt-bits-acknowledged',
    party: 'driver',
    area: 'interrupts',
    clauses: ['mmio.driver.register-layout.18', 'mmio.driver.register-layout.20'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'Linux vm_interrupt() acknowledges InterruptStatus as it reads it',
    summary: 'Bits of InterruptStatus without a meaning are acknowledged.',
  },
  {
    name: 'spurious-interrupt-fatal',
    party: 'driver',
    area: 'interrupts',
    clauses: ['split.driver.used-buffer-notification-suppression.5'],
    children: ALL,
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: taken for a sign that the rings are out of step',
    summary: 'The driver gives up at an interrupt for which nothing was used.',
  },
] as const satisfies readonly DriverFault[];
