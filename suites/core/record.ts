/** Performs a scenario on the core of virtio(4), in the place of a child driver. */
import type { DmaMemory } from '../../emulator/driver/kernel/dma.ts';
import { ChildFlag, type Errno } from '../../emulator/driver/virtio/bits.ts';
import { abandonAll, dequeue, dequeueCommit, startVqIntr, stopVqIntr } from '../../emulator/driver/virtio/dequeue.ts';
import {
  enqueue,
  enqueueAbort,
  enqueueCommit,
  enqueuePrep,
  enqueueReserve,
} from '../../emulator/driver/virtio/enqueue.ts';
import { allocVq, freeVq, initVq } from '../../emulator/driver/virtio/queue-memory.ts';
import type { ChildDevice, Softc } from '../../emulator/driver/virtio/softc.ts';
import { Virtqueue } from '../../emulator/driver/virtio/virtqueue.ts';
import type { CoreAction, CoreDriver, CoreScenario } from '../../generators/driver/core.ts';
import { DriverMachine, type MachineSpec, type ProfileSpec } from '../../targets/driver-stack/machine.ts';

/** Of a console or a network device, the queue whose buffers the device reads. */
const TRANSMIT = 1;
/** Of a network device with one pair of queues: each request is a command and, as its last segment, room for the answer. */
const CONTROL = 2;
/** Room for each segment, in bytes. */
const SEGMENT_ROOM = 64;
const MOST_SEGMENTS = 5;
const FILLER = 0x41;
/** A network device takes the first bytes for a header that asks for nothing, or for a command that it does not know. */
const ZEROES = 0;

interface Segment {
  readonly address: number;
  readonly length: number;
}

export function recordCore(
  { machine: spec, driver, actions }: CoreScenario<MachineSpec>,
  profile: ProfileSpec,
): DriverMachine {
  const machine = new DriverMachine({ ...spec, childless: true }, profile);
  machine.attach();
  const core = new CoreChild(machine, driver);
  for (const action of [...actions, ...LAST]) machine.stack.unlessPanicked(() => core.act(action));
  machine.recorder.drain();
  return machine;
}

/** Buffers were used, interrupts are wanted, and nobody has told the driver. */
export class LostInterrupt extends Error {
  override readonly name = 'LostInterrupt';

  constructor(queue: number, used: number, taken: number) {
    super(`queue ${queue}: ${used} buffers used, ${taken} taken`);
  }
}

/** The device has said that its configuration changed, and the driver's function was not called; or nothing had changed. */
export class WrongConfigChange extends Error {
  override readonly name = 'WrongConfigChange';

  constructor(due: boolean) {
    super(due ? 'a change of the configuration was not told' : 'told of a change of the configuration that was none');
  }
}

/** Whatever is under way comes to its end, and everything is given back: nothing may happen any more. */
const LAST: readonly CoreAction[] = [{ do: 'settle' }, { do: 'detach' }, { do: 'settle' }];

class CoreChild implements ChildDevice {
  readonly name = 'core';
  readonly #machine: DriverMachine;
  readonly #sc: Softc;
  readonly #driver: CoreDriver;
  readonly #queues: readonly Virtqueue[];
  readonly #rooms: (DmaMemory | null)[] = [];
  /** By queue and slot, the segments under way. */
  readonly #busy = new Map<Virtqueue, Map<number, readonly Segment[]>>();
  /** Queues for which it wants no interrupts. */
  readonly #stopped = new Set<Virtqueue>();
  #up = false;
  /** The configuration has changed, and nobody has said so yet. */
  #changeDue = false;
  /** Told of a change when there was none. */
  #toldOfNone = false;

