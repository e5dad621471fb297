/** What both layouts share of the queue registers: selection, QueueSizeMax, QueueSize, notification. */
import { clause, type ClauseId } from '../clauses/catalogue.ts';
import { FEATURE } from '../status/feature-bits.ts';
import type { FeatureModel } from '../status/feature-model.ts';
import type { StatusModel } from '../status/status-model.ts';
import { hex, type MmioContext } from './context.ts';
import { LARGEST_QUEUE } from './layout.ts';
import { QueueState, WROTE, isPowerOfTwo } from './queue-state.ts';

const ABSENT_IS_0 = clause('untagged.mmio.4');
const PRESENT = clause('untagged.mmio.18');
const SIZE_MAX = clause('untagged.mmio.16');
const SIZE_IN_RANGE = clause('mmio.driver.register-layout.14');
const KICK_VALUE = clause('untagged.mmio.11');
const RESET_CLEARS = clause('mmio.device.register-layout.5');
const NOTHING_WHILE_IN_USE = clause('untagged.legacy.9');
const KICK_IN_USE = clause('untagged.mmio.17');
const NOTHING_WHILE_READY = clause('mmio.driver.register-layout.15');

export abstract class QueueBank {
  readonly queues = new Map<number, QueueState>();
  /** The same queues in the order in which they were first mentioned. */
  readonly all: QueueState[] = [];
  /** The queue that QueueSel selects. */
  selected: QueueState;
  protected readonly context: MmioContext;
  protected readonly features: FeatureModel;
  protected readonly status: StatusModel;
  protected readonly legacy: boolean;
  /** Some queue was enabled since the last reset. */
  protected enabledSinceReset = false;
  #selWritten = false;
  /** Some queue selector other than 0 was ever written: after a reset it may or may not persist. */
  #selMayPersist = false;

  constructor(context: MmioContext, features: FeatureModel, status: StatusModel) {
    this.context = context;
    this.features = features;
    this.status = status;
    this.legacy = context.setup.transport === 'mmio-v1';
    this.selected = this.queue(0);
  }

  /** A read or write of a register that only this layout has; false if the offset is none of them. */
  abstract readOwn(offset: number, value: number): boolean;
  abstract writeOwn(offset: number, value: number): boolean;

  /** A queue register was read, with a value that the trace doesn't tell. */
  abstract readUnseen(offset: number): void;

  /** The device was given time. */
  settled(): void {
    // Nothing in the legacy layout takes time.
  }

  /** The driver has a queue in use. */
  get anyInUse(): boolean {
    for (const queue of this.all) if (queue.ready !== 0) return true;
    return false;
  }

  powerOn(): void {
    this.#selMayPersist = false;
    this.reset();
  }

  /** Device reset: every queue back at its defaults (4.2.2.1, 4.2.4). */
  reset(): void {
    for (const queue of this.all) queue.clear();
    this.#selWritten = false;
    this.enabledSinceReset = false;
    this.selected = this.queue(0);
  }

  select(index: number): void {
    this.#selWritten = true;
    if (index !== this.selected.index) this.leaveQueue(this.selected);
    if (index > 0xffff) this.context.breakNothing('untagged.basic.3', `selected queue ${String(index)}`);
    if (index !== 0) this.#selMayPersist = true;
    // A number that is no queue's is not kept: whoever writes millions of them costs no memory.
    this.selected = index > 0xffff ? new QueueState(index) : this.queue(index);
  }

  /** A malformed write touched the registers of the selected queue: nobody knows what it did. */
  scramble(): void {
    this.selected.hopeless = true;
    this.voidQueue(this.selected, 'mmio.driver.register-layout.4', 'wrote a queue register with a malformed access');
  }

