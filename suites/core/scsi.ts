/** Performs requests of a SCSI host that vioscsi(4) does not make: for other units, and in the control and event queues. */
import { drain, finishPieces, freeQueues, piece, submit, type Piece } from '../../emulator/driver/child/request.ts';
import type { DmaMemory } from '../../emulator/driver/kernel/dma.ts';
import { PAGE_SIZE } from '../../emulator/driver/kernel/host.ts';
import { ChildFlag, type Errno } from '../../emulator/driver/virtio/bits.ts';
import { abandonAll } from '../../emulator/driver/virtio/dequeue.ts';
import { allocVq, initVq } from '../../emulator/driver/virtio/queue-memory.ts';
import type { ChildDevice, Softc } from '../../emulator/driver/virtio/softc.ts';
import { Virtqueue } from '../../emulator/driver/virtio/virtqueue.ts';
import {
  READ_10,
  WRITE_10,
  type ScsiAction,
  type ScsiRequest,
  type ScsiScenario,
} from '../../generators/driver/scsi.ts';
import { DriverMachine, type MachineSpec, type ProfileSpec } from '../../targets/driver-stack/machine.ts';

const QUEUES = 3;
/** Command, response and a page of data, which may lie across two. */
const MOST_SEGMENTS = 4;
/** Memory of each request, allocated for it alone: what the device reads, what it writes first, and data. */
const STRIDE = 2 * PAGE_SIZE;
const ANSWER_AT = 512;
const DATA_AT = PAGE_SIZE;
/** Bytes of what the device reads (5.6.6.1, 5.6.6.2), without data, and where a command has its CDB. */
const COMMAND = 51;
const CDB = 19;
const FUNCTION = 24;
const NOTIFICATION = 16;
const SECTOR = 512;

const QUEUE_OF: Readonly<Record<ScsiRequest['do'], number>> = { function: 0, notification: 0, event: 1, command: 2 };

/** Bytes that the device writes, without data. */
function answerLength(request: ScsiRequest): number {
  if (request.do === 'event') return request.length;
  return { command: 108, function: 1, notification: 5 }[request.do];
}

const isWrite = (request: ScsiRequest): boolean => request.do === 'command' && request.operation === WRITE_10;

function blocksOf(request: ScsiRequest): number {
  if (request.do !== 'command') return 0;
  return request.operation === READ_10 || request.operation === WRITE_10 ? request.count : 0;
}

const dataLength = (request: ScsiRequest): number => blocksOf(request) * SECTOR;

export function recordScsi({ machine: spec, actions }: ScsiScenario<MachineSpec>, profile: ProfileSpec): DriverMachine {
  const machine = new DriverMachine({ ...spec, childless: true }, profile);
  machine.attach();
  const host = new ScsiChild(machine);
  for (const action of [...actions, ...LAST]) machine.stack.unlessPanicked(() => host.act(action));
  machine.recorder.drain();
  return machine;
}

const LAST: readonly ScsiAction[] = [{ do: 'settle' }, { do: 'detach' }];

interface UnderWay {
  readonly memory: DmaMemory;
  readonly pieces: readonly Piece[];
}

class ScsiChild implements ChildDevice {
  readonly name = 'scsi requests';
  readonly #machine: DriverMachine;
  readonly #sc: Softc;
  readonly #queues = Array.from({ length: QUEUES }, (_, i) => new Virtqueue(`scsi vq ${i}`));
  /** By queue and slot, what is under way. */
  readonly #busy = this.#queues.map(() => new Map<number, UnderWay>());
  #up = false;

  constructor(machine: DriverMachine) {
    this.#machine = machine;
    this.#sc = machine.stack.sc;
    machine.stack.unlessPanicked(() => (this.#up = this.#attach()));
  }

  #attach(): boolean {
    const sc = this.#sc;
    sc.childAttachStart(this, 0n, this.#queues);
    for (const [i, vq] of this.#queues.entries()) {
      initVq(sc, vq, i, () => this.#done(i));
      if (allocVq(sc, vq, PAGE_SIZE, MOST_SEGMENTS) !== 0) return this.#fail();
    }
    return sc.childAttachFinish(this.#queues, QUEUES, null, ChildFlag.MPSAFE) === 0 || this.#fail();
  }

  #fail(): false {
    freeQueues(this.#sc, this.#queues);
    this.#sc.childAttachFailed();
    return false;
  }

  act(action: ScsiAction): void {
    switch (action.do) {
      case 'settle':
        return this.#machine.settle();
      case 'detach':
        return this.#machine.stack.detach();
      default:
        if (this.#up) this.#request(action);
    }
  }

  #request(request: ScsiRequest): void {
    const sc = this.#sc;
    const queue = QUEUE_OF[request.do];
    const { dma } = sc.kernel;
    const memory = dma.alloc(`scsi ${request.do}`, STRIDE);
    if (memory === null) return;
    const at = memory.address;
    const asked = this.#asked(request);
    if (asked.length > 0) dma.write(at, asked);
    const pieces = [
      piece('scsi question', at, asked.length, true),
      piece('scsi answer', at + ANSWER_AT, answerLength(request), false),
    ];
    const data = piece('scsi data', at + DATA_AT, dataLength(request), isWrite(request));
    const all = isWrite(request) ? pieces.toSpliced(1, 0, data) : [...pieces, data];
    const { error, slot } = submit(sc, this.#queues[queue], all);
    if (error === 0) this.#busy[queue].set(slot, { memory, pieces: all });
    else dma.free(memory);
  }

  /** What the device reads. */
  #asked(request: ScsiRequest): Uint8Array {
    const little = this.#sc.structEndian === 'little';
    switch (request.do) {
      case 'event':
        return new Uint8Array();
      case 'function': {
        const bytes = new Uint8Array(FUNCTION);
        new DataView(bytes.buffer).setUint32(4, request.subtype, little);
        bytes.set(request.unit, 8);
        return bytes;
      }
      case 'notification': {
        const bytes = new Uint8Array(NOTIFICATION);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, request.type, little);
        bytes.set(request.unit, 4);
        view.setUint32(12, request.events, little);
        return bytes;
      }
      case 'command': {
        const bytes = new Uint8Array(COMMAND);
        bytes.set(request.unit);
        const cdb = new DataView(bytes.buffer, CDB);
        cdb.setUint8(0, request.operation);
        if (blocksOf(request) === 0) return bytes;
        cdb.setUint32(2, request.first);
        cdb.setUint16(7, request.count);
        return bytes;
      }
    }
  }

  #done(queue: number): number {
    const sc = this.#sc;
    drain(sc, this.#queues[queue], ({ slot }) => {
      const done = this.#busy[queue].get(slot);
      this.#busy[queue].delete(slot);
      if (done === undefined) return;
      finishPieces(sc, done.pieces);
      sc.kernel.dma.free(done.memory);
    });
    return 1;
  }

  detach(): Errno {
    const sc = this.#sc;
    sc.deviceReset();
    for (const [i, vq] of this.#queues.entries()) {
      abandonAll(sc, vq);
      for (const { memory } of this.#busy[i].values()) sc.kernel.dma.free(memory);
      this.#busy[i].clear();
    }
    freeQueues(sc, this.#queues);
    sc.childDetach();
    this.#up = false;
    return 0;
  }
}
