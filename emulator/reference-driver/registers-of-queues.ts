/** Setting up, resetting and stopping queues through the registers of either layout (4.2.2, 4.2.3.2, 4.2.4). */
import { Descriptor, FOUR_GIB, PAGE_SIZE, Reg } from './bits.ts';
import type { DriverMemory } from './memory.ts';
import type { Registers } from './registers.ts';
import type { RingLayout } from './ring.ts';
import type { Switches } from './switches.ts';

/** Reads of a register that a device may take to answer. */
const MOST_READS = 16;
const RING_HEADER = 4;
const EVENT_FIELD = 2;
const USED_ELEMENT = 8;

export class QueueRegisters {
  readonly #registers: Registers;
  readonly #memory: DriverMemory;
  readonly #switches: Switches;
  readonly #relax: () => void;

  constructor(registers: Registers, memory: DriverMemory, switches: Switches, relax: () => void) {
    this.#registers = registers;
    this.#memory = memory;
    this.#switches = switches;
    this.#relax = relax;
  }

  /** Puts a queue into service. Undefined if the device has none of that number, or there is no memory for its rings. */
  setUp(index: number, wanted: number | undefined): RingLayout | undefined {
    const registers = this.#registers;
    registers.write(Reg.queueSel, index);
    if (registers.read(registers.legacy ? Reg.queuePfn : Reg.queueReady) !== 0) return undefined;
    const most = registers.read(Reg.queueSizeMax);
    if (most === 0) return undefined;
    // A legacy ring is as large as the device says (2.7.2); a modern driver may want less.
    const size = registers.legacy ? most : Math.min(most, wanted ?? most);
    registers.write(Reg.queueSize, size);
    return registers.legacy ? this.#placeLegacy(index, size) : this.#place(index, size);
  }

  /** Resets a queue on its own (2.6.1). False if the device does not get done with it. */
  reset(index: number): boolean {
    const registers = this.#registers;
    const switches = this.#switches;
    registers.write(Reg.queueSel, index);
    registers.write(Reg.queueReset, 1);
    if (switches.fault('queue-reset-not-verified')) return true;
    if (switches.fault('queue-reset-read-once')) {
      registers.read(Reg.queueReset);
      return true;
    }
    return this.#until(() => registers.read(Reg.queueReset) === 0);
  }

  /** After a reset: as at first, or, with a defect, only switched on again. */
  setUpAgain(index: number, wanted: number | undefined, before: RingLayout): RingLayout | undefined {
    if (!this.#switches.fault('re-enabled-without-set-up')) return this.setUp(index, wanted);
    this.#registers.write(Reg.queueReady, 1);
    return before;
  }

  /** Takes a queue out of service (4.2.2.2; legacy: 4.2.4). */
  stop(index: number): boolean {
    const registers = this.#registers;
    const switches = this.#switches;
    registers.write(Reg.queueSel, index);
    if (registers.legacy) {
      registers.write(Reg.queuePfn, 0);
      return registers.read(Reg.queuePfn) === 0;
    }
    if (switches.fault('queue-stopped-by-its-size')) {
      registers.write(Reg.queueSize, 0);
      return true;
    }
    registers.write(Reg.queueReady, 0);
    if (switches.fault('queue-stop-not-read-back')) return true;
    return this.#until(() => registers.read(Reg.queueReady) === 0);
  }

  #place(index: number, size: number): RingLayout | undefined {
    const registers = this.#registers;
    const descriptors = this.#memory.allocate(Descriptor.size * size, Descriptor.size);
    const available = this.#memory.allocate(RING_HEADER + 2 * size + EVENT_FIELD, 2);
    const used = this.#memory.allocate(RING_HEADER + USED_ELEMENT * size + EVENT_FIELD, 4);
    if (descriptors === undefined || available === undefined || used === undefined) return undefined;
    for (const [register, address] of [
      [Reg.descriptors, descriptors],
      [Reg.available, available],
      [Reg.used, used],
    ] as const) {
      registers.write(register, address % FOUR_GIB);
      registers.write(register + 4, Math.floor(address / FOUR_GIB));
    }
    registers.write(Reg.queueReady, 1);
    return { index, size, descriptors, available, used };
  }

  /** One block: descriptors, available ring, padding, used ring (2.7.2). */
  #placeLegacy(index: number, size: number): RingLayout | undefined {
    const registers = this.#registers;
    const first = Descriptor.size * size + RING_HEADER + 2 * size + EVENT_FIELD;
    const usedAt = Math.ceil(first / PAGE_SIZE) * PAGE_SIZE;
    const bytes = usedAt + RING_HEADER + USED_ELEMENT * size + EVENT_FIELD;
    const descriptors = this.#memory.allocate(bytes, PAGE_SIZE);
    if (descriptors === undefined) return undefined;
    registers.write(Reg.queueAlign, PAGE_SIZE);
    registers.write(Reg.queuePfn, descriptors / PAGE_SIZE);
    return { index, size, descriptors, available: descriptors + Descriptor.size * size, used: descriptors + usedAt };
  }

  #until(done: () => boolean): boolean {
    for (let reads = 0; reads < MOST_READS; reads++) {
      if (done()) return true;
      this.#relax();
    }
    return false;
  }
}
