/** Submitting, kicking and collecting: the data path of the reference driver (2.7.13, 2.7.14). */
import type { Action, Request } from '../../generators/scenario.ts';
import { get32 } from './bytes.ts';
import { buildChain, type ChainPlan } from './chain.ts';
import { REG } from '../../models/mmio/layout.ts';
import { FEATURE } from '../../models/status/feature-bits.ts';
import type { Completion } from './completion.ts';
import type { Ref } from './io.ts';
import type { DriverRing, InFlight } from './ring.ts';
import type { DriverState } from './state.ts';
import type { Steps } from './initialise.ts';
import { PLAIN_SHAPE } from '../../generators/scenario.ts';

type Submit = Extract<Action, { do: 'submit' }>;

function build(s: DriverState, ring: DriverRing, request: Request, action?: Submit): ChainPlan | undefined {
  return buildChain(
    {
      io: s.io,
      arena: s.arena,
      memoryEnd: s.arena.end,
      dataOrder: s.dataOrder,
      inOrder: s.has(FEATURE.IN_ORDER),
      indirectAllowed: s.has(FEATURE.INDIRECT_DESC),
      serial: ++s.chainSerial,
      compared: s.completions !== undefined,
    },
    ring,
    request,
    action?.shape ?? PLAIN_SHAPE,
    action?.break,
  );
}

export function submit(s: DriverState, action: Submit): Steps | undefined {
  const ring = s.rings.get(action.queue);
  if (!ring || (s.broken && !action.break && !s.live)) return undefined;
  const plan = build(s, ring, action.request, action);
  if (!plan) return undefined;
  ring.enqueue(s.io, plan.head);
  ring.inFlight.set(plan.head, plan.inFlight);
  if (s.completions !== undefined && ring.inFlight.size > 1)
    for (const one of ring.inFlight.values()) one.crowded = true;
  if (action.break === 'head-twice') ring.enqueue(s.io, plan.head);
  if (action.break === 'avail-jump') ring.availIdx = (ring.availIdx + ring.size + 3) & 0xffff;
  if (action.break === 'avail-back') ring.availIdx = (ring.availIdx - 2) & 0xffff;
  ring.publish(s.io);
  if (plan.inFlight.completes) ring.unkicked++;
  if (action.break !== undefined) s.broken = true;
  if (action.kick === 'never' || !canKick(s)) return undefined;
  if (action.kick !== 'always' && action.break === undefined) return kickIfWanted(s, ring);
  kick(s, ring);
  return undefined;
}

/** Kicking before DRIVER_OK is forbidden (3.1.1) but for the legacy interface, which may use queues early (3.1.2). */
function canKick(s: DriverState): boolean {
  return (s.live && !s.suspended) || s.legacy;
}

export function kick(s: DriverState, ring: DriverRing): void {
  s.setReg(REG.QueueNotify, ring.index);
  owed(ring);
}

function owed(ring: DriverRing): void {
  ring.checkedIdx = ring.availIdx;
  ring.expected += ring.unkicked;
  ring.unkicked = 0;
}

/** Kicks unless the device said that it needs none (2.7.10). */
function* kickIfWanted(s: DriverState, ring: DriverRing): Steps {
  if (!ring.isWhole) {
    kick(s, ring);
    return;
  }
  const eventIdx = s.has(FEATURE.EVENT_IDX);
  const ref = s.io.load(eventIdx ? ring.availEventAddress : ring.usedFlagsAddress, 2);
  if (s.io.pending) yield;
  const seen = ring.raw(s.io.half(ref));
  const wanted = eventIdx
    ? ((ring.availIdx - seen - 1) & 0xffff) < ((ring.availIdx - ring.checkedIdx) & 0xffff)
    : (seen & 1) === 0;
  if (wanted) kick(s, ring);
  else owed(ring);
}

export function kickAction(s: DriverState, queue: number): void {
  if (!canKick(s)) return;
  const ring = s.rings.get(queue);
  if (ring) kick(s, ring);
  else s.setReg(REG.QueueNotify, queue);
}

