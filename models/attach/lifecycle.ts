/**
 * The life of a virtio(4) child driver as a table: states, the calls that each state allows, and where they lead. Everything
 * else here (the judge, the exploration, the diagrams) is made from this table.
 */
import type { AttachApi } from './events.ts';

export const PHASES = [
  'UNATTACHED',
  'ABSENT',
  'READY',
  'NEGOTIATED',
  'REFUSED',
  'FINISHED',
  'FINISH_ERR',
  'STOPPED',
  'RESTARTING',
  'FAILED',
  'DETACHED',
  'GONE',
] as const;
export type Phase = (typeof PHASES)[number];

export const PHASE_MEANING: Readonly<Record<Phase, string>> = {
  UNATTACHED: 'the bus has not looked yet',
  ABSENT: 'no device there',
  READY: 'bus attached, status ACK|DRIVER, no child',
  NEGOTIATED: 'child set, features agreed, queues in memory only',
  REFUSED: 'child set, negotiation failed',
  FINISHED: 'queues registered, interrupts up, DRIVER_OK',
  FINISH_ERR: 'child_attach_finish failed, status FAILED, child still set',
  STOPPED: 'finished, and the device has been reset',
  RESTARTING: 'finished, reinit_start done, DRIVER_OK not yet set again',
  FAILED: 'no child any more, status FAILED',
  DETACHED: 'no child any more, status 0',
  GONE: 'the bus has been detached',
};

/** `old`: virtio.c before 1.66, where queues are programmed and usable as soon as they are allocated. */
export type ApiAge = 'old' | 'new';

/** A call with the outcome that decides where it leads. */
export interface Call {
  readonly api: AttachApi;
  readonly outcome?: 'ok' | 'failed' | 'absent';
}

/** A node of the explored space: the phase and how many queues have memory (up to `MOST_QUEUES`). */
export interface LifeState {
  readonly phase: Phase;
  readonly queues: number;
}

/** As many queues as the exploration tells apart; real children may have more. */
export const MOST_QUEUES = 2;

export const START: LifeState = { phase: 'UNATTACHED', queues: 0 };

/** Calls that change nothing in the lifecycle, by the phases that allow them. */
const ALLOWED: Readonly<Partial<Record<AttachApi, readonly Phase[]>>> = {
  init_vq: ['NEGOTIATED', 'REFUSED', 'FINISHED'],
  read_config: ['NEGOTIATED', 'REFUSED', 'FINISHED', 'STOPPED', 'RESTARTING'],
  write_config: ['NEGOTIATED', 'REFUSED', 'FINISHED', 'STOPPED', 'RESTARTING'],
  child_attach_set_vqs: ['NEGOTIATED'],
  enqueue_prep: ['FINISHED', 'RESTARTING'],
  enqueue_reserve: ['FINISHED', 'RESTARTING'],
  enqueue: ['FINISHED', 'RESTARTING'],
  enqueue_commit: ['FINISHED', 'RESTARTING'],
  enqueue_abort: ['FINISHED', 'STOPPED', 'RESTARTING'],
  dequeue: ['FINISHED', 'STOPPED', 'RESTARTING'],
  dequeue_commit: ['FINISHED', 'STOPPED', 'RESTARTING'],
  negotiate_features: ['RESTARTING'],
  attach_failed: ['ABSENT', 'READY', 'FINISHED', 'FAILED', 'DETACHED', 'FINISH_ERR', 'STOPPED'],
  shutdown: ['ABSENT', 'READY', 'FINISHED', 'STOPPED', 'FAILED', 'DETACHED'],
  rescan: ['ABSENT', 'READY', 'FINISHED', 'STOPPED', 'FAILED', 'DETACHED'],
  start_vq_intr: ['NEGOTIATED', 'REFUSED', 'FINISHED', 'STOPPED', 'RESTARTING'],
  stop_vq_intr: ['NEGOTIATED', 'REFUSED', 'FINISHED', 'STOPPED', 'RESTARTING'],
};

/** What comes from outside, or tells the outside of something. */
export const ALWAYS: readonly AttachApi[] = [
  'interrupt',
  'submit',
  'open',
  'close',
  'child_attach',
  'identify',
  'dump',
  'hwiflow',
  'done',
];

/** Calls on a queue, which need one that has memory. */
const NEEDS_QUEUE: readonly AttachApi[] = [
  'enqueue_prep',
  'enqueue_reserve',
  'enqueue',
  'enqueue_commit',
  'enqueue_abort',
  'dequeue',
  'dequeue_commit',
  'start_vq_intr',
  'stop_vq_intr',
];

/** Requests: what the old interface also allows on queues that are merely allocated. */
const REQUESTS: readonly AttachApi[] = NEEDS_QUEUE.slice(0, 7);

