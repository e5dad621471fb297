/**
 * A driver for VIRTIO 1.4 over MMIO, both layouts: bring-up, negotiation, queues with every feature of split rings, queue
 * reset, suspend, and recovery from DEVICE_NEEDS_RESET. Written from the specification, and apart from the models that
 * judge it. What it is told to do it does only where the specification lets it; its seeded defects are what it does else.
 */
import { Feature, Interrupt, MAGIC, PAGE_SIZE, Reg, Status } from './bits.ts';
import { ConfigReader } from './config.ts';
import type { Core, FrontEnd, SubmitOptions, Token } from './front-end.ts';
import { BlockFrontEnd } from './front-ends/block.ts';
import { ConsoleFrontEnd } from './front-ends/console.ts';
import { EntropyFrontEnd } from './front-ends/entropy.ts';
import { DriverMemory } from './memory.ts';
import { choose, hasBit, WINDOWS } from './negotiation.ts';
import type { ReferenceOptions } from './options.ts';
import type { ReferencePlatform } from './platform.ts';
import { QueueRegisters } from './registers-of-queues.ts';
import { Registers } from './registers.ts';
import { DriverRing, type Part, type RingLayout } from './ring.ts';
import { Switches } from './switches.ts';

/** Reads of Status that a device may take to get done with a reset, a suspend or a resume. */
const MOST_READS = 16;

/**
 * `off`: before initialization, or after a reset. `ignored`: no device of this driver. `failed`: given up with FAILED.
 */
export type DriverState = 'off' | 'ignored' | 'failed' | 'live' | 'suspended';

export class ReferenceDriver implements Core {
  readonly memory: DriverMemory;
  readonly config: ConfigReader;
  readonly switches: Switches;
  readonly block: BlockFrontEnd | undefined;
  readonly console: ConsoleFrontEnd | undefined;
  readonly entropy: EntropyFrontEnd | undefined;
  state: DriverState = 'off';
  readonly #platform: ReferencePlatform;
  readonly #options: ReferenceOptions;
  readonly #registers: Registers;
  readonly #queueRegisters: QueueRegisters;
  readonly #frontEnd: FrontEnd;
  readonly #rings = new Map<number, DriverRing<Token>>();
  #status = 0;
  #offer: readonly number[] = [];
  #accepted: readonly number[] = [];
  #decline: readonly number[] = [];
  #interruptsWanted = true;

