/** Reset and initialisation (3.1.1, 3.1.2, 4.2.3, 4.2.4), conforming or with one slip. */
import { deviceFacts } from '../../models/devices/index.ts';
import type { Action, InitStage, ProtocolSlip } from '../../generators/scenario.ts';
import { INIT_STAGES } from '../../generators/scenario.ts';
import { REG } from '../../models/mmio/layout.ts';
import { FEATURE } from '../../models/status/feature-bits.ts';
import { STATUS } from '../../models/status/status-bits.ts';
import { DriverRing, placeLegacy, placeModern, type RingPlace } from './ring.ts';
import type { DriverState } from './state.ts';

type Init = Extract<Action, { do: 'init' }>;
/** A step that pauses wherever operations wait for a flush. */
export type Steps = Generator<void, void, void>;

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
export function* resetDevice(s: DriverState): Steps {
  s.setReg(REG.Status, 0);
  s.forget();
  const done = s.waitReg(REG.Status, 0xffff_ffff, 0);
  if (s.io.pending) yield;
  s.io.value(done);
}

export function setStatus(s: DriverState, bits: number): void {
  s.status |= bits;
  s.setReg(REG.Status, s.status);
}

export function* initialise(s: DriverState, action: Init): Steps {
  const stage = INIT_STAGES.indexOf(action.until);
  const reaches = (name: InitStage) => stage >= INIT_STAGES.indexOf(name);
  const slip = action.slip;
  yield* resetDevice(s);
  if (slip !== undefined) s.broken = true;
  if (!reaches('driver')) return;
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
  if (!reaches('features')) return;
  if (slip === 'queues-before-features-ok') yield* setUpQueues(s, action);
  yield* negotiate(s, action, slip);
  if (!reaches('queues') || (!s.featuresOk && slip !== 'skip-features-ok')) return;
  if (slip !== 'queues-before-features-ok') yield* setUpQueues(s, action);
  if (slip === 'kick-before-driver-ok') s.setReg(REG.QueueNotify, 0);
  if (!reaches('live')) return;
  setStatus(s, STATUS.DRIVER_OK);
  s.live = true;
  // Read back: DRIVER_OK stays, and a device that gives up at once says so here.
  const back = s.reg(REG.Status);
  if (s.io.pending) yield;
  s.regValue(back);
}

function* negotiate(s: DriverState, action: Init, slip: ProtocolSlip | undefined): Steps {
  if (slip !== 'skip-features-read') {
    const words = s.legacy ? 1 : 2;
    const refs: number[] = [];
    for (let word = 0; word < words; word++) {
      s.setReg(REG.DeviceFeaturesSel, word);
      refs.push(s.reg(REG.DeviceFeatures));
    }
    if (s.io.pending) yield;
    s.offered = [s.regValue(refs[0]), words > 1 ? s.regValue(refs[1]) : 0];
  }
  s.accepted = choose(s, action.decline, action.extra);
  if (action.selecting === 'twice') writeSelection(s, choose(s, [], []));
  writeSelection(s, s.accepted, action.selecting === 'sparse');
  if (s.legacy) {
    s.featuresOk = true;
    return;
  }
  if (slip === 'skip-features-ok') return;
  setStatus(s, STATUS.FEATURES_OK);
  const back = s.reg(REG.Status);
  if (s.io.pending) yield;
  s.featuresOk = (s.regValue(back) & STATUS.FEATURES_OK) !== 0;
  if (slip === 'features-after-ok') {
    s.accepted[0] ^= 1 << 28;
    s.accepted[0] >>>= 0;
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

/** What is accepted: all that is offered and understood, less `decline` and what depends on it, plus `extra`. */
function choose(s: DriverState, decline: readonly number[], extra: readonly number[]): [number, number] {
  const facts = deviceFacts(s);
  const words: [number, number] = [0, 0];
  const set = (bit: number, on: boolean) => {
    const word = bit >>> 5;
    if (word > 1) return;
    const mask = 2 ** (bit & 31);
    const isOn = Math.floor(words[word] / mask) % 2 === 1;
    if (on && !isOn) words[word] += mask;
    if (!on && isOn) words[word] -= mask;
  };
  const on = (bit: number) => bit < 64 && Math.floor(words[bit >>> 5] / 2 ** (bit & 31)) % 2 === 1;
  for (const bit of [...UNDERSTOOD, ...facts.knownFeatures]) {
    if (s.offers(bit) && !decline.includes(bit) && !DECLINED.includes(bit)) set(bit, true);
  }
  for (let again = true; again;) {
    again = false;
    for (const [bit, needs] of facts.selectionDependencies ?? []) {
      if (on(bit) && !on(needs)) {
        set(bit, false);
        again = true;
      }
    }
  }
  for (const bit of extra) set(bit, true);
  return words;
}

/** Queues that a driver of the type sets up: all that exist among the first few. */
export function queuesOf(s: DriverState): number {
  if (s.device !== 'console') return 1;
  return s.has(1) ? 6 : 2;
}

function* setUpQueues(s: DriverState, action: Init): Steps {
  for (let queue = 0; queue < queuesOf(s); queue++) yield* setUpQueue(s, queue, action.size, action.slip);
}

/** Sets up one queue: selects it, checks that it is not in use, sizes, places and enables it (4.2.3.2, 4.2.4). */
export function* setUpQueue(s: DriverState, queue: number, wish: number, slip?: ProtocolSlip): Steps {
  s.setReg(REG.QueueSel, queue);
  const inUse = s.reg(s.legacy ? REG.QueuePFN : REG.QueueReady);
  const maxRef = s.reg(REG.QueueSizeMax);
  if (s.io.pending) yield;
  const max = s.regValue(maxRef);
  if (s.regValue(inUse) !== 0 || max === 0 || max > 32768) return;
  let size = 2 ** Math.floor(Math.log2(Math.min(Math.max(wish, 1), max)));
  if (slip === 'size-zero') size = 0;
  if (slip === 'size-above-max') size = max * 2;
  if (slip === 'size-not-power-of-two') size = Math.max(3, Math.min(max, size) - 1);
  const room = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(size, 1))));
  const place = s.legacy ? placeLegacy(s.arena, room, s.align, s.pageSize) : placeModern(s.arena, room);
  if (!place) return;
  const ring = new DriverRing(queue, room, place, s.ringOrder);
  ring.clear(s.io, s.arena);
  s.setReg(REG.QueueSize, size);
  if (s.legacy) {
    s.setReg(REG.QueueAlign, slip === 'align-zero' ? 0 : s.align);
    s.setReg(REG.QueuePFN, slip === 'rings-outside-memory' ? 0xfff0_0000 : place.descriptors / s.pageSize);
  } else {
    if (slip !== 'ready-without-addresses') writeAddresses(s, place, slip);
    s.setReg(REG.QueueReady, 1);
    const back = s.reg(REG.QueueReady);
    if (s.io.pending) yield;
    s.regValue(back);
    if (slip === 'reconfigure-while-ready') s.setReg(REG.QueueSize, Math.max(1, size >>> 1));
  }
  if (s.has(FEATURE.EVENT_IDX)) ring.setUsedEvent(s.io, 0);
  s.rings.set(queue, ring);
  s.unkicked.set(queue, 0);
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
