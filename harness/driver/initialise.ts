/** Reset and initialisation (3.1.1, 3.1.2, 4.2.3, 4.2.4), conforming or with one slip. */
import { deviceFacts } from '../../models/devices/index.ts';
import type { Action, InitStage, ProtocolSlip, RingEdge } from '../../generators/scenario.ts';
import { INIT_STAGES } from '../../generators/scenario.ts';
import { REG } from '../../models/mmio/layout.ts';
import { FEATURE } from '../../models/status/feature-bits.ts';
import { STATUS } from '../../models/status/status-bits.ts';
import type { DeviceFacts } from '../../models/seams.ts';
import type { Ref } from './io.ts';
import { DriverRing, moveToEdge, placeLegacy, placeModern, type RingPlace } from './ring.ts';
import type { DriverState } from './state.ts';

type Init = Extract<Action, { do: 'init' }>;
/** Pauses wherever it needs the answers to operations that wait for a flush. */
export type Steps = Generator<void, void, void>;

const [DRIVER_STAGE, FEATURES_STAGE, QUEUES_STAGE, LIVE_STAGE] = (
  ['driver', 'features', 'queues', 'live'] satisfies InitStage[]
).map((stage) => INIT_STAGES.indexOf(stage));

/** Transport and ring features that the reference driver can use. */
const UNDERSTOOD = [
  FEATURE.NOTIFY_ON_EMPTY,
  FEATURE.ANY_LAYOUT,
  FEATURE.INDIRECT_DESC,
  FEATURE.EVENT_IDX,
  FEATURE.VERSION_1,
  33,
  FEATURE.IN_ORDER,
  36,
  FEATURE.RING_RESET,
  FEATURE.SUSPEND,
];
/** Types' own features that it does not use: zoned block devices. */
const DECLINED = [17];

/** Writes 0 to Status and waits until it reads 0. */
export function resetDevice(s: DriverState): void {
  s.setReg(REG.Status, 0);
  s.forget();
  s.waitReg(REG.Status, 0xffff_ffff, 0);
}

export function setStatus(s: DriverState, bits: number): void {
  s.status |= bits;
  s.setReg(REG.Status, s.status);
}

export function* initialise(s: DriverState, action: Init): Steps {
  const stage = INIT_STAGES.indexOf(action.until);
  const { slip } = action;
  resetDevice(s);
  if (slip !== undefined) s.broken = true;
  if (stage < DRIVER_STAGE) return;
  if (s.legacy) {
    s.pageSize = action.pageSize;
    s.align = action.align;
    s.setReg(REG.GuestPageSize, action.pageSize);
  }
  if (slip !== 'skip-acknowledge') setStatus(s, STATUS.ACKNOWLEDGE);
  if (slip !== 'skip-driver') setStatus(s, STATUS.DRIVER);
  if (slip === 'clear-status-bit') {
    s.status &= ~STATUS.ACKNOWLEDGE;
    s.setReg(REG.Status, s.status);
  }
  if (stage < FEATURES_STAGE) return;
  if (slip === 'queues-before-features-ok') yield* setUpQueues(s, action);

  if (slip !== 'skip-features-read') {
    const low = askOffer(s, 0);
    const high = s.legacy ? undefined : askOffer(s, 1);
    if (s.io.pending) yield;
    s.offered = [s.regValue(low), high === undefined ? 0 : s.regValue(high)];
  }
  const confirmation = select(s, action);
  if (confirmation !== undefined) {
    if (s.io.pending) yield;
    concludeNegotiation(s, s.regValue(confirmation), slip);
  }

  if (stage < QUEUES_STAGE || (!s.featuresOk && slip !== 'skip-features-ok')) return;
  if (slip !== 'queues-before-features-ok') yield* setUpQueues(s, action);
  if (slip === 'kick-before-driver-ok') s.setReg(REG.QueueNotify, 0);
  if (stage < LIVE_STAGE) return;
  setStatus(s, STATUS.DRIVER_OK);
  s.live = true;
  // Read back: DRIVER_OK stays, and a device that gives up at once says so here.
  s.reg(REG.Status);
}

function askOffer(s: DriverState, word: number): Ref {
  s.setReg(REG.DeviceFeaturesSel, word);
  return s.reg(REG.DeviceFeatures);
}

/** Writes the selection. Returns the read of Status that confirms it, where there is one. */
function select(s: DriverState, action: Init): Ref | undefined {
  s.accepted = choose(s, action.decline, action.extra);
  if (action.selecting === 'twice') writeSelection(s, choose(s, [], []));
  writeSelection(s, s.accepted, action.selecting === 'sparse');
  if (s.legacy) {
    s.featuresOk = true;
    return undefined;
  }
  if (action.slip === 'skip-features-ok') return undefined;
  setStatus(s, STATUS.FEATURES_OK);
  return s.reg(REG.Status);
}

function concludeNegotiation(s: DriverState, status: number, slip: ProtocolSlip | undefined): void {
  s.featuresOk = (status & STATUS.FEATURES_OK) !== 0;
  if (slip === 'features-after-ok') {
    s.accepted[0] = (s.accepted[0] ^ (1 << FEATURE.INDIRECT_DESC)) >>> 0;
    writeSelection(s, s.accepted);
  }
  // A refused driver gives up properly (3.1.1).
  if (!s.featuresOk) setStatus(s, STATUS.FAILED);
}

/** `sparse`: a window that is 0 needs no write, because a reset leaves nothing selected (2.4). */
function writeSelection(s: DriverState, words: readonly [number, number], sparse = false): void {
  for (let word = 0; word < (s.legacy ? 1 : 2); word++) {
    if (sparse && words[word] === 0) continue;
    s.setReg(REG.DriverFeaturesSel, word);
    s.setReg(REG.DriverFeatures, words[word]);
  }
}

