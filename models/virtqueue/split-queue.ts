/**
 * One split virtqueue (2.7), event by event. The driver's side is judged in exposure.ts and walk.ts, the device's in
 * used-index.ts and used-elements.ts, notifications in suppression.ts, progress in progress.ts; custody.ts knows whose the memory is.
 */
import { clause } from '../clauses/catalogue.ts';
import type { DisableCause, QueueConfig } from '../seams.ts';
import { closeWithdrawn, grantAll, ringsFit, suspend, withdrawAll, withdrawChains } from './custody.ts';
import { availableRingStored } from './exposure.ts';
import {
  AVAILABLE_ALIGNMENT,
  DESCRIPTOR_ALIGNMENT,
  USED_ALIGNMENT,
  USED_INDEX,
  USED_RING,
  availableBytes,
  availableEventOffset,
} from './layout.ts';
import { permitDescriptors } from './lenient.ts';
import { judgeKick, kickPromised } from './progress.ts';
import { QueueState } from './queue-state.ts';
import { beginService } from './specials.ts';
import { elementsLoaded, elementsStored } from './used-elements.ts';
import { usedFlagsStored, usedIndexSeen } from './used-index.ts';
import { hex } from './walk.ts';

const ALIGNMENT = clause('split.driver.virtqueues.1');
const USED_FLAGS_ZERO = clause('split.driver.available-buffer-notification-suppression.1');

export class SplitQueue extends QueueState {
  /** The queue was set up: QueueReady set, or QueuePFN written. Judges where the driver put it (2.7, 2.7.1). */
  enable(config: QueueConfig): void {
    if (this.isEnabled) this.disable('ready-0');
    const { report, memory, enabled } = this.context;
    this.start(config);
    this.isEnabled = true;
    this.life = 'not-ready';
    enabled.push(this);
    this.refresh();
    beginService(this);
    const { descriptors, available, used, index } = this;
    if (!ringsFit(this)) {
      report.driverBroke(undefined, 'queue', `queue ${index}: size ${this.size}, or rings outside guest memory`);
      this.size = 0;
      this.areaStart = Infinity;
      this.areaEnd = 0;
      memory.wild = true;
      this.taint();
      return;
    }
    report.exercise(ALIGNMENT);
    if (
      descriptors % DESCRIPTOR_ALIGNMENT !== 0 ||
      available % AVAILABLE_ALIGNMENT !== 0 ||
      used % USED_ALIGNMENT !== 0
    ) {
      report.driverBroke('split.driver.virtqueues.1', 'queue', `queue ${index}: misaligned rings`);
      memory.wild = true;
      this.taint();
    }
    report.exercise(USED_FLAGS_ZERO);
    if (memory.u16(used, this.big) !== 0) {
      this.usedFlagsUnknown = true;
      report.driverBroke(
        'split.driver.available-buffer-notification-suppression.1',
        'nothing',
        `queue ${index}: used.flags not zero at set-up`,
      );
    }
    if (memory.u16(used + USED_INDEX, this.big) !== 0) {
      report.driverBroke('untagged.mmio.13', 'queue', `queue ${index}: used.idx not zero at set-up`);
      this.taint();
    }
    this.lifeChanged();
    availableRingStored(this, available, availableBytes(this.size));
  }

  /** The queue was taken out of service. What was exposed is withdrawn (2.4, 2.6.1). */
  disable(cause: DisableCause): void {
    this.cause = cause;
    if (!this.isEnabled) return;
    this.isEnabled = false;
    if (this.standing === 'tainted') this.context.taintedQueues--;
    const { enabled } = this.context;
    enabled.splice(enabled.indexOf(this), 1);
    if (this.accessible) withdrawAll(this);
    withdrawChains(this);
    this.life = cause === 'device-reset' ? 'after-reset' : cause === 'queue-reset' ? 'queue-reset' : 'not-ready';
    this.deadReported = this.deadKick = false;
  }

  /** The driver has seen the reset, or the disabling, confirmed: the device must be done with the memory now. */
  confirmDisabled(): void {
    if (this.context.observing && !this.isEnabled) closeWithdrawn(this);
  }

  /** Asks the transport anew whether the device may use the queue, and grants or withdraws the memory. */
  lifeChanged(): void {
    if (!this.isEnabled) return;
    const life = this.context.transport.queueLife(this.index);
    const before = this.accessible;
    this.life = life;
    if (this.size === 0 || before === this.accessible) return;
    if (before) suspend(this);
    else grantAll(this);
  }

  /** The driver has stored within the bounds of the queue's parts; the copy of memory is up to date. */
  driverStored(address: number, size: number): void {
    const end = address + size;
    if (address < this.availableEnd && end > this.available) {
      availableRingStored(this, address, size);
    }
    if (this.standing === 'judged' || !this.accessible) return;
    if (address < this.descriptorsEnd && end > this.descriptors) {
      permitDescriptors(this, address, size);
    }
  }

  /** The driver stored to the used ring of an enabled queue, changing it: it is the device's (2.7.8). */
  usedRingOverwritten(): void {
    if (this.standing === 'tainted' || !this.accessible) return;
    this.context.report.driverBroke(undefined, 'queue', `queue ${this.index}: driver wrote to the used ring`);
    this.taint();
  }

  /** QueueNotify for this queue. */
  notified(): void {
    judgeKick(this);
  }

  /** The device has stored to the used ring; the copy of memory is up to date. `observed`: by an event of its own. */
  deviceStored(address: number, size: number, observed: boolean): void {
    const end = address + size;
    const { used } = this;
    if (address < used + USED_INDEX) usedFlagsStored(this);
    if (!observed) return;
    if (end > used + USED_RING) elementsStored(this, address, end);
    if (address < used + USED_RING && end > used + USED_INDEX) usedIndexSeen(this, true);
  }

  /** The driver has loaded from the used ring; the copy of memory is up to date. */
  loaded(address: number, size: number): void {
    const end = address + size;
    const { used } = this;
    const event = used + availableEventOffset(this.size);
    if (this.eventIdx ? end > event : address < used + USED_INDEX) kickPromised(this, true);
    if (this.context.observing) return;
    const wasPublished = this.published;
    if (address <= used + USED_INDEX && end >= used + USED_RING) usedIndexSeen(this, false);
    if (end > used + USED_RING) elementsLoaded(this, address, end, wasPublished);
  }

  /** For findings. */
  describe(): string {
    if (!this.isEnabled) return `queue${this.index}: ${this.life}`;
    const { index, size, availableIndex, published, exposed, standing, life } = this;
    const where = `desc=${hex(this.descriptors)} avail=${hex(this.available)} used=${hex(this.used)}`;
    return `queue${index}: ${life} ${standing} size=${size} ${where} avail.idx=${availableIndex} used.idx=${published} exposed=${exposed}`;
  }
}
