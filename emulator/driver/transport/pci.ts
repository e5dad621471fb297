/** virtio@pci: legacy (0.9) and modern (1.0) attachments, with the BARs that each maps. */
import type { BusHandle, RawSpace } from '../kernel/bus-space.ts';
import { PAGE_SIZE } from '../kernel/host.ts';
import { ANY_LAYOUT, Isr, NOTIFY_ON_EMPTY, Status, VERSION_1 } from '../virtio/bits.ts';
import type { Softc } from '../virtio/softc.ts';
import type { Transport } from './transport.ts';

/** What the driver finds in the device's PCI configuration space. */
export interface PciConfiguration {
  readonly revision: 0 | 1;
  readonly deviceId: number;
  readonly bars: readonly { readonly index: number; readonly size: number }[];
  readonly capabilities: readonly {
    readonly structure: 'common' | 'notify' | 'isr' | 'device';
    readonly bar: number;
    readonly offset: number;
    readonly length: number;
  }[];
  readonly notifyMultiplier: number;
  space(bar: number): RawSpace;
}

const Io = {
  deviceFeatures: 0x00,
  driverFeatures: 0x04,
  queueAddress: 0x08,
  queueSize: 0x0c,
  queueSelect: 0x0e,
  queueNotify: 0x10,
  status: 0x12,
  isr: 0x13,
  config: 0x14,
} as const;

const Common = {
  deviceFeatureSelect: 0x00,
  deviceFeature: 0x04,
  driverFeatureSelect: 0x08,
  driverFeature: 0x0c,
  status: 0x14,
  configGeneration: 0x15,
  queueSelect: 0x16,
  queueSize: 0x18,
  queueEnable: 0x1c,
  queueNotifyOff: 0x1e,
  desc: 0x20,
  avail: 0x28,
  used: 0x30,
} as const;

const FOUR_GIB = 0x1_0000_0000;

/** What the two interfaces share: interrupts, detaching, the mappings. */
abstract class PciTransport implements Transport {
  config: BusHandle | null = null;
  protected readonly sc: Softc;
  protected readonly pci: PciConfiguration;
  protected readonly mapped: BusHandle[] = [];

  constructor(sc: Softc, pci: PciConfiguration) {
    this.sc = sc;
    this.pci = pci;
  }

  /** Until 1.48 the system's going down detached the bus. */
  get detachesAtShutdown(): boolean {
    return !this.sc.kernel.profile.since('virtio_pci.c', '1.48');
  }

  get followsFailedPointer(): boolean {
    return !this.sc.kernel.profile.since('virtio_pci.c', '1.40');
  }

  abstract kick(queue: number): void;
  abstract readQueueSize(queue: number): number;
  abstract setupQueue(queue: number, address: number): void;
  abstract setStatus(bits: number): void;
  abstract negFeatures(want: bigint): void;
  protected abstract mapAll(): void;
  protected abstract unmapAll(): void;
  protected abstract readIsr(): number;

  configGeneration(): number | null {
    return null;
  }

  attach(): boolean {
    const { sc, pci } = this;
    const { host } = sc.kernel;
    const modern = pci.revision === 1;
    const arm = host.port !== 'generic' && !modern;
    sc.busEndian = host.order === 'big' && (modern || arm) ? 'big' : 'little';
    // Before 1.43 armeb was taken for any other big-endian machine.
    if (host.port === 'arm' && !modern && !sc.kernel.profile.since('virtio_pci.c', '1.43')) sc.busEndian = 'little';
    sc.structEndian = modern ? 'little' : host.order;
    sc.version1 = modern;
    this.mapAll();
    this.setStatus(0);
    this.setStatus(Status.ACK);
    this.setStatus(Status.DRIVER);
    sc.childDevId = pci.deviceId;
    return true;
  }

  detach(): void {
    const { kernel } = this.sc;
    const { profile } = kernel;
    if (profile.since('virtio_pci.c', '1.42')) {
      kernel.assert(this.sc.child === null, 'virtio_pci detach: the child is still there');
      kernel.assert(this.sc.vqs === null, 'virtio_pci detach: queues are still there');
      kernel.assert(this.sc.handle === null, 'virtio_pci detach: the interrupt is still established');
    } else if (profile.since('virtio_pci.c', '1.40') && !profile.since('virtio_pci.c', '1.41')) {
      // The flags of 1.40 took a device that never had a child for one that had not let go of it (PR 57357).
      kernel.assert(this.sc.childState !== 'none', 'virtio_pci detach: the child has not detached');
    }
    this.unmapAll();
    this.mapped.length = 0;
    this.config = null;
  }

