/** Reads of the configuration space that belong together (2.5.1, 2.5.4). */
import { FOUR_GIB, Reg } from './bits.ts';
import type { Registers } from './registers.ts';
import type { Switches } from './switches.ts';

/** Changes while a field is read, after which the driver gives up on reading it in one piece. */
const MOST_TRIES = 8;

export class ConfigReader {
  readonly #registers: Registers;
  readonly #switches: Switches;

  constructor(registers: Registers, switches: Switches) {
    this.#registers = registers;
    this.#switches = switches;
  }

  /** A field of up to 32 bits, in one access. */
  field(offset: number, width: 1 | 2 | 4): number {
    return this.#registers.readConfig(offset, width);
  }

  /** A field of 64 bits, whose halves are of one configuration. */
  wide(offset: number): number {
    return this.#registers.legacy ? this.#twice(offset) : this.#bracketed(offset);
  }

  #bracketed(offset: number): number {
    const registers = this.#registers;
    let value = 0;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = registers.read(Reg.configGeneration);
      value = this.#halves(offset);
      const after = registers.read(Reg.configGeneration);
      if (before === after || this.#switches.fault('config-change-not-reread')) break;
    }
    return value;
  }

  /** Without a generation to compare: until two readings agree. */
  #twice(offset: number): number {
    let before = this.#halves(offset);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const value = this.#halves(offset);
      if (value === before) break;
      before = value;
    }
    return before;
  }

  #halves(offset: number): number {
    const registers = this.#registers;
    const first = registers.readConfig(offset, 4);
    const second = registers.readConfig(offset + 4, 4);
    return registers.order === 'little' ? second * FOUR_GIB + first : first * FOUR_GIB + second;
  }
}