/** Calls that move on, by phase; the outcome decides where to. */
const MOVES: Readonly<Record<Phase, Readonly<Partial<Record<AttachApi, Readonly<Record<string, Phase>>>>>>> = {
  UNATTACHED: { bus_attach: { ok: 'READY', absent: 'ABSENT' } },
  ABSENT: { bus_detach: { ok: 'GONE' } },
  READY: {
    child_attach_start: { ok: 'NEGOTIATED', failed: 'REFUSED' },
    child_attach_failed: { ok: 'FAILED' },
    child_detach: { ok: 'READY' },
    bus_detach: { ok: 'GONE' },
  },
  NEGOTIATED: {
    child_attach_finish: { ok: 'FINISHED', failed: 'FINISH_ERR' },
    child_attach_failed: { ok: 'FAILED' },
  },
  REFUSED: { child_attach_failed: { ok: 'FAILED' } },
  FINISHED: {
    child_attach_failed: { ok: 'FAILED' },
    child_detach: { ok: 'DETACHED' },
    device_reset: { ok: 'STOPPED' },
    bus_detach: { failed: 'FINISHED' },
  },
  FINISH_ERR: { child_attach_failed: { ok: 'FAILED' } },
  STOPPED: {
    device_reset: { ok: 'STOPPED' },
    reinit_start: { ok: 'RESTARTING', failed: 'STOPPED' },
    child_detach: { ok: 'DETACHED' },
    child_attach_failed: { ok: 'FAILED' },
    bus_detach: { failed: 'STOPPED' },
  },
  RESTARTING: { reinit_end: { ok: 'FINISHED' }, device_reset: { ok: 'STOPPED' } },
  FAILED: { bus_detach: { ok: 'GONE' }, child_detach: { ok: 'FAILED' } },
  DETACHED: { bus_detach: { ok: 'GONE' }, child_detach: { ok: 'DETACHED' } },
  GONE: { bus_attach: { ok: 'READY', absent: 'ABSENT' } },
};

const ALLOC_PHASES: readonly Phase[] = ['NEGOTIATED', 'REFUSED'];
const FREE_PHASES: readonly Phase[] = ['NEGOTIATED', 'REFUSED', 'FINISH_ERR', 'STOPPED'];

/** Whether a state allows a call at all, whatever its outcome. A bus detach is always allowed: it must survive. */
export function isLegal(state: LifeState, api: AttachApi, age: ApiAge): boolean {
  const { phase, queues } = state;
  if (ALWAYS.includes(api)) return true;
  if (api === 'alloc_vq') return ALLOC_PHASES.includes(phase);
  if (api === 'free_vq') return FREE_PHASES.includes(phase);
  if (NEEDS_QUEUE.includes(api) && queues === 0) return false;
  if (age === 'old' && REQUESTS.includes(api) && phase === 'NEGOTIATED') return true;
  if (api === 'child_attach_finish' && queues === 0) return false;
  return MOVES[phase][api] !== undefined || (ALLOWED[api]?.includes(phase) ?? false);
}

/** What becomes of a call that a state does not allow. */
export type IllegalOutcome = 'assertion' | 'goes on';

/** Calls whose core asserts that they are in place: since virtio.c 1.66, the first of them since 1.82. */
const ASSERTED: readonly AttachApi[] = ['enqueue_prep', 'child_attach_start', 'child_attach_finish'];

/**
 * What a kernel does with an illegal call: DIAGNOSTIC ones stop where the core asserts, all others go on, often to a null
 * or stale pointer. The model notices the call on either.
 */
export function illegalOutcome(api: AttachApi, age: ApiAge, diagnostic: boolean): IllegalOutcome {
  return diagnostic && age === 'new' && ASSERTED.includes(api) ? 'assertion' : 'goes on';
}

/** Where a legal call leads; undefined if it is not legal or has no such outcome. */
export function step(state: LifeState, call: Call, age: ApiAge): LifeState | undefined {
  const { api, outcome = 'ok' } = call;
  if (!isLegal(state, api, age)) return undefined;
  if (api === 'alloc_vq') return outcome === 'ok' ? { ...state, queues: state.queues + 1 } : state;
  if (api === 'free_vq') return outcome === 'ok' ? { ...state, queues: Math.max(0, state.queues - 1) } : state;
  const targets = MOVES[state.phase][api];
  if (targets === undefined) return state;
  const phase = targets[outcome];
  if (phase === undefined) return undefined;
  // A child that is gone takes its queues along, or has leaked them; the lifecycle no longer counts them.
  const gone = phase === 'FAILED' || phase === 'DETACHED' || phase === 'GONE' || phase === 'READY';
  return { phase, queues: gone ? 0 : state.queues };
}

/** Every call with every outcome that some state tells apart. */
export const CALLS: readonly Call[] = [
  { api: 'bus_attach', outcome: 'ok' },
  { api: 'bus_attach', outcome: 'absent' },
  { api: 'child_attach_start', outcome: 'ok' },
  { api: 'child_attach_start', outcome: 'failed' },
  { api: 'child_attach_set_vqs' },
  { api: 'init_vq' },
  { api: 'alloc_vq', outcome: 'ok' },
  { api: 'alloc_vq', outcome: 'failed' },
  { api: 'free_vq' },
  { api: 'start_vq_intr' },
  { api: 'stop_vq_intr' },
  { api: 'read_config' },
  { api: 'write_config' },
  { api: 'child_attach_finish', outcome: 'ok' },
  { api: 'child_attach_finish', outcome: 'failed' },
  { api: 'enqueue_prep' },
  { api: 'enqueue_reserve' },
  { api: 'enqueue' },
  { api: 'enqueue_commit' },
  { api: 'enqueue_abort' },
  { api: 'dequeue' },
  { api: 'dequeue_commit' },
  { api: 'device_reset' },
  { api: 'reinit_start', outcome: 'ok' },
  { api: 'reinit_start', outcome: 'failed' },
  { api: 'negotiate_features' },
  { api: 'reinit_end' },
  { api: 'child_attach_failed' },
  { api: 'child_detach' },
  { api: 'attach_failed' },
  { api: 'rescan' },
  { api: 'shutdown' },
  { api: 'bus_detach', outcome: 'ok' },
  { api: 'bus_detach', outcome: 'failed' },
];
