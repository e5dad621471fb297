/** What becomes of requests, as those hear who make them: shortages (P16), and requests whose end is waited for. */
import type { CallEvent } from './events.ts';
import type { QueueBook, SlotRecord } from './queue-book.ts';
import type { RuleContext } from './setup.ts';
import type { Shadow } from './shadow.ts';

interface Submitting {
  readonly heldBefore: number;
  short: boolean;
  /** Requests that it handed over, and those that came back meanwhile. */
  readonly committed: Set<SlotRecord>;
  returned: number;
}

export class OutcomeRules {
  readonly #context: RuleContext;
  readonly #book: QueueBook;
  readonly #memory: Shadow;
  /** The request being submitted. */
  #submitting: Submitting | undefined;
  /** The device was opened, and nothing has been asked of it since. */
  #opened = false;
  /** Requests that went back to their owners. */
  readonly #done = new Set<number>();

  constructor(context: RuleContext, book: QueueBook, memory: Shadow) {
    this.#context = context;
    this.#book = book;
    this.#memory = memory;
  }

  call(event: CallEvent): void {
    const { api, kind, facts } = event;
    if (api === 'submit') return this.#submit(event);
    if (api === 'open' && kind === 'return') this.#opened = true;
    if (api === 'done' && kind === 'call') this.#finished(Number(facts.transfer));
    if (facts.result === 'EAGAIN' && this.#submitting !== undefined) this.#submitting.short = true;
  }

  handedOver(record: SlotRecord): void {
    this.#submitting?.committed.add(record);
  }

  takenBack(record: SlotRecord): void {
    if (this.#submitting?.committed.delete(record) === true) this.#submitting.returned++;
  }

  newInstance(): void {
    this.#opened = false;
    this.#done.clear();
  }

  #finished(transfer: number): void {
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
      const heldBefore = this.#book.heldAltogether();
      this.#submitting = { heldBefore, short: false, committed: new Set(), returned: 0 };
      return;
    }
    const submitted = this.#submitting;
    this.#submitting = undefined;
    const { work, outcome } = facts;
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
    const { rings } = this.#context.setup;
    for (const queue of this.#book.queues.values()) {
      const used = this.#memory.load(queue.used + 2, 2, rings);
      this.#context.check(
        'netbsd.reply-delivered',
        used === queue.taken % 0x1_0000,
        'the reply that has come',
        () => `nothing, while used buffers of queue ${queue.index} are waiting`,
      );
    }
  }
}

/** Work of a disk whose end is waited for. */
const DISK_WORK = ['transfer', 'flush', 'dump'];
