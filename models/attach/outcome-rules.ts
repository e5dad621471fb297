/** What becomes of requests, as those hear who make them: shortages (P16), and requests whose end is waited for. */
import type { CallEvent } from './events.ts';
import type { QueueBook, SlotRecord } from './queue-book.ts';
import type { RuleContext } from './setup.ts';
import type { Shadow } from './shadow.ts';

/** What submitters and owners of requests understand; `none`: the driver has no work of the kind, or not now. */
const OUTCOMES = ['none', 'queued', 'retry', 'rejected', 'done', 'failed'];
const RESULTS = ['ok', 'error', 'timeout'];

interface Submitting {
  readonly heldBefore: number;
  short: boolean;
  /** 9P: nobody had the device open; it was opened meanwhile. */
  readonly free: boolean;
  opened: boolean;
  /** Requests that it handed over, and those that came back meanwhile. */
  readonly committed: Set<SlotRecord>;
  returned: number;
}

export class OutcomeRules {
  readonly #context: RuleContext;
  readonly #book: QueueBook;
  readonly #memory: Shadow;
  readonly #idle: () => boolean;
  /** The request being submitted. */
  #submitting: Submitting | undefined;
  /** The device was opened, and nothing has been asked of it since. */
  #opened = false;
  /** 9P: somebody has the device open. */
  #inUse = false;
  /** Console: the terminal that was to be opened was found. */
  #found: boolean | undefined;
  /** Requests that went back to their owners. */
  readonly #done = new Set<number>();

  /** `idle`: no bytes of the device wait to be read. */
  constructor(context: RuleContext, book: QueueBook, memory: Shadow, idle: () => boolean) {
    this.#context = context;
    this.#book = book;
    this.#memory = memory;
    this.#idle = idle;
  }

