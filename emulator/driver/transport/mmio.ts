/** virtio_mmio(4): probing, registers of both layouts, negotiation, interrupts. */
import type { BusHandle, RawSpace } from '../kernel/bus-space.ts';
import { accessorOrder, PAGE_SIZE, swap32 } from '../kernel/host.ts';
import { ANY_LAYOUT, Isr, NOTIFY_ON_EMPTY, Status, VERSION_1 } from '../virtio/bits.ts';
import type { Softc } from '../virtio/softc.ts';
import type { Virtqueue } from '../virtio/virtqueue.ts';
import type { Transport } from './transport.ts';

const Reg = {
  magic: 0x000,
  version: 0x004,
  deviceId: 0x008,
  vendorId: 0x00c,
  reserved: 0x018,
  deviceFeatures: 0x010,
  deviceFeaturesSel: 0x014,
  driverFeatures: 0x020,
  driverFeaturesSel: 0x024,
  guestPageSize: 0x028,
  queueSel: 0x030,
  queueNumMax: 0x034,
  queueNum: 0x038,
  queueAlign: 0x03c,
  queuePfn: 0x040,
  queueReady: 0x044,
  queueNotify: 0x050,
  interruptStatus: 0x060,
  interruptAck: 0x064,
  status: 0x070,
  desc: 0x080,
  avail: 0x090,
  used: 0x0a0,
  configGeneration: 0x0fc,
  config: 0x100,
} as const;

const MAGIC = 0x74726976;
/** From one ring's address registers to the next one's. */
const REGISTER_STRIDE = 0x10;
const FOUR_GIB = 0x1_0000_0000;

export class MmioTransport implements Transport {
  config: BusHandle | null = null;
  readonly detachesAtShutdown = true;
  readonly followsFailedPointer = false;
  readonly #sc: Softc;
  readonly #space: RawSpace;
  readonly #ioSize: number;
  #window: BusHandle | null = null;
  #leRegs = false;
  #v2 = false;
  /** Of a seeded driver that does not read the status. */
  #written = 0;

  constructor(sc: Softc, space: RawSpace, ioSize: number) {
    this.#sc = sc;
    this.#space = space;
    this.#ioSize = ioSize;
  }