type FeatureWords = [number, number];

function mask(bits: readonly number[]): FeatureWords {
  const words: FeatureWords = [0, 0];
  for (const bit of bits) if (bit < 64) words[bit >>> 5] |= 1 << (bit & 31);
  return words;
}

function isOn(words: FeatureWords, bit: number): boolean {
  return bit < 64 && (words[bit >>> 5] & (1 << (bit & 31))) !== 0;
}

/** What the driver can use of a type's features. */
const usable = new WeakMap<DeviceFacts, FeatureWords>();

function usableFeatures(facts: DeviceFacts): FeatureWords {
  let words = usable.get(facts);
  if (words === undefined) {
    words = mask([...UNDERSTOOD, ...facts.knownFeatures].filter((bit) => !DECLINED.includes(bit)));
    usable.set(facts, words);
  }
  return words;
}

/** What is accepted: all that is offered and understood, less `decline` and what depends on it, plus `extra`. */
function choose(s: DriverState, decline: readonly number[], extra: readonly number[]): FeatureWords {
  const facts = deviceFacts(s);
  const can = usableFeatures(facts);
  const words = mask(decline);
  for (let w = 0; w < 2; w++) words[w] = s.offered[w] & can[w] & ~words[w];
  const dependencies = facts.selectionDependencies ?? [];
  for (let again = true; again;) {
    again = false;
    for (const [bit, needs] of dependencies) {
      if (!isOn(words, bit) || isOn(words, needs)) continue;
      words[bit >>> 5] &= ~(1 << (bit & 31));
      again = true;
    }
  }
  const added = mask(extra);
  for (let w = 0; w < 2; w++) words[w] = (words[w] | added[w]) >>> 0;
  return words;
}

/** Queues that a driver of the type sets up: all that exist among the first few. */
export function queuesOf(s: DriverState): number {
  if (s.device !== 'console') return 1;
  return s.has(1) ? 6 : 2;
}

function* setUpQueues(s: DriverState, action: Init): Steps {
  const count = queuesOf(s);
  for (let queue = 0; queue < count; queue++) {
    const asked = askQueue(s, queue);
    if (s.io.pending) yield;
    setUpQueue(s, asked, action.size, action.slip, action.edge);
  }
}

/** A queue that was selected and asked whether it is in use and how large it may be. */
interface AskedQueue {
  readonly queue: number;
  readonly inUse: Ref;
  readonly max: Ref;
}

export function askQueue(s: DriverState, queue: number): AskedQueue {
  s.setReg(REG.QueueSel, queue);
  const inUse = s.reg(s.legacy ? REG.QueuePFN : REG.QueueReady);
  return { queue, inUse, max: s.reg(REG.QueueSizeMax) };
}

/** Sets up one queue, if it exists and is not in use: sizes, places and enables it (4.2.3.2, 4.2.4). */
export function setUpQueue(
  s: DriverState,
  { queue, inUse, max: maxRef }: AskedQueue,
  wish: number,
  slip?: ProtocolSlip,
  edge?: RingEdge,
): void {
  const max = s.regValue(maxRef);
  if (s.regValue(inUse) !== 0 || max === 0 || max > 32768) return;
  let size = powerOfTwoUpTo(Math.min(Math.max(wish, 1), max));
  if (slip === 'size-zero') size = 0;
  if (slip === 'size-above-max') size = max * 2;
  if (slip === 'size-not-power-of-two') size = Math.max(3, Math.min(max, size) - 1);
  const room = powerOfTwoUpTo(Math.max(size, 1));
  let place = s.legacy ? placeLegacy(s.arena, room, s.align, s.pageSize) : placeModern(s.arena, room);
  if (!place) return;
  if (edge?.queue === queue && !s.legacy) place = moveToEdge(s.io, s.arena, place, room, edge);
  const ring = new DriverRing(queue, room, place, s.ringOrder);
  ring.clear(s.io, s.arena);
  if (!ring.isWhole) s.broken = true;
  s.setReg(REG.QueueSize, size);
  if (s.legacy) {
    s.setReg(REG.QueueAlign, slip === 'align-zero' ? 0 : s.align);
    s.setReg(REG.QueuePFN, slip === 'rings-outside-memory' ? 0xfff0_0000 : place.descriptors / s.pageSize);
  } else {
    if (slip !== 'ready-without-addresses') writeAddresses(s, place, slip);
    s.setReg(REG.QueueReady, 1);
    s.reg(REG.QueueReady);
    if (slip === 'reconfigure-while-ready') s.setReg(REG.QueueSize, Math.max(1, size >>> 1));
  }
  if (s.has(FEATURE.EVENT_IDX)) ring.setUsedEvent(s.io, 0);
  s.rings.set(queue, ring);
}

/** The largest power of two that is not above a whole number from 1 on. */
function powerOfTwoUpTo(value: number): number {
  return 1 << (31 - Math.clz32(value));
}

function writeAddresses(s: DriverState, place: RingPlace, slip: ProtocolSlip | undefined): void {
  const off = slip === 'misaligned-rings' ? 1 : 0;
  const far = slip === 'rings-outside-memory' ? 0x40 : 0;
  const pair = (low: number, address: number) => {
    s.setReg(low, address % 0x1_0000_0000);
    s.setReg(low + 4, Math.floor(address / 0x1_0000_0000) + far);
  };
  pair(REG.QueueDescLow, place.descriptors + off);
  pair(REG.QueueDriverLow, place.available + off);
  pair(REG.QueueDeviceLow, place.used + off);
}
