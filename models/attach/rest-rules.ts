/** What is true of drivers that have come to rest: nothing waits for them, and what they are to have done is done. */
import type { AttachEvent, CallEvent, Facts } from './events.ts';
import type { QueueBook, QueueRecord } from './queue-book.ts';
import type { RuleContext } from './setup.ts';
import type { Shadow, WalkedChain } from './shadow.ts';

const SERVED = 'netbsd.completions-served';
const FILLED = 'netbsd.receive-filled';
const ACCEPTED = 'netbsd.requests-accepted';
const TOLD = 'netbsd.device-told';

/** Types whose queue 0 is for receiving. */
const RECEIVERS = ['console', 'net'];
/** A packet needs as many descriptors; more buffers than these no driver is asked for. */
const DESCRIPTORS_OF_A_PACKET = 2;
const MOST_BUFFERS = 64;
/** What drivers of each type tell when they attach; that of the console depends on its features. */
const TELL: Readonly<Record<string, readonly string[]>> = {
  net: ['mac'],
  '9p': ['tag'],
  blk: ['sectors', 'sector size'],
  scsi: ['openings', 'last target', 'last unit'],
  balloon: ['wanted pages', 'actual pages'],
};
/** Types whose driver, idle, has no reason to refuse work of a kind. */
const WILLING: Readonly<Record<string, readonly string[]>> = {
  net: ['output'],
  '9p': ['output'],
  gpu: ['output'],
  rng: ['input'],
  balloon: ['balloon'],
  scsi: ['transfer'],
  console: ['output', 'flow', 'open'],
};
/** Types that take work whatever their queues hold: receive buffers are no work. */
const ALWAYS_WILLING: readonly string[] = ['net', 'gpu', 'console'];
/** Features: a console has a size, and a disk cannot be written. */
const CONSOLE_SIZE = 1n << 0n;
const READ_ONLY = 1n << 5n;
/** The type of a block request that writes. */
const BLOCK_OUT = 1;
/** Where the configuration space of a balloon has the pages that are in it. */
const ACTUAL = 4;
/** Of a SCSI host; command and response take a descriptor each, and each page that the data touches. */
const REQUEST_QUEUE = 2;
const CONTROL_SEGMENTS = 2;
const SECTOR = 512;
const PAGE = 4096;
/** Most bytes of a request in NetBSD (MAXPHYS). */
const MAXPHYS = 65536;
const SMALLEST_9P_MESSAGE = 7;
const BUFFER_OF_9P = 16 * 1024;
/** Of a network device with one pair of queues. */
const TRANSMIT_QUEUE = 1;
const CONTROL_QUEUE = 2;
const CTRL_VQ = 1n << 17n;
const EVENT_IDX = 1n << 29n;
/** Offset of the event index behind the entries of the available ring, which are two bytes each. */
const AVAIL_HEADER = 4;
const WORD = 2;
const NO_INTERRUPT = 1;
/** Commands of the graphics device. */
const SET_SCANOUT = 0x103;
const FLUSH = 0x104;

export class RestRules {
  readonly #context: RuleContext;
  readonly #book: QueueBook;
  readonly #memory: Shadow;
  readonly #accepted: () => bigint;
  #attached = false;
  #up = false;
  #stopped = false;
  #eventIdx = false;
  /** Console: input may not flow. */
  #dammed = false;
  #told = new Map<string, string>();
  /** Graphics: the screen is shown; it is to be updated. */
  #shown = false;
  #updateDue = false;
  #given = 0;
  /** Pages that are in the balloon, as the driver has told the device. */
  #actual = 0;

  constructor(context: RuleContext, book: QueueBook, memory: Shadow, accepted: () => bigint) {
    this.#context = context;
    this.#book = book;
    this.#memory = memory;
    this.#accepted = accepted;
  }

  newInstance(): void {
    this.#attached = this.#up = this.#stopped = this.#dammed = this.#shown = this.#updateDue = false;
    this.#told = new Map();
    this.#actual = 0;
  }

  given(bytes: Uint8Array): void {
    this.#given = bytes.length;
  }

  told({ what, value }: Extract<AttachEvent, { kind: 'told' }>): void {
    this.#told.set(what, value);
  }

  /** A network device has its control queue only if CTRL_VQ was negotiated (5.1.2). */
  setUp(queue: number, accepted: bigint): void {
    this.#eventIdx = (accepted & EVENT_IDX) !== 0n;
    if (this.#context.setup.type !== 'net' || queue !== CONTROL_QUEUE) return;
    const seen = (): string => `queue ${queue} set up`;
    this.#context.check(
      'netbsd.no-unused-queue',
      (accepted & CTRL_VQ) !== 0n,
      'no control queue without CTRL_VQ',
      seen,
    );
  }

