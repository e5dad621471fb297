/** One worker thread of a campaign, watched: what it says is passed on, and its end is told apart from its loss. */
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../harness/start-worker.ts';
import {
  CURRENT_BYTES,
  SIGNAL,
  SIGNALS,
  type Current,
  type FromWorker,
  type ToWorker,
  type WorkerSetup,
} from './protocol.ts';
import { Standstill, type Patience } from './standstill.ts';

/** How a worker's life ended. */
export type Ending =
  | { readonly kind: 'done' }
  | { readonly kind: 'unavailable'; readonly message: string }
  /** Its beat stood still: whatever it was at does not end. */
  | { readonly kind: 'stuck'; readonly current: Current | undefined }
  /** The thread's heap was used up. */
  | { readonly kind: 'memory'; readonly current: Current | undefined }
  | { readonly kind: 'died'; readonly message: string; readonly current: Current | undefined };

/** Heap of a worker, in MiB: beyond this something grows without end. */
const HEAP_MIB = 2048;
/** How often beats are listened to, as parts of the patience. */
const LOOKS = 4;
/** The first beat comes when everything is loaded, which on a busy machine takes its time: so many times the patience. */
const LOADING_FACTOR = 4;
const EVIDENCE_LINES = 8;

export type SlotSetup = Omit<WorkerSetup, 'signals' | 'current'>;

export class Slot {
  readonly ended: Promise<Ending>;
  readonly #worker: Worker;
  readonly #signals = new Int32Array(new SharedArrayBuffer(4 * SIGNALS));
  readonly #current = new Uint8Array(new SharedArrayBuffer(CURRENT_BYTES));
  #watch: NodeJS.Timeout | undefined;

  /** `patience`: without a beat for so long it is taken for stuck; undefined: never by that. */
  constructor(setup: SlotSetup, patience: Patience | undefined, hear: (message: FromWorker) => void) {
    const workerData: WorkerSetup = { ...setup, signals: this.#signals, current: this.#current };
    const worker = startWorker('./worker', import.meta.url, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    this.#worker = worker;
    this.ended = new Promise((resolve) => {
      let over = false;
      const end = (ending: Ending): void => {
        if (over) return;
        over = true;
        clearInterval(this.#watch);
        worker.off('message', onMessage);
        void worker.terminate().then(() => resolve(ending));
      };
      const onMessage = (message: FromWorker): void => {
        if (message.kind === 'done') end({ kind: 'done' });
        else if (message.kind === 'unavailable') end(message);
        else if (message.kind === 'failed') end({ kind: 'died', message: head(message.message), current: undefined });
        else hear(message);
      };
      worker.on('message', onMessage);
      worker.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') end({ kind: 'memory', current: this.#performing() });
        else end({ kind: 'died', message: head(error.stack ?? error.message), current: this.#performing() });
      });
      worker.on('exit', (code) => {
        end({ kind: 'died', message: `the worker thread ended with code ${code}`, current: this.#performing() });
      });
      this.#watchBeats(patience, () => end({ kind: 'stuck', current: this.#performing() }));
    });
  }

  /** Asks it to end after what it is at. */
  stop(): void {
    Atomics.store(this.#signals, SIGNAL.stop, 1);
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    clearInterval(this.#watch);
    await this.#worker.terminate();
  }

  #watchBeats(patience: Patience | undefined, stuck: () => void): void {
    if (patience === undefined) return;
    const { milliseconds, busy } = patience;
    const loading = new Standstill({ milliseconds: milliseconds * LOADING_FACTOR, busy });
    const standstill = new Standstill(patience);
    let last = 0;
    this.#watch = setInterval(() => {
      const beat = Atomics.load(this.#signals, SIGNAL.beat);
      const thread = this.thread;
      if (beat !== last) standstill.moved(thread);
      else if ((beat === 0 ? loading : standstill).tooLong(thread)) stuck();
      last = beat;
    }, milliseconds / LOOKS);
  }

  /** The thread it runs in, for fuzz/thread-time.ts. */
  get thread(): number {
    return Atomics.load(this.#signals, SIGNAL.thread);
  }

  #performing(): Current | undefined {
    const length = Atomics.load(this.#signals, SIGNAL.length);
    if (length === 0) return undefined;
    try {
      return JSON.parse(Buffer.from(this.#current.slice(0, length)).toString('latin1')) as Current;
    } catch {
      // It was just being written.
      return undefined;
    }
  }
}

function head(stack: string): string {
  return stack.split('\n').slice(0, EVIDENCE_LINES).join('\n');
}
