/** What the driver owes the device: status, features, queue set-up and notifications (P2 to P6). */
import type { CallEvent } from './events.ts';
import type { RuleContext } from './setup.ts';
import type { WireOp } from './wire.ts';

const DRIVER_OK = 4;
const FEATURES_OK = 8;
const FAILED = 128;
const VERSION_1 = 1n << 32n;
/** Bits that the core asks for on its own account: ANY_LAYOUT, RING_INDIRECT, RING_EVENT_IDX and VERSION_1. */
const OWN_WANTS = (1n << 27n) | (1n << 28n) | (1n << 29n) | VERSION_1;

export class DeviceRules {
  readonly #context: RuleContext;
  #status = 0;
  #featuresOkSeen = false;
  #offered = 0n;
  #wanted: bigint | undefined;
  accepted = 0n;
  readonly sizes = new Map<number, number>();
  readonly #ready = new Set<number>();
  readonly #setups = new Map<number, number>();
  #attaching = false;
  #finishing = false;

  constructor(context: RuleContext) {
    this.#context = context;
  }

  get version1(): boolean {
    return (this.accepted & VERSION_1) !== 0n;
  }

  get failed(): boolean {
    return (this.#status & FAILED) !== 0;
  }

  call(event: CallEvent): void {
    const { kind, api, facts } = event;
    if (api === 'child_attach_start') {
      if (kind === 'call') {
        this.#attaching = true;
        this.#wanted = BigInt(String(facts.want ?? 0));
      }
    } else if (api === 'child_attach_finish') {
      this.#finishing = kind === 'call';
      if (kind === 'return' && facts.failed === 0) this.#finished(Number(facts.count));
      if (kind === 'return' && facts.failed === 1) this.#gaveUp();
    } else if (api === 'child_attach' && kind === 'return') this.#attaching = false;
    else if (api === 'child_attach_failed' && kind === 'return') this.#gaveUp();
    else if (api === 'free_vq' && kind === 'call' && this.#ready.has(Number(facts.queue)))
      this.#freeing(Number(facts.queue));
  }

  /** 3.1.1: who cannot go on says so. */
  #gaveUp(): void {
    this.#context.check(
      'init.driver.device-initialization.5',
      this.failed,
      'FAILED after an attach that failed',
      () => `status 0x${this.#status.toString(16)}`,
    );
  }