  /** QueueSizeMax was read. */
  readSizeMax(value: number): void {
    if (!this.certain('read')) return;
    const queue = this.selected;
    const { report, facts } = this.context;
    if (this.context.resetPending) return;
    // "Allowed only when QueuePFN is set to zero" (4.2.4): the value means nothing otherwise.
    if (this.legacy && queue.ready !== 0) return;
    report.exercise(SIZE_MAX);
    if (value > LARGEST_QUEUE) {
      report.violate(SIZE_MAX, `QueueSizeMax of at most ${String(LARGEST_QUEUE)}`, String(value));
    }
    const { queueSizeMax } = this.context.setup.claims;
    if (queueSizeMax !== undefined && value !== 0 && value !== queueSizeMax)
      report.violate(SIZE_MAX, `QueueSizeMax ${String(queueSizeMax)}, as declared`, String(value));
    const stage = this.#stage();
    if (queue.sizeMax >= 0 && queue.sizeMaxStage === stage) {
      if (value !== queue.sizeMax && !queue.voided && !this.context.voided) {
        const expected = `QueueSizeMax ${String(queue.sizeMax)}, as before, for queue ${String(queue.index)}`;
        report.violate(value === 0 ? ABSENT_IS_0 : SIZE_MAX, expected, String(value));
      }
    } else if ((this.features.offeredKnown & 1) !== 0) {
      const count = facts.queueCount(this.features.offered);
      if (count !== undefined && queue.index >= count) {
        report.exercise(ABSENT_IS_0);
        if (value !== 0) {
          const expected = `QueueSizeMax 0 for queue ${String(queue.index)}: the device has ${String(count)}`;
          report.violate(ABSENT_IS_0, expected, String(value));
        }
      }
    }
    this.#judgePresence(queue, value);
    queue.sizeMax = value;
    queue.sizeMaxStage = stage;
  }

