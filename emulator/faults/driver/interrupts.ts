/** Defects of interrupt handling. */
import type { DriverFault } from '../fault.ts';

export const interruptsDriverFaults = [
  {
    name: 'cause-not-read',
    party: 'driver',
    area: 'interrupts',
    clauses: ['mmio.driver.notifications-from-the-device.1'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: with one queue the cause seems clear',
    summary: 'The interrupt is handled without reading InterruptStatus.',
  },
  {
    name: 'acknowledges-everything',
    party: 'driver',
    area: 'interrupts',
    clauses: ['mmio.driver.register-layout.20', 'mmio.driver.register-layout.19'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: all ones to be sure',
    summary: 'InterruptACK gets all ones.',
  },
  {
    name: 'acknowledges-config-too',
    party: 'driver',
    area: 'interrupts',
    clauses: ['mmio.driver.register-layout.19'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: a constant instead of what was read',
    summary: 'Configuration changes are acknowledged with every interrupt.',
  },
  {
    name: 'interrupt-not-acknowledged',
    party: 'driver',
    area: 'interrupts',
    clauses: ['mmio.driver.notifications-from-the-device.3', 'netbsd.operation-survives'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'plausible: reading taken for acknowledging, as on PCI',
    summary: 'InterruptACK is never written.',
  },
  {
    name: 'alloc-interrupts-stubbed',
    party: 'driver',
    area: 'interrupts',
    clauses: ['netbsd.interrupt-established'],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: "a fork's attempt at version 2 of virtio_mmio.c",
    summary: 'Establishing the interrupt is said to have succeeded and was never done.',
  },
] as const satisfies readonly DriverFault[];
