/**
 * An emulated device behind PCI (4.1): capabilities and BARs of the modern interface, or the one I/O region of the legacy
 * one. Interrupts are INTx. Configuration space accesses of PCI itself are not modelled: a driver is told what it would
 * have found there.
 *
 * Values are the bytes at increasing addresses, packed with the first byte lowest.
 */
import type { EmulatorOptions } from './options.ts';
import { LegacyPciRegisters } from './pci-legacy.ts';
import { ModernPciRegisters } from './pci-modern.ts';
import type { Platform } from './types.ts';
import { VirtioDevice } from './virtio-device.ts';

export type PciStructure = 'common' | 'notify' | 'isr' | 'device';

export interface PciCapability {
  readonly structure: PciStructure;
  readonly bar: number;
  /** Place within the BAR, in bytes. */
  readonly offset: number;
  readonly length: number;
}

export interface PciFunction {
  /** PCI revision: 0 is a legacy or transitional device, 1 a modern one. */
  readonly revision: 0 | 1;
  /** Device type of VIRTIO, as the PCI ids tell. */
  readonly deviceId: number;
  readonly bars: readonly { readonly index: number; readonly size: number }[];
  readonly capabilities: readonly PciCapability[];
  readonly notifyMultiplier: number;
  read(bar: number, offset: number, size: number): number;
  write(bar: number, offset: number, size: number, value: number): void;
  /** Finishes everything deferred. True if anything was done. */
  runPending(): boolean;
  readonly device: VirtioDevice;
}

const SMALL_BAR = 0x1000;
const LEGACY_BAR = 0x80;
const NOTIFY_MULTIPLIER = 4;

/** Structures spread over two BARs, as nothing says that they share one. */
const CAPABILITIES: readonly PciCapability[] = [
  { structure: 'common', bar: 1, offset: 0x000, length: 0x38 },
  { structure: 'isr', bar: 1, offset: 0x100, length: 1 },
  { structure: 'device', bar: 1, offset: 0x200, length: 0x100 },
  { structure: 'notify', bar: 4, offset: 0, length: SMALL_BAR },
];

export function createPciDevice(options: EmulatorOptions, platform: Platform): PciFunction {
  const device = new VirtioDevice(options, platform);
  const common = { deviceId: device.type.deviceId, device, runPending: () => device.runPending() };
  if (options.version === 1) {
    const registers = new LegacyPciRegisters(device, options.registerEndian === 'big');
    return {
      ...common,
      revision: 0,
      bars: [{ index: 0, size: LEGACY_BAR }],
      capabilities: [],
      notifyMultiplier: 0,
      read: (_bar, offset, size) => registers.read(offset, size),
      write: (_bar, offset, size, value) => registers.write(offset, size, value),
    };
  }
  const registers = new ModernPciRegisters(device);
  const find = (bar: number, offset: number): { readonly structure: PciStructure; readonly at: number } | undefined => {
    const capability = CAPABILITIES.find(
      (each) => each.bar === bar && offset >= each.offset && offset < each.offset + each.length,
    );
    return capability && { structure: capability.structure, at: offset - capability.offset };
  };
  return {
    ...common,
    revision: 1,
    bars: [
      { index: 1, size: SMALL_BAR },
      { index: 4, size: SMALL_BAR },
    ],
    capabilities: CAPABILITIES,
    notifyMultiplier: NOTIFY_MULTIPLIER,
    read(bar, offset, size) {
      const found = find(bar, offset);
      return found === undefined ? 0 : registers.read(found.structure, found.at, size);
    },
    write(bar, offset, size, value) {
      const found = find(bar, offset);
      if (found !== undefined) registers.write(found.structure, found.at, size, value);
    },
  };
}