  constructor(platform: ReferencePlatform, options: ReferenceOptions) {
    this.#platform = platform;
    this.#options = options;
    this.switches = new Switches(options.switches ?? []);
    this.#registers = new Registers(platform);
    this.memory = new DriverMemory(platform, () => this.#registers.order);
    this.config = new ConfigReader(this.#registers, this.switches);
    this.#queueRegisters = new QueueRegisters(this.#registers, this.memory, this.switches, () => this.#relax());
    switch (options.frontEnd) {
      case 'blk':
        this.#frontEnd = this.block = new BlockFrontEnd(this, options.flushes ?? true);
        break;
      case 'console':
        this.#frontEnd = this.console = new ConsoleFrontEnd(this);
        break;
      case 'rng':
        this.#frontEnd = this.entropy = new EntropyFrontEnd(this);
        break;
    }
  }

  // What a machine or a scenario makes it do.

  /** Takes the device from whatever state into operation (3.1.1), without the features to be declined. */
  initialise(decline: readonly number[] = []): void {
    this.#decline = decline;
    this.#rings.clear();
    this.#interruptsWanted = true;
    if (!this.#probe()) {
      this.state = 'ignored';
      return;
    }
    if (!this.#reset()) return this.#fail();
    this.#setStatus(Status.acknowledge);
    this.#setStatus(Status.driver);
    if (!this.#negotiate() || !this.#setUpQueues()) return;
    this.#setStatus(Status.driverOk);
    this.state = 'live';
    this.#frontEnd.started();
  }

  /** Stops the device for good: by a reset (3.3). */
  shutDown(): void {
    if (this.state === 'ignored' || this.state === 'off') return;
    this.#reset();
    this.state = 'off';
  }

  /** Serves an interrupt if there is one. True if there was. */
  serve(): boolean {
    if (this.#platform.interruptLevel() === 0 || this.state === 'off' || this.state === 'ignored') return false;
    const cause = this.#registers.read(Reg.interruptStatus);
    const handled = this.switches.fault('undefined-interrupt-bits-acknowledged') ? cause : cause & Interrupt.defined;
    if (handled === 0) return false;
    let needsReset = false;
    if ((handled & Interrupt.config) !== 0) needsReset = this.#configChanged();
    if ((handled & Interrupt.used) !== 0 && !needsReset) {
      const found = this.#reapAll();
      if (!found && this.switches.fault('spurious-interrupt-fatal')) {
        this.#fail();
        return true;
      }
    }
    this.#registers.write(Reg.interruptAck, handled);
    if (needsReset) this.initialise(this.#decline);
    // What was used between the last look and the acknowledgement raises no interrupt any more.
    else this.#reapAll();
    return true;
  }

  /** Looks at the used rings without having been told to. */
  poll(): boolean {
    return this.state === 'live' && this.#reapAll();
  }

  /** Asks for used-buffer notifications, or for none. */
  wantInterrupts(wanted: boolean): void {
    if (this.state !== 'live') return;
    this.#interruptsWanted = wanted;
    for (const ring of this.#rings.values()) ring.wantInterrupts(wanted);
    // Buffers used before that were not notified.
    if (wanted) this.#reapAll();
  }

  /** Suspends the device (3.4). */
  suspend(): void {
    if (this.state !== 'live') return;
    if (!this.has(Feature.suspend) && !this.switches.fault('suspend-not-negotiated')) return;
    this.#setStatus(Status.suspend);
    if (this.switches.fault('suspend-not-verified')) {
      this.state = 'suspended';
      return;
    }
    const suspended = this.#until((status) => (status & (Status.suspend | Status.driverOk)) === Status.suspend);
    if (suspended) this.state = 'suspended';
    // A device that cannot suspend says so (3.4.2), or has to be taken for broken.
    else this.initialise(this.#decline);
  }

  resume(): void {
    if (this.state !== 'suspended') return;
    this.#registers.write(Reg.status, this.#status | Status.driverOk);
    if (!this.switches.fault('resume-not-awaited')) {
      const running = this.#until((status) => (status & (Status.suspend | Status.driverOk)) === Status.driverOk);
      if (!running) return this.initialise(this.#decline);
    }
    this.#status = (this.#status | Status.driverOk) & ~Status.suspend;
    this.state = 'live';
    if (this.switches.fault('resume-not-awaited') && this.#rings.has(0)) this.#registers.write(Reg.queueNotify, 0);
    this.#reapAll();
  }

  /** Resets a queue on its own and puts it into service again, with another size where one is given (2.6.1). */
  resetQueue(index: number, size: number | undefined): void {
    const before = this.#rings.get(index);
    if (this.state !== 'live' || before === undefined || !this.has(Feature.ringReset)) return;
    if (!this.#queueRegisters.reset(index)) return this.initialise(this.#decline);
    this.#rings.delete(index);
    const layout = this.#queueRegisters.setUpAgain(index, size ?? this.#options.queueSize, before.layout);
    if (layout === undefined) return;
    this.#adopt(layout);
    this.#frontEnd.queueRestarted(index);
  }

  /** Takes a queue out of service until the next initialization. */
  stopQueue(index: number): void {
    if (this.state !== 'live' || !this.#rings.has(index)) return;
    this.#rings.delete(index);
    if (!this.#queueRegisters.stop(index)) this.#fail();
  }

  /** Notifies a queue once more than it has to; harmless where the device has been notified of everything (2.7.10.2). */
  notify(queue: number): void {
    const ring = this.#rings.get(queue);
    const suspended = this.state === 'suspended' && this.switches.fault('notifies-while-suspended');
    if (ring === undefined || !(suspended || (this.state === 'live' && ring.allNotified))) return;
    this.#registers.write(Reg.queueNotify, queue);
  }

  /** Layouts of the queues in service. */
  get queues(): readonly RingLayout[] {
    return [...this.#rings.values()].map(({ layout }) => layout);
  }

  /** The available index of a queue in service. */
  availableIndex(queue: number): number {
    return this.#rings.get(queue)?.availableIndex ?? 0;
  }

  // What its front end asks for.

  get legacy(): boolean {
    return this.#registers.legacy;
  }

  has(bit: number): boolean {
    return hasBit(this.#accepted, bit);
  }

  isOffered(bit: number): boolean {
    return hasBit(this.#offer, bit);
  }

  submit(queue: number, parts: readonly Part[], token: Token, options: SubmitOptions = {}): boolean {
    const ring = this.#rings.get(queue);
    const suspended = this.state === 'suspended';
    if (
      ring === undefined ||
      (this.state !== 'live' && !(suspended && this.switches.fault('exposes-while-suspended')))
    ) {
      return false;
    }
    if (!ring.submit(parts, token, options.indirect ?? false)) return false;
    if (!suspended && ring.needsNotification()) this.#registers.write(Reg.queueNotify, queue);
    return true;
  }

  writeConfigByte(offset: number, value: number): void {
    const may =
      this.state === 'live' || (this.state === 'suspended' && this.switches.fault('config-written-suspended'));
    if (may) this.#registers.writeConfig(offset, 1, value);
  }

  // Bring-up.

  /** Whether there is a device that this driver is for (4.2.3.1.1). */
  #probe(): boolean {
    const registers = this.#registers;
    registers.legacy = false;
    const magic = registers.read(Reg.magic);
    if (magic !== MAGIC) {
      // A legacy device on a big-endian machine, seen through registers taken for little-endian.
      registers.legacy = true;
      if (registers.read(Reg.magic) !== MAGIC) return false;
    }
    const version = registers.read(Reg.version);
    if (version !== (registers.legacy ? 1 : 2) && version !== 1) return false;
    registers.legacy = version === 1;
    if (registers.read(Reg.deviceId) !== this.#frontEnd.deviceId) return false;
    if (registers.legacy) registers.write(Reg.guestPageSize, PAGE_SIZE);
    return true;
  }

  /** Resets the device and waits until that is done (2.4.2). */
  #reset(): boolean {
    this.#rings.clear();
    this.#status = 0;
    this.#registers.write(Reg.status, 0);
    return this.#until((status) => status === 0);
  }

  #negotiate(): boolean {
    const registers = this.#registers;
    const { legacy } = registers;
    const { switches } = this;
    this.#readOffer();
    if (this.#givesUpOnOffer()) {
      this.#fail();
      return false;
    }
    const understood = this.#frontEnd.understood(legacy);
    const chosen = choose(this.#offer, { legacy, understood, decline: this.#decline }, switches);
    // Declined to suit the scenario, never against what the driver says it needs.
    for (const bit of this.#required())
      chosen[bit >>> 5] = (chosen[bit >>> 5] | ((1 << (bit & 31)) & this.#offer[bit >>> 5])) >>> 0;
    this.#writeFeatures(chosen);
    const takesForModern = legacy && switches.fault('legacy-device-taken-for-modern');
    if (legacy && !takesForModern) return true;
    this.#setStatus(Status.featuresOk);
    if (switches.fault('features-ok-taken-for-granted') || takesForModern) return true;
    if ((registers.read(Reg.status) & Status.featuresOk) !== 0) return true;
    this.#status &= ~Status.featuresOk;
    this.#fail();
    if (switches.fault('retries-after-failed')) {
      this.#writeFeatures(choose(this.#offer, { legacy, understood: [], decline: [] }, switches));
      this.#setStatus(Status.featuresOk);
    }
    return false;
  }

  #required(): readonly number[] {
    const { requires = [] } = this.#options;
    return this.legacy ? requires.filter((bit) => bit < 32) : [Feature.version1, ...requires];
  }

  /** Something that the driver cannot do without is missing (2.2.1), or the device is too small. */
  #givesUpOnOffer(): boolean {
    const { switches } = this;
    const { configNeeded, configKnown } = this.#frontEnd;
    const { configSize } = this.#platform;
    const missing = this.#required().filter((bit) => !this.isOffered(bit));
    if (missing.length > 0 && !switches.fault('goes-on-without-requirement')) return true;
    if (configSize < configNeeded) return true;
    if (switches.fault('config-size-compared-exactly') && configSize !== configKnown) return true;
    if (switches.fault('gives-up-on-missing-option') && !this.isOffered(Feature.eventIdx)) return true;
    return switches.fault('gives-up-on-unknown-feature') && this.#offersUnknown();
  }

  #offersUnknown(): boolean {
    const understood = this.#frontEnd.understood(this.legacy);
    const all = choose(this.#offer, { legacy: this.legacy, understood, decline: [] }, this.switches);
    return this.#offer.some((word, w) => (word & ~all[w]) !== 0);
  }

  #readOffer(): void {
    const registers = this.#registers;
    const offer: number[] = [];
    for (let window = 0; window < (registers.legacy ? 1 : WINDOWS); window++) {
      registers.write(Reg.deviceFeaturesSel, window);
      offer.push(registers.read(Reg.deviceFeatures));
    }
    this.#offer = offer;
  }

  #writeFeatures(words: readonly number[]): void {
    const registers = this.#registers;
    for (let window = 0; window < (registers.legacy ? 1 : WINDOWS); window++) {
      registers.write(Reg.driverFeaturesSel, window);
      registers.write(Reg.driverFeatures, words[window]);
    }
    this.#accepted = words;
  }

  #setUpQueues(): boolean {
    if (this.switches.fault('shared-memory-looked-for') && !this.legacy) this.#registers.read(Reg.shmLenLow);
    const count = this.#frontEnd.configure();
    for (let index = 0; index < count; index++) {
      const layout = this.#queueRegisters.setUp(index, this.#options.queueSize);
      if (layout === undefined) {
        this.#fail();
        return false;
      }
      this.#adopt(layout);
    }
    return true;
  }

  #adopt(layout: RingLayout): void {
    const features = {
      indirect: this.has(Feature.indirect),
      eventIdx: this.has(Feature.eventIdx),
      inOrder: this.has(Feature.inOrder),
      accessPlatform: this.has(Feature.accessPlatform),
    };
    const ring = new DriverRing<Token>(layout, features, this.memory, this.switches);
    this.#rings.set(layout.index, ring);
    if (!this.#interruptsWanted) ring.wantInterrupts(false);
  }

  /** Gives up: FAILED says so (3.1.1). */
  #fail(): void {
    this.#rings.clear();
    this.state = 'failed';
    this.#setStatus(Status.failed);
  }

  // Operation.

  /** True if the device needs a reset. */
  #configChanged(): boolean {
    if ((this.#registers.read(Reg.status) & Status.needsReset) !== 0) return true;
    if (this.state === 'live') this.#frontEnd.configChanged();
    return false;
  }

  #reapAll(): boolean {
    let any = false;
    for (const [queue, ring] of [...this.#rings]) {
      for (const used of ring.reap()) {
        any = true;
        this.#frontEnd.completed(queue, used);
      }
      if (any && this.#interruptsWanted && this.has(Feature.eventIdx)) ring.wantInterrupts(true);
    }
    return any;
  }

  #setStatus(bit: number): void {
    this.#status |= bit;
    this.#registers.write(Reg.status, this.#status);
  }

  #relax(): void {
    this.#platform.relax();
  }

  /** Reads Status until it shows what is waited for. False if it does not, or the device needs a reset. */
  #until(shows: (status: number) => boolean): boolean {
    for (let reads = 0; reads < MOST_READS; reads++) {
      const status = this.#registers.read(Reg.status);
      if (shows(status)) return true;
      if ((status & Status.needsReset) !== 0 && this.#status !== 0) return false;
      this.#relax();
    }
    return false;
  }
}
