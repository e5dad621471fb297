/** InterruptStatus, InterruptACK and the interrupt line that follows them (4.2.2, 4.2.3.4). */
import type { DeviceFaults } from '../faults/switches.ts';
import { Interrupt } from './bits.ts';
import type { Platform } from './types.ts';

export class InterruptLine {
  private readonly platform: Platform;
  private readonly faults: DeviceFaults;
  private status = 0;
  private level: 0 | 1 = 0;
  /** For the fault of the same name: the events that the next read does not show yet. */
  private unseen = 0;

  constructor(platform: Platform, faults: DeviceFaults) {
    this.platform = platform;
    this.faults = faults;
  }

  /** An event takes place: its bit stays set until the driver acknowledges it. */
  raise(event: number): void {
    const faults = this.faults;
    if (faults['interrupt-status-bits-swapped']) event = event === Interrupt.USED ? Interrupt.CONFIG : Interrupt.USED;
    if (faults['interrupt-status-undefined-bit']) event |= 4;
    if (faults['interrupt-status-claims-config-change'] && event === Interrupt.USED) event |= Interrupt.CONFIG;
    if (faults['interrupt-status-late']) this.unseen |= event & ~this.status;
    const before = this.status;
    this.status |= event;
    if (faults['interrupt-line-silent']) return;
    if (faults['interrupt-line-silent-for-config'] && this.status === Interrupt.CONFIG) return;
    if (faults['interrupt-line-late'] && before === 0) return;
    this.drive(1);
    if (faults['interrupt-line-pulses']) this.drive(0);
  }

  /** InterruptStatus as the driver reads it. */
  read(): number {
    const shown = this.status & ~this.unseen;
    this.unseen = 0;
    if (this.faults['interrupt-status-read-clears']) {
      this.status = 0;
      this.drive(0);
    }
    return shown;
  }

  /** InterruptACK: only the events that the driver names are settled. */
  acknowledge(events: number): void {
    const faults = this.faults;
    if (faults['interrupt-ack-ignored']) return;
    if (faults['interrupt-ack-clears-all'] && events !== 0) events = -1;
    if (faults['interrupt-ack-keeps-config']) events &= ~Interrupt.CONFIG;
    this.status &= ~events;
    if (faults['interrupt-line-stuck']) return;
    if (faults['interrupt-line-drops-at-any-ack']) return this.drive(0);
    this.drive(this.status === 0 ? 0 : 1);
  }

  /** Device reset clears every event (4.2.2.1). */
  reset(): void {
    this.unseen = 0;
    if (this.faults['reset-keeps-interrupt-status']) return;
    this.status = 0;
    if (this.faults['reset-keeps-interrupt-line']) return;
    this.drive(0);
  }

  private drive(level: 0 | 1): void {
    if (level === this.level) return;
    this.level = level;
    this.platform.setInterrupt(level);
  }
}
