/**
 * The emulated device as a driver reaches it: a window of registers (4.2). Nothing a driver or a host does here throws;
 * accesses that the layout doesn't define read 0 and change nothing.
 *
 * Values: a register or configuration value is the bytes at increasing addresses, packed with the first byte lowest,
 * whatever the byte order of the device. MagicValue of a big-endian legacy device therefore reads as 0x76697274.
 */
import { crash } from '../faults/misbehave.ts';
import { Status } from './bits.ts';
import { Register, swap32 } from './registers.ts';
import { LegacyRegisters } from './legacy-registers.ts';
import { ModernRegisters } from './modern-registers.ts';
import type { EmulatorOptions } from './options.ts';
import type { RegisterFile } from './register-file.ts';
import type { Platform, PortAction } from './types.ts';
import { VirtioDevice } from './virtio-device.ts';

export interface EmulatedDevice {
  readRegister(offset: number, size: number): number;
  writeRegister(offset: number, size: number, value: number): void;
  /** Finishes everything deferred, in the configured order. True if anything was done. */
  runPending(): boolean;
  resizeDisk(sectors: number): void;
  consoleInput(port: number, bytes: Uint8Array): void;
  takeConsoleOutput(port: number): Uint8Array;
  resizeConsole(cols: number, rows: number): void;
  port(port: number, action: PortAction): void;
  /** An error that only a reset cures. */
  breakDevice(): void;
}

export function createEmulatedDevice(options: EmulatorOptions, platform: Platform): EmulatedDevice {
  return new MmioDevice(options, platform);
}

class MmioDevice implements EmulatedDevice {
  private readonly device: VirtioDevice;
  private readonly registers: RegisterFile;
  private readonly swapped: boolean;

  constructor(options: EmulatorOptions, platform: Platform) {
    this.device = new VirtioDevice(options, platform);
    const { faults, legacy } = this.device;
    this.registers = legacy ? new LegacyRegisters(this.device) : new ModernRegisters(this.device);
    this.swapped = legacy ? options.registerEndian === 'big' : faults['registers-big-endian'];
  }

  readRegister(offset: number, size: number): number {
    if (offset >= Register.Config) return isAccess(offset, size) ? this.readConfig(offset - Register.Config, size) : 0;
    if (!this.isRegister(offset, size)) return 0;
    // Bit operations give signed numbers.
    const value = this.registers.read(offset) >>> 0;
    return this.swapped ? swap32(value) : value;
  }

  writeRegister(offset: number, size: number, value: number): void {
    if (offset >= Register.Config) {
      if (isAccess(offset, size)) this.writeConfig(offset - Register.Config, size, value);
      return;
    }
    if (!this.isRegister(offset, size)) return;
    this.registers.write(offset, this.swapped ? swap32(value) : value >>> 0);
  }

  runPending(): boolean {
    return this.device.runPending();
  }

  resizeDisk(sectors: number): void {
    this.device.host(() => this.device.type.resizeDisk?.(sectors));
  }

  consoleInput(port: number, bytes: Uint8Array): void {
    this.device.host(() => this.device.type.consoleInput?.(port, bytes));
  }

  takeConsoleOutput(port: number): Uint8Array {
    return this.device.type.takeConsoleOutput?.(port) ?? new Uint8Array(0);
  }

  resizeConsole(cols: number, rows: number): void {
    this.device.host(() => this.device.type.resizeConsole?.(cols, rows));
  }

  port(port: number, action: PortAction): void {
    this.device.host(() => this.device.type.port?.(port, action));
  }

  breakDevice(): void {
    this.device.needsReset();
  }

  /** Control registers are 32 bits wide and aligned, and accessed so (4.2.2.2). */
  private isRegister(offset: number, size: number): boolean {
    if (size === 4 && (offset & 3) === 0 && offset >= 0) return true;
    if (this.device.faults['crash-on-odd-register-access']) crash('register access not 32 bits wide and aligned');
    return false;
  }

  /** 2.5.2: readable at any time, whatever has been negotiated. */
  private readConfig(offset: number, size: number): number {
    const { device } = this;
    if (device.faults['config-unreadable-before-features-ok'] && !device.status.has(Status.FEATURES_OK)) return 0;
    return device.config.read(offset, size);
  }

  /** Ignored while suspended (3.4.2), and otherwise welcome even before initialization (3.1.2, 5.3.5.1). */
  private writeConfig(offset: number, size: number, value: number): void {
    const { device } = this;
    const { faults, status } = device;
    if (status.suspended && !faults['suspend-config-writable']) return;
    if (faults['config-write-needs-driver-ok'] && !status.has(Status.DRIVER_OK)) return;
    device.config.write(offset, size, value);
  }
}

/** An access that a bus can make: bytes anywhere, up to eight of them. */
function isAccess(offset: number, size: number): boolean {
  return Number.isInteger(offset) && (size === 1 || size === 2 || size === 4 || size === 8);
}
