/** Defects of the console driver. */
import type { DriverFault } from '../fault.ts';

export const consoleDriverFaults = [
  {
    name: 'console-receive-readable',
    party: 'driver',
    area: 'console',
    clauses: ['console.driver.device-operation.1', 'netbsd.dma-sync'],
    children: ['viocon'],
    seenIn: 'plausible: one routine for both directions',
    summary: 'Receive buffers are device-readable.',
  },
  {
    name: 'console-transmit-writable',
    party: 'driver',
    area: 'console',
    clauses: ['console.driver.device-operation.2', 'netbsd.dma-sync'],
    children: ['viocon'],
    seenIn: 'plausible: one routine for both directions',
    summary: 'Transmit buffers are device-writable.',
  },
] as const satisfies readonly DriverFault[];