  constructor(machine: DriverMachine, driver: CoreDriver) {
    this.#machine = machine;
    this.#sc = machine.stack.sc;
    this.#driver = driver;
    this.#queues = driver.maxNSegs.map((_most, i) => new Virtqueue(`core vq ${i}`));
    machine.stack.unlessPanicked(() => (this.#up = this.#attach()));
  }

  #attach(): boolean {
    const sc = this.#sc;
    const { want, noIndirect, softint, maxNSegs } = this.#driver;
    if (sc.childDevId === 0) return false;
    sc.noIndirect = noIndirect;
    sc.childAttachStart(
      this,
      want.reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n),
      this.#queues,
    );
    if (sc.refused) return this.#fail();
    for (const [i, vq] of this.#queues.entries()) {
      initVq(sc, vq, i, () => this.#drain(vq));
      if (allocVq(sc, vq, SEGMENT_ROOM, maxNSegs[i]) !== 0) return this.#fail();
      this.#busy.set(vq, new Map());
      this.#rooms[i] = sc.kernel.dma.alloc(`core buffers ${i}`, SEGMENT_ROOM * MOST_SEGMENTS * vq.num);
      if (this.#rooms[i] === null) return this.#fail();
    }
    const flags = softint ? ChildFlag.SOFTINT : ChildFlag.MPSAFE;
    const { length } = this.#queues;
    const changed = this.#driver.ignoresConfig === true ? null : () => this.#configChanged();
    return sc.childAttachFinish(this.#queues, length, changed, flags) === 0 || this.#fail();
  }

  #fail(): false {
    for (const vq of this.#queues) freeVq(this.#sc, vq);
    this.#freeRooms();
    this.#sc.childAttachFailed();
    return false;
  }

  #configChanged(): void {
    if (!this.#changeDue && !this.#machine.needsReset) this.#toldOfNone = true;
    this.#changeDue = false;
  }

  /** A driver that has set DRIVER_OK is to be told (2.5, 3.2.1). */
  #changeConfig(): void {
    if (this.#machine.changeConfig() && this.#up) this.#changeDue = true;
  }

  #freeRooms(): void {
    for (const room of this.#rooms.splice(0)) if (room !== null) this.#sc.kernel.dma.free(room);
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    this.#abandon();
    for (const vq of this.#queues) freeVq(sc, vq);
    sc.childDetach();
    this.#freeRooms();
    this.#up = false;
    this.#changeDue = false;
    return 0;
  }

  /** A reset brings back what the device had. */
  #abandon(): void {
    for (const vq of this.#queues) {
      abandonAll(this.#sc, vq);
      this.#busy.get(vq)?.clear();
    }
  }

  act(action: CoreAction): void {
    const { stack } = this.#machine;
    switch (action.do) {
      case 'settle':
        this.#machine.settle();
        this.#requireTold();
        return this.#requireTaken();
      case 'detach':
        return stack.detach();
      case 'rescan':
        return stack.rescan();
      case 'shutdown':
        return stack.shutdown();
      case 'host-input':
        return this.#machine.hostInput(action.length);
      case 'config-change':
        return this.#changeConfig();
      case 'restart':
        return this.#restart();
      case 'submit': {
        const vq = this.#queues[action.queue];
        if (this.#up) this.#submit(vq, action.queue, action);
        return;
      }
      default:
        if (this.#up) this.#useQueue(action.do, this.#queues[action.queue]);
    }
  }

  #useQueue(what: 'publish' | 'poll' | 'peek' | 'stop-interrupts' | 'start-interrupts', vq: Virtqueue): void {
    const sc = this.#sc;
    switch (what) {
      case 'publish':
        return enqueueCommit(sc, vq, -1, true);
      case 'poll':
        this.#look(vq);
        return;
      case 'peek':
        sc.isEnqueued(vq);
        return;
      case 'stop-interrupts':
        this.#stopped.add(vq);
        return stopVqIntr(sc, vq);
      case 'start-interrupts':
        this.#stopped.delete(vq);
        return this.#start(vq);
    }
  }

  /** Nothing lies about that an interrupt, or the end of their suppression, should have told of. */
  #requireTaken(): void {
    const { kernel, structEndian } = this.#sc;
    if (!this.#up || this.#machine.stack.panicked !== null) return;
    for (const vq of this.#queues) {
      const used = kernel.dma.load(vq.used + 2, 2, structEndian);
      if (!this.#stopped.has(vq) && used !== vq.usedIdx) throw new LostInterrupt(vq.index, used, vq.usedIdx);
    }
  }

  #requireTold(): void {
    if (this.#machine.stack.panicked !== null) return;
    const missed = this.#up && this.#changeDue && this.#driver.ignoresConfig !== true;
    if (missed || this.#toldOfNone) throw new WrongConfigChange(missed);
  }

  #restart(): void {
    if (!this.#up) return;
    this.#stopped.clear();
    // A reset takes back the notification.
    this.#changeDue = false;
    const sc = this.#sc;
    sc.deviceReset();
    this.#abandon();
    if (sc.reinitStart() !== 0) return;
    sc.negotiateFeatures(sc.active);
    sc.reinitEnd();
  }

  #submit(vq: Virtqueue, queue: number, { lengths, until, notify }: Extract<CoreAction, { do: 'submit' }>): void {
    const sc = this.#sc;
    const segments = Math.min(lengths.length, vq.num);
    const { error, slot } = enqueuePrep(sc, vq);
    if (error !== 0) return;
    if (until === 'prepared') return enqueueAbort(sc, vq, slot);
    if (enqueueReserve(sc, vq, slot, segments) !== 0) return;
    if (until === 'reserved') return enqueueAbort(sc, vq, slot);
    const start = this.#rooms[queue]!.address + SEGMENT_ROOM * MOST_SEGMENTS * slot;
    const parts = lengths.slice(0, segments).map((length, i) => ({ address: start + SEGMENT_ROOM * i, length }));
    for (const { readable, ...map } of this.#mapsOf(queue, `core request ${slot}`, parts)) {
      const { dma } = sc.kernel;
      const filler = this.#machine.spec.child === 'vioif' ? ZEROES : FILLER;
      if (readable)
        for (const { address, length } of map.segments) dma.write(address, new Uint8Array(length).fill(filler));
      dma.syncMap(map, readable ? 'PREWRITE' : 'PREREAD');
      enqueue(sc, vq, slot, map, readable);
    }
    enqueueCommit(sc, vq, slot, notify);
    this.#busy.get(vq)!.set(slot, parts);
  }

  /** What the device reads of a request, then what it writes. */
  #mapsOf(queue: number, name: string, segments: readonly Segment[]) {
    const { child } = this.#machine.spec;
    const command = child === 'vioif' && queue === CONTROL;
    const transmit = (child === 'viocon' || child === 'vioif') && queue === TRANSMIT;
    const readable = command ? segments.length - 1 : transmit ? segments.length : 0;
    return [
      { name, readable: true, segments: segments.slice(0, readable) },
      { name, readable: false, segments: segments.slice(readable) },
    ].filter((map) => map.segments.length > 0);
  }

  /** As after an interrupt, the next one has to be asked for: the event index still stands where one was owed last. */
  #look(vq: Virtqueue): void {
    if (this.#sc.isEnqueued(vq)) this.#drain(vq);
  }

  /** Asks for the next interrupt; none comes for what has been used meanwhile. */
  #start(vq: Virtqueue): void {
    while (startVqIntr(this.#sc, vq)) if (this.#sc.isEnqueued(vq)) this.#take(vq);
  }

  /** An interrupt tells of a queue once. */
  #drain(vq: Virtqueue): number {
    this.#take(vq);
    if (!this.#stopped.has(vq)) this.#start(vq);
    return 1;
  }

  #take(vq: Virtqueue): void {
    const sc = this.#sc;
    const { dma } = sc.kernel;
    for (let used = dequeue(sc, vq); used.error === 0; used = dequeue(sc, vq)) {
      const segments = this.#busy.get(vq)?.get(used.slot) ?? [];
      this.#busy.get(vq)?.delete(used.slot);
      let left = used.length;
      for (const { readable, ...map } of this.#mapsOf(vq.index, 'core request', segments)) {
        dma.syncMap(map, readable ? 'POSTWRITE' : 'POSTREAD');
        for (const { address, length } of readable ? [] : map.segments) {
          if (left > 0) dma.read(address, Math.min(left, length));
          left -= length;
        }
      }
      dequeueCommit(sc, vq, used.slot);
    }
  }
}