  attach(): boolean {
    const sc = this.#sc;
    const { kernel } = sc;
    const { host, profile } = kernel;
    this.#window = kernel.bus.map('registers', 'mmio', this.#space, this.#ioSize);
    const seeded = profile.fault('magic-not-read');
    const magic = seeded ? MAGIC : this.#rawRead(Reg.magic);
    if (magic !== MAGIC && !profile.fault('magic-unchecked')) {
      // Registers that are little-endian whatever the CPU: recognised since 1.12.
      const swapped = host.order === 'big' && swap32(magic) === MAGIC;
      const recognises = profile.since('virtio_mmio.c', '1.12') && !profile.has('native-registers-only');
      if (!swapped || !recognises) {
        kernel.print(`wrong magic value 0x${magic.toString(16)}; giving up`);
        return false;
      }
      this.#leRegs = true;
    }
    this.#setDefaultOrders();
    const version = this.read(Reg.version);
    this.#v2 = version === 2 && profile.since('virtio_mmio.c', '1.12');
    if (version !== 1 && !this.#v2 && profile.fault('version-unchecked')) this.#v2 = true;
    if (version !== 1 && !this.#v2) {
      kernel.print(`unknown version 0x${version.toString(16).padStart(2, '0')}; giving up`);
      return false;
    }
    const readsIdFirst = !profile.since('virtio_mmio.c', '1.12') || profile.has('repair-device-id-first');
    if (profile.fault('status-before-device-id')) this.write(Reg.status, 0);
    let id = readsIdFirst ? this.read(Reg.deviceId) : -1;
    if (id === 0 && !profile.fault('placeholder-initialised')) return false;
    if (!this.#v2 && !profile.fault('guest-page-size-not-written')) this.write(Reg.guestPageSize, PAGE_SIZE);
    if (!readsIdFirst) id = this.read(Reg.deviceId);
    if (id === 0 && !profile.fault('placeholder-initialised')) return false;
    this.config = kernel.bus.subregion(
      this.#window,
      'configuration',
      'mmio-config',
      Reg.config,
      this.#ioSize - Reg.config,
    );
    this.#touchOddRegisters();
    if (!profile.fault('no-first-reset')) this.setStatus(0);
    if (profile.fault('driver-before-acknowledge')) this.setStatus(Status.DRIVER);
    if (!profile.fault('acknowledge-skipped')) this.setStatus(Status.ACK);
    if (!profile.fault('driver-bit-skipped')) this.setStatus(Status.DRIVER);
    sc.childDevId = id;
    return true;
  }

  /** Seeded accesses that no driver has to make. */
  #touchOddRegisters(): void {
    const { profile, bus } = this.#sc.kernel;
    if (profile.fault('vendor-id-written')) this.write(Reg.vendorId, 0);
    if (profile.fault('selector-read-back')) this.read(Reg.queueSel);
    if (profile.fault('reserved-register-read')) this.read(Reg.reserved);
    if (profile.fault('magic-read-by-bytes')) {
      for (let i = 0; i < 4; i++) bus.read(this.#mapped(), Reg.magic + i, 1);
    }
  }

  /** Byte orders before VERSION_1 is negotiated. */
  #setDefaultOrders(): void {
    const sc = this.#sc;
    const { host, profile } = sc.kernel;
    sc.structEndian = profile.fault('structures-little-endian') ? 'little' : host.order;
    const armSpecial = host.port === 'arm' && profile.since('virtio_mmio.c', '1.11');
    // 1.3 swapped there already, in its own way; 1.5 put it so.
    const aarch64Special = host.port === 'aarch64' && profile.since('virtio_mmio.c', '1.3');
    sc.busEndian = host.order === 'big' && (armSpecial || aarch64Special) ? 'little' : host.order;
    if (profile.fault('config-order-inverted')) sc.busEndian = sc.busEndian === 'little' ? 'big' : 'little';
  }

  detach(): void {
    const sc = this.#sc;
    const { kernel } = sc;
    if (kernel.profile.since('virtio_mmio.c', '1.10')) {
      kernel.assert(sc.child === null, 'virtio_mmio detach: the child is still there');
      kernel.assert(sc.vqs === null, 'virtio_mmio detach: queues are still there');
      kernel.assert(sc.handle === null, 'virtio_mmio detach: the interrupt is still established');
    } else if (kernel.profile.since('virtio_mmio.c', '1.8')) {
      // The flags of 1.8 took a device that never had a child for one that had not let go of it (PR 57357).
      kernel.assert(sc.childState !== 'none' || sc.childDevId === 0, 'virtio_mmio detach: the child has not detached');
    }
    const { profile } = kernel;
    const size = profile.fault('unmaps-with-wrong-size') ? Reg.config : this.#ioSize;
    if (this.#window !== null && !profile.fault('window-stays-mapped')) kernel.bus.unmap(this.#window, size);
    this.#window = this.config = null;
  }

  kick(queue: number): void {
    const { profile } = this.#sc.kernel;
    if (profile.fault('kick-names-next-queue')) queue++;
    if (profile.fault('kick-with-high-bits')) queue += 0x1_0000;
    this.write(Reg.queueNotify, queue);
  }

  readQueueSize(queue: number): number {
    this.write(Reg.queueSel, queue);
    return this.read(Reg.queueNumMax) & 0xffff;
  }

  setupQueue(queue: number, address: number): void {
    if (this.#v2) this.#setupModern(queue, address);
    else {
      const { profile } = this.#sc.kernel;
      if (!profile.fault('no-queue-select')) this.write(Reg.queueSel, queue);
      // All parameters are written to take a queue away, too, although it is in use until its address is 0.
      if (address === 0 && profile.has('repair-legacy-disable')) return this.write(Reg.queuePfn, 0);
      this.write(Reg.queueNum, this.#queueSize());
      if (!profile.fault('legacy-align-not-written')) this.write(Reg.queueAlign, PAGE_SIZE);
      this.write(Reg.queuePfn, address / (profile.fault('legacy-address-in-bytes') ? 1 : PAGE_SIZE));
    }
  }

  #setupModern(queue: number, address: number): void {
    const { kernel } = this.#sc;
    const { profile } = kernel;
    // 1.12 and 1.13 looked the queue up before asking whether it was to be taken away.
    const early = profile.since('virtio_mmio.c', '1.14') ? null : this.#lookUp(queue);
    if (early !== null) kernel.assert(early.index === queue, 'setup_queue: index');
    if (!profile.fault('no-queue-select')) this.write(Reg.queueSel, queue);
    if (address === 0) {
      if (!profile.fault('stops-queue-by-address')) this.write(Reg.queueReady, 0);
      if (profile.has('repair-queue-stop')) this.read(Reg.queueReady);
      for (const reg of [Reg.desc, Reg.avail, Reg.used]) this.#writeAddress(reg, 0);
      return;
    }
    const vq = early ?? this.#lookUp(queue);
    if (profile.fault('modern-device-set-up-as-legacy')) {
      this.write(Reg.queueNum, this.read(Reg.queueNumMax));
      this.write(Reg.queueAlign, PAGE_SIZE);
      this.write(Reg.queuePfn, address / PAGE_SIZE);
      return;
    }
    if (profile.fault('ready-before-addresses')) this.write(Reg.queueReady, 1);
    if (!profile.fault('queue-size-not-written')) this.write(Reg.queueNum, this.#queueSize());
    const shift = profile.fault('address-registers-by-queue-number') ? REGISTER_STRIDE * queue : 0;
    this.#writeAddress(Reg.desc + shift, address + (profile.fault('rings-misaligned') ? 4 : 0));
    this.#writeAddress(Reg.avail + shift, vq.avail);
    this.#writeAddress(Reg.used + shift, profile.fault('used-ring-address-is-avail') ? vq.avail : vq.used);
    if (!profile.fault('ready-before-addresses')) this.write(Reg.queueReady, 1);
  }

  /** What is written to QueueSize: all that the device has. */
  #queueSize(): number {
    const { profile } = this.#sc.kernel;
    const most = this.read(Reg.queueNumMax);
    if (profile.fault('queue-size-doubled')) return 2 * most;
    return profile.fault('queue-size-less-one') ? Math.max(1, most - 1) : most;
  }

  #lookUp(queue: number): Virtqueue {
    const { kernel, vqs } = this.#sc;
    return kernel.deref(kernel.deref(vqs, `vqs in setup_queue(${queue})`)[queue], `vqs[${queue}]`);
  }

  #writeAddress(reg: number, address: number): void {
    this.write(reg, address % FOUR_GIB);
    if (this.#sc.kernel.profile.fault('high-address-word-forgotten')) return;
    this.write(reg + 4, Math.floor(address / FOUR_GIB));
  }

  setStatus(bits: number): void {
    const { bus, profile } = this.#sc.kernel;
    if (profile.fault('reset-not-awaited')) this.#written = bits === 0 ? 0 : this.#written | bits;
    if (bits === 0) this.write(Reg.status, 0);
    else if (profile.fault('status-written-as-byte')) bus.write(this.#mapped(), Reg.status, 1, bits, this.#swaps);
    else if (profile.fault('status-overwritten')) this.write(Reg.status, bits);
    else if (profile.fault('reset-not-awaited')) this.write(Reg.status, this.#written);
    else this.write(Reg.status, this.read(Reg.status) | bits);
  }

  negFeatures(want: bigint): void {
    const sc = this.#sc;
    sc.active = 0n;
    if (!sc.kernel.profile.since('virtio_mmio.c', '1.13')) {
      this.write(Reg.deviceFeaturesSel, 0);
      const offered = BigInt(this.read(Reg.deviceFeatures));
      this.write(Reg.driverFeaturesSel, 0);
      const both = offered & want & 0xffff_ffffn;
      this.write(Reg.driverFeatures, Number(both));
      sc.active = both;
      return;
    }
    this.#negotiateModern(want);
  }

  #negotiateModern(want: bigint): void {
    const sc = this.#sc;
    const { kernel } = sc;
    const { profile } = kernel;
    let asked = profile.fault('version-1-declined') ? want : want | VERSION_1;
    if (profile.has('repair-any-layout')) asked |= ANY_LAYOUT;
    let offered = 0n;
    for (const word of profile.fault('offer-not-read') ? [] : [0, 1]) {
      if (!profile.fault('offer-selector-not-written')) this.write(Reg.deviceFeaturesSel, word);
      offered |= BigInt(this.read(Reg.deviceFeatures)) << BigInt(32 * word);
    }
    if (profile.fault('offer-not-read')) offered = asked & ~(this.#v2 ? 0n : VERSION_1);
    const modern = (offered & VERSION_1) !== 0n;
    if (modern) asked &= ~NOTIFY_ON_EMPTY;
    else if (this.#v2 || (want & VERSION_1) !== 0n) {
      kernel.print('device rejected version 1');
      sc.refused = true;
      this.setStatus(Status.FAILED);
      return;
    }
    let both = offered & asked;
    if (profile.fault('all-offered-accepted')) both = offered;
    if (profile.fault('unoffered-accepted')) both |= asked;
    if (profile.fault('any-layout-dropped')) both &= ~ANY_LAYOUT;
    for (const word of profile.fault('features-high-word-first') ? [1, 0] : [0, 1]) {
      if (!profile.fault('driver-features-selector-not-written')) this.write(Reg.driverFeaturesSel, word);
      this.write(Reg.driverFeatures, Number((both >> BigInt(32 * word)) & 0xffff_ffffn));
    }
    if (modern ? !profile.fault('features-ok-not-set') : profile.fault('features-ok-on-legacy')) {
      sc.featuresOkDue = profile.fault('features-ok-late');
      if (!sc.featuresOkDue) this.setStatus(Status.FEATURES_OK);
      const blind = sc.featuresOkDue || !modern || profile.fault('features-ok-not-read');
      if (!blind && (this.read(Reg.status) & Status.FEATURES_OK) === 0) {
        kernel.print('feature negotiation failed');
        if (!profile.fault('features-ok-only-printed')) {
          sc.refused = true;
          this.setStatus(Status.FAILED);
          return;
        }
      }
    }
    if (profile.fault('features-changed-late')) {
      this.write(Reg.driverFeaturesSel, 0);
      this.write(Reg.driverFeatures, Number(offered & ~both & 0xffff_ffffn));
    }
    if ((both & VERSION_1) !== 0n) {
      sc.structEndian = 'little';
      // Where the bus itself swaps, as it does wherever little-endian registers needed no help, this is once too often.
      const busSwaps = kernel.host.order === 'big' && !this.#leRegs;
      sc.busEndian = busSwaps && kernel.profile.has('repair-swapping-bus') ? kernel.host.order : 'little';
      // The core learns of it since 1.15 only (PR 58681).
      if (kernel.profile.since('virtio_mmio.c', '1.15')) sc.version1 = true;
    }
    sc.active = both;
  }

  allocInterrupts(): boolean {
    const sc = this.#sc;
    if (sc.handle !== null) return true;
    if (sc.kernel.profile.fault('alloc-interrupts-stubbed')) return true;
    if (sc.kernel.shortages.allocInterrupts === true) return false;
    sc.handle = 'intx';
    return true;
  }

  freeInterrupts(): void {
    const sc = this.#sc;
    // mipssim's bus has no way to give the interrupt back.
    if (sc.kernel.profile.has('mipssim') && !sc.kernel.profile.has('repair-h8')) {
      sc.kernel.panic('virtio_mainbus_free_interrupts: not implemented');
    }
    if (!sc.kernel.profile.fault('interrupt-stays-established')) sc.handle = null;
  }

  configGeneration(): number | null {
    return this.#v2 ? this.read(Reg.configGeneration) : null;
  }

  setupInterrupts(): boolean {
    return true;
  }

  interrupt(): void {
    const sc = this.#sc;
    const { profile } = sc.kernel;
    const isr = profile.fault('cause-not-read') ? Isr.QUEUE : this.read(Reg.interruptStatus);
    if (profile.fault('acknowledges-everything')) this.write(Reg.interruptAck, 0xffff_ffff);
    else if (profile.fault('acknowledges-config-too')) this.write(Reg.interruptAck, isr | Isr.CONFIG);
    else if (!profile.fault('interrupt-not-acknowledged')) this.write(Reg.interruptAck, isr);
    if ((isr & Isr.CONFIG) !== 0) sc.configChange?.();
    if ((isr & Isr.QUEUE) !== 0) sc.queueInterrupt();
  }

  /** As the accessors read it, without any knowledge of the device. */
  #rawRead(reg: number): number {
    return this.#sc.kernel.bus.read(this.#mapped(), reg, 4);
  }

  read(reg: number): number {
    return this.#sc.kernel.bus.read(this.#mapped(), reg, 4, this.#swaps);
  }

  write(reg: number, value: number): void {
    this.#sc.kernel.bus.write(this.#mapped(), reg, 4, value, this.#swaps);
  }

  get #swaps(): boolean {
    return this.#leRegs && accessorOrder(this.#sc.kernel.host) === 'big';
  }

  #mapped(): BusHandle {
    return this.#sc.kernel.deref(this.#window, 'register window');
  }
}