  allocInterrupts(): boolean {
    const { sc } = this;
    if (sc.handle !== null) return true;
    if (sc.kernel.shortages.allocInterrupts === true) return false;
    sc.handle = 'intx';
    return true;
  }

  freeInterrupts(): void {
    this.sc.handle = null;
  }

  setupInterrupts(): boolean {
    return true;
  }

  interrupt(): void {
    const isr = this.readIsr();
    if ((isr & Isr.CONFIG) !== 0) this.sc.configChange?.();
    if ((isr & Isr.QUEUE) !== 0) this.sc.queueInterrupt();
  }

  protected mapBar(index: number, size: number, area: string): BusHandle {
    const handle = this.sc.kernel.bus.map(`BAR${index}`, area, this.pci.space(index), size);
    this.mapped.push(handle);
    return handle;
  }

  protected read(handle: BusHandle | null, offset: number, size: number): number {
    const { kernel } = this.sc;
    return kernel.bus.read(kernel.deref(handle, 'PCI mapping'), offset, size);
  }

  protected write(handle: BusHandle | null, offset: number, size: number, value: number): void {
    const { kernel } = this.sc;
    kernel.bus.write(kernel.deref(handle, 'PCI mapping'), offset, size, value);
  }
}

export class PciLegacyTransport extends PciTransport {
  #io: BusHandle | null = null;

