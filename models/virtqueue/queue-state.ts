/** What is known of one split virtqueue: its set-up, its exposed chains and its two indexes. */
import { empty, zero } from '../collections.ts';
import type { DisableCause, QueueConfig, QueueLife } from '../seams.ts';
import { FEATURE } from '../status/feature-bits.ts';
import type { Chain } from './chain.ts';
import type { QueueContext } from './context.ts';
import { availableBytes, descriptorTableBytes, usedBytes } from './layout.ts';
import { permitDescribed } from './lenient.ts';

/** Judged: the contract holds. Tainted: the driver voided it. Lost: the device left it, and was reported for that. */
export type Standing = 'judged' | 'tainted' | 'lost';

const NO_BYTES = new Uint8Array(0);

/** Where a queue was set up, and with how many entries. */
export interface Parameters {
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
}

export class QueueState {
  readonly index: number;
  readonly context: QueueContext;
  isEnabled = false;
  /** Why it was last disabled. */
  cause: DisableCause | undefined = undefined;
  standing: Standing = 'judged';
  life: QueueLife = 'not-ready';

  /** Number of entries; 0 if the set-up makes no sense. */
  size = 0;
  descriptors = 0;
  available = 0;
  used = 0;
  /** Past the last byte of each part, and bounds around all three; nothing lies in them if the set-up makes no sense. */
  descriptorsEnd = 0;
  availableEnd = 0;
  usedEnd = 0;
  areaStart = Infinity;
  areaEnd = 0;
  big = false;

  indirect = false;
  eventIdx = false;
  inOrder = false;
  notifyOnEmpty = false;
  /** The device must cope with any division of messages into descriptors. */
  framingFree = true;

  /** Exposed chains by head, and in the order they became available. */
  readonly byHead: (Chain | undefined)[] = [];
  oldest: Chain | undefined = undefined;
  youngest: Chain | undefined = undefined;
  exposed = 0;
  /** Bounds around all buffers and tables of the exposed chains, grown until none is left. */
  low = Infinity;
  high = 0;
  /** 1 for descriptors of exposed chains. */
  owned: Uint8Array = NO_BYTES;
  /** 1 for heads that came back and were not exposed again. */
  returned: Uint8Array = NO_BYTES;
  /** Per slot of the used ring: what has been stored there since it was last published (see used-elements.ts). */
  fresh: Uint8Array = NO_BYTES;
  /** avail.idx as the driver last set it; as of the last kick; and as of the last kick or look at the suppression field. */
  availableIndex = 0;
  kickedIndex = 0;
  checkedIndex = 0;
  /** used.idx as the device last set it, and up to which its elements have been judged. */
  published = 0;
  judged = 0;
  /** First of the entries that the last move of used.idx published. */
  batchStart = 0;
  /** Where the next chain must start under IN_ORDER (2.7.5). */
  nextHead = 0;

  availableFlags = 0;
  availableFlagsRow = 0;
  usedEvent = 0;
  usedEventRow = 0;
  /** Last row at which used.idx was seen as it is: the device may have moved it any time after. */
  unchangedRow = 0;
  /** Row of the last avail.idx store. */
  exposeRow = 0;
  /** The driver has seen since `exposeRow` that the device asks for no kick. */
  sawSuppression = false;
  /** The last kick was not needed. */
  spurious = false;

  /** Used chains whose writable part the driver has not read whole (inferred knowledge only). */
  readonly unread: Chain[] = [];
  /** Ranges permitted by `lenient.ts`: the longest length by address. */
  readonly permitted = new Map<number, number>();
  /** Addresses outside the tables that descriptor numbers beyond them lead to. */
  readonly strays: number[] = [];
  /** Ranges that the device lost when the queue was disabled, alternating. Kept for attribution. */
  readonly withdrawn: number[] = [];

  /** The driver left garbage in used.flags. */
  usedFlagsUnknown = false;
  /** The queue was kicked while it was not live. */
  deadKick = false;
  /** What was reported already, so that one defect is one finding. */
  missedKickReported = false;
  stalled = false;
  deadReported = false;
  suspensionReported = false;

  /** `Special` bits of the queue as it is set up now, and those that a completed chain has cleared of suspicion. */
  special = 0;
  worked = 0;
  /** Descriptors of the longest chain that was used since the queue was set up. */
  longestUsed = 0;
  /** Parameters of the last set-up, to tell whether they changed. */
  previous: Parameters | undefined = undefined;
  /** Serial of the youngest chain that was used since the queue was set up. */
  lastUsedSerial = 0;

  constructor(index: number, context: QueueContext) {
    this.index = index;
    this.context = context;
  }

  /** The device has reason to touch the rings: the queue is live, or the device is in trouble (and owes nothing). */
  get accessible(): boolean {
    return this.life === 'live' || this.life === 'needs-reset' || this.life === 'failed';
  }

