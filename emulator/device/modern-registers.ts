/** The registers that only the modern layout has (table 4.2.2). */
import { Feature, Status } from './bits.ts';
import { RegisterFile } from './register-file.ts';
import { Register } from './registers.ts';
import type { Virtqueue } from './virtqueue.ts';

const ALL_ONES = 0xffff_ffff;

export class ModernRegisters extends RegisterFile {
  protected override readOwn(offset: number): number {
    const { device, faults } = this;
    switch (offset) {
      case Register.Version:
        return faults['version-reads-one'] ? 1 : 2;
      case Register.ConfigGeneration:
        return device.config.generation;
      case Register.QueueReady:
        return this.readQueueReady();
      case Register.QueueReset:
        return this.readQueueReset();
      // No shared memory regions here: length and base of an absent one read as -1 (4.2.2).
      case Register.SHMLenLow:
      case Register.SHMLenHigh:
        return faults['shm-length-zero'] ? 0 : ALL_ONES;
      case Register.SHMBaseLow:
      case Register.SHMBaseHigh:
        return faults['shm-base-zero'] ? 0 : ALL_ONES;
      default:
        return 0;
    }
  }

  protected override writeOwn(offset: number, value: number): void {
    const { queues } = this.device;
    const queue = queues.selected;
    if (queue === null) return;
    if (offset === Register.QueueReady) return this.writeQueueReady(queue, value);
    if (offset === Register.QueueReset) {
      if (value === 1 && this.resetNegotiated) queues.resetSelected();
      return;
    }
    const { setup } = queue;
    // Not while the queue is in use (4.2.2.2), nor while it is being reset.
    if (setup.ready || queue.resetting) return;
    switch (offset) {
      case Register.QueueDescLow:
        setup.descLow = value;
        return;
      case Register.QueueDescHigh:
        setup.descHigh = value;
        return;
      case Register.QueueDriverLow:
        setup.driverLow = value;
        return;
      case Register.QueueDriverHigh:
        setup.driverHigh = value;
        return;
      case Register.QueueDeviceLow:
        setup.deviceLow = value;
        return;
      case Register.QueueDeviceHigh:
        setup.deviceHigh = value;
        return;
      default:
    }
  }

  /** "The only way to renegotiate is to reset the device" (2.2). */
  protected override featuresAreFinal(): boolean {
    return this.device.status.has(Status.FEATURES_OK);
  }

  private get resetNegotiated(): boolean {
    return this.device.negotiation.has(Feature.RING_RESET);
  }

  private readQueueReady(): number {
    const { faults } = this;
    const { queues } = this.device;
    const queue = faults['queue-ready-shared'] ? queues.first : queues.selected;
    if (queue === null || faults['queue-ready-reads-zero']) return 0;
    return queue.setup.ready ? 1 : 0;
  }

  private writeQueueReady(queue: Virtqueue, value: number): void {
    if (queue.resetting) return;
    this.device.queues.setReady(queue, (value & 1) !== 0);
  }

  private readQueueReset(): number {
    const { faults } = this;
    const { queues } = this.device;
    const queue = queues.selected;
    if (queue === null) return 0;
    if (!queue.resetting) return queue.resetRegister;
    if (faults['queue-reset-reads-zero-early']) return 0;
    // A driver that polls must get somewhere: having seen the reset under way once, it next sees it done.
    queues.finishResets();
    return 1;
  }
}