  /** `idle`: no bytes of the device wait to be read. */
  call({ api, kind, facts }: CallEvent, idle: boolean): void {
    if (kind === 'call') {
      if (api === 'submit') this.#updateDue ||= this.#shown && facts.work === 'output';
      else if (api === 'write_config' && facts.offset === ACTUAL) this.#actual = Number(facts.value);
      else if (api === 'device_reset') this.#shown = this.#up = this.#updateDue = false;
      else if (api === 'child_detach' || api === 'child_attach_failed') this.newInstance();
      else if (api === 'stop_vq_intr') this.#stopped = true;
      else if (api === 'start_vq_intr') this.#stopped = false;
      return;
    }
    if (api === 'child_attach' && facts.attached === true) this.#finished();
    else if (api === 'reinit_end') this.#up = true;
    else if (api === 'stop_vq_intr') this.#stops(this.#book.queues.get(Number(facts.queue)));
    // Who asks for input to flow again is owed it, whether or not the driver starts its interrupts.
    else if (api === 'hwiflow') this.#stopped = this.#dammed = facts.stop === true;
    else if (api === 'dequeue') this.#dequeued(Number(facts.queue), facts.result === 0);
    else if (api === 'dump') this.#dumped(Number(facts.length), String(facts.outcome));
    else if (api === 'submit') this.#submitted(String(facts.work), String(facts.outcome), facts, idle);
  }