  /**
   * Judged where a driver sets its queues up, between negotiation and DRIVER_OK (3.1.1): QueueSizeMax tells of queues that
   * the device is ready to process (4.2.2), and what it is ready for before, or after an error, is its own affair.
   */
  #judgePresence(queue: QueueState, value: number): void {
    const { report, facts, voided } = this.context;
    const { driverOk, needsReset, features, selectionMade } = this.status;
    if (queue.index >= (facts.fewestQueues ?? 0) || voided || queue.voided) return;
    if (driverOk || needsReset || (this.legacy ? !selectionMade : features !== 'accepted')) return;
    report.check(
      PRESENT,
      value !== 0,
      () => `QueueSizeMax above 0 for queue ${String(queue.index)}, which every device of the type has`,
      () => '0',
    );
  }

  /** QueueSize was written. */
  writeSize(value: number): void {
    if (!this.certain('wrote')) return;
    const queue = this.selected;
    if (value === 0 && queue.ready !== 0 && !this.legacy && !this.context.voided) {
      const what = `queue ${String(queue.index)}: a size of 0 does not stop it`;
      this.context.breakNothing('mmio.driver.register-layout.16', what);
    }
    if (!this.mayProgram(queue, 'QueueSize')) return;
    const { report } = this.context;
    queue.size = value;
    queue.wrote |= WROTE.SIZE;
    if (queue.sizeMax < 0) return;
    report.exercise(SIZE_IN_RANGE);
    if (value > queue.sizeMax) {
      const what = `wrote QueueSize ${String(value)}, above QueueSizeMax ${String(queue.sizeMax)}`;
      this.context.breakNothing('mmio.driver.register-layout.14', what);
    }
  }

  /** QueueNotify was written. Returns the queue's index if it is a notification that counts, else -1. */
  notify(value: number): number {
    const { report } = this.context;
    report.exercise(KICK_VALUE);
    const index = this.features.inForce.has(FEATURE.NOTIFICATION_DATA) ? value & 0xffff : value;
    if (index > 0xffff) {
      this.context.breakNothing('untagged.mmio.11', `notified ${hex(value)}, which is no queue index`);
      return -1;
    }
    const queue = this.queues.get(index);
    // A device that is void is not followed: which of its queues are set up is not known.
    if (this.context.voided) return queue?.enabled === true ? index : -1;
    report.exercise(KICK_IN_USE);
    if (queue === undefined || queue.ready === 0) {
      this.context.breakNothing('untagged.mmio.17', `notified queue ${String(index)}, which is not in use`);
      return -1;
    }
    return queue.enabled ? index : -1;
  }

  describe(): string {
    const parts: string[] = [];
    for (const queue of this.all) {
      if (queue.ready === 0 && queue.reset === 'none' && !queue.voided) continue;
      const reset = queue.reset === 'none' ? '' : ` reset ${queue.reset}`;
      const voided = queue.voided ? ' void' : '';
      const name = this.legacy ? `pfn=${hex(queue.ready)}` : `ready=${String(queue.ready)}`;
      parts.push(`queue${String(queue.index)}.${name} size=${String(queue.size)}${reset}${voided}`);
    }
    return parts.join(' ');
  }

  queue(index: number): QueueState {
    let queue = this.queues.get(index);
    if (queue === undefined) {
      queue = new QueueState(index);
      this.queues.set(index, queue);
      this.all.push(queue);
    }
    return queue;
  }

  /** The driver broke a rule for one queue: whatever the device makes of it is accepted until that queue is set up anew. */
  voidQueue(queue: QueueState, id: ClauseId | undefined, what: string): void {
    this.context.report.driverBroke(id, 'queue', `queue ${String(queue.index)}: ${what}`);
    if (queue.voided) return;
    queue.voided = true;
    queue.enabled = false;
    this.context.listener.queueVoided(queue.index);
  }

  /** Whether what the queue's registers show can be judged now. */
  protected judged(queue: QueueState): boolean {
    const { resetPending, resetConfirmed, voided } = this.context;
    return !resetPending && !voided && !queue.voided && (resetConfirmed || queue.readyWritten);
  }

  /** Whether it is known which queue an access means: a reset may or may not have cleared QueueSel. */
  protected certain(did: 'read' | 'wrote'): boolean {
    if (this.#selWritten || !this.#selMayPersist) return true;
    const what = `${did} a queue register without writing QueueSel since the reset`;
    if (did === 'read') this.context.breakNothing('untagged.mmio.13', what);
    else this.context.breakDevice('untagged.mmio.13', what);
    return false;
  }

  /** 4.2.2.2: size and addresses are not touched while the queue is ready, nor while its reset is under way. */
  protected mayProgram(queue: QueueState, register: string): boolean {
    if (this.context.voided) return false;
    if (queue.reset === 'asked') {
      queue.hopeless = true;
      this.voidQueue(queue, 'mmio.driver.register-layout.21', `wrote ${register} before its reset was seen complete`);
      this.judgeResetRead(queue);
      return false;
    }
    this.judgeResetRead(queue);
    if (queue.ready !== 0) {
      const id = this.legacy ? 'untagged.legacy.9' : 'mmio.driver.register-layout.15';
      this.voidQueue(queue, id, `wrote ${register} while in use`);
      return false;
    }
    this.context.report.exercise(this.legacy ? NOTHING_WHILE_IN_USE : NOTHING_WHILE_READY);
    return true;
  }

  /** The driver turns to another queue. */
  protected abstract leaveQueue(queue: QueueState): void;

  /** 2.6.1.1.2: the driver goes on with a queue whose reset it asked for, without ever having looked whether it was. */
  protected judgeResetRead(queue: QueueState): void {
    if (!queue.resetUnread) return;
    queue.resetUnread = false;
    const what = `queue ${String(queue.index)}: went on after asking for a queue reset without reading QueueReset`;
    this.context.breakNothing('basic.driver.virtqueue-reset.1', what);
  }

  /** What is wrong with the size programmed for a queue that is to be enabled, with its clause. */
  protected sizeFault(queue: QueueState): readonly [ClauseId, string] | undefined {
    const { size } = queue;
    const max = queue.sizeMax;
    if (max === 0) return ['untagged.mmio.13', 'enabled although QueueSizeMax is 0'];
    const count =
      (this.features.offeredKnown & 1) === 0 ? undefined : this.context.facts.queueCount(this.features.offered);
    if (count !== undefined && queue.index >= count)
      return ['untagged.mmio.13', 'enabled, but the device has no such queue'];
    if ((queue.wrote & WROTE.SIZE) === 0) return ['untagged.mmio.13', 'enabled without QueueSize'];
    if (max > 0 && size > max)
      return ['mmio.driver.register-layout.14', `enabled with size ${String(size)} above its maximum`];
    const packed = this.features.inForce.has(FEATURE.RING_PACKED);
    if (size === 0 || size > LARGEST_QUEUE || (!packed && !isPowerOfTwo(size))) {
      return [packed ? 'untagged.packed.2' : 'untagged.split.1', `enabled with size ${String(size)}`];
    }
    return undefined;
  }

  /** Whether `length` bytes from `address` lie in guest memory. */
  protected inMemory(address: number, length: number): boolean {
    if (this.context.setup.observesMemory === false) return true;
    const { base, size } = this.context.setup.memory;
    return address >= base && address + length <= base + size;
  }

  /** The device resets itself in full: QueueReady (QueuePFN) must read 0 for a queue untouched since. */
  protected judgeAfterReset(queue: QueueState, value: number, name: string): void {
    const { report } = this.context;
    report.exercise(RESET_CLEARS);
    if (value !== 0) report.violate(RESET_CLEARS, `${name} 0 for queue ${String(queue.index)} after reset`, hex(value));
  }

  /** Queues may come and go with negotiation, so QueueSizeMax is compared within one stage of it only. */
  #stage(): number {
    if (this.status.driverOk) return 2;
    return this.status.features === 'open' ? 0 : 1;
  }
}
