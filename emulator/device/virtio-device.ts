/** A virtio device without its transport: status, features, queues, configuration and a device type, put together. */
import { switchDeviceFaults, type DeviceFaults } from '../faults/switches.ts';
import { Feature, Interrupt, LARGEST_QUEUE, Status } from './bits.ts';
import { copyFromChain, copyToChain } from './chain-copy.ts';
import { ConfigSpace } from './config-space.ts';
import type { BufferChain } from './descriptor-chain.ts';
import { createDeviceType } from './device-types.ts';
import { guestViewOf, type GuestView } from './guest-view.ts';
import { InterruptLine } from './interrupt-line.ts';
import { Negotiation } from './negotiation.ts';
import type { EmulatorOptions } from './options.ts';
import { QueueSet, type QueueSetOwner } from './queue-set.ts';
import { isPowerOfTwo } from './queue-setup.ts';
import type { RingFeatures } from './split-ring.ts';
import { StatusRegister, type Life } from './status-register.ts';
import type { Chain, DeviceType, Endian, GuestMemory, Platform, QueueHost } from './types.ts';
import { WorkList } from './work-list.ts';

const DEFAULT_QUEUE_SIZE = 256;

/** For the fault `breaks-down-after-use`. */
const USES_BEFORE_BREAKDOWN = 24;

export class VirtioDevice implements QueueHost, QueueSetOwner, Life {
  readonly legacy: boolean;
  readonly memory: GuestMemory;
  readonly view: GuestView;
  readonly faults: DeviceFaults;
  readonly endian: Endian;
  readonly littleEndian: boolean;
  readonly ringFeatures: RingFeatures = { eventIdx: false, indirect: false, inOrder: false, notifyOnEmpty: false };
  readonly work: WorkList;
  readonly interrupts: InterruptLine;
  readonly type: DeviceType;
  readonly config: ConfigSpace;
  readonly negotiation: Negotiation;
  readonly status: StatusRegister;
  readonly queues: QueueSet;
  /** Legacy, 4.2.4. Outlives resets: Linux writes it once, before the reset that starts initialization. */
  pageSize = 0;
  running = false;
  /** For faults: a device that has stopped for good and doesn't say so. */
  private dead = false;
  /** 3.4.2: buffers that the driver makes available while a suspend waits are left alone. */
  private suspending = false;
  /**
   * What the host did while the device was suspended; done on resume, since configuration must not change before (3.4.2). A
   * reset ends the suspension too, and does not undo what the host has done.
   */
  private held: (() => void)[] = [];
  /** For faults: what is put off until a resume, and forgotten by a reset. */
  private late: (() => void)[] = [];
  private heldUsedNotification = false;
  private uses = 0;
  private readonly refuses: boolean;

  constructor(options: EmulatorOptions, platform: Platform) {
    this.faults = switchDeviceFaults(options.faults ?? []);
    this.legacy = options.version === 1;
    this.refuses = options.refuseFeatures ?? false;
    this.memory = platform.memory;
    this.view = guestViewOf(platform.memory);
    const guest = this.legacy ? (options.believedGuest ?? 'little') : 'little';
    this.endian = !this.legacy && this.faults['modern-fields-big-endian'] ? 'big' : guest;
    this.littleEndian = this.legacy
      ? guest === 'little' || this.faults['legacy-ring-little-endian']
      : !this.faults['modern-ring-big-endian'];
    this.work = new WorkList(options.completion ?? 'immediate', options.seed ?? 1);
    this.interrupts = new InterruptLine(platform, this.faults);
    this.type = createDeviceType(options, this);
    const features = [...this.type.features, ...(options.platformFeatures ?? [])];
    this.negotiation = new Negotiation(this.legacy, features, options.withhold ?? [], this.faults);
    this.config = new ConfigSpace(this.type, this.faults, options.configBytes);
    this.status = new StatusRegister(this);
    this.queues = new QueueSet(this.type.queueCount, usableQueueSize(options.queueSizeMax), this, options.absentQueues);
    this.updateRunning();
  }

