/**
 * Whether a record of a driver stack makes sense: what calls say of themselves, and that each returns. A judge that is told
 * nonsense would find nothing; whatever fails here is a mistake of the stack that tells, not of the driver.
 */
import type { AttachApi, AttachEvent, CallEvent } from '../../models/attach/events.ts';

/** What a call has to name besides itself. */
const NAMES: Readonly<Partial<Record<AttachApi, readonly string[]>>> = {
  child_attach_start: ['want'],
  child_attach_finish: ['count'],
  negotiate_features: ['want'],
  init_vq: ['queue'],
  alloc_vq: ['queue'],
  free_vq: ['queue'],
  enqueue_prep: ['queue'],
  enqueue_reserve: ['queue', 'slot', 'nsegs'],
  enqueue: ['queue', 'slot', 'write'],
  enqueue_commit: ['queue', 'slot', 'notify'],
  enqueue_abort: ['queue', 'slot'],
  dequeue: ['queue'],
  dequeue_commit: ['queue', 'slot'],
  start_vq_intr: ['queue'],
  stop_vq_intr: ['queue'],
  read_config: ['offset', 'size', 'field'],
  write_config: ['offset', 'size', 'field', 'value'],
  submit: ['work'],
};
/** What is known once it has returned. */
const RESULTS: Readonly<Partial<Record<AttachApi, readonly string[]>>> = {
  bus_attach: ['found'],
  bus_detach: ['detached'],
  child_attach: ['name', 'attached'],
  child_attach_finish: ['failed'],
  attach_failed: ['failed'],
  reinit_start: ['failed'],
  alloc_vq: ['result', 'num', 'address', 'size', 'desc', 'avail', 'used', 'indirect', 'maxNSegs'],
  free_vq: ['result'],
  enqueue_prep: ['result', 'slot'],
  enqueue_reserve: ['result', 'indirect'],
  enqueue: ['result'],
  dequeue: ['result', 'slot', 'length'],
  start_vq_intr: ['pending'],
  read_config: ['value'],
  submit: ['outcome'],
};

const KINDS: Readonly<Record<AttachEvent['kind'], true>> = {
  ...{ call: true, return: true, register: true, softc: true, panic: true, map: true, unmap: true, sync: true },
  ...{ 'dma-alloc': true, 'dma-free': true, cpu: true, slot: true, store: true, 'device-store': true },
  ...{ entry: true, 'command-line': true, settled: true, given: true, handed: true, told: true },
};

/** Throws Error at the first event that makes no sense. */
export function requireWellFormed(events: readonly AttachEvent[]): void {
  const open = new Map<number, CallEvent[]>();
  const allocated = new Map<number, number>();
  let panicked = false;
  for (const [index, event] of events.entries()) {
    if (!Object.hasOwn(KINDS, event.kind)) throw new Error(`event ${index} of the record is a ${String(event.kind)}`);
    if (event.kind === 'panic') panicked = true;
    if (event.kind === 'call' || event.kind === 'return') {
      const wrong = event.kind === 'call' ? begins(event, open) : ends(event, open);
      if (wrong !== undefined) throw new Error(`event ${index} of the record, ${event.kind} of ${event.api}: ${wrong}`);
    } else {
      const wrong = misuses(event, allocated);
      if (wrong !== undefined) throw new Error(`event ${index} of the record, ${event.kind}: ${wrong}`);
    }
  }
  // Nobody returns from a panic.
  const left = [...open.values()].flat();
  if (!panicked && left.length > 0) throw new Error(`a call of ${left[0].api} never returns`);
}

/** bus_dma(9) gives no memory away twice; `allocated` is its sizes by address. */
function misuses(event: AttachEvent, allocated: Map<number, number>): string | undefined {
  switch (event.kind) {
    case 'cpu':
      return event.access === 'read' || event.access === 'write' ? undefined : 'neither a read nor a write';
    case 'dma-free':
      return allocated.delete(event.address) ? undefined : `${event.name} was not allocated`;
    case 'dma-alloc': {
      const { address, size } = event;
      const other = [...allocated].find(([start, length]) => start < address + size && address < start + length);
      allocated.set(address, size);
      return other === undefined ? undefined : `${event.name} lies in memory that is in use`;
    }
    default:
      return undefined;
  }
}

function begins(event: CallEvent, open: Map<number, CallEvent[]>): string | undefined {
  const calls = open.get(event.thread);
  if (calls === undefined) open.set(event.thread, [event]);
  else calls.push(event);
  return missing(event, NAMES[event.api]);
}

function ends(event: CallEvent, open: Map<number, CallEvent[]>): string | undefined {
  const { api, thread, facts } = event;
  // Every segment of an enqueue is told of by a return of its own, and so is a request that a reset brings back.
  if (facts.segment === true) return missing(event, ['queue', 'slot', 'address', 'length', 'write']);
  if (facts.abandoned === true) return missing(event, ['queue', 'slot', 'length']);
  const call = open.get(thread)?.pop();
  if (call?.api !== api) return `it was ${call === undefined ? 'nothing' : call.api} that was called`;
  const forgotten = missing(event, NAMES[api]) ?? missing(event, RESULTS[api]);
  if (forgotten !== undefined) return forgotten;
  const changed = (NAMES[api] ?? []).find(
    (name) => RESULTS[api]?.includes(name) !== true && facts[name] !== call.facts[name],
  );
  return changed === undefined ? undefined : `${changed} is another one than when it was called`;
}

function missing({ facts }: CallEvent, names: readonly string[] = []): string | undefined {
  const absent = names.find((name) => facts[name] === undefined);
  return absent === undefined ? undefined : `${absent} is not told`;
}
