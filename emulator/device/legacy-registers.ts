/** The legacy layout (4.2.4): queues are given as page numbers. */
import { Status } from './bits.ts';
import { RegisterFile } from './register-file.ts';
import { Register } from './registers.ts';

export class LegacyRegisters extends RegisterFile {
  protected override readOwn(offset: number): number {
    const { faults } = this;
    switch (offset) {
      case Register.Version:
        return faults['legacy-version-reads-two'] ? 2 : 1;
      case Register.QueuePFN:
        return faults['legacy-pfn-reads-zero'] ? 0 : (this.device.queues.selected?.setup.pfn ?? 0);
      default:
        return 0;
    }
  }

  protected override writeOwn(offset: number, value: number): void {
    const { device } = this;
    const queue = device.queues.selected;
    switch (offset) {
      case Register.GuestPageSize:
        device.pageSize = value;
        return;
      case Register.QueueAlign:
        if (queue !== null && !queue.setup.ready) queue.setup.align = value;
        return;
      case Register.QueuePFN:
        // 0 means that the driver stops using the queue; another page while in use means another ring.
        if (queue === null || queue.setup.pfn === value) return;
        if (value !== 0 && queue.setup.pfn !== 0) device.queues.setReady(queue, false);
        queue.setup.pfn = value;
        return device.queues.setReady(queue, value !== 0);
      default:
    }
  }

  /** There is no FEATURES_OK; features are final on first use (3.1.2), and DRIVER_OK is the last moment before that. */
  protected override featuresAreFinal(): boolean {
    return this.device.status.has(Status.DRIVER_OK);
  }
}
