/**
 * A kernel with one virtio device on one bus: attaching, detaching, interrupts, and work for the child driver. A panic
 * ends it; nothing happens to a panicked kernel any more.
 */
import type { Child, ChildConstructor, Outcome, Work } from './child/child.ts';
import { CHILDREN } from './child/index.ts';
import type { CpuMemory } from './kernel/dma.ts';
import type { HostModel } from './kernel/host.ts';
import { Kernel, type Patience, type Shortages } from './kernel/kernel.ts';
import { KernelPanic } from './kernel/panic.ts';
import type { ApiName, Facts, Observer } from './observer.ts';
import type { Profile } from './profile.ts';
import type { Transport } from './transport/transport.ts';
import { isEnqueued } from './virtio/dequeue.ts';
import { Softc } from './virtio/softc.ts';

export interface StackOptions {
  readonly host: HostModel;
  readonly profile: Profile;
  readonly memory: CpuMemory;
  readonly observer: Observer;
  readonly shortages?: Shortages;
  /** Makes the bus front end. */
  readonly transport: (sc: Softc) => Transport;
  /** Level of the device's interrupt line. */
  readonly interruptLevel: () => 0 | 1;
  /** Lets the device work while a driver waits. False: it did nothing, or is too slow for the driver. */
  readonly passTime: (patience: Patience) => boolean;
}

/** What a piece of work says of itself, under names of its own. */
function factsOf(work: Work): Facts {
  if (work.kind === 'balloon') return { work: work.kind, pages: work.pages };
  if (work.kind !== 'transfer') return { work: work.kind };
  const { write, length, misalign, block = 0 } = work;
  return { work: work.kind, write, length, misalign, block };
}

/** Enough for both threads to end, whatever the order before. */
const LAST_STEPS = Array.from({ length: 32 }, (_, i) => (i < 16 ? 0 : 1));

/** An interrupt that stays asserted however often it is served. */
const MOST_INTERRUPTS = 10_000;

export class DriverStack {
  sc: Softc;
  readonly kernel: Kernel;
  panicked: KernelPanic | null = null;
  #child: Child | null = null;
  #attached = false;
  readonly #options: StackOptions;

  constructor(options: StackOptions) {
    this.#options = options;
    const { host, profile, memory, observer, shortages } = options;
    this.kernel = new Kernel(host, profile, memory, observer, shortages);
    this.kernel.passTime = options.passTime;
    this.kernel.sleep = () => {
      const worked = options.passTime('endless');
      return this.kernel.call('interrupt', {}, () => this.#serve()) || worked;
    };
    this.sc = this.#newSoftc();
  }

  #newSoftc(): Softc {
    const sc = new Softc(this.kernel);
    sc.isEnqueued = (vq) => isEnqueued(sc, vq);
    sc.transport = this.#options.transport(sc);
    return sc;
  }

  get child(): Child | null {
    return this.#child;
  }

  /** Boot: the bus finds the device, and a child driver that is configured takes it. */
  attach(): void {
    if (this.#attached || this.panicked !== null) return;
    this.#attached = true;
    // A device that was detached is attached as a new instance.
    this.sc = this.#newSoftc();
    let found = false;
    this.#guard(
      'bus_attach',
      () => {
        found = this.sc.transport.attach();
        if (!found) this.sc.childDevId = 0;
        this.sc.tell();
      },
      {},
      () => ({ found }),
    );
    if (found) this.rescan();
  }

  /** A new look for drivers (drvctl -r). */
  rescan(): void {
    if (!this.#attached) return;
    this.#guard('rescan', () => this.#rescan());
  }

  #rescan(): void {
    const { sc } = this;
    // H3: whether a child has been here before is not asked.
    if (sc.child !== null) return;
    if (this.kernel.profile.has('repair-h3') && sc.childState !== 'none') return;
    const driver = sc.childDevId === 0 ? undefined : this.#match(sc.childDevId);
    if (driver !== undefined) {
      const child = new driver(sc);
      this.kernel.call(
        'child_attach',
        { name: child.name },
        () => (this.#child = child).attach(),
        (attached) => ({ attached }),
      );
    }
    sc.attachFailed();
  }

  #match(deviceId: number): ChildConstructor | undefined {
    const entry = CHILDREN.find((candidate) => candidate.deviceId === deviceId);
    if (entry === undefined || !this.kernel.host.configured.includes(entry.name)) return undefined;
    return entry.driver;
  }

