/** The shared-memory registers (4.2.2): none of the modelled device types has a region, so all of them read all-ones. */
import { clause } from '../clauses/catalogue.ts';
import { hex, type MmioContext } from './context.ts';
import { REG, registerName } from './layout.ts';

const UNUSED_REGION = clause('untagged.mmio.8');
const LEFT_ALONE = clause('mmio.driver.device-initialization.5');
const ALL_ONES = 0xffff_ffff;

export class SharedMemoryModel {
  readonly #context: MmioContext;
  #blamed = false;

  constructor(context: MmioContext) {
    this.#context = context;
  }

  reset(): void {
    this.#blamed = false;
  }

  /** A read at `offset`; false if it is none of these registers. */
  read(offset: number, value: number): boolean {
    if (offset < REG.SHMLenLow || offset > REG.SHMBaseHigh || offset % 4 !== 0) return false;
    const name = registerName('mmio-v2', offset);
    this.#uninvited();
    const { report } = this.#context;
    report.exercise(UNUSED_REGION);
    if (value !== ALL_ONES)
      report.violate(UNUSED_REGION, `${name} ${hex(ALL_ONES)}: the region does not exist`, hex(value));
    return true;
  }

  write(): void {
    this.#uninvited();
  }

  /** DRIVER_OK was set: the driver has done without them. */
  driverOk(): void {
    if (!this.#blamed) this.#context.report.exercise(LEFT_ALONE);
  }

  /** A driver that expects no shared memory leaves these registers alone (4.2.3.1.1): said once per reset. */
  #uninvited(): void {
    if (this.#blamed) return;
    this.#blamed = true;
    this.#context.breakNothing('mmio.driver.device-initialization.5', 'used the shared-memory registers');
  }
}