/** A look at used.idx: what it should come to, if that is being waited for. */
interface Look {
  readonly ref: Ref;
  readonly waits: boolean;
  readonly want: number;
}

function lookForUsed(s: DriverState, ring: DriverRing): Look {
  const { io } = s;
  const waits = ring.expected > 0 && !s.broken && !s.gaveUp && (s.live || s.legacy) && !s.suspended;
  const want = (ring.usedIdx + ring.expected) & 0xffff;
  if (waits) return { ref: io.wait(ring.usedIdxAddress, ring.raw(want)), waits, want };
  if (s.inputDue.delete(ring.index) && !s.broken && !s.gaveUp && ring.inFlight.size > 0) {
    io.wait(ring.usedIdxAddress, ring.raw((ring.usedIdx + 1) & 0xffff));
  }
  io.settle();
  return { ref: io.load(ring.usedIdxAddress, 2), waits, want };
}

/** How many entries are new; 0 where used.idx makes no sense. */
function countUsed(s: DriverState, ring: DriverRing, { ref, waits, want }: Look): number {
  const seen = ring.raw(s.io.half(ref));
  if (waits && seen !== want) s.gaveUp = true;
  const fresh = (seen - ring.usedIdx) & 0xffff;
  return fresh > ring.size ? 0 : fresh;
}

/** Collects what was used, then looks at the interrupt and acknowledges what is set within `mask`. */
function* collect(s: DriverState, ring: DriverRing, withBuffers: boolean, mask: number): Steps {
  const { io } = s;
  const before = ring.usedIdx;
  const event = ring.usedEvent;
  const look = lookForUsed(s, ring);
  const loaded: { readonly chain: InFlight; readonly ref: Ref; readonly length: number | undefined }[] = [];
  if (io.pending) yield;
  const fresh = countUsed(s, ring, look);
  if (fresh > 0) {
    const head = Math.min(fresh, ring.size - (before & (ring.size - 1)));
    const first = io.load(ring.usedElementAddress(before), 8 * head);
    const second = fresh > head ? io.load(ring.usedElementAddress(0), 8 * (fresh - head)) : undefined;
    if (io.pending) yield;
    const done: InFlight[] = [];
    const lengths = s.completions === undefined ? undefined : new Map<InFlight, number>();
    takeBack(s, ring, io.payload(first), done, lengths);
    if (second !== undefined) takeBack(s, ring, io.payload(second), done, lengths);
    ring.usedIdx = (before + fresh) & 0xffff;
    for (const chain of done) {
      if (chain.completes && ring.expected > 0) ring.expected--;
      if (!withBuffers) continue;
      const ref = io.load(chain.block, chain.blockSize);
      if (lengths !== undefined) loaded.push({ chain, ref, length: lengths.get(chain) });
    }
    if (s.has(FEATURE.EVENT_IDX) && event === before) ring.setUsedEvent(io, ring.usedIdx);
  }
  const due = fresh > 0 && !s.broken && !s.gaveUp && wantsInterrupt(s, ring, before, event);
  const status = askInterrupt(s, due);
  if (io.pending) yield;
  for (const { chain, ref, length } of loaded) s.completions?.push(completionOf(ring, chain, length, io.payload(ref)));
  acknowledge(s, s.regValue(status), mask);
}

function completionOf(ring: DriverRing, chain: InFlight, length: number | undefined, block: Uint8Array): Completion {
  const { serial, request, crowded, writable = new Map<number, number>() } = chain;
  return {
    queue: ring.index,
    serial,
    request,
    alone: !crowded,
    length,
    block: block.slice(),
    writable: [...writable].map(([from, size]) => ({ from, to: from + size })),
  };
}