  /**
   * virtio.c: stopping sets the flag of 2.7.7.1, or puts the event index further on than buffers can be used. Interrupts may
   * come all the same; that none is asked for is what the caller relies on.
   */
  #stops(queue: QueueRecord | undefined): void {
    if (queue === undefined) return;
    const { avail, num, taken } = queue;
    const word = (at: number): number => this.#memory.load(at, WORD, this.#context.setup.rings);
    const usedEvent = word(avail + AVAIL_HEADER + WORD * num);
    const kept = this.#eventIdx ? ((usedEvent - taken) & 0xffff) >= num : (word(avail) & NO_INTERRUPT) !== 0;
    this.#context.check('netbsd.interrupts-stopped', kept, 'a device that is told to send no interrupts', () =>
      this.#eventIdx ? `event index ${usedEvent}, with ${taken} taken` : `flags ${word(avail)}`,
    );
  }

  #finished(): void {
    this.#attached = true;
    const { type = '' } = this.#context.setup;
    // A driver that goes on where negotiation has failed knows of no feature.
    const sized = type === 'console' && this.#context.phase === 'FINISHED' && (this.#accepted() & CONSOLE_SIZE) !== 0n;
    for (const what of sized ? ['columns', 'rows'] : (TELL[type] ?? [])) {
      this.#context.check(TOLD, this.#told.has(what), `what the driver has found out: ${what}`, () => 'nothing told');
    }
  }

  #submitted(work: string, outcome: string, facts: Facts, idle: boolean): void {
    const { type = '' } = this.#context.setup;
    if (!this.#attached || !idle || outcome !== 'none' || WILLING[type]?.includes(work) !== true) return;
    if (type === 'net' && !this.#maySend()) return;
    if (type === 'gpu' && !this.#shown) return;
    if (type === 'balloon' && !this.#hasPages(Number(facts.pages))) return;
    if (type === 'scsi' && !this.#fits(Number(facts.length), Number(facts.misalign))) return;
    if (type === '9p' && (this.#given < SMALLEST_9P_MESSAGE || this.#given > BUFFER_OF_9P || this.#tooSmall())) return;
    if (!ALWAYS_WILLING.includes(type) && this.#book.heldAltogether() > 0) return;
    this.#context.check(ACCEPTED, false, 'work for an idle driver is taken', () => `${work} is ignored`);
  }

  /** A kernel that panics writes at least a sector, unless the disk cannot be written or takes no sector. */
  #dumped(length: number, outcome: string): void {
    const { segMax = 1, sizeMax = MAXPHYS } = this.#context.setup;
    if (outcome !== 'none' || this.#readOnly || Math.min(length, segMax * sizeMax) < SECTOR) return;
    this.#context.check(ACCEPTED, false, 'a dump to a disk that can be written is taken', () => 'it is ignored');
  }

  /** viocon.c: while input may not flow, it stays where the device has stored it. */
  #dequeued(queue: number, taken: boolean): void {
    if (!this.#dammed || queue !== 0 || !taken) return;
    this.#context.check('netbsd.call-order', false, 'no input taken while it may not flow', () => 'a buffer taken');
  }

  get #readOnly(): boolean {
    return this.#context.setup.type === 'blk' && (this.#accepted() & READ_ONLY) !== 0n;
  }

  /** Network: a frame for an interface that is up and has nothing under way. */
  #maySend(): boolean {
    return this.#up && this.#book.heldIn(TRANSMIT_QUEUE) === 0 && this.#given >= 14 && this.#given <= 1514;
  }

  /** Pages to hand over there always are; those to take back have to be in the balloon. */
  #hasPages(pages: number): boolean {
    return pages !== 0 && -pages <= this.#actual;
  }

  /** SCSI: a sector at least, on a device that takes requests, and a queue with descriptors for all of it. */
  #fits(length: number, misalign: number): boolean {
    if (length < SECTOR || !(Number(this.#told.get('openings')) > 0)) return false;
    const pages = Math.ceil(((misalign % PAGE) + Math.min(length, MAXPHYS)) / PAGE);
    return pages + CONTROL_SEGMENTS <= (this.#book.queues.get(REQUEST_QUEUE)?.num ?? 0);
  }

  /** 9P: a request and its reply may take as many as eight descriptors. */
  #tooSmall(): boolean {
    return (this.#book.queues.get(0)?.num ?? 0) < 8;
  }

  committed(queue: QueueRecord, { segments }: WalkedChain): void {
    const { type } = this.#context.setup;
    // Receive buffers may be handed over while the interface comes up.
    if (type === 'net' && queue.index === TRANSMIT_QUEUE) {
      this.#context.check(
        'netbsd.call-order',
        this.#up,
        'packets of an interface that is up',
        () => 'one that is down sends',
      );
    }
    if (segments.length === 0) return;
    if (this.#readOnly) {
      // ld_virtio.c: a write for such a disk ends with EIO before anything of it is prepared.
      const is = this.#memory.load(segments[0].address, 4, this.#context.setup.rings);
      this.#context.check('netbsd.call-order', is !== BLOCK_OUT, 'no write for a read-only disk', () => 'one is sent');
    }
    if (type !== 'gpu' || queue.index !== 0) return;
    const command = this.#memory.load(segments[0].address, 4, 'little');
    if (command === SET_SCANOUT) this.#shown = true;
    else if (command === FLUSH) this.#updateDue = false;
  }

  settled(): void {
    const { setup } = this.#context;
    const { type = '' } = setup;
    if (!this.#attached) return;
    if (setup.type !== undefined && this.#context.phase === 'FINISHED') this.#published();
    if (this.#stopped) return;
    for (const queue of this.#book.queues.values()) {
      // A reply waits until somebody reads it.
      if (type === '9p') break;
      const used = this.#memory.load(queue.used + 2, 2, setup.rings);
      const taken = queue.taken % 0x1_0000;
      this.#context.check(
        SERVED,
        used === taken,
        `all ${used} used buffers of queue ${queue.index} taken back`,
        () => `${taken} are`,
      );
    }
    this.#context.check(
      'netbsd.output-unchanged',
      !this.#updateDue,
      'the screen brought up to date',
      () => 'it is not',
    );
    if (RECEIVERS.includes(type) && (type !== 'net' || this.#up)) this.#filled();
  }

  /** enqueue_commit(notify=false) leaves a request to a later notification; at rest none waits for that any more. */
  #published(): void {
    for (const queue of this.#book.queues.values()) {
      const published = this.#memory.load(queue.avail + 2, 2, this.#context.setup.rings);
      const committed = queue.committed % 0x1_0000;
      this.#context.check(
        'netbsd.descriptor-accounting',
        published === committed,
        `all ${committed} requests of queue ${queue.index} published that were committed`,
        () => `${published} are`,
      );
    }
  }

  #filled(): void {
    const queue = this.#book.queues.get(0);
    if (queue === undefined) return;
    const free = queue.num - this.#book.held(queue);
    const buffers = queue.slots.size;
    this.#context.check(
      FILLED,
      buffers > 0 && (free < DESCRIPTORS_OF_A_PACKET || buffers >= MOST_BUFFERS),
      'as many receive buffers as the queue takes',
      () => `${buffers}, with ${free} descriptors left`,
    );
  }
}