  /** 3.3: buffers are withdrawn only from a queue that the device does not use any more. */
  #freeing(queue: number): void {
    this.#context.check(
      'init.driver.device-cleanup.2',
      (this.#status & (DRIVER_OK | FAILED)) !== DRIVER_OK,
      'a reset before the memory of a queue is freed',
      () => `queue ${queue} freed with status 0x${this.#status.toString(16)}`,
    );
  }

  wire(op: WireOp): void {
    const context = this.#context;
    switch (op.op) {
      case 'status-write':
        return this.#statusWrite(op.value);
      case 'status-read':
        if ((op.value & FEATURES_OK) !== 0) this.#featuresOkSeen = true;
        return;
      case 'offered':
        this.#offered = withWord(this.#offered, op.word, op.value);
        return;
      case 'accepted':
        return this.#accept(op.word, op.value);
      case 'queue-size':
        this.sizes.set(op.queue, op.size);
        return;
      case 'setup':
        this.#enabledOnPci(op);
        return this.#setUp(op.queue);
      case 'disable':
        if (context.setup.transport === 'pci-1.0') {
          context.check(
            'pci.driver.common-configuration-structure-layout.6',
            false,
            'no 0 in queue_enable',
            () => `queue ${op.queue} disabled`,
          );
        }
        context.check(
          'netbsd.no-unused-queue',
          !this.#finishing,
          'child_attach_finish sets up the queues that are used',
          () => `queue ${op.queue} set up with address 0`,
        );
        this.#ready.delete(op.queue);
        return;
      case 'notify':
        return this.#notify(op.queue);
    }
  }

  /** 4.1.4.3.2: a queue is enabled at the end, and never disabled. */
  #enabledOnPci({ queue, size, desc, avail, used }: Extract<WireOp, { op: 'setup' }>): void {
    const context = this.#context;
    if (context.setup.transport !== 'pci-1.0') return;
    context.exercise('pci.driver.common-configuration-structure-layout.6');
    context.check(
      'pci.driver.common-configuration-structure-layout.4',
      size > 0 && desc > 0 && avail > 0 && used > 0,
      'size and addresses of a queue before it is enabled',
      () => `queue ${queue} enabled with size ${size}, desc ${desc}, avail ${avail}, used ${used}`,
    );
  }

  #statusWrite(value: number): void {
    if (value === 0) {
      this.#status = 0;
      this.#featuresOkSeen = false;
      this.#ready.clear();
      this.#setups.clear();
      return;
    }
    this.#status |= value;
    this.#context.check(
      'netbsd.driver-ok-without-failed',
      (this.#status & (DRIVER_OK | FAILED)) !== (DRIVER_OK | FAILED),
      'DRIVER_OK and FAILED exclude each other',
      () => `status 0x${this.#status.toString(16)} written`,
    );
  }

  #accept(word: number, value: number): void {
    const context = this.#context;
    this.accepted = withWord(this.accepted, word, value);
    const bits = BigInt(value >>> 0) << BigInt(32 * word);
    context.check(
      'netbsd.features-subset',
      (bits & ~this.#offered) === 0n,
      'features among those offered',
      () => `0x${(bits & ~this.#offered).toString(16)} written without having been read as offered`,
    );
    if (this.#wanted === undefined) return;
    const allowed = this.#wanted | OWN_WANTS;
    context.check(
      'netbsd.features-subset',
      (bits & ~allowed) === 0n,
      'features among those wanted',
      () => `0x${(bits & ~allowed).toString(16)} written, which the child did not ask for`,
    );
  }

  #setUp(queue: number): void {
    const context = this.#context;
    this.#ready.add(queue);
    const times = (this.#setups.get(queue) ?? 0) + 1;
    this.#setups.set(queue, times);
    context.check(
      'netbsd.queue-setup-once',
      times === 1,
      'one set-up per initialization',
      () => `queue ${queue} set up ${times} times`,
    );
    context.check(
      'netbsd.no-setup-after-driver-ok',
      (this.#status & DRIVER_OK) === 0,
      'queues set up before DRIVER_OK',
      () => `queue ${queue} set up with status 0x${this.#status.toString(16)}`,
    );
    context.check(
      'netbsd.no-unused-queue',
      this.sizes.get(queue) !== 0,
      'only queues that the device has',
      () => `queue ${queue} set up, whose size reads 0`,
    );
    const modern =
      (this.#offered & VERSION_1) !== 0n ||
      context.setup.transport === 'mmio-v2' ||
      context.setup.transport === 'pci-1.0';
    if (modern && this.#attaching) {
      context.check(
        'netbsd.features-ok-before-queues',
        (this.#status & FEATURES_OK) !== 0 && this.#featuresOkSeen,
        'FEATURES_OK set and read back',
        () =>
          `queue ${queue} set up with status 0x${this.#status.toString(16)}, FEATURES_OK ${this.#featuresOkSeen ? '' : 'not '}read back`,
      );
    }
  }

  /** P4: exactly the queues that finish was told of. */
  #finished(count: number): void {
    if (this.#context.setup.age === 'old') return;
    for (let queue = 0; queue < count; queue++) {
      this.#context.check(
        'netbsd.queue-setup-once',
        this.#setups.get(queue) === 1,
        `each of ${count} queues set up once`,
        () => `queue ${queue} set up ${this.#setups.get(queue) ?? 0} times`,
      );
    }
    for (const queue of this.#setups.keys()) {
      this.#context.check(
        'netbsd.queue-setup-once',
        queue < count,
        `queues below ${count}`,
        () => `queue ${queue} set up`,
      );
    }
  }

  #notify(queue: number): void {
    const set = this.#ready.has(queue);
    const live = (this.#status & (DRIVER_OK | FAILED)) === DRIVER_OK;
    this.#context.check(
      'netbsd.notify-ready-queue',
      set && live,
      'a queue with an address, DRIVER_OK and no FAILED',
      () => `queue ${queue} notified: ready=${set ? 1 : 0}, status=0x${this.#status.toString(16).padStart(2, '0')}`,
    );
  }

  describe(): string {
    return `status=0x${this.#status.toString(16).padStart(2, '0')} ready queues=[${[...this.#ready].join(',')}]`;
  }
}

function withWord(value: bigint, word: number, bits: number): bigint {
  const shift = BigInt(32 * word);
  return (value & ~(0xffff_ffffn << shift)) | (BigInt(bits >>> 0) << shift);
}
