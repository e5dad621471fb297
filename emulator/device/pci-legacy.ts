/** The I/O region of a legacy PCI device (4.1.4.10), without MSI-X. Registers are in the guest's byte order. */
import type { VirtioDevice } from './virtio-device.ts';

const Io = {
  deviceFeatures: 0x00,
  driverFeatures: 0x04,
  queueAddress: 0x08,
  queueSize: 0x0c,
  queueSelect: 0x0e,
  queueNotify: 0x10,
  deviceStatus: 0x12,
  isr: 0x13,
  config: 0x14,
} as const;

/** Queue addresses are given as numbers of pages of this size (4.1.5.1.3.1). */
const PAGE = 4096;

export class LegacyPciRegisters {
  private readonly device: VirtioDevice;
  private readonly swapped: boolean;

  constructor(device: VirtioDevice, bigEndian: boolean) {
    this.device = device;
    this.swapped = bigEndian;
    device.pageSize = PAGE;
  }

  read(offset: number, size: number): number {
    if (offset >= Io.config) return this.device.config.read(offset - Io.config, size);
    return this.turn(this.readIo(offset) >>> 0, size);
  }

  write(offset: number, size: number, value: number): void {
    if (offset >= Io.config) this.device.config.write(offset - Io.config, size, value);
    else this.writeIo(offset, this.turn(value, size));
  }

  private turn(value: number, size: number): number {
    if (!this.swapped || size === 1) return value;
    let turned = 0;
    for (let i = 0; i < size; i++) turned = turned * 256 + ((value >>> (8 * i)) & 0xff);
    return turned;
  }

  private readIo(offset: number): number {
    const { negotiation, queues, status, interrupts } = this.device;
    switch (offset) {
      case Io.deviceFeatures:
        negotiation.deviceSelector = 0;
        return negotiation.readWindow();
      case Io.queueAddress:
        return queues.selected?.setup.pfn ?? 0;
      case Io.queueSize:
        return queues.selected?.setup.sizeMax ?? 0;
      case Io.queueSelect:
        return queues.selector;
      case Io.deviceStatus:
        return status.read();
      case Io.isr: {
        const events = interrupts.read();
        interrupts.acknowledge(events);
        return events;
      }
      default:
        return 0;
    }
  }

  private writeIo(offset: number, value: number): void {
    const { device } = this;
    const { negotiation, queues, status } = device;
    switch (offset) {
      case Io.driverFeatures:
        negotiation.driverSelector = 0;
        negotiation.writeWindow(value);
        device.featuresChanged();
        return;
      case Io.queueAddress: {
        const queue = queues.selected;
        if (queue === null || queue.setup.pfn === value) return;
        queue.setup.pfn = value;
        return queues.setReady(queue, value !== 0);
      }
      case Io.queueSelect:
        queues.selector = value;
        return;
      case Io.queueNotify:
        return queues.notify(value);
      case Io.deviceStatus:
        return status.write(value & 0xff);
      default:
    }
  }
}
