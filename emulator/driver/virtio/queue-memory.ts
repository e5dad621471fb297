/** Allocation, initialisation and release of a queue's memory (alloc_vq, reset_vq, free_vq). */
import { DESC_SIZE, END, RING_EVENT_IDX, type Errno } from './bits.ts';
import type { Softc } from './softc.ts';
import { ringSizes, type QueueHandler, type Virtqueue } from './virtqueue.ts';

/** Offset of `next` in a descriptor. */
const NEXT_FIELD = 14;

/** What freshly allocated memory may hold. */
const DIRT = 0x0001;

/** Since 1.67 a queue learns its index and handler by itself; before, with its allocation. */
export function initVq(sc: Softc, vq: Virtqueue, index: number, handler: QueueHandler): void {
  sc.kernel.call('init_vq', { queue: index }, () => {
    vq.clear();
    vq.num = sc.transport.readQueueSize(index);
    if (sc.kernel.profile.fault('queue-size-assumed')) vq.num = 128;
    vq.index = index;
    vq.handler = handler;
  });
}

/** 0, or -1 with the structure zeroed. `maxSegSize` in bytes. */
export function allocVq(sc: Softc, vq: Virtqueue, maxSegSize: number, maxNSegs: number): 0 | -1 {
  const { kernel, transport } = sc;
  const { index } = vq;
  return kernel.call(
    'alloc_vq',
    { queue: index },
    () => {
      if (!sc.registersAtFinish) kernel.assert(index === sc.nvqs, 'alloc_vq: queues are allocated in order');
      vq.maxSegSize = maxSegSize;
      vq.maxNSegs = maxNSegs;
      const eventIdx = (sc.active & RING_EVENT_IDX) !== 0n;
      const sizes = ringSizes(kernel, vq.num, eventIdx, sc.indirect, maxNSegs);
      vq.memory = vq.num === 0 ? null : kernel.dma.alloc(vq.name, sizes.total);
      if (vq.memory === null) {
        transport.setupQueue(index, 0);
        vq.clear();
        return kernel.profile.fault('alloc-failure-hidden') ? 0 : -1;
      }
      vq.sizes = sizes;
      resetQueueMemory(sc, vq);
      if (!sc.registersAtFinish) {
        transport.setupQueue(index, vq.memory.address);
        sc.nvqs++;
      }
      return 0;
    },
    (result) => ({
      result,
      num: vq.num,
      address: vq.memory?.address ?? 0,
      size: vq.memory?.size ?? 0,
      desc: vq.memory === null ? 0 : vq.desc,
      avail: vq.memory === null ? 0 : vq.avail,
      used: vq.memory === null ? 0 : vq.used,
      indirect: vq.memory === null || vq.sizes!.indirect === 0 ? 0 : vq.indirectTable(0),
      maxNSegs,
    }),
  );
}

/** Fills a queue's memory as it is before its first use. The slots' own state is left alone. */
export function resetQueueMemory(sc: Softc, vq: Virtqueue): void {
  const { kernel } = sc;
  const memory = kernel.deref(vq.memory, 'queue memory');
  const sizes = kernel.deref(vq.sizes, 'ring sizes');
  // Made as a whole and stored at once, as nobody looks at a queue while it is being reset.
  const image = new DataView(new ArrayBuffer(memory.size));
  const little = sc.structEndian === 'little';
  const setNext = (at: number, next: number): void => image.setUint16(at + NEXT_FIELD, next, little);
  for (let i = 0; i < vq.num; i++) setNext(DESC_SIZE * i, i === vq.num - 1 ? END : i + 1);
  if (sizes.indirect > 0) {
    for (let entry = 0; entry < vq.num * vq.maxNSegs; entry++) {
      setNext(sizes.indirectOffset + DESC_SIZE * entry, (entry % vq.maxNSegs) + 1);
    }
  }
  kernel.dma.fill(memory.address, new Uint8Array(image.buffer));
  seedFreeChain(sc, vq);
  if (vq.slots.length === 0) {
    vq.slots = Array.from({ length: vq.num }, () => ({ useIndirect: false, descBase: null, descFreeIdx: END }));
  }
  vq.freeIdx = 0;
  vq.freeList = Array.from({ length: vq.num }, (_, i) => i);
  vq.availIdx = vq.usedIdx = vq.queued = 0;
  kernel.dma.sync(vq.name, vq.used, sizes.used, 'PREREAD');
  vq.queued = 1;
}

/** What seeded defects make of the fresh chain of free descriptors, and of the rings. */
function seedFreeChain(sc: Softc, vq: Virtqueue): void {
  const { profile, dma } = sc.kernel;
  if (profile.fault('free-chain-one-short')) sc.descriptors.setNext(vq.desc, Math.max(0, vq.num - 2), END);
  if (profile.fault('free-chain-closed')) sc.descriptors.setNext(vq.desc, vq.num - 1, 0);
  if (profile.fault('used-flags-not-zeroed')) dma.store(vq.used, 2, DIRT, sc.structEndian);
  if (profile.fault('used-index-not-zeroed')) dma.store(vq.used + 2, 2, DIRT, sc.structEndian);
}

/** 0, or EBUSY while descriptors are in flight. A queue that was never allocated is none of its business. */
export function freeVq(sc: Softc, vq: Virtqueue): Errno {
  const { kernel } = sc;
  return kernel.call(
    'free_vq',
    { queue: vq.index },
    () => {
      if (vq.memory === null) {
        // 1.66 and 1.67 did not look.
        if (kernel.profile.between('virtio.c', '1.66', '1.68')) {
          sc.transport.setupQueue(vq.index, 0);
          kernel.deref(vq.memory, 'memory of a queue that was never allocated');
        }
        return 0;
      }
      if (countFree(sc, vq) !== vq.num) {
        kernel.print(`freeing non-empty vq, index ${vq.index}`);
        return 'EBUSY';
      }
      sc.transport.setupQueue(vq.index, 0);
      kernel.dma.sync(vq.name, vq.avail, kernel.deref(vq.sizes, 'ring sizes').avail, 'POSTWRITE');
      if (!kernel.profile.fault('queue-memory-kept')) kernel.dma.free(vq.memory);
      if (!sc.registersAtFinish) sc.nvqs--;
      vq.clear();
      return 0;
    },
    (result) => ({ result }),
  );
}

/** Length of the chain of free descriptors. The newest code walks it with indices in the order of the structures. */
function countFree(sc: Softc, vq: Virtqueue): number {
  const { profile } = sc.kernel;
  if (!profile.since('virtio.c', '1.73')) return vq.freeList.length;
  let count = 0;
  const converts = profile.has('repair-h9') || sc.structEndian === sc.kernel.host.order;
  let at = vq.freeIdx;
  while (at !== END && count <= vq.num && at < vq.sizes!.total / DESC_SIZE) {
    count++;
    at = converts ? sc.descriptors.next(vq.desc, at) : sc.descriptors.rawNext(vq.desc, at);
  }
  return count;
}