  /** drvctl -d of the bus. */
  detach(): void {
    if (!this.#attached) return;
    let detached = false;
    this.#guard(
      'bus_detach',
      () => (detached = this.#detach()),
      {},
      () => ({ detached }),
    );
  }

  /** False where the child stays. */
  #detach(): boolean {
    const { sc, kernel } = this;
    const pointer = sc.child;
    if (pointer === 'failed-pointer') {
      if (sc.transport.followsFailedPointer) throw new KernelPanic('bad-pointer', 'config_detach of the pointer 1');
    } else if (pointer !== null && pointer.detach() !== 0) {
      kernel.print('the child cannot be detached');
      return false;
    }
    sc.transport.detach();
    sc.childDevId = 0;
    this.#child = null;
    this.#attached = false;
    sc.tell();
    return true;
  }

  /** Reboot: devices that asked for it are detached. */
  shutdown(): void {
    if (!this.#attached) return;
    this.#guard('shutdown', () => {
      if (!this.sc.transport.detachesAtShutdown) return;
      let detached = false;
      this.kernel.call(
        'bus_detach',
        {},
        () => (detached = this.#detach()),
        () => ({ detached }),
      );
    });
  }

  /** Serves the device's interrupt and whatever follows from it, until nothing is pending. True if anything was done. */
  serveInterrupts(): boolean {
    let any = false;
    this.#guard('interrupt', () => (any = this.#serve()));
    return any;
  }

  #serve(): boolean {
    for (let round = 0; ; round++) {
      if (round > MOST_INTERRUPTS) throw new KernelPanic('hang', 'the interrupt stays asserted');
      const asserted = this.#options.interruptLevel() === 1 && this.sc.handle !== null;
      if (asserted) this.sc.transport.interrupt();
      if (!this.kernel.runSoftints() && !asserted) return round > 0;
    }
  }

  /** Gives the child work. Undefined where it has none of that kind, or nothing is attached. */
  work(work: Work): Outcome | undefined {
    const child = this.#child;
    if (child === null || this.sc.child !== child) return undefined;
    let outcome: Outcome | undefined;
    this.#guard(
      'submit',
      () => {
        if (work.kind === 'output') this.kernel.observer.observe({ kind: 'given', bytes: work.data });
        outcome = child.work(work);
      },
      factsOf(work),
      () => ({ outcome: outcome ?? 'none' }),
    );
    return outcome;
  }

  /** Lets two threads of the child run against each other; `order` picks whose step comes next, 0 or 1. */
  race(order: readonly number[]): void {
    const threads = this.#child?.threads?.();
    if (threads === undefined || this.sc.child !== this.#child) return;
    this.#guard('interrupt', () => {
      const running = [...threads];
      for (const pick of [...order, ...LAST_STEPS]) {
        const thread = pick % running.length;
        this.kernel.thread = thread + 1;
        running[thread].next();
      }
      this.kernel.thread = 0;
    });
  }

  #guard(api: ApiName, work: () => void, facts: Facts = {}, result: () => Facts = () => ({})): void {
    this.unlessPanicked(() => this.kernel.call(api, facts, work, result));
  }

  /** Does it in this kernel, which may panic over it. */
  unlessPanicked(work: () => void): void {
    if (this.panicked !== null) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof KernelPanic)) throw error;
      this.panicked = error;
      this.kernel.observer.observe({
        kind: 'panic',
        cause: error.why,
        reason: error.message,
        thread: this.kernel.thread,
      });
    }
  }
}
