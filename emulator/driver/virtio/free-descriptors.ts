/**
 * Which descriptors are free. Since virtio.c 1.73 they are chained through the descriptor table and reused last in first
 * out; before, a list of entries was kept, first in first out.
 */
import { DescFlag, END } from './bits.ts';
import type { Softc } from './softc.ts';
import type { Virtqueue } from './virtqueue.ts';

const chained = (sc: Softc): boolean => sc.kernel.profile.since('virtio.c', '1.73');

/** One free descriptor, or null. */
export function takeSlot(sc: Softc, vq: Virtqueue): number | null {
  if (!chained(sc)) return vq.freeList.shift() ?? null;
  const first = allocate(sc, vq, 1);
  return first === 'EAGAIN' ? null : first;
}

/**
 * The descriptors behind the head of a direct request of `nsegs` segments: the first of them, null where none are
 * needed, or EAGAIN with nothing taken.
 */
export function takeChain(sc: Softc, vq: Virtqueue, nsegs: number): number | null | 'EAGAIN' {
  const { profile } = sc.kernel;
  if (!chained(sc)) return takeEntries(sc, vq, nsegs - 1);
  // PR 57358: from 1.73 to 1.75 a descriptor too many was taken. The exact form is not known; these are the two it had.
  if (profile.between('virtio.c', '1.73', '1.76')) {
    if (profile.has('one-descriptor-too-many')) return allocate(sc, vq, nsegs);
    if (profile.has('none-taken-as-all')) return allocate(sc, vq, nsegs - 1);
  }
  if (profile.fault('descriptor-too-many')) return allocate(sc, vq, nsegs);
  return nsegs > 1 ? allocate(sc, vq, nsegs - 1) : null;
}

/** Walks `count` descriptors from the head of the free chain and cuts them off. A count of 0 wraps to a huge one. */
function allocate(sc: Softc, vq: Virtqueue, count: number): number | 'EAGAIN' {
  const { descriptors } = sc;
  const wanted = count === 0 ? Infinity : count;
  let at = vq.freeIdx;
  for (let i = 0; i < wanted; i++) {
    if (at === END || at >= vq.num) return 'EAGAIN';
    const last = i === wanted - 1;
    descriptors.setFlags(vq.desc, at, last ? 0 : DescFlag.NEXT);
    const next = descriptors.next(vq.desc, at);
    if (last) {
      const first = vq.freeIdx;
      vq.freeIdx = next;
      return first;
    }
    at = next;
  }
  return 'EAGAIN';
}

function takeEntries(sc: Softc, vq: Virtqueue, count: number): number | null | 'EAGAIN' {
  if (vq.freeList.length < count) return 'EAGAIN';
  const taken = vq.freeList.splice(0, count);
  taken.forEach((entry, i) => {
    const last = i === taken.length - 1;
    sc.descriptors.setFlags(vq.desc, entry, last ? 0 : DescFlag.NEXT);
    if (!last) sc.descriptors.setNext(vq.desc, entry, taken[i + 1]);
  });
  return taken[0] ?? null;
}

/** Puts the chain that starts at `slot` back. */
export function freeChain(sc: Softc, vq: Virtqueue, slot: number): void {
  const { descriptors } = sc;
  let at = slot;
  let steps = 0;
  if (!chained(sc)) vq.freeList.push(at);
  while ((descriptors.flags(vq.desc, at) & DescFlag.NEXT) !== 0 && steps++ < vq.num) {
    at = descriptors.next(vq.desc, at);
    if (!chained(sc)) vq.freeList.push(at);
  }
  if (!chained(sc)) return;
  const { profile } = sc.kernel;
  descriptors.setNext(vq.desc, at, profile.fault('freed-tail-ends-chain') ? END : vq.freeIdx);
  vq.freeIdx = profile.fault('only-tail-freed') ? at : slot;
}

/** Changes what a slot remembers, and tells whose doing it was. */
export function setSlot(sc: Softc, vq: Virtqueue, slot: number, base: number | null, position: number): void {
  const { kernel } = sc;
  const extra = kernel.deref(vq.slots[slot], `slot ${slot}`);
  extra.descBase = base;
  extra.descFreeIdx = position;
  kernel.observer.observe({ kind: 'slot', queue: vq.index, slot, owned: base !== null, thread: kernel.thread });
}
