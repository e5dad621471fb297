/**
 * Handing buffers to the device: enqueue_prep, _reserve, enqueue, _commit, _abort. Functions named `...Steps` are
 * generators that yield where another thread may run, so that a scheduler can interleave them; the others run to the end.
 */
import type { DmaMap } from '../kernel/dma.ts';
import { DESC_SIZE, DescFlag, RING_EVENT_IDX, USED_NO_NOTIFY, type Errno } from './bits.ts';
import { freeChain, setSlot, takeChain, takeSlot } from './free-descriptors.ts';
import type { Profile } from '../profile.ts';
import type { Softc } from './softc.ts';
import type { Virtqueue } from './virtqueue.ts';
import { END } from './bits.ts';

/** Runs an operation to its end, without another thread in between. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export interface Prepared {
  readonly error: Errno;
  /** Head descriptor of the request; -1 after an error. */
  readonly slot: number;
}

export function* enqueuePrepSteps(sc: Softc, vq: Virtqueue): Generator<void, Prepared> {
  const { kernel } = sc;
  const thread = kernel.thread;
  const facts = { queue: vq.index };
  kernel.observer.observe({ kind: 'call', api: 'enqueue_prep', thread, facts });
  if (kernel.profile.since('virtio.c', '1.82')) {
    kernel.assert(sc.childState === 'finished', 'enqueue_prep: attaching has not finished');
  }
  const slot = takeSlot(sc, vq);
  const result: Prepared = slot === null ? { error: 'EAGAIN', slot: -1 } : { error: 0, slot };
  kernel.observer.observe({
    kind: 'return',
    api: 'enqueue_prep',
    thread,
    facts: { ...facts, result: result.error, slot: result.slot },
  });
  yield;
  return result;
}

export function enqueuePrep(sc: Softc, vq: Virtqueue): Prepared {
  return atOnce(enqueuePrepSteps(sc, vq));
}

/** Takes the other descriptors of a request. After EAGAIN the slot is gone too: nothing is left to abort. */
export function* enqueueReserveSteps(sc: Softc, vq: Virtqueue, slot: number, nsegs: number): Generator<void, Errno> {
  const { kernel, descriptors } = sc;
  const thread = kernel.thread;
  const facts = { queue: vq.index, slot, nsegs };
  kernel.observer.observe({ kind: 'call', api: 'enqueue_reserve', thread, facts });
  kernel.assert(nsegs >= 1 && nsegs <= vq.num, 'enqueue_reserve: number of segments');
  const extra = kernel.deref(vq.slots[slot], `slot ${slot}`);
  const { profile } = kernel;
  const indirect = vq.sizes!.indirect > 0 && nsegs >= 2 && nsegs <= vq.maxNSegs;
  const finish = (result: Errno): Errno => {
    kernel.observer.observe({ kind: 'return', api: 'enqueue_reserve', thread, facts: { ...facts, result, indirect } });
    return result;
  };
  extra.useIndirect = indirect;
  if (indirect) {
    const table = vq.indirectTable(slot);
    descriptors.setBuffer(vq.desc, slot, table, DESC_SIZE * nsegs);
    descriptors.setFlags(vq.desc, slot, DescFlag.INDIRECT);
    for (let j = 0; j < nsegs; j++) descriptors.setFlags(table, j, j < nsegs - 1 ? DescFlag.NEXT : 0);
    if (profile.fault('indirect-chained-on')) {
      descriptors.setFlags(vq.desc, slot, DescFlag.INDIRECT | DescFlag.NEXT);
    }
    if (profile.fault('indirect-table-cut')) descriptors.setBuffer(vq.desc, slot, table, DESC_SIZE * nsegs - 1);
    setSlot(sc, vq, slot, table, 0);
  } else {
    const first = takeChain(sc, vq, nsegs);
    if (first === 'EAGAIN') {
      if (!profile.fault('failed-reserve-keeps-head')) freeChain(sc, vq, slot);
      return finish('EAGAIN');
    }
    if (first !== null) {
      descriptors.setFlags(vq.desc, slot, DescFlag.NEXT);
      descriptors.setNext(vq.desc, slot, first);
    } else descriptors.setFlags(vq.desc, slot, 0);
    setSlot(sc, vq, slot, vq.desc, slot);
  }
  const result = finish(0);
  yield;
  return result;
}

export function enqueueReserve(sc: Softc, vq: Virtqueue, slot: number, nsegs: number): Errno {
  return atOnce(enqueueReserveSteps(sc, vq, slot, nsegs));
}

