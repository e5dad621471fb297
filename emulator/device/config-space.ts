/** The device-specific configuration space (2.5) and its generation (4.2.2). */
import { crash } from '../faults/misbehave.ts';
import type { DeviceFaults } from '../faults/switches.ts';
import type { DeviceType } from './types.ts';

export class ConfigSpace {
  private readonly type: DeviceType;
  private readonly faults: DeviceFaults;
  private readonly shown: readonly number[];
  private changes = 0;
  private reads = 0;
  /** For the fault `config-stale-after-change`: the bytes before the last change, shown once more. */
  private stale: readonly number[] | null = null;
  private last: readonly number[] = [];

  constructor(type: DeviceType, faults: DeviceFaults, shown: readonly number[] = []) {
    this.type = type;
    this.faults = faults;
    this.shown = shown;
    if (faults['config-stale-after-change']) this.last = this.snapshot();
  }

  /**
   * ConfigGeneration: another value after every change. A change is complete before anything else runs, so no access can
   * see half of one; a driver that needs several accesses sees the generation move in between.
   */
  get generation(): number {
    const faults = this.faults;
    if (faults['config-generation-stuck']) return 0;
    if (faults['config-generation-restless']) return ++this.reads;
    if (faults['config-generation-every-second-change']) return this.changes >>> 1;
    if (faults['config-generation-one-bit']) return this.changes & 1;
    return this.changes;
  }

  changed(): void {
    this.changes = (this.changes + 1) >>> 0;
    if (!this.faults['config-stale-after-change']) return;
    this.stale = this.last;
    this.last = this.snapshot();
  }

  /** The bytes from `offset` on, packed with the lowest address in the lowest byte; 0 beyond the end. */
  read(offset: number, size: number): number {
    const faults = this.faults;
    if (faults['crash-on-config-beyond-end'] && offset >= this.type.configSize)
      crash('configuration read beyond its end');
    if (faults['config-offset-shifted']) offset -= 4;
    if (faults['config-byte-reads-rounded'] && size === 1) offset &= ~3;
    if (faults['config-halfword-reads-zero'] && size === 2) return 0;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.byte(offset + i);
    this.stale = null;
    return value;
  }

  write(offset: number, size: number, value: number): void {
    if (offset >= this.type.configSize) return;
    const bytes: number[] = [];
    for (let i = 0; i < size && offset + i < this.type.configSize; i++) {
      bytes.push((i < 4 ? value >>> (8 * i) : Math.floor(value / 0x1_0000_0000) >>> (8 * (i - 4))) & 0xff);
    }
    this.type.writeConfig(offset, bytes);
  }

  private byte(offset: number): number {
    if (offset < 0 || offset >= this.type.configSize) return 0;
    if (this.stale !== null) return this.stale[offset];
    return (this.shown[offset] ?? this.type.readConfig(offset)) & 0xff;
  }

  private snapshot(): readonly number[] {
    return Array.from({ length: this.type.configSize }, (_, offset) => this.type.readConfig(offset));
  }
}
