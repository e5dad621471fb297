/** Taking buffers back: is_enqueued, dequeue, dequeue_commit, and interrupt suppression. */
import { AVAIL_NO_INTERRUPT, DESC_SIZE, END, RING_EVENT_IDX, type Errno } from './bits.ts';
import { atOnce } from './enqueue.ts';
import { freeChain, setSlot } from './free-descriptors.ts';
import type { Softc } from './softc.ts';
import type { Virtqueue } from './virtqueue.ts';

export interface Dequeued {
  readonly error: Errno;
  readonly slot: number;
  /** Bytes that the device says it wrote. */
  readonly length: number;
}

/** Half of the index space: an event index that far away is never passed soon. */
const FAR = 0x8000;

function usedIndex(sc: Softc, vq: Virtqueue): number {
  return sc.kernel.dma.load(vq.used + 2, 2, sc.structEndian);
}

export function isEnqueued(sc: Softc, vq: Virtqueue): boolean {
  const { dma, profile } = sc.kernel;
  sc.kernel.deref(vq.memory, 'queue memory');
  const entries = profile.since('virtio.c', '1.66') ? vq.num : sc.nvqs;
  if (vq.queued > 0) {
    vq.queued = 0;
    dma.sync(vq.name, vq.avail, 4 + 2 * entries, 'POSTWRITE');
  }
  dma.sync(vq.name, vq.used, 4, 'POSTREAD');
  if (vq.usedIdx === usedIndex(sc, vq)) return false;
  if (!profile.fault('used-ring-not-synced')) dma.sync(vq.name, vq.used + 4, 8 * entries, 'POSTREAD');
  return true;
}

/** The next used buffer. Neither slot nor length is checked: a device can say anything. */
export function dequeue(sc: Softc, vq: Virtqueue): Dequeued {
  const { kernel } = sc;
  const { dma } = kernel;
  return kernel.call(
    'dequeue',
    { queue: vq.index },
    () => {
      if (vq.usedIdx === usedIndex(sc, vq)) return { error: 'ENOENT', slot: -1, length: 0 } as Dequeued;
      const element = vq.used + 4 + 8 * (vq.usedIdx % vq.num);
      vq.usedIdx = (vq.usedIdx + 1) & 0xffff;
      const { profile } = kernel;
      const named =
        dma.load(element, 4, profile.fault('used-element-in-cpu-order') ? kernel.host.order : sc.structEndian) & 0xffff;
      const slot = profile.fault('used-slot-taken-in-turn') ? (vq.usedIdx - 1) % vq.num : named;
      const length = dma.load(element + 4, 4, sc.structEndian);
      const extra = vq.slots[slot];
      if (extra === undefined) kernel.deref(null, `slot ${slot}, which the device named,`);
      if (extra.useIndirect) dma.sync(vq.name, vq.indirectTable(slot), DESC_SIZE * vq.maxNSegs, 'POSTWRITE');
      return { error: 0, slot, length } as Dequeued;
    },
    ({ error, slot, length }) => ({ result: error, slot, length }),
  );
}

export function* dequeueCommitSteps(sc: Softc, vq: Virtqueue, slot: number): Generator<void, void> {
  const { kernel } = sc;
  const thread = kernel.thread;
  const facts = { queue: vq.index, slot };
  kernel.observer.observe({ kind: 'call', api: 'dequeue_commit', thread, facts });
  // From 1.73 to 1.77 the slot was free before its state was cleared.
  if (kernel.profile.between('virtio.c', '1.73', '1.78')) {
    freeChain(sc, vq, slot);
    yield;
    kernel.thread = thread;
    setSlot(sc, vq, slot, null, END);
  } else {
    setSlot(sc, vq, slot, null, END);
    yield;
    kernel.thread = thread;
    if (!kernel.profile.fault('used-descriptors-leak')) freeChain(sc, vq, slot);
    if (kernel.profile.fault('used-descriptors-freed-twice')) freeChain(sc, vq, slot);
  }
  kernel.observer.observe({ kind: 'return', api: 'dequeue_commit', thread, facts });
  yield;
}

export function dequeueCommit(sc: Softc, vq: Virtqueue, slot: number): void {
  atOnce(dequeueCommitSteps(sc, vq, slot));
}

export function stopVqIntr(sc: Softc, vq: Virtqueue): void {
  const { dma } = sc.kernel;
  sc.kernel.call('stop_vq_intr', { queue: vq.index }, () => {
    if ((sc.active & RING_EVENT_IDX) !== 0n) {
      dma.store(vq.usedEvent, 2, (vq.usedIdx + FAR) & 0xffff, sc.structEndian);
    } else {
      const bits = sc.kernel.profile.fault('suppression-sets-all-bits') ? 0xffff : AVAIL_NO_INTERRUPT;
      dma.store(vq.avail, 2, dma.load(vq.avail, 2, sc.structEndian) | bits, sc.structEndian);
    }
    dma.sync(vq.name, vq.avail, vq.sizes!.avail, 'PREWRITE');
    vq.queued++;
  });
}

/** True if buffers were used in the meantime: the caller has to look itself, no interrupt will come for them. */
export function startVqIntr(sc: Softc, vq: Virtqueue): boolean {
  const { dma } = sc.kernel;
  return sc.kernel.call(
    'start_vq_intr',
    { queue: vq.index },
    () => {
      if ((sc.active & RING_EVENT_IDX) !== 0n) dma.store(vq.usedEvent, 2, vq.usedIdx, sc.structEndian);
      else dma.store(vq.avail, 2, dma.load(vq.avail, 2, sc.structEndian) & ~AVAIL_NO_INTERRUPT, sc.structEndian);
      dma.sync(vq.name, vq.avail, vq.sizes!.avail, 'PREWRITE');
      vq.queued++;
      dma.sync(vq.name, vq.used, 4, 'POSTREAD');
      return vq.usedIdx !== usedIndex(sc, vq);
    },
    (pending) => ({ pending }),
  );
}

/** After a reset: what the device had comes back unused, slot by slot. */
export function abandonAll(sc: Softc, vq: Virtqueue): void {
  vq.slots.forEach((extra, slot) => {
    if (extra.descBase === null) return;
    sc.kernel.observer.observe({
      kind: 'return',
      api: 'dequeue',
      thread: sc.kernel.thread,
      facts: { queue: vq.index, result: 0, slot, length: 0, abandoned: true },
    });
    dequeueCommit(sc, vq, slot);
  });
}
