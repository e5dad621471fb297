/** The structures of a modern PCI device (4.1.4): common configuration, notification, interrupt status, device configuration. */
import { Status } from './bits.ts';
import type { PciStructure } from './pci-device.ts';
import type { VirtioDevice } from './virtio-device.ts';

/** struct virtio_pci_common_cfg (4.1.4.3). */
const Common = {
  deviceFeatureSelect: 0x00,
  deviceFeature: 0x04,
  driverFeatureSelect: 0x08,
  driverFeature: 0x0c,
  numQueues: 0x12,
  deviceStatus: 0x14,
  configGeneration: 0x15,
  queueSelect: 0x16,
  queueSize: 0x18,
  queueEnable: 0x1c,
  queueNotifyOff: 0x1e,
  desc: 0x20,
  driver: 0x28,
  device: 0x30,
} as const;

export class ModernPciRegisters {
  private readonly device: VirtioDevice;
  /** What the driver has written to driver_feature, by word. */
  private readonly driverFeatures = new Map<number, number>();

  constructor(device: VirtioDevice) {
    this.device = device;
  }

  read(structure: PciStructure, offset: number, size: number): number {
    const { device } = this;
    if (structure === 'device') return device.config.read(offset, size);
    if (structure === 'isr') {
      // Reading acknowledges (4.1.4.5).
      const events = device.interrupts.read();
      device.interrupts.acknowledge(events);
      return events;
    }
    return structure === 'common' ? this.readCommon(offset) >>> 0 : 0;
  }

  write(structure: PciStructure, offset: number, size: number, value: number): void {
    if (structure === 'device') this.device.config.write(offset, size, value);
    else if (structure === 'notify') this.device.queues.notify(value & 0xffff);
    else if (structure === 'common') this.writeCommon(offset, value);
  }

  private readCommon(offset: number): number {
    const { negotiation, queues, status, config, type } = this.device;
    const queue = queues.selected;
    switch (offset) {
      case Common.deviceFeatureSelect:
        return negotiation.deviceSelector;
      case Common.deviceFeature:
        return negotiation.readWindow();
      case Common.driverFeatureSelect:
        return negotiation.driverSelector;
      case Common.driverFeature:
        return this.driverFeatures.get(negotiation.driverSelector) ?? 0;
      case Common.numQueues:
        return type.queueCount;
      case Common.deviceStatus:
        return status.read();
      case Common.configGeneration:
        return config.generation & 0xff;
      case Common.queueSelect:
        return queues.selector;
      case Common.queueSize:
        return queue?.setup.size ?? 0;
      case Common.queueEnable:
        return queue?.setup.ready === true ? 1 : 0;
      case Common.queueNotifyOff:
        return queues.selector;
      default:
        return this.readAddress(offset);
    }
  }

  /** The halves of the addresses of the selected queue. */
  private readAddress(offset: number): number {
    const setup = this.device.queues.selected?.setup;
    switch (offset) {
      case Common.desc:
        return setup?.descLow ?? 0;
      case Common.desc + 4:
        return setup?.descHigh ?? 0;
      case Common.driver:
        return setup?.driverLow ?? 0;
      case Common.driver + 4:
        return setup?.driverHigh ?? 0;
      case Common.device:
        return setup?.deviceLow ?? 0;
      case Common.device + 4:
        return setup?.deviceHigh ?? 0;
      default:
        return 0;
    }
  }

  private writeCommon(offset: number, value: number): void {
    const { device } = this;
    const { negotiation, queues, status } = device;
    switch (offset) {
      case Common.deviceFeatureSelect:
        negotiation.deviceSelector = value;
        return;
      case Common.driverFeatureSelect:
        negotiation.driverSelector = value;
        return;
      case Common.driverFeature:
        if (status.has(Status.FEATURES_OK)) return;
        this.driverFeatures.set(negotiation.driverSelector, value);
        return negotiation.writeWindow(value);
      case Common.deviceStatus:
        if (value === 0) this.driverFeatures.clear();
        return status.write(value & 0xff);
      case Common.queueSelect:
        queues.selector = value;
        return;
      default:
        return this.writeQueue(offset, value);
    }
  }

  private writeQueue(offset: number, value: number): void {
    const { queues } = this.device;
    const queue = queues.selected;
    if (queue === null) return;
    const { setup } = queue;
    if (offset === Common.queueEnable) return queues.setReady(queue, (value & 1) !== 0);
    if (setup.ready) return;
    switch (offset) {
      case Common.queueSize:
        setup.size = value;
        return;
      case Common.desc:
        setup.descLow = value;
        return;
      case Common.desc + 4:
        setup.descHigh = value;
        return;
      case Common.driver:
        setup.driverLow = value;
        return;
      case Common.driver + 4:
        setup.driverHigh = value;
        return;
      case Common.device:
        setup.deviceLow = value;
        return;
      case Common.device + 4:
        setup.deviceHigh = value;
        return;
      default:
    }
  }
}