  call(event: CallEvent): void {
    const { api, kind, facts } = event;
    if (api === 'submit') return this.#submit(event);
    if (api === 'open' && kind === 'return') this.#isOpen(facts.found === facts.unit);
    if (api === 'dump' && kind === 'return') this.#understood(OUTCOMES, String(facts.outcome));
    if (api === 'done' && kind === 'call') this.#finished(Number(facts.transfer), String(facts.result));
    if (facts.result === 'EAGAIN' && this.#submitting !== undefined) this.#submitting.short = true;
  }

  handedOver(record: SlotRecord): void {
    this.#submitting?.committed.add(record);
  }

  takenBack(record: SlotRecord): void {
    if (this.#submitting?.committed.delete(record) === true) this.#submitting.returned++;
  }

  newInstance(): void {
    this.#opened = this.#inUse = false;
    this.#done.clear();
  }

  #isOpen(found: boolean): void {
    this.#found = found;
    this.#opened = this.#inUse = true;
    if (this.#submitting !== undefined) this.#submitting.opened = true;
  }

  /** Who is told of an end that there is not learns nothing of it. */
  #understood(words: readonly string[], word: string): void {
    if (!words.includes(word)) {
      this.#context.check('netbsd.result-told', false, `one of ${words.join(', ')}`, () => `"${word}"`);
    }
  }

  #finished(transfer: number, result: string): void {
    this.#understood(RESULTS, result);
    this.#context.check(
      'netbsd.request-done-once',
      !this.#done.has(transfer),
      'a request that its owner waits for',
      () => `request ${transfer} goes back a second time`,
    );
    this.#done.add(transfer);
  }

  #submit({ kind, facts }: CallEvent): void {
    if (kind === 'call') {
      this.#found = undefined;
      const heldBefore = this.#book.heldAltogether();
      const free = this.#context.setup.type === '9p' && !this.#inUse;
      this.#submitting = { heldBefore, short: false, free, opened: false, committed: new Set(), returned: 0 };
      return;
    }
    const submitted = this.#submitting;
    this.#submitting = undefined;
    const { work, outcome } = facts;
    this.#understood(OUTCOMES, String(outcome));
    if (work === 'open' && this.#found !== undefined) this.#terminal(this.#found, String(outcome));
    if (submitted !== undefined) this.#used(submitted, String(work), String(outcome));
    if (submitted === undefined || outcome === 'none') return;
    const first = this.#opened && work === 'output';
    if (first) {
      this.#opened = false;
      const kept = outcome === 'queued' || submitted.short;
      this.#context.check(
        'netbsd.open-starts-afresh',
        kept,
        'the first request after an open is accepted',
        () => `it is ${String(outcome)}`,
      );
    }
    if (outcome === 'done' || outcome === 'failed') return this.#waited(submitted, String(work), outcome);
    if (work === 'input' && outcome === 'rejected') return this.#refused();
    if (submitted.short) this.#short(submitted, String(outcome));
    else if (!first) {
      this.#context.check(
        'netbsd.requests-accepted',
        outcome === 'queued' || submitted.heldBefore > 0,
        'a request on idle queues is accepted',
        () => `it is ${outcome === 'retry' ? 'put off' : 'rejected'}`,
      );
    }
  }

  /** viocon.c 1.2: a terminal is opened where the one that was meant was found. */
  #terminal(found: boolean, outcome: string): void {
    if (this.#context.setup.type !== 'console') return;
    this.#context.check(
      'netbsd.unit-number',
      (outcome === 'queued') === found,
      found ? 'a terminal that is there is opened' : 'no other terminal is opened',
      () => outcome,
    );
  }

  /** One process at a time may have the device, and the next one when that has closed it. */
  #used({ free, opened }: Submitting, work: string, outcome: string): void {
    if (work === 'close' && outcome === 'done') this.#inUse = false;
    if (work !== 'open' || !free) return;
    this.#context.check(
      'netbsd.open-starts-afresh',
      opened,
      'a device that nobody uses is opened',
      () => `it is not: ${outcome}`,
    );
  }

  #short({ heldBefore }: Submitting, outcome: string): void {
    const id = 'netbsd.shortage-retryable';
    const after = this.#book.heldAltogether();
    this.#context.check(
      id,
      outcome !== 'rejected',
      'a request to be tried again',
      () => 'the request is rejected for good',
    );
    if (outcome === 'queued') return;
    // Whoever looked for used buffers meanwhile may hold less than before.
    this.#context.check(
      id,
      after <= heldBefore,
      `${heldBefore} descriptors in use, as before`,
      () => `${after} in use`,
    );
  }

  /** The end of a request that was waited for. */
  #waited({ returned }: Submitting, work: string, outcome: string): void {
    if (DISK_WORK.includes(work) && outcome === 'done') {
      this.#context.check(
        'netbsd.success-means-done',
        returned > 0,
        'a request that the device has had',
        () => 'it is called done, and nothing was handed over',
      );
    }
    let left = 0;
    for (const queue of this.#book.queues.values()) {
      for (const { state } of queue.slots.values()) if (state === 'prepared' || state === 'reserved') left++;
    }
    this.#context.check(
      'netbsd.slots-kept',
      left === 0,
      'no slot that is prepared and not handed over',
      () => `${left} left behind`,
    );
  }

  /** Input was asked for and not given. */
  #refused(): void {
    const id = 'netbsd.reply-delivered';
    this.#context.check(
      id,
      this.#idle(),
      'the reply that has come',
      () => 'nothing, while bytes of the device are waiting',
    );
    const { rings } = this.#context.setup;
    for (const queue of this.#book.queues.values()) {
      const used = this.#memory.load(queue.used + 2, 2, rings);
      this.#context.check(
        id,
        used === queue.taken % 0x1_0000,
        'the reply that has come',
        () => `nothing, while used buffers of queue ${queue.index} are waiting`,
      );
    }
  }
}

/** Work of a disk whose end is waited for. */
const DISK_WORK = ['transfer', 'flush', 'dump'];
