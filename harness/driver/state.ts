/** What the reference driver remembers between actions. */
import type { ByteOrder, DeviceKind } from '../../models/setup.ts';
import type { SessionInfo } from '../../targets/target.ts';
import type { Arena } from './arena.ts';
import { swapValue } from './bytes.ts';
import type { Io, Ref } from './io.ts';
import type { Completion } from './completion.ts';
import type { DriverRing } from './ring.ts';

export class DriverState {
  readonly info: SessionInfo;
  readonly io: Io;
  readonly arena: Arena;
  readonly device: DeviceKind;
  readonly legacy: boolean;
  readonly registers: ByteOrder;
  readonly ringOrder: ByteOrder;
  readonly dataOrder: ByteOrder;

  /** Last value written to Status. */
  status = 0;
  /** Features offered and accepted, as 32-bit words 0 and 1. */
  offered: [number, number] = [0, 0];
  accepted: [number, number] = [0, 0];
  /** The device confirmed the feature set (modern) or none is needed (legacy). */
  featuresOk = false;
  live = false;
  suspended = false;
  /** A hostile action was done: completions are not waited for until the next reset. */
  broken = false;
  /** The device kept the driver waiting in vain once: no more waiting in this scenario. */
  gaveUp = false;
  readonly rings = new Map<number, DriverRing>();
  /** Host input was given that should fill receive buffers of these queues. */
  readonly inputDue = new Set<number>();
  /** What came back of every request, where it is going to be compared. */
  completions: Completion[] | undefined;
  chainSerial = 0;
  /** Milestones of the whole scenario, over resets. */
  readonly reached = { ringReset: false, live: false, filled: false, wrapped: false, eventIdx: false, inOrder: false };
  /** Page size and alignment of the legacy layout in use. */
  pageSize = 4096;
  align = 4096;

  constructor(info: SessionInfo, io: Io, arena: Arena) {
    this.info = info;
    this.io = io;
    this.arena = arena;
    this.device = info.device;
    this.legacy = info.transport === 'mmio-v1';
    this.registers = info.mode.registers;
    this.ringOrder = info.mode.rings;
    this.dataOrder = info.mode.config;
  }

  has(bit: number): boolean {
    return bit < 32 ? (this.accepted[0] >>> bit) % 2 === 1 : bit < 64 && (this.accepted[1] >>> (bit - 32)) % 2 === 1;
  }

  offers(bit: number): boolean {
    return bit < 32 ? (this.offered[0] >>> bit) % 2 === 1 : bit < 64 && (this.offered[1] >>> (bit - 32)) % 2 === 1;
  }

  /** Everything a device reset makes a driver forget. */
  forget(): void {
    this.note();
    this.status = 0;
    this.accepted = [0, 0];
    this.featuresOk = false;
    this.live = false;
    this.suspended = false;
    this.broken = false;
    // To empty what is empty is not free.
    if (this.rings.size > 0) this.rings.clear();
    if (this.inputDue.size > 0) this.inputDue.clear();
  }

  /** Takes note of the milestones that the present queues have reached. */
  note(): void {
    if (this.live) {
      this.reached.live = true;
      if (this.has(29)) this.reached.eventIdx = true;
      if (this.has(40)) this.reached.ringReset = true;
      if (this.has(35)) this.reached.inOrder = true;
    }
    for (const ring of this.rings.values()) {
      if (ring.filled) this.reached.filled = true;
      if (ring.wrapped) this.reached.wrapped = true;
    }
  }

  /** Reads a 32-bit control register. */
  reg(offset: number): Ref {
    return this.io.read(offset, 4);
  }

  setReg(offset: number, value: number): void {
    this.io.write(offset, 4, swapValue(value >>> 0, 4, this.registers));
  }

  /** Value of a control register read, in host order. */
  regValue(ref: Ref): number {
    return swapValue(this.io.value(ref), 4, this.registers);
  }

  waitReg(offset: number, mask: number, want: number): Ref {
    const order = this.registers;
    return this.io.waitRegister(offset, 4, swapValue(mask, 4, order), swapValue(want, 4, order));
  }
}