  protected override mapAll(): void {
    const { index, size } = this.pci.bars[0];
    this.#io = this.mapBar(index, size, 'pci-io');
    this.config = this.sc.kernel.bus.subregion(this.#io, 'configuration', 'pci-config', Io.config, size - Io.config);
  }

  protected override unmapAll(): void {
    for (const handle of this.mapped) this.sc.kernel.bus.unmap(handle, handle.size);
  }

  override kick(queue: number): void {
    this.write(this.#io, Io.queueNotify, 2, queue);
  }

  override readQueueSize(queue: number): number {
    this.write(this.#io, Io.queueSelect, 2, queue);
    return this.read(this.#io, Io.queueSize, 2);
  }

  override setupQueue(queue: number, address: number): void {
    this.write(this.#io, Io.queueSelect, 2, queue);
    this.write(this.#io, Io.queueAddress, 4, address / PAGE_SIZE);
  }

  override setStatus(bits: number): void {
    this.write(this.#io, Io.status, 1, bits === 0 ? 0 : this.read(this.#io, Io.status, 1) | bits);
  }

  override negFeatures(want: bigint): void {
    const asked = this.sc.kernel.profile.has('repair-any-layout') ? want | ANY_LAYOUT : want;
    const both = BigInt(this.read(this.#io, Io.deviceFeatures, 4)) & asked & 0xffff_ffffn;
    this.write(this.#io, Io.driverFeatures, 4, Number(both));
    this.sc.active = both;
  }

  protected override readIsr(): number {
    return this.read(this.#io, Io.isr, 1);
  }
}

export class PciModernTransport extends PciTransport {
  #common: BusHandle | null = null;
  #notify: BusHandle | null = null;
  #isr: BusHandle | null = null;

  protected override mapAll(): void {
    const { bars, capabilities } = this.pci;
    const handles = new Map(bars.map(({ index, size }) => [index, this.mapBar(index, size, `pci-bar${index}`)]));
    for (const { structure, bar, offset, length } of capabilities) {
      const whole = this.sc.kernel.deref(handles.get(bar), `BAR${bar}`);
      const area = structure === 'device' ? 'pci-config' : `pci-${structure}`;
      const part = this.sc.kernel.bus.subregion(whole, `${structure} in BAR${bar}`, area, offset, length);
      if (structure === 'common') this.#common = part;
      else if (structure === 'notify') this.#notify = part;
      else if (structure === 'isr') this.#isr = part;
      else this.config = part;
    }
  }

  /** Until 1.46 the part with the common configuration was unmapped, with the size of a BAR, and nothing else (PR 58335). */
  protected override unmapAll(): void {
    const { kernel } = this.sc;
    if (kernel.profile.since('virtio_pci.c', '1.46')) {
      for (const handle of this.mapped) kernel.bus.unmap(handle, handle.size);
      return;
    }
    kernel.bus.unmap(kernel.deref(this.#common, 'common configuration'), this.mapped[0].size);
  }

  override kick(queue: number): void {
    const { kernel, vqs } = this.sc;
    const vq = kernel.deref(kernel.deref(vqs, `vqs in kick(${queue})`)[queue], `vqs[${queue}]`);
    this.write(this.#notify, vq.notifyOff * this.pci.notifyMultiplier, 2, queue);
  }

  override readQueueSize(queue: number): number {
    this.#select(queue);
    return this.read(this.#common, Common.queueSize, 2);
  }

  #select(queue: number): void {
    this.write(this.#common, Common.queueSelect, 2, queue);
  }

  override setupQueue(queue: number, address: number): void {
    const { kernel, vqs } = this.sc;
    const repaired = kernel.profile.has('repair-h1');
    if (repaired && address === 0) {
      this.#select(queue);
      return this.#disable();
    }
    // H1: the queue is looked up even where it is to be taken away.
    const vq = kernel.deref(kernel.deref(vqs, `vqs in setup_queue(${queue})`)[queue], `vqs[${queue}]`);
    kernel.assert(vq.index === queue, 'setup_queue: index');
    this.#select(vq.index);
    if (address === 0) return this.#disable();
    this.#writeAddress(Common.desc, address);
    this.#writeAddress(Common.avail, vq.avail);
    this.#writeAddress(Common.used, vq.used);
    this.write(this.#common, Common.queueEnable, 2, 1);
    vq.notifyOff = this.read(this.#common, Common.queueNotifyOff, 2);
  }

  /** Whoever takes a queue away has reset the device, or never enabled the queue. */
  #disable(): void {
    if (this.sc.kernel.profile.has('repair-pci-disable')) return;
    this.write(this.#common, Common.queueEnable, 2, 0);
    for (const at of [Common.desc, Common.avail, Common.used]) this.#writeAddress(at, 0);
  }

  /** Low word first on little-endian machines, high word first on the others. */
  #writeAddress(at: number, address: number): void {
    const words: [number, number][] = [
      [at, address % FOUR_GIB],
      [at + 4, Math.floor(address / FOUR_GIB)],
    ];
    if (this.sc.kernel.host.order === 'big') words.reverse();
    for (const [offset, word] of words) this.write(this.#common, offset, 4, word);
  }

  override setStatus(bits: number): void {
    this.write(this.#common, Common.status, 1, bits === 0 ? 0 : this.read(this.#common, Common.status, 1) | bits);
  }

  override negFeatures(want: bigint): void {
    const { sc } = this;
    sc.active = 0n;
    let offered = 0n;
    for (const word of [0, 1]) {
      this.write(this.#common, Common.deviceFeatureSelect, 4, word);
      offered |= BigInt(this.read(this.#common, Common.deviceFeature, 4)) << BigInt(32 * word);
    }
    const asked = (want | VERSION_1) & ~NOTIFY_ON_EMPTY;
    const both = offered & asked;
    for (const word of [0, 1]) {
      this.write(this.#common, Common.driverFeatureSelect, 4, word);
      this.write(this.#common, Common.driverFeature, 4, Number((both >> BigInt(32 * word)) & 0xffff_ffffn));
    }
    this.setStatus(Status.FEATURES_OK);
    if ((this.read(this.#common, Common.status, 1) & Status.FEATURES_OK) === 0 || (both & VERSION_1) === 0n) {
      sc.kernel.print('feature negotiation failed');
      sc.refused = true;
      // Without the bits that were set before.
      if (sc.kernel.profile.has('repair-pci-failed')) this.setStatus(Status.FAILED);
      else this.write(this.#common, Common.status, 1, Status.FAILED);
      return;
    }
    sc.active = both;
  }

  override configGeneration(): number {
    return this.read(this.#common, Common.configGeneration, 1);
  }

  protected override readIsr(): number {
    return this.read(this.#isr, 0, 1);
  }
}

export function createPciTransport(sc: Softc, pci: PciConfiguration): Transport {
  return pci.revision === 1 ? new PciModernTransport(sc, pci) : new PciLegacyTransport(sc, pci);
}
