/** Defects of byte order. */
import type { DriverFault } from '../fault.ts';

export const endiannessDriverFaults = [
  {
    name: 'config-order-inverted',
    party: 'driver',
    area: 'endianness',
    clauses: [
      'netbsd.config-value',
      'blk.driver.legacy-device-configuration-layout.1',
      'console.driver.legacy-device-configuration-layout.1',
    ],
    transports: ['mmio-v2', 'mmio-v1'],
    seenIn: 'virtio_mmio.c 1.1 to 1.10 on ARM',
    summary: 'Configuration fields are swapped where they must not be, and not where they must.',
  },
  {
    name: 'structures-little-endian',
    party: 'driver',
    area: 'endianness',
    clauses: ['netbsd.config-value', 'split.driver.legacy-virtqueue-endianness.1'],
    transports: ['mmio-v1'],
    seenIn: 'plausible: only little-endian machines at hand',
    summary: 'The rings of a legacy device are little-endian on a big-endian guest, too.',
  },
  {
    name: 'avail-index-in-cpu-order',
    party: 'driver',
    area: 'endianness',
    clauses: [
      'split.driver.available-buffer-notification-suppression.4',
      'split.driver.virtqueue-available-ring.1',
      'netbsd.descriptor-accounting',
      'netbsd.operation-survives',
    ],
    transports: ['mmio-v2', 'pci-1.0'],
    seenIn: 'plausible: one access without its conversion',
    summary: "The available index is stored in the CPU's order.",
  },
  {
    name: 'used-element-in-cpu-order',
    party: 'driver',
    area: 'endianness',
    clauses: ['netbsd.descriptor-accounting', 'netbsd.operation-survives'],
    seenIn: 'plausible: one access without its conversion',
    summary: "Ids of used elements are read in the CPU's order.",
  },
] as const satisfies readonly DriverFault[];
