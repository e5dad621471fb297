/** The address space behind a served endpoint: one device's registers, guest memory, and nothing else. */
import { EventKind } from '../../models/trace/event-log.ts';
import { fromCpu, toCpu } from '../qtest/byte-order.ts';
import type { SyncSession } from '../target.ts';

/** Where the register window lies, and how long it is: what QEMU's virt machine has for each slot. */
const REGISTER_BASE = 0x0a00_0000;
const REGISTER_SIZE = 0x200;
/** The one interrupt line. */
export const INTERRUPT_LINE = 16;

export class ServedDevice {
  /** The CPU that the client plays is big-endian. */
  readonly bigEndian: boolean;
  private readonly session: SyncSession;

  constructor(session: SyncSession) {
    this.session = session;
    this.bigEndian = session.info.mode.guest === 'big';
    session.log.clear();
  }

  /** In the form of a `--describe` file. */
  description(): Record<string, unknown> {
    const { target, version, device, transport, mode, memory, claims } = this.session.info;
    return {
      name: `${target} over qtest`,
      version,
      device,
      transport,
      address: hex(REGISTER_BASE),
      byteOrder: this.bigEndian ? 'big' : 'little',
      mode: mode.name,
      interrupt: INTERRUPT_LINE,
      intercept: 'virtcheck',
      memory: { base: hex(memory.base), size: hex(memory.size) },
      claims,
    };
  }

  /** One access by the CPU; what lies nowhere reads as 0. */
  read(address: number, size: number): { high: number; low: number } {
    const offset = address - REGISTER_BASE;
    if (offset >= 0 && offset + size <= REGISTER_SIZE) {
      return toCpu(this.session.readRegister(offset, size), size, this.bigEndian);
    }
    const bytes = this.load(address, size);
    let high = 0;
    let low = 0;
    for (let i = 0; i < size; i++) {
      const byte = bytes[this.bigEndian ? i : size - 1 - i];
      high = ((high << 8) | (low >>> 24)) >>> 0;
      low = ((low << 8) | byte) >>> 0;
    }
    return { high, low };
  }

  /** One access by the CPU; what lies nowhere is ignored. */
  write(address: number, size: number, high: number, low: number): void {
    const value = fromCpu(high, low, size, this.bigEndian);
    const offset = address - REGISTER_BASE;
    if (offset >= 0 && offset + size <= REGISTER_SIZE) {
      this.session.writeRegister(offset, size, value);
      return;
    }
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      const shift = this.bigEndian ? size - 1 - i : i;
      bytes[i] = shift < 4 ? low >>> (8 * shift) : high >>> (8 * (shift - 4));
    }
    this.store(address, bytes);
  }

  load(address: number, size: number): Uint8Array {
    if (!this.isMemory(address, size)) return new Uint8Array(size);
    const { log } = this.session;
    return log.payload(this.session.load(address, size)).slice();
  }

  store(address: number, bytes: Uint8Array): void {
    if (this.isMemory(address, bytes.length)) this.session.store(address, bytes);
  }

  /** Lets deferred work finish. */
  settle(): void {
    this.session.settle();
  }

  /**
   * Interrupt levels that the line went through since the last call, and whether the device is dead (a seeded fault may
   * kill it).
   */
  takeChanges(): { readonly levels: readonly number[]; readonly dead: string | undefined } {
    const { log } = this.session;
    const levels: number[] = [];
    let dead: string | undefined;
    for (let row = 0; row < log.length; row++) {
      if (log.kind[row] === EventKind.Irq) levels.push(log.value[row]);
      if (log.kind[row] === EventKind.Outcome) dead ??= log.outcome(row).evidence;
    }
    log.clear();
    return { levels, dead };
  }

  private isMemory(address: number, size: number): boolean {
    const { base, size: memorySize } = this.session.info.memory;
    return address >= base && address + size <= base + memorySize;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