/** Frees the chains that used elements name. With IN_ORDER one entry may stand for all chains up to it (2.7.9). */
function takeBack(
  s: DriverState,
  ring: DriverRing,
  elements: Uint8Array,
  done: InFlight[],
  lengths?: Map<InFlight, number>,
): void {
  const inOrder = s.has(FEATURE.IN_ORDER);
  for (let at = 0; at < elements.length; at += 8) {
    const id = get32(elements, at, ring.order);
    const chain = ring.inFlight.get(id);
    if (!chain) continue;
    if (inOrder) {
      for (const [head, older] of ring.inFlight) {
        if (head === id) break;
        finish(ring, older, done);
      }
    }
    lengths?.set(chain, get32(elements, at + 4, ring.order));
    finish(ring, chain, done);
  }
}

function finish(ring: DriverRing, chain: InFlight, done: InFlight[]): void {
  ring.inFlight.delete(chain.head);
  ring.giveBack(chain.descriptors);
  done.push(chain);
}

/** Whether the device should have interrupted for the used entries from `old` to the current ones. */
function wantsInterrupt(s: DriverState, ring: DriverRing, old: number, event: number): boolean {
  if (!s.has(FEATURE.EVENT_IDX)) return (ring.availFlags & 1) === 0;
  return ((ring.usedIdx - event - 1) & 0xffff) < ((ring.usedIdx - old) & 0xffff);
}

export function reap(s: DriverState, queue: number, ack: boolean): Steps | undefined {
  const ring = s.rings.get(queue);
  return ring?.isWhole ? collect(s, ring, true, ack ? 0xffff_ffff : 0) : undefined;
}

/** Reads InterruptStatus and the line, and acknowledges what is set within `mask`. */
export function* checkInterrupt(s: DriverState, mask: number): Steps {
  const status = askInterrupt(s, false);
  if (s.io.pending) yield;
  acknowledge(s, s.regValue(status), mask);
}

function askInterrupt(s: DriverState, waitForUsed: boolean): Ref {
  const status = waitForUsed ? s.waitReg(REG.InterruptStatus, 1, 1) : s.reg(REG.InterruptStatus);
  s.io.interrupt();
  return status;
}

function acknowledge(s: DriverState, set: number, mask: number): void {
  const acked = (set & mask & 3) >>> 0;
  if (acked === 0) return;
  s.setReg(REG.InterruptACK, acked);
  s.reg(REG.InterruptStatus);
  s.io.interrupt();
}

/** Fills the queue with equal chains, reaps all, and exposes the same chains again, `rounds` times. */
export function* cycle(s: DriverState, action: Extract<Action, { do: 'cycle' }>): Steps {
  const { queue, rounds, request } = action;
  const ring = s.rings.get(queue);
  if (!ring || !s.live || s.suspended || s.broken || ring.inFlight.size > 0) return;
  const plans: ChainPlan[] = [];
  const most = Math.min(ring.size, action.most ?? 1024);
  while (plans.length < most) {
    const plan = build(s, ring, request);
    if (!plan) break;
    plans.push(plan);
    if (s.io.pending && plans.length % 32 === 0) yield;
  }
  if (plans.length === 0) return;
  // With IN_ORDER the same descriptors may be exposed again only if they fill the table, so that order is kept (2.7.5.2).
  const whole = plans.reduce((sum, plan) => sum + plan.inFlight.descriptors.length, 0) === ring.size;
  const last = s.has(FEATURE.IN_ORDER) && !whole ? 1 : rounds;
  let completing = 0;
  for (const { inFlight } of plans) if (inFlight.completes) completing++;
  const descriptors = plans.flatMap((plan) => [...plan.inFlight.descriptors]);
  for (let round = 0; round < last && !s.gaveUp; round++) {
    for (const plan of plans) {
      plan.inFlight.crowded = plans.length > 1;
      ring.enqueue(s.io, plan.head);
      ring.inFlight.set(plan.head, plan.inFlight);
    }
    ring.publish(s.io);
    ring.unkicked += completing;
    yield* kickIfWanted(s, ring);
    if (!plans[0].inFlight.completes) return;
    yield* collect(s, ring, round === 0, 0xffff_ffff);
    if (ring.inFlight.size > 0) return;
    // The descriptors still hold the chains: take them back out of the free list for the next round.
    if (round + 1 < last) ring.reserve(descriptors);
  }
}
