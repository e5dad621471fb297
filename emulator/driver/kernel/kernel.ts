/** What the rest of a kernel does for a driver: assertions, softints, memory, and the tale of what happens. */
import type { ApiName, Facts, Observer } from '../observer.ts';
import type { Profile } from '../profile.ts';
import { BusSpace } from './bus-space.ts';
import { Dma, type CpuMemory } from './dma.ts';
import type { HostModel } from './host.ts';
import { KernelPanic } from './panic.ts';

/** Calls of a kernel that are made to fail, and what comes at a bad moment: for tests of error paths. */
export interface Shortages {
  /** DMA allocations that succeed before the first one fails. */
  readonly dmaAllocations?: number;
  readonly allocInterrupts?: boolean;
  readonly softint?: boolean;
  /** A message-signalled interrupt arrives while a child is being detached, although the device has used nothing. */
  readonly lateInterrupt?: boolean;
}

/** How long a driver waits: up to a time limit, or for as long as it takes. */
export type Patience = 'limited' | 'endless';

export interface SoftInterrupt {
  readonly handler: () => void;
  pending: boolean;
}

/** Softints run in the order in which they were established; a handler that schedules itself for ever is a hang. */
const MOST_SOFTINT_ROUNDS = 1000;

export class Kernel {
  readonly host: HostModel;
  readonly profile: Profile;
  readonly bus: BusSpace;
  readonly dma: Dma;
  readonly shortages: Shortages;
  /** Who is running: 0 is the thread that attaches and everything that is not told apart. */
  thread = 0;
  /** Lets the device work while a driver polls. False: it did nothing, or not in the time that the driver has. */
  passTime: (patience: Patience) => boolean = () => false;
  /** Lets the device work and serves its interrupts while a thread sleeps. False: nothing happened. */
  sleep: () => boolean = () => false;
  /** Variables of drivers that outlive their devices. */
  readonly statics = new Map<string, number>();
  readonly #observer: Observer;
  readonly #softints: SoftInterrupt[] = [];
  readonly #woken: (() => void)[] = [];

  constructor(host: HostModel, profile: Profile, memory: CpuMemory, observer: Observer, shortages: Shortages = {}) {
    this.host = host;
    this.profile = profile;
    this.shortages = shortages;
    this.#observer = observer;
    this.bus = new BusSpace(host, observer);
    this.dma = new Dma(memory, observer);
    if (shortages.dmaAllocations !== undefined) this.dma.allowance = shortages.dmaAllocations;
  }

  get observer(): Observer {
    return this.#observer;
  }

  /** KASSERT: checked in DIAGNOSTIC kernels only. */
  assert(holds: boolean, reason: string): void {
    if (!holds && this.host.diagnostic) throw new KernelPanic('assertion', reason);
  }

  /** Follows a pointer. */
  deref<T>(pointer: T | null | undefined, what: string): T {
    if (pointer === null || pointer === undefined) throw new KernelPanic('null-dereference', `${what} is null`);
    return pointer;
  }

  panic(reason: string): never {
    throw new KernelPanic('panic', reason);
  }

  /** Sleeps until it holds. Where nothing happens any more that is for ever. */
  sleepUntil(holds: () => boolean, what: string): void {
    while (!holds()) if (!this.sleep()) throw new KernelPanic('hang', what);
  }

  /** Hands bytes of the device's on to whoever waits for them. */
  handOn(bytes: Uint8Array): void {
    this.#observer.observe({ kind: 'handed', bytes });
  }

  /** Tells the system what it has to know of a device. */
  tell(what: string, value: string | number | bigint): void {
    this.#observer.observe({ kind: 'told', what, value: String(value) });
  }

  print(text: string): void {
    this.#observer.observe({ kind: 'print', text });
  }

  /** Tells of a call, does it, and tells what came back. */
  call<T>(api: ApiName, facts: Facts, work: () => T, result: (value: T) => Facts = () => ({})): T {
    this.#observer.observe({ kind: 'call', api, thread: this.thread, facts });
    const value = work();
    this.#observer.observe({ kind: 'return', api, thread: this.thread, facts: { ...facts, ...result(value) } });
    return value;
  }

  establishSoftint(handler: () => void): SoftInterrupt | null {
    if (this.shortages.softint) return null;
    const softint = { handler, pending: false };
    this.#softints.push(softint);
    return softint;
  }

  disestablishSoftint(softint: SoftInterrupt): void {
    this.#softints.splice(this.#softints.indexOf(softint), 1);
  }

  /** A thread that an interrupt handler wakes: it goes on when the handlers are done. */
  wake(thread: () => void): void {
    this.#woken.push(thread);
  }

  /** Runs what is scheduled, and the threads that it wakes. True if anything ran. */
  runSoftints(): boolean {
    let any = this.#runHandlers();
    for (let thread = this.#woken.shift(); thread !== undefined; thread = this.#woken.shift()) {
      any = true;
      thread();
    }
    return any;
  }

  #runHandlers(): boolean {
    let any = false;
    for (let round = 0; this.#softints.some((softint) => softint.pending); round++) {
      if (round > MOST_SOFTINT_ROUNDS) throw new KernelPanic('hang', 'a software interrupt schedules itself for ever');
      for (const softint of [...this.#softints]) {
        if (!softint.pending) continue;
        softint.pending = false;
        any = true;
        softint.handler();
      }
    }
    return any;
  }
}
