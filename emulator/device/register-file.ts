/** The control registers that both layouts share (tables 4.2.2 and 4.2.4). Values here are numbers; byte order is the caller's. */
import { crash } from '../faults/misbehave.ts';
import type { DeviceFaults } from '../faults/switches.ts';
import { MAGIC, Register, swap32, VENDOR } from './registers.ts';
import type { VirtioDevice } from './virtio-device.ts';

export abstract class RegisterFile {
  protected readonly device: VirtioDevice;
  protected readonly faults: DeviceFaults;

  constructor(device: VirtioDevice) {
    this.device = device;
    this.faults = device.faults;
  }

  /** A write-only or undefined register reads 0. */
  read(offset: number): number {
    const { device, faults } = this;
    switch (offset) {
      case Register.InterruptStatus:
        return device.interrupts.read();
      case Register.Status:
        return device.status.read();
      case Register.MagicValue:
        if (faults['magic-wrong']) return MAGIC + 1;
        return faults['magic-byte-swapped'] ? swap32(MAGIC) : MAGIC;
      case Register.DeviceID:
        return device.type.deviceId;
      case Register.VendorID:
        return VENDOR;
      case Register.DeviceFeatures:
        return device.negotiation.readWindow();
      case Register.QueueSizeMax:
        return this.queueSizeMax();
      default:
        return this.readOwn(offset);
    }
  }

  /** A write to a read-only or undefined register is ignored. */
  write(offset: number, value: number): void {
    const { device } = this;
    switch (offset) {
      case Register.QueueNotify:
        return device.queues.notify(value);
      case Register.InterruptACK:
        return device.interrupts.acknowledge(value);
      case Register.Status:
        return device.status.write(value);
      case Register.DeviceFeaturesSel:
        device.negotiation.deviceSelector = value;
        return;
      case Register.DriverFeaturesSel:
        device.negotiation.driverSelector = value;
        return;
      case Register.DriverFeatures:
        return this.writeDriverFeatures(value);
      case Register.QueueSel:
        device.queues.selector = value;
        return;
      case Register.QueueSize:
        return this.writeQueueSize(value);
      case Register.MagicValue:
      case Register.Version:
        if (this.faults['crash-on-write-to-read-only-register']) crash('write to a read-only register');
        return;
      default:
        return this.writeOwn(offset, value);
    }
  }

  protected abstract readOwn(offset: number): number;
  protected abstract writeOwn(offset: number, value: number): void;
  /** The driver's features count from now on and can't be changed any more (2.2). */
  protected abstract featuresAreFinal(): boolean;

  private writeDriverFeatures(value: number): void {
    if (this.featuresAreFinal()) return;
    this.device.negotiation.writeWindow(value);
    this.device.featuresChanged();
  }

  /** 0 says that the queue does not exist. */
  private queueSizeMax(): number {
    const { faults } = this;
    const { queues } = this.device;
    const queue = queues.selected ?? (faults['queue-size-max-of-absent-queue'] ? queues.first : null);
    if (queue === null || (faults['second-queue-absent'] && queues.selector === 1)) return 0;
    if (faults['queue-size-max-not-power-of-two']) return queue.setup.sizeMax - 1;
    if (faults['queue-size-max-too-large']) return 65536;
    return queue.setup.sizeMax;
  }

  /** While a queue is in use its setup stands: a driver must not touch it then, and half a new ring is no ring (4.2.2.2). */
  private writeQueueSize(value: number): void {
    const queue = this.device.queues.selected;
    if (queue === null) return;
    if (value === 0 && this.faults['crash-on-queue-size-zero']) crash('queue size of 0');
    if (!queue.setup.ready) queue.setup.size = value;
  }
}