  hasFeature(bit: number): boolean {
    return this.negotiation.has(bit);
  }

  readFrom(chain: Chain, offset: number, length: number): Uint8Array {
    return copyFromChain(this.view, chain as BufferChain, offset, length, this.faults);
  }

  writeTo(chain: Chain, offset: number, bytes: Uint8Array): number {
    return copyToChain(this.view, chain as BufferChain, offset, bytes, this.faults);
  }

  take(queue: number): Chain | null {
    return this.suspending ? null : this.queues.take(queue);
  }

  complete(chain: Chain, written: number): void {
    this.queues.complete(chain, written);
    if (this.faults['breaks-down-after-use'] && ++this.uses % USES_BEFORE_BREAKDOWN === 0) this.needsReset();
  }

  schedule(queue: number, work: () => void): void {
    if (this.faults['suspend-takes-buffers'] && this.status.suspended) this.late.push(work);
    else this.work.schedule(queue, work);
  }

  processQueue(queue: number): void {
    this.type.process(queue);
  }

  forgetQueue(queue: number): void {
    this.type.queueReset(queue);
  }

  usedBufferNotification(): void {
    if (this.suspending && this.faults['suspend-notifies-late']) this.heldUsedNotification = true;
    else this.interrupts.raise(Interrupt.USED);
  }

  kickedWhileIdle(): void {
    if (this.status.suspended && this.faults['suspend-interrupts-on-kick']) this.interrupts.raise(Interrupt.USED);
    if (!this.status.suspended && this.faults['interrupts-before-driver-ok']) this.interrupts.raise(Interrupt.USED);
  }

  /** 3.2.1: before DRIVER_OK nobody is told, since the driver has yet to read the configuration. */
  configChanged(): void {
    this.config.changed();
    const faults = this.faults;
    if (faults['config-change-silent']) return;
    if (this.status.suspended && !faults['suspend-config-notified']) {
      // Only a faulty device gets here; it still tells on resume.
      this.late.push(() => this.interrupts.raise(Interrupt.CONFIG));
      return;
    }
    const tell = this.status.has(Status.DRIVER_OK) || (faults['suspend-config-notified'] && this.status.suspended);
    if (tell) this.interrupts.raise(faults['config-change-notified-as-used'] ? Interrupt.USED : Interrupt.CONFIG);
  }

  /** 2.1.2: the device gives up until it is reset, and says so where the driver can be listening. */
  needsReset(): void {
    const faults = this.faults;
    if (this.status.has(Status.NEEDS_RESET) || this.dead) return;
    this.work.clear();
    if (faults['fatal-error-silent']) this.dead = true;
    else this.status.bits |= Status.NEEDS_RESET;
    this.updateRunning();
    if (faults['fatal-error-silent'] || faults['needs-reset-not-notified'] || !this.status.has(Status.DRIVER_OK))
      return;
    this.interrupts.raise(faults['needs-reset-notified-as-used'] ? Interrupt.USED : Interrupt.CONFIG);
  }

  agree(): boolean {
    const agreed = this.negotiation.finish((has) => !this.refuses && this.type.acceptsFeatures(has));
    this.featuresChanged();
    return agreed;
  }

  /** What the rings use of the accepted features, kept as booleans because every buffer asks. */
  featuresChanged(): void {
    const features = this.ringFeatures;
    features.eventIdx = this.negotiation.has(Feature.EVENT_IDX);
    features.indirect = this.negotiation.has(Feature.INDIRECT_DESC);
    features.inOrder = this.negotiation.has(Feature.IN_ORDER);
    features.notifyOnEmpty = this.negotiation.has(Feature.NOTIFY_ON_EMPTY);
  }

  start(): void {
    this.updateRunning();
    if (!this.running) return;
    this.type.started();
    this.queues.processAll(true);
  }

