/** Submitting, kicking and collecting: the data path of the reference driver (2.7.13, 2.7.14). */
import type { Action, Request } from '../../generators/scenario.ts';
import { get16, get32 } from './bytes.ts';
import { buildChain, type ChainPlan } from './chain.ts';
import { REG } from '../../models/mmio/layout.ts';
import { FEATURE } from '../../models/status/feature-bits.ts';
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
    },
    ring,
    request,
    action?.shape ?? PLAIN_SHAPE,
    action?.break,
  );
}

export function* submit(s: DriverState, action: Submit): Steps {
  const ring = s.rings.get(action.queue);
  if (!ring || (s.broken && !action.break && !s.live)) return;
  const plan = build(s, ring, action.request, action);
  if (!plan) return;
  ring.enqueue(s.io, plan.head);
  ring.inFlight.set(plan.head, plan.inFlight);
  if (action.break === 'head-twice') ring.enqueue(s.io, plan.head);
  if (action.break === 'avail-jump') ring.availIdx = (ring.availIdx + ring.size + 3) & 0xffff;
  if (action.break === 'avail-back') ring.availIdx = (ring.availIdx - 2) & 0xffff;
  ring.publish(s.io);
  if (plan.inFlight.completes) s.unkicked.set(action.queue, (s.unkicked.get(action.queue) ?? 0) + 1);
  if (action.break !== undefined) s.broken = true;
  if (action.kick === 'never' || !canKick(s)) return;
  if (action.kick === 'always' || action.break !== undefined) kick(s, ring);
  else yield* kickIfWanted(s, ring);
}

/** Kicking before DRIVER_OK is forbidden (3.1.1) but for the legacy interface, which may use queues early (3.1.2). */
function canKick(s: DriverState): boolean {
  return (s.live && !s.suspended) || s.legacy;
}

export function kick(s: DriverState, ring: DriverRing): void {
  s.setReg(REG.QueueNotify, ring.index);
  owed(s, ring);
}

function owed(s: DriverState, ring: DriverRing): void {
  ring.checkedIdx = ring.availIdx;
  ring.expected += s.unkicked.get(ring.index) ?? 0;
  s.unkicked.set(ring.index, 0);
}

/** Kicks unless the device said that it needs none (2.7.10). */
function* kickIfWanted(s: DriverState, ring: DriverRing): Steps {
  const eventIdx = s.has(FEATURE.EVENT_IDX);
  const ref = s.io.load(eventIdx ? ring.availEventAddress : ring.usedFlagsAddress, 2);
  if (s.io.pending) yield;
  const seen = get16(s.io.payload(ref), 0, ring.order);
  const wanted = eventIdx
    ? ((ring.availIdx - seen - 1) & 0xffff) < ((ring.availIdx - ring.checkedIdx) & 0xffff)
    : (seen & 1) === 0;
  if (wanted) kick(s, ring);
  else owed(s, ring);
}

export function* kickAction(s: DriverState, queue: number): Steps {
  const ring = s.rings.get(queue);
  if (!canKick(s)) return;
  if (ring) kick(s, ring);
  else s.setReg(REG.QueueNotify, queue);
  if (s.io.pending) yield;
}

/** Collects what was used. Returns how many entries. */
function* collect(s: DriverState, ring: DriverRing, withBuffers: boolean): Generator<void, number, void> {
  const { io } = s;
  let idxRef: number;
  const waits = ring.expected > 0 && !s.broken && !s.gaveUp && (s.live || s.legacy) && !s.suspended;
  const want = (ring.usedIdx + ring.expected) & 0xffff;
  if (waits) idxRef = io.wait(ring.usedIdxAddress, ring.raw(want));
  else {
    if (s.inputDue.delete(ring.index) && !s.broken && !s.gaveUp && ring.inFlight.size > 0) {
      io.wait(ring.usedIdxAddress, ring.raw((ring.usedIdx + 1) & 0xffff));
    }
    io.settle();
    idxRef = io.load(ring.usedIdxAddress, 2);
  }
  if (io.pending) yield;
  const seen = get16(io.payload(idxRef), 0, ring.order);
  const fresh = (seen - ring.usedIdx) & 0xffff;
  if (waits && seen !== want) s.gaveUp = true;
  if (fresh === 0 || fresh > ring.size) return 0;

  const first = ring.usedIdx & (ring.size - 1);
  const head = Math.min(fresh, ring.size - first);
  const refs = [io.load(ring.usedElementAddress(ring.usedIdx), 8 * head)];
  if (fresh > head) refs.push(io.load(ring.usedElementAddress(0), 8 * (fresh - head)));
  if (io.pending) yield;
  const ids: number[] = [];
  refs.forEach((ref, part) => {
    const bytes = io.payload(ref);
    const count = part === 0 ? head : fresh - head;
    for (let i = 0; i < count; i++) ids.push(get32(bytes, 8 * i, ring.order));
  });
  const before = ring.usedIdx;
  ring.usedIdx = seen;
  const done = takeBack(s, ring, ids);
  ring.expected = Math.max(0, ring.expected - done.filter((chain) => chain.completes).length);
  if (withBuffers) for (const chain of done) io.load(chain.block, chain.blockSize);
  if (io.pending) yield;
  if (s.has(FEATURE.EVENT_IDX) && ring.usedEvent === before) ring.setUsedEvent(io, ring.usedIdx);
  return fresh;
}