  /** As after set-up: nothing exposed, all indexes 0 (untagged.split.2). */
  start(config: QueueConfig): void {
    const { size } = config;
    this.standing = 'judged';
    this.size = size;
    this.descriptors = config.descriptors;
    this.available = config.available;
    this.used = config.used;
    this.descriptorsEnd = this.descriptors + descriptorTableBytes(size);
    this.availableEnd = this.available + availableBytes(size);
    this.usedEnd = this.used + usedBytes(size);
    this.areaStart = Math.min(this.descriptors, this.available, this.used);
    this.areaEnd = Math.max(this.descriptorsEnd, this.availableEnd, this.usedEnd);
    this.big = config.order === 'big';
    if (this.owned.length !== size) {
      this.owned = this.context.takeBytes(size);
      this.returned = this.context.takeBytes(size);
      this.fresh = this.context.takeBytes(size);
    } else {
      zero(this.owned);
      zero(this.returned);
      zero(this.fresh);
    }
    this.availableIndex = this.kickedIndex = this.checkedIndex = 0;
    this.published = this.judged = this.nextHead = 0;
    this.availableFlags = this.usedEvent = 0;
    this.availableFlagsRow = this.usedEventRow = this.unchangedRow = this.exposeRow = this.context.report.row;
    this.sawSuppression = this.spurious = this.usedFlagsUnknown = this.deadKick = false;
    this.missedKickReported = this.stalled = this.deadReported = this.suspensionReported = false;
    empty(this.withdrawn);
    empty(this.strays);
    this.lastUsedSerial = 0;
  }

  /** Takes note of the features in force. */
  refresh(): void {
    const { features, legacy } = this.context.transport;
    this.indirect = features.has(FEATURE.INDIRECT_DESC);
    this.eventIdx = features.has(FEATURE.EVENT_IDX);
    this.inOrder = features.has(FEATURE.IN_ORDER);
    this.notifyOnEmpty = legacy && features.has(FEATURE.NOTIFY_ON_EMPTY);
    this.framingFree = !legacy || features.has(FEATURE.ANY_LAYOUT);
  }

  /** The driver voided the queue: from now on only the bounds of memory are judged. */
  taint(): void {
    if (this.standing === 'tainted') return;
    this.standing = 'tainted';
    this.context.taintedQueues++;
    this.context.shaken = true;
    this.#letGo();
  }

  /** The device has left the protocol and was reported: don't report the consequences. */
  lose(): void {
    if (this.standing !== 'judged') return;
    this.standing = 'lost';
    this.#letGo();
  }

  #letGo(): void {
    for (let chain = this.oldest; chain !== undefined; chain = chain.younger) chain.tainted = true;
    this.dropAllUnread();
    if (this.size > 0 && this.accessible) permitDescribed(this);
    this.context.interrupts.usedAllowed();
  }

  link(chain: Chain): void {
    chain.older = this.youngest;
    chain.younger = undefined;
    if (this.youngest === undefined) this.oldest = chain;
    else this.youngest.younger = chain;
    this.youngest = chain;
    if (this.exposed++ === 0) {
      this.low = Infinity;
      this.high = 0;
    }
    for (const { address, length } of chain.readable) this.#grow(address, length);
    for (const { address, length } of chain.writable) this.#grow(address, length);
    if (chain.tableLength > 0) this.#grow(chain.tableAddress, chain.tableLength);
  }

  #grow(address: number, length: number): void {
    if (address < this.low) this.low = address;
    if (address + length > this.high) this.high = address + length;
  }

  /** Takes a chain out of the exposed ones. */
  unlink(chain: Chain): void {
    const { older, younger } = chain;
    if (older === undefined) this.oldest = younger;
    else older.younger = younger;
    if (younger === undefined) this.youngest = older;
    else younger.older = older;
    chain.older = chain.younger = undefined;
    this.exposed--;
    if (this.byHead[chain.head] !== chain) return;
    this.byHead[chain.head] = undefined;
    this.returned[chain.head] = 1;
    const { direct } = chain;
    for (let i = 0; i < direct.length; i++) this.owned[direct[i]] = 0;
  }

  /** The range holds something the device takes orders from: descriptors, or the available ring. */
  isInstructions(address: number, length: number): boolean {
    const end = address + length;
    if (address < this.descriptors + descriptorTableBytes(this.size) && end > this.descriptors) return true;
    if (address < this.available + availableBytes(this.size) && end > this.available) return true;
    if (address >= this.high || end <= this.low) return false;
    for (let chain = this.oldest; chain !== undefined; chain = chain.younger) {
      if (chain.tableLength > 0 && chain.tableTouches(address, length)) return true;
    }
    return false;
  }

  /** Memory of used chains that were not read yet is overwritten: what the device left there is not known any more. */
  dropUnread(address: number, length: number): void {
    for (let i = this.unread.length - 1; i >= 0; i--) {
      const chain = this.unread[i];
      if (!chain.writableTouches(address, length)) continue;
      this.unread.splice(i, 1);
      this.context.abandon(chain);
    }
  }

  dropAllUnread(): void {
    for (const chain of this.unread) this.context.abandon(chain);
    empty(this.unread);
  }
}