  canSuspend(): boolean {
    return this.negotiation.has(Feature.SUSPEND);
  }

  /** 3.4.2: take nothing more, finish what was taken, notify; only then is the device suspended. */
  suspend(): void {
    const faults = this.faults;
    this.suspending = true;
    if (faults['suspend-abandons-requests']) this.work.clear();
    else if (!faults['suspend-leaves-requests']) this.work.runAll();
    this.queues.finishResets();
    this.suspending = false;
    this.running = faults['suspend-keeps-processing'] || faults['suspend-takes-buffers'];
  }

  resume(): void {
    const faults = this.faults;
    if (faults['resume-restarts-rings']) this.queues.restartRings();
    this.updateRunning();
    if (this.heldUsedNotification) this.interrupts.raise(Interrupt.USED);
    this.heldUsedNotification = false;
    this.performHeld();
    for (const action of this.late.splice(0)) action();
    if (!faults['resume-leaves-queues-idle']) this.queues.processAll(false);
    else this.dead = true;
    this.updateRunning();
  }

  reset(): void {
    const faults = this.faults;
    const wasLive = this.status.has(Status.DRIVER_OK);
    if (faults['reset-after-error-leaves-device-dead'] && this.status.has(Status.NEEDS_RESET)) this.dead = true;
    else this.dead = faults['reset-after-use-leaves-device-dead'] && wasLive;
    if (!faults['reset-leaks-requests']) this.work.clear();
    this.queues.reset();
    this.negotiation.reset();
    this.featuresChanged();
    this.interrupts.reset();
    this.late.length = 0;
    this.heldUsedNotification = false;
    this.type.reset();
    this.status.bits = 0;
    this.status.suspended = false;
    this.updateRunning();
    this.performHeld();
    if (faults['reset-notifies'] && wasLive) this.interrupts.raise(Interrupt.CONFIG);
  }

  private performHeld(): void {
    const { held } = this;
    this.held = [];
    for (const action of held) action();
  }

  /** Finishes deferred completions and queue resets that wait for them. True if anything was done. */
  runPending(): boolean {
    // A queue under reset executes nothing more (2.6.1.1.1), so its share is dropped first.
    const resets = this.queues.finishResets();
    return this.work.runAll() || resets;
  }

  /** An action of the host, put off while suspended. */
  host(action: () => void): void {
    const faults = this.faults;
    const atOnce =
      faults['suspend-keeps-processing'] ||
      faults['suspend-takes-buffers'] ||
      faults['suspend-config-changes'] ||
      faults['suspend-config-notified'];
    if (!this.status.suspended || atOnce) action();
    else if (faults['suspend-config-forgotten']) this.held.push(() => this.quietly(action));
    else this.held.push(action);
  }

  /** For the fault `suspend-config-forgotten`: whatever `action` changes is not told. */
  private quietly(action: () => void): void {
    const bits = this.status.bits;
    this.status.bits &= ~Status.DRIVER_OK;
    action();
    this.status.bits = bits;
  }

  /** Legacy devices may be used before DRIVER_OK (3.1.2), modern ones must not touch a buffer before it (2.1.2). */
  updateRunning(): void {
    const { faults, status } = this;
    const live = status.has(Status.DRIVER_OK);
    if (status.has(Status.NEEDS_RESET) || this.dead || status.suspended) this.running = false;
    else if (this.legacy) {
      const modernManners = faults['legacy-waits-for-features-ok'] && !status.has(Status.FEATURES_OK);
      this.running = !modernManners && (live || !faults['legacy-waits-for-driver-ok']);
    } else this.running = live || faults['used-before-driver-ok'];
  }
}

/** QueueSizeMax has to be a size that a split queue can have (2.7). */
function usableQueueSize(wanted = DEFAULT_QUEUE_SIZE): number {
  return isPowerOfTwo(wanted) && wanted <= LARGEST_QUEUE ? wanted : DEFAULT_QUEUE_SIZE;
}
