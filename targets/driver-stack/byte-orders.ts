/**
 * Machines on which the driver stack runs, and the byte orders that a device behind each transport has there. The
 * combinations are those for which the accessors of virtio.c were written; where documents leave the physical order open,
 * it is the one that makes the newest accessors right.
 */
import type { HostModel } from '../../emulator/driver/kernel/host.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import type { ByteOrder } from '../../models/setup.ts';

export const HOST_NAMES = ['le', 'be', 'aarch64eb', 'armeb'] as const;
export type HostName = (typeof HOST_NAMES)[number];

export interface Orders {
  readonly host: Pick<HostModel, 'order' | 'port' | 'busSwaps'>;
  readonly registers: ByteOrder;
  readonly config: ByteOrder;
  readonly rings: ByteOrder;
  /** Fields that are defined little-endian even on legacy devices. */
  readonly leFields: ByteOrder;
}

export function ordersOf(name: HostName, transport: DriverTransport): Orders {
  const modern = transport === 'mmio-v2' || transport === 'pci-1.0';
  if (name === 'le') {
    const host = { order: 'little', port: 'generic', busSwaps: false } as const;
    return { host, registers: 'little', config: 'little', rings: 'little', leFields: 'little' };
  }
  const pci = transport.startsWith('pci');
  const arm = name !== 'be';
  // PCI is little-endian, and machines' accessors make up for it; ARM's do so everywhere, but for PCI 0.9.
  const busSwaps = arm ? transport !== 'pci-0.9' : pci;
  const port = name === 'aarch64eb' ? 'aarch64' : name === 'armeb' ? 'arm' : 'generic';
  const host = { order: 'big', port, busSwaps } as const;
  if (modern) return { host, registers: 'little', config: 'little', rings: 'little', leFields: 'little' };
  const registers = busSwaps ? 'little' : 'big';
  const leFields = arm && pci ? 'big' : 'little';
  return { host, registers, config: 'big', rings: 'big', leFields };
}