/** Fills the next descriptors with a map's segments. `write`: the device reads them. */
export function enqueue(sc: Softc, vq: Virtqueue, slot: number, map: DmaMap, write: boolean): Errno {
  const { kernel, descriptors } = sc;
  return kernel.call(
    'enqueue',
    { queue: vq.index, slot, segments: map.segments.length, write },
    () => {
      const extra = kernel.deref(vq.slots[slot], `slot ${slot}`);
      kernel.assert(extra.descBase !== null, 'enqueue: no descriptors are reserved');
      const { profile } = kernel;
      const nests = extra.useIndirect && profile.fault('indirect-nested');
      for (const { address, length } of map.segments) {
        const at = extra.descFreeIdx;
        kernel.assert(at !== END, 'enqueue: more segments than were reserved');
        const base = kernel.deref(extra.descBase, `descriptor base of slot ${slot}`);
        if (at === END) kernel.deref(null, `descriptor ${END}`);
        const next = descriptors.flags(base, at) & DescFlag.NEXT;
        descriptors.setBuffer(base, at, address, length);
        descriptors.setFlags(base, at, next | directionOf(profile, write) | (nests ? DescFlag.INDIRECT : 0));
        extra.descFreeIdx = next === 0 ? END : descriptors.next(base, at);
        kernel.observer.observe({
          kind: 'return',
          api: 'enqueue',
          thread: kernel.thread,
          facts: { queue: vq.index, slot, address, length, write, segment: true },
        });
      }
      return 0 as Errno;
    },
    (result) => ({ result }),
  );
}

/** `write`: the device reads. */
function directionOf(profile: Profile, write: boolean): number {
  if (profile.fault('direction-inverted')) return write ? DescFlag.WRITE : 0;
  return write || profile.fault('write-flag-forgotten') ? 0 : DescFlag.WRITE;
}

/** Puts the request into the available ring; `notify` publishes what waits there. Slot -1 only publishes. */
export function enqueueCommit(sc: Softc, vq: Virtqueue, slot: number, notify: boolean): void {
  const { kernel } = sc;
  const { dma } = kernel;
  kernel.call('enqueue_commit', { queue: vq.index, slot, notify }, () => {
    if (slot >= 0) {
      const { profile } = kernel;
      if (!profile.fault('descriptors-not-synced')) syncDescriptors(sc, vq, slot);
      const entry = profile.fault('avail-entry-one-on') ? vq.availIdx + 1 : vq.availIdx;
      dma.store(vq.avail + 4 + 2 * (entry % vq.num), 2, slot, sc.structEndian);
      vq.availIdx = (vq.availIdx + (profile.fault('avail-index-skips') ? 2 : 1)) & 0xffff;
      if (profile.fault('committed-descriptor-altered')) {
        publish(sc, vq);
        sc.descriptors.setBuffer(vq.desc, slot, vq.desc, DESC_SIZE);
      }
    }
    if (notify) publish(sc, vq);
  });
}

function publish(sc: Softc, vq: Virtqueue): void {
  const { kernel, structEndian } = sc;
  const { dma, profile } = kernel;
  const published = dma.load(vq.avail + 2, 2, structEndian);
  // 1.54 counted from the published index itself.
  const old = profile.since('virtio.c', '1.66') ? (published - 1) & 0xffff : published;
  // 1.54 took the number of queues for that of entries.
  const entries = profile.since('virtio.c', '1.66') ? vq.num : sc.nvqs;
  dma.sync(vq.name, vq.used, 4, 'PREREAD');
  if (!profile.fault('avail-ring-not-synced')) dma.sync(vq.name, vq.avail + 4, 2 * entries, 'PREWRITE');
  if (profile.fault('kick-before-publishing')) sc.transport.kick(vq.index);
  dma.store(vq.avail + 2, 2, vq.availIdx, profile.fault('avail-index-in-cpu-order') ? kernel.host.order : structEndian);
  dma.sync(vq.name, vq.avail, 4, 'PREWRITE');
  vq.queued++;
  let kick: boolean;
  if ((sc.active & RING_EVENT_IDX) !== 0n) {
    dma.sync(vq.name, vq.availEvent, 2, 'POSTREAD');
    const wanted = (dma.load(vq.availEvent, 2, structEndian) + 1) & 0xffff;
    kick = ((vq.availIdx - wanted) & 0xffff) < ((vq.availIdx - old) & 0xffff);
  } else {
    dma.sync(vq.name, vq.used, 4, 'POSTREAD');
    kick = (dma.load(vq.used, 2, structEndian) & USED_NO_NOTIFY) === 0;
  }
  if (profile.fault('kick-lost') || profile.fault('kick-before-publishing')) kick = false;
  if (profile.fault('kick-although-suppressed')) kick = true;
  if (profile.fault('avail-index-withdrawn') && vq.availIdx > 1) {
    dma.store(vq.avail + 2, 2, vq.availIdx - 1, structEndian);
  }
  if (kick) sc.transport.kick(vq.index);
}

function syncDescriptors(sc: Softc, vq: Virtqueue, slot: number): void {
  const { dma } = sc.kernel;
  const extra = vq.slots[slot];
  let at = slot;
  for (let count = 0; count < vq.num; count++) {
    dma.sync(vq.name, vq.desc + DESC_SIZE * at, DESC_SIZE, 'PREWRITE');
    if ((sc.descriptors.flags(vq.desc, at) & DescFlag.NEXT) === 0) break;
    at = sc.descriptors.next(vq.desc, at);
  }
  if (extra?.useIndirect === true) {
    dma.sync(vq.name, vq.indirectTable(slot), DESC_SIZE * vq.maxNSegs, 'PREWRITE');
  }
}

/** Gives a request back that was prepared and not committed. */
export function enqueueAbort(sc: Softc, vq: Virtqueue, slot: number): void {
  sc.kernel.call('enqueue_abort', { queue: vq.index, slot }, () => {
    setSlot(sc, vq, slot, null, END);
    freeChain(sc, vq, slot);
  });
}