/** Frees the chains that were used. With IN_ORDER one entry may stand for all chains up to it (2.7.9). */
function takeBack(s: DriverState, ring: DriverRing, ids: readonly number[]): InFlight[] {
  const done: InFlight[] = [];
  const finish = (chain: InFlight) => {
    ring.inFlight.delete(chain.head);
    ring.giveBack(chain.descriptors);
    done.push(chain);
  };
  for (const id of ids) {
    const chain = ring.inFlight.get(id);
    if (!chain) continue;
    if (s.has(FEATURE.IN_ORDER)) {
      for (const [head, older] of ring.inFlight) {
        if (head === id) break;
        finish(older);
      }
    }
    finish(chain);
  }
  return done;
}

/** Whether the device should have interrupted for the used entries from `old` to the current ones. */
function wantsInterrupt(s: DriverState, ring: DriverRing, old: number, event: number): boolean {
  if (!s.has(FEATURE.EVENT_IDX)) return (ring.availFlags & 1) === 0;
  return ((ring.usedIdx - event - 1) & 0xffff) < ((ring.usedIdx - old) & 0xffff);
}

export function* reap(s: DriverState, queue: number, ack: boolean): Steps {
  const ring = s.rings.get(queue);
  if (!ring) return;
  const old = ring.usedIdx;
  const event = ring.usedEvent;
  const fresh = yield* collect(s, ring, true);
  const wait = fresh > 0 && !s.broken && !s.gaveUp && wantsInterrupt(s, ring, old, event);
  yield* checkInterrupt(s, wait, ack ? 0xffff_ffff : 0);
}

/** Reads InterruptStatus and the line, and acknowledges what is set within `mask`. */
export function* checkInterrupt(s: DriverState, waitForUsed: boolean, mask: number): Steps {
  const status = waitForUsed ? s.waitReg(REG.InterruptStatus, 1, 1) : s.reg(REG.InterruptStatus);
  s.io.interrupt();
  if (s.io.pending) yield;
  const set = s.regValue(status);
  const acked = (set & mask & 3) >>> 0;
  if (acked === 0) return;
  s.setReg(REG.InterruptACK, acked);
  s.reg(REG.InterruptStatus);
  s.io.interrupt();
  if (s.io.pending) yield;
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
  for (let round = 0; round < last && !s.gaveUp; round++) {
    for (const plan of plans) {
      ring.enqueue(s.io, plan.head);
      ring.inFlight.set(plan.head, plan.inFlight);
    }
    ring.publish(s.io);
    s.unkicked.set(queue, (s.unkicked.get(queue) ?? 0) + plans.filter((plan) => plan.inFlight.completes).length);
    yield* kickIfWanted(s, ring);
    if (!plans[0].inFlight.completes) return;
    const old = ring.usedIdx;
    const event = ring.usedEvent;
    const fresh = yield* collect(s, ring, round === 0);
    yield* checkInterrupt(s, fresh > 0 && !s.gaveUp && wantsInterrupt(s, ring, old, event), 0xffff_ffff);
    if (ring.inFlight.size > 0) return;
    // The descriptors still hold the chains: take them back out of the free list for the next round.
    if (round + 1 < last) ring.reserve(plans.flatMap((plan) => [...plan.inFlight.descriptors]));
  }
}
