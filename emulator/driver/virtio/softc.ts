/**
 * The bus softc of virtio(4): what bus front end, core and child driver share, and the calls of a child's life. Where
 * history changed a call, the revision stands beside the branch.
 */
import type { SoftInterrupt } from '../kernel/kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Order } from '../kernel/host.ts';
import { ChildFlag, Status, type Errno } from './bits.ts';
import { negotiateFeatures } from './negotiate.ts';
import type { Transport } from '../transport/transport.ts';
import { Descriptors, type Virtqueue } from './virtqueue.ts';
import { resetQueueMemory } from './queue-memory.ts';

/** A child driver as the bus sees it. */
export interface ChildDevice {
  readonly name: string;
  /** config_detach(9): 0 or an error. */
  detach(): Errno;
}

export type ConfigChange = () => void;

export class Softc {
  readonly kernel: Kernel;
  transport!: Transport;
  /** `failed-pointer` is the magic pointer 1 that marked a failed child before virtio.c 1.74. */
  child: ChildDevice | 'failed-pointer' | null = null;
  childState: 'none' | 'finished' | 'failed' = 'none';
  /** 0: nothing there. */
  childDevId = 0;
  vqs: (Virtqueue | null)[] | null = null;
  nvqs = 0;
  flags = 0;
  active = 0n;
  indirect = false;
  version1 = false;
  busEndian: Order = 'little';
  structEndian: Order = 'little';
  configChange: ConfigChange | null = null;
  /** The last negotiation failed. Children cannot see it; only repaired ones do. */
  refused = false;
  handle: string | null = null;
  softIh: SoftInterrupt | null = null;
  finishedCalled = false;
  /** config flag bit 0: no indirect descriptors. */
  noIndirect = false;
  /** A seeded driver sets FEATURES_OK when it has set up its queues. */
  featuresOkDue = false;
  readonly descriptors: Descriptors;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.busEndian = this.structEndian = kernel.host.order;
    this.descriptors = new Descriptors(kernel, () => this.structEndian);
  }

  /** Since 1.66 a child hands its queues over in finish; before, when it starts. */
  get registersAtFinish(): boolean {
    return this.kernel.profile.since('virtio.c', '1.66');
  }

  tell(): void {
    const { child } = this;
    this.kernel.observer.observe({
      kind: 'softc',
      child: child === null ? 'none' : child === 'failed-pointer' ? child : 'set',
      childState: this.childState,
      queues: this.vqs !== null,
      handle: this.handle !== null,
      version1: this.version1,
      active: this.active,
    });
  }

  childAttachStart(child: ChildDevice, want: bigint, queues: readonly Virtqueue[] | null): void {
    const { kernel } = this;
    // Before 1.66 the features argument was an int.
    const asked = this.registersAtFinish ? want : want & 0xffff_ffffn;
    kernel.call('child_attach_start', { want: `0x${asked.toString(16)}` }, () => {
      if (kernel.profile.since('virtio.c', '1.75')) {
        kernel.assert(this.child === null, 'child_attach_start: a child is there already');
        kernel.assert(this.childState === 'none', 'child_attach_start: a child has been here before');
      }
      this.child = child;
      if (!this.registersAtFinish) this.vqs = queues === null ? null : [...queues];
      negotiateFeatures(this, asked);
      this.tell();
    });
  }

  /** Before 1.66: for children that know their queues only after negotiation. */
  childAttachSetVqs(queues: readonly Virtqueue[]): void {
    this.kernel.call('child_attach_set_vqs', {}, () => {
      this.vqs = [...queues];
    });
  }

  /** 0, or 1 after which the child has to free its queues and call child_attach_failed. */
  childAttachFinish(
    queues: readonly Virtqueue[],
    count: number,
    configChange: ConfigChange | null,
    flags: number,
  ): 0 | 1 {
    const { kernel, transport } = this;
    return kernel.call(
      'child_attach_finish',
      { count },
      () => {
        const early = kernel.profile.fault('driver-ok-before-queues');
        if (early) transport.setStatus(Status.DRIVER_OK);
        if (this.registersAtFinish) this.#registerQueues(queues, count);
        else this.finishedCalled = true;
        this.configChange = configChange;
        this.flags = flags;
        const ready = transport.allocInterrupts() && transport.setupInterrupts(false) && this.#establishSoftint();
        if (!ready && this.#finishFailed() !== 0) return 1;
        if (kernel.profile.since('virtio.c', '1.74')) this.childState = 'finished';
        if (this.featuresOkDue) transport.setStatus(Status.FEATURES_OK);
        if (!early && !kernel.profile.fault('driver-ok-forgotten')) transport.setStatus(Status.DRIVER_OK);
        this.tell();
        return 0;
      },
      (failed) => ({ failed }),
    );
  }

  #registerQueues(queues: readonly Virtqueue[], count: number): void {
    const { kernel } = this;
    kernel.assert(count > 0, 'child_attach_finish: no queues');
    for (let i = 0; i < count; i++) {
      const vq = queues[i] as Virtqueue | undefined;
      kernel.assert(vq?.index === i, `child_attach_finish: queue ${i} says that it is queue ${vq?.index}`);
      kernel.assert(vq?.handler !== null, `child_attach_finish: queue ${i} has no handler`);
    }
    const store = (): void => {
      this.vqs = [...queues];
      this.nvqs = count;
    };
    const program = (): void => {
      const last = kernel.profile.fault('last-queue-not-set-up') ? count - 1 : count;
      for (let i = 0; i < last; i++) this.transport.setupQueue(i, queues[i]?.memory?.address ?? 0);
      if (kernel.profile.fault('first-queue-set-up-twice')) {
        this.transport.setupQueue(0, queues[0]?.memory?.address ?? 0);
      }
      if (kernel.profile.fault('one-queue-too-many')) this.transport.setupQueue(count, queues[0]?.memory?.address ?? 0);
    };
    // Until 1.69 the queues were programmed before they were stored.
    if (kernel.profile.since('virtio.c', '1.69')) {
      store();
      program();
    } else {
      program();
      store();
    }
  }

  #establishSoftint(): boolean {
    if ((this.flags & ChildFlag.SOFTINT) === 0) return true;
    this.softIh = this.kernel.establishSoftint(() => this.scanQueues());
    return this.softIh !== null;
  }

  #finishFailed(): 0 | 1 {
    this.#dropSoftint();
    this.transport.freeInterrupts();
    this.transport.setStatus(Status.FAILED);
    this.tell();
    return this.kernel.profile.fault('finish-failure-ignored') ? 0 : 1;
  }

  childAttachFailed(): void {
    const { kernel } = this;
    kernel.call('child_attach_failed', {}, () => {
      if (!kernel.profile.fault('attach-failed-without-detach')) this.#detach();
      if (!kernel.profile.fault('attach-failed-unmarked')) this.transport.setStatus(Status.FAILED);
      if (!kernel.profile.since('virtio.c', '1.74')) this.child = 'failed-pointer';
      this.childState = 'failed';
      this.tell();
    });
  }

  childDetach(): void {
    this.kernel.call('child_detach', {}, () => {
      this.#detach();
      this.tell();
    });
  }

  #detach(): void {
    // Before 1.66 the pointers went first and there was no way out early.
    if (this.registersAtFinish && this.child === null) return;
    if (!this.registersAtFinish) {
      this.child = null;
      this.vqs = null;
      this.#lateInterrupt();
    }
    const { profile } = this.kernel;
    this.transport.setStatus(0);
    if (this.registersAtFinish) this.#lateInterrupt();
    this.transport.freeInterrupts();
    this.#dropSoftint();
    if (!profile.fault('queues-stay-registered')) this.vqs = null;
    if (!profile.fault('child-pointer-stays')) this.child = null;
    if (!this.registersAtFinish) this.nvqs = 0;
  }

  /** What may still come until the interrupts are given back. */
  #lateInterrupt(): void {
    if (this.kernel.shortages.lateInterrupt === true && this.handle !== null) this.queueInterrupt();
  }

  #dropSoftint(): void {
    if (this.softIh === null) return;
    this.kernel.disestablishSoftint(this.softIh);
    this.softIh = null;
  }

  /** The bus's look at what became of its child. */
  attachFailed(): boolean {
    return this.kernel.call(
      'attach_failed',
      {},
      () => {
        if (this.childDevId === 0) return true;
        if (this.child === null) {
          this.kernel.print(this.childState === 'failed' ? 'virtio configuration failed' : 'no matching child driver');
          return true;
        }
        if (this.child === 'failed-pointer') return true;
        if (!this.kernel.profile.since('virtio.c', '1.75')) return !this.finishedCalled && !this.registersAtFinish;
        return this.childState !== 'finished';
      },
      (failed) => ({ failed }),
    );
  }

  deviceReset(): void {
    const skips = this.kernel.profile.fault('device-reset-skipped');
    this.kernel.call('device_reset', {}, () => {
      if (!skips) this.transport.setStatus(0);
    });
  }

  /** Starts the device again after a reset, with the queues as they were. */
  reinitStart(): 0 | 1 {
    const { kernel, transport } = this;
    return kernel.call(
      'reinit_start',
      {},
      () => {
        transport.setStatus(Status.ACK);
        transport.setStatus(Status.DRIVER);
        // Queues are set up before the features are negotiated anew.
        if (kernel.profile.has('repair-reinit-order')) negotiateFeatures(this, this.active);
        for (let i = 0; i < this.nvqs; i++) {
          const n = transport.readQueueSize(i);
          if (n === 0) continue;
          const vq = kernel.deref(kernel.deref(this.vqs, 'vqs')[i], `vqs[${i}]`);
          if (n !== vq.num) kernel.panic(`reinit_start: queue ${i} changed its size from ${vq.num} to ${n}`);
          if (!kernel.profile.fault('reinit-keeps-rings')) resetQueueMemory(this, vq);
          if (!kernel.profile.fault('reinit-forgets-queues'))
            transport.setupQueue(i, kernel.deref(vq.memory, 'queue memory').address);
        }
        if (transport.setupInterrupts(true)) return 0;
        transport.setStatus(Status.FAILED);
        return 1;
      },
      (failed) => ({ failed }),
    );
  }

  reinitEnd(): void {
    this.kernel.call('reinit_end', {}, () => this.transport.setStatus(Status.DRIVER_OK));
  }

  negotiateFeatures(want: bigint): void {
    this.kernel.call('negotiate_features', { want: `0x${want.toString(16)}` }, () => negotiateFeatures(this, want));
  }

  /** The interrupt of a device with used buffers: by hand of a software interrupt if the child asked for one. */
  queueInterrupt(): void {
    if (this.softIh !== null) this.softIh.pending = true;
    else this.scanQueues();
  }

  scanQueues(): void {
    if (this.vqs === null) {
      if (this.nvqs > 0) this.kernel.deref(this.vqs, 'vqs in the interrupt handler');
      return;
    }
    for (let i = 0; i < this.nvqs; i++) {
      const vq = this.vqs[i];
      if (vq === null || vq === undefined || vq.memory === null) continue;
      if (this.isEnqueued(vq)) this.kernel.deref(vq.handler, `handler of queue ${i}`)();
    }
  }

  /** Whether the device has used something, with the syncs that looking takes. */
  isEnqueued!: (vq: Virtqueue) => boolean;
}
