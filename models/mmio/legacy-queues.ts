/** Queue registers of the legacy layout (4.2.4): GuestPageSize, QueueAlign, QueuePFN. */
import { clause } from '../clauses/catalogue.ts';
import type { QueueConfig } from '../seams.ts';
import { hex } from './context.ts';
import { REG } from './layout.ts';
import { QueueBank } from './queue-bank.ts';
import { WROTE, isPowerOfTwo, type QueueState } from './queue-state.ts';

const PFN_READS_BACK = clause('untagged.legacy.1');
const PAGE_SIZE_FIRST = clause('untagged.legacy.8');
const ALIGNMENT = clause('split.driver.legacy-virtqueue-layout.2');

export class LegacyQueues extends QueueBank {
  /**
   * GuestPageSize as last written, 0 if never. It outlives resets: no sentence says that a reset clears it, and drivers
   * write it once, before the first reset (Linux does).
   */
  #pageSize = 0;

  override powerOn(): void {
    this.#pageSize = 0;
    super.powerOn();
  }

  protected override leaveQueue(): void {
    // Whoever stops a legacy queue has nothing to read back.
  }

  override readOwn(offset: number, value: number): boolean {
    if (offset !== REG.QueuePFN) return false;
    this.#readPfn(value);
    return true;
  }

  override readUnseen(): void {
    // Nothing in the legacy layout waits for a value.
  }

  override writeOwn(offset: number, value: number): boolean {
    if (offset === REG.QueuePFN) this.#writePfn(value);
    else if (offset === REG.QueueAlign) this.#writeAlign(value);
    else if (offset === REG.GuestPageSize) this.#writePageSize(value);
    else return false;
    return true;
  }

  #writePageSize(value: number): void {
    if (value !== this.#pageSize && this.anyInUse && !this.context.voided) {
      this.context.breakDevice('untagged.legacy.8', 'changed GuestPageSize while a queue is in use');
    }
    this.#pageSize = value;
  }

  #writeAlign(value: number): void {
    if (!this.certain('wrote')) return;
    const queue = this.selected;
    if (!this.mayProgram(queue, 'QueueAlign')) return;
    queue.align = value;
    queue.wrote |= WROTE.ALIGN;
  }

  #readPfn(value: number): void {
    if (!this.certain('read')) return;
    const queue = this.selected;
    if (!this.judged(queue)) return;
    this.context.report.exercise(PFN_READS_BACK);
    if (value === queue.ready) return;
    const expected = `QueuePFN ${hex(queue.ready)} for queue ${String(queue.index)}`;
    this.context.report.violate(PFN_READS_BACK, expected, hex(value));
  }

  #writePfn(value: number): void {
    if (!this.certain('wrote')) return;
    const queue = this.selected;
    if (this.context.voided) return;
    queue.readyWritten = true;
    const before = queue.ready;
    queue.ready = value;
    if (value === 0) {
      if (!queue.enabled) return;
      queue.enabled = false;
      this.context.listener.queueDisabled(queue.index, 'pfn-0');
    } else if (before !== 0) {
      this.voidQueue(queue, 'untagged.legacy.9', 'moved while in use');
    } else {
      this.#enable(queue);
    }
  }

  #enable(queue: QueueState): void {
    const size = this.sizeFault(queue);
    if (size !== undefined) {
      this.voidQueue(queue, ...size);
      return;
    }
    if (!isPowerOfTwo(this.#pageSize)) {
      this.voidQueue(queue, 'untagged.legacy.8', `enabled with GuestPageSize ${String(this.#pageSize)}`);
      return;
    }
    this.context.report.exercise(PAGE_SIZE_FIRST);
    if ((queue.wrote & WROTE.ALIGN) === 0 || !isPowerOfTwo(queue.align)) {
      this.voidQueue(queue, 'split.driver.legacy-virtqueue-layout.2', 'enabled without a power of two in QueueAlign');
      return;
    }
    this.context.report.exercise(ALIGNMENT);
    const descriptors = queue.ready * this.#pageSize;
    const available = descriptors + 16 * queue.size;
    // Descriptors, available ring with used_event, padding, used ring with avail_event (2.7.2).
    const used = Math.ceil((available + 6 + 2 * queue.size) / queue.align) * queue.align;
    if (descriptors % 16 !== 0 || used % 4 !== 0) {
      this.voidQueue(
        queue,
        'split.driver.virtqueues.1',
        `a ring part is not aligned: ${hex(descriptors)}, ${hex(used)}`,
      );
      return;
    }
    if (!this.inMemory(descriptors, used + 6 + 8 * queue.size - descriptors)) {
      this.voidQueue(queue, undefined, `the ring at ${hex(descriptors)} is not in memory`);
      return;
    }
    if (queue.hopeless) return;
    queue.voided = false;
    queue.enabled = true;
    const order = this.context.setup.mode.rings;
    const config: QueueConfig = { index: queue.index, size: queue.size, descriptors, available, used, order };
    this.context.listener.queueEnabled(config);
  }
}
