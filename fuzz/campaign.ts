/**
 * A campaign: worker threads in seed spaces of their own, and this supervisor, who alone writes files. What a worker
 * comes to is in the journal before anything else is done with it; a worker that is lost is replaced.
 */
import { applicableExpectations, explains } from '../harness/expectations.ts';
import type { PlainTargetOptions } from '../harness/parallel-protocol.ts';
import type { Expectation } from '../harness/result.ts';
import { TargetUnavailable, type Target } from '../targets/target.ts';
import {
  CampaignState,
  type CampaignIdentity,
  type GroupProgress,
  type Line,
  type SpaceCursor,
} from './campaign-state.ts';
import { FindingStore, type UnsavedFinding } from './finding-store.ts';
import { MIB } from './growth.ts';
import { shrinkHang } from './hangs.ts';
import { Journal, type JournalFiles } from './journal.ts';
import { lossFinding, lossSign } from './loss.ts';
import type { Current, FromWorker, KnownForm } from './protocol.ts';
import type { Reproducers } from './reproducers.ts';
import type { FuzzFinding } from './result.ts';
import { formKey } from './triage.ts';
import { Slot, type Ending, type SlotSetup } from './slot.ts';
import type { Patience } from './standstill.ts';
import { actionKinds } from '../harness/action-kinds.ts';
import { includesKinds } from './suspects.ts';

export interface CampaignOptions {
  readonly identity: CampaignIdentity;
  /** The target as this thread resolved it. */
  readonly target: Target;
  readonly targetOptions: PlainTargetOptions;
  /** Folder of the journal. */
  readonly folder: string;
  /** Folder of the findings' files. */
  readonly findings: string;
  readonly jobs: number;
  /** Ends after so many milliseconds, or so many scenarios, of this start. */
  readonly timeMs?: number;
  readonly scenarios?: number;
  /** What a campaign that goes on had come to. */
  readonly state?: CampaignState;
  readonly expectations: readonly Expectation[];
  /** Count what of the target's code is run, where that can be. Default false. */
  readonly coverage?: boolean;
  readonly signal?: AbortSignal;
  /** Milliseconds without progress after which a worker counts as stuck. Default 10 s, 120 s for other processes. */
  readonly patienceMs?: number;
  readonly onUpdate?: (state: CampaignState, elapsedMs: number) => void;
  /** Something that people should hear of, in a line. */
  readonly onNote?: (text: string) => void;
  /** For tests: what the journal writes with. */
  readonly files?: JournalFiles;
}

export interface CampaignEnd {
  readonly state: CampaignState;
  readonly elapsedMs: number;
  readonly interrupted: boolean;
  /** Findings whose files could not be written. */
  readonly unsaved: readonly UnsavedFinding[];
  /** Lines that the journal's disk did not take. */
  readonly unwritten: number;
}

const UPDATE_MS = 250;
const SAMPLE_MS = 1000;
const PATIENCE_IN_PROCESS_MS = 10_000;
const PATIENCE_MS = 120_000;
/** After the end was asked for, workers that have not ended by themselves are ended. */
const GRACE_MS = 20_000;
/** Losses in a row, without progress between them, after which a worker is not replaced. */
const MOST_LOSSES = 5;

/** Runs a campaign to its end. Throws TargetUnavailable when the target cannot be started. */
export function runCampaign(options: CampaignOptions): Promise<CampaignEnd> {
  return new Supervisor(options).run();
}

class Supervisor {
  readonly #options: CampaignOptions;
  readonly #state: CampaignState;
  readonly #journal: Journal;
  readonly #store: FindingStore;
  readonly #slots = new Map<number, Slot>();
  readonly #forms: KnownForm[] = [];
  readonly #started = performance.now();
  readonly #before: number;
  /** Progress that is not in the journal yet. */
  #pending: GroupProgress[] = [];
  #pendingErrors = 0;
  #pendingTexts: string[] = [];
  readonly #cursors = new Map<number, SpaceCursor>();
  #unavailable: string | undefined;
  #stopping = false;
  #suspects = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#state = options.state ?? new CampaignState();
    this.#before = this.#state.elapsedMs;
    const trouble = (error: Error): void => options.onNote?.(troubleText(error, options.folder));
    this.#journal = new Journal(options.folder, options.identity, this.#state, trouble, options.files);
    this.#store = new FindingStore(options.findings, trouble);
    for (const { finding, scenario } of this.#state.findings.values()) {
      this.#forms.push({ key: formOf(finding), kinds: actionKinds(scenario) });
    }
  }

  get #elapsed(): number {
    return this.#before + performance.now() - this.#started;
  }

  async run(): Promise<CampaignEnd> {
    const { timeMs, signal, jobs, onUpdate } = this.#options;
    const stop = (): void => this.#stop();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const deadline = timeMs === undefined ? undefined : setTimeout(stop, timeMs);
    const update = setInterval(() => onUpdate?.(this.#state, this.#elapsed), UPDATE_MS);
    const sample = setInterval(() => this.#sample(), SAMPLE_MS);
    try {
      await Promise.all(Array.from({ length: jobs }, (_, worker) => this.#work(worker)));
    } finally {
      clearTimeout(deadline);
      clearInterval(update);
      clearInterval(sample);
      signal?.removeEventListener('abort', stop);
      this.#sample();
      this.#store.retry();
      this.#journal.close();
    }
    if (this.#unavailable !== undefined && this.#state.scenarios === 0) throw new TargetUnavailable(this.#unavailable);
    return {
      state: this.#state,
      elapsedMs: Math.round(this.#elapsed),
      interrupted: signal?.aborted === true,
      unsaved: this.#store.unsaved,
      unwritten: this.#journal.waiting.length,
    };
  }

  #stop(): void {
    this.#stopping = true;
    for (const slot of this.#slots.values()) slot.stop();
    // Those that hang in what they are at are ended all the same; their suspects are in the journal.
    setTimeout(() => {
      for (const slot of this.#slots.values()) void slot.kill();
    }, GRACE_MS).unref();
  }

  /** Keeps one worker at work until the campaign is over. */
  async #work(worker: number): Promise<void> {
    const { scenarios, jobs, onNote } = this.#options;
    let quota = scenarios === undefined ? Infinity : Math.floor(scenarios / jobs) + (worker < scenarios % jobs ? 1 : 0);
    let { generation, index } = this.#state.cursors.get(worker) ?? { generation: 0, index: 0 };
    let losses = 0;
    while (!this.#stopping && quota > 0) {
      const setup = this.#setup(worker, generation, index, quota);
      const slot = new Slot(setup, this.#patience, (message) => this.#hear(worker, message));
      this.#slots.set(worker, slot);
      const ending = await slot.ended;
      this.#slots.delete(worker);
      if (ending.kind === 'done') return;
      if (ending.kind === 'unavailable') {
        this.#unavailable = ending.message;
        return;
      }
      const cursor = this.#cursors.get(worker);
      const done = cursor?.generation === generation ? cursor.index - index : 0;
      quota -= done;
      losses = done > 0 ? 1 : losses + 1;
      await this.#lost(ending, setup);
      // What was drawn after the last progress is lost with the worker: the next one draws from a space of its own.
      generation++;
      index = 0;
      this.#write({ k: 'cursor', cursor: { worker, generation, index } });
      if (losses >= MOST_LOSSES) {
        onNote?.(`worker ${worker} was lost ${losses} times without getting anywhere and is not replaced again`);
        return;
      }
    }
  }

  get #patience(): Patience {
    const busy = !/^(qemu|qtest):/.test(this.#options.identity.target);
    return { milliseconds: this.#options.patienceMs ?? (busy ? PATIENCE_IN_PROCESS_MS : PATIENCE_MS), busy };
  }

  #setup(worker: number, generation: number, from: number, quota: number): SlotSetup {
    const { identity, targetOptions, findings, expectations, coverage = false } = this.#options;
    const { target, against, devices, transports, seed, shard } = identity;
    return {
      target,
      targetOptions,
      coverage,
      against: against ?? undefined,
      devices: devices ?? undefined,
      transports: transports ?? undefined,
      space: { seed, shard: shard.index, worker, generation },
      from,
      scenarios: quota === Infinity ? undefined : quota,
      findings,
      expectations,
      corpus: [...this.#state.groups.values()].flatMap((group) => group.corpus),
      known: this.#forms,
      // One of them is enough: it is told apart by its worker's number.
      retries: worker === 0 ? [...this.#state.open.values()] : [],
    };
  }

  #hear(worker: number, message: FromWorker): void {
    switch (message.kind) {
      case 'target':
        if (this.#state.target === undefined || (this.#state.target.code ?? 0) < message.code)
          this.#write({ k: 'target', name: message.name, version: message.version, code: message.code });
        return;
      case 'entry': {
        const { device, transport, scenario, features } = message;
        if (features.every((one) => this.#state.features.has(one))) return;
        this.#write({ k: 'entry', device, transport, scenario, features });
        for (const [other, slot] of this.#slots) if (other !== worker) slot.send(message);
        return;
      }
      case 'suspect': {
        const { id, device, transport, scenario } = message;
        this.#write({ k: 'suspect', id, device, transport, scenario }, true);
        return;
      }
      case 'settled':
        this.#write({ k: 'settled', id: message.id });
        return;
      case 'finding':
        this.#found(message.finding, message.scenario, message.files, worker);
        return;
      case 'unconfirmed':
        this.#write({ k: 'unconfirmed', finding: message.finding });
        return;
      case 'progress':
        this.#progress(worker, message);
        return;
      default:
        return;
    }
  }

  #progress(worker: number, { groups, errors, firstErrors, cursor }: Extract<FromWorker, { kind: 'progress' }>): void {
    this.#state.apply({ k: 'progress', groups, errors, firstErrors });
    this.#state.apply({ k: 'cursor', cursor });
    this.#cursors.set(worker, cursor);
    this.#pending.push(...groups);
    this.#pendingErrors += errors;
    this.#pendingTexts.push(...firstErrors);
  }

  #found(found: Omit<FuzzFinding, 'files'>, scenario: Current['scenario'], files: Reproducers, worker = -1): void {
    if (this.#state.findings.has(found.key)) return;
    const { device, transport, clause } = found;
    const version = this.#state.target?.version ?? '';
    const expected = applicableExpectations(this.#options.expectations, { device, transport, version });
    const showing = { clause, seen: found.seen, kinds: actionKinds(scenario) };
    const explanation = expected.find((entry) => explains(entry, showing))?.explanation;
    const saved = this.#store.save(files);
    const finding: FuzzFinding = { ...found, ...(explanation === undefined ? {} : { explanation }), files: saved };
    this.#write({ k: 'finding', finding, scenario }, true);
    const form = { key: formOf(finding), kinds: actionKinds(scenario) };
    this.#forms.push(form);
    for (const [other, slot] of this.#slots) if (other !== worker) slot.send({ kind: 'known', ...form });
  }

  /** A worker is gone. What it was at, if known, is a suspect; whether it does so again is tried in threads of its own. */
  async #lost(ending: Exclude<Ending, { kind: 'done' | 'unavailable' }>, setup: SlotSetup): Promise<void> {
    if (this.#stopping && ending.kind === 'died') return;
    const reason = ending.kind === 'died' ? ending.message : ending.kind;
    this.#write({ k: 'lost', reason });
    this.#options.onNote?.(`a worker was lost and is replaced: ${reason.split('\n')[0]}`);
    const { current } = ending;
    if (current === undefined) {
      this.#progressError(reason);
      return;
    }
    // What includes a known way to lose a worker shows nothing new.
    const key = formKey(lossSign(ending).id, current.device, false);
    const kinds = actionKinds(current.scenario);
    if (this.#forms.some((form) => form.key === key && includesKinds(kinds, form.kinds))) return;
    const id = `lost.${Math.round(this.#elapsed)}.${this.#suspects++}`;
    this.#write({ k: 'suspect', id, ...current }, true);
    const patience = this.#patience;
    const shortest = await shrinkHang(setup, patience, current, () => this.#stopping);
    const made = await lossFinding(
      ending,
      { ...current, scenario: shortest ?? current.scenario },
      patience.milliseconds,
      this.#options,
    );
    if (shortest === undefined) {
      const { device, transport } = current;
      const { clause, expected, seen, steps } = made.finding;
      this.#write({ k: 'unconfirmed', finding: { clause, device, transport, expected, seen, steps } });
    } else {
      this.#found({ ...made.finding, scenarios: this.#state.scenarios }, shortest, made.files);
    }
    this.#write({ k: 'settled', id });
  }

  #progressError(text: string): void {
    this.#write({ k: 'progress', groups: [], errors: 1, firstErrors: [text] });
  }

  #write(line: Line, durable = false): void {
    this.#state.apply(line);
    this.#journal.append(line, durable);
  }

  /** Once a second: a point of the series, and what progress there was. */
  #sample(): void {
    if (this.#pending.length > 0 || this.#pendingErrors > 0) {
      const groups = merged(this.#pending);
      this.#journal.append({ k: 'progress', groups, errors: this.#pendingErrors, firstErrors: this.#pendingTexts });
      for (const cursor of this.#cursors.values()) this.#journal.append({ k: 'cursor', cursor });
      this.#pending = [];
      this.#pendingErrors = 0;
      this.#pendingTexts = [];
    }
    const { scenarios, states, obligations, code, findings } = this.#state;
    const ms = Math.round(this.#elapsed);
    this.#write({
      k: 'sample',
      sample: {
        ms,
        scenarios,
        states,
        obligations,
        ...(code === undefined ? {} : { code: code.reached }),
        findings: findings.size,
        memory: Math.round(process.memoryUsage.rss() / MIB),
      },
    });
    this.#store.retry();
  }
}

/** What a worker calls the form of a finding. */
function formOf({ key, device, explanation }: FuzzFinding): string {
  return formKey(key.split('|')[0], device, explanation !== undefined);
}

function merged(progress: readonly GroupProgress[]): GroupProgress[] {
  const groups = new Map<string, GroupProgress>();
  for (const one of progress) {
    const key = `${one.device} ${one.transport}`;
    const before = groups.get(key);
    groups.set(
      key,
      before === undefined
        ? one
        : {
            ...one,
            scenarios: before.scenarios + one.scenarios,
            events: before.events + one.events,
            states: [...before.states, ...one.states],
            exercised: [...before.exercised, ...one.exercised],
            code: [...(before.code ?? []), ...(one.code ?? [])],
          },
    );
  }
  return [...groups.values()];
}

function troubleText(error: Error, folder: string): string {
  const { code } = error as NodeJS.ErrnoException;
  const why = code === 'ENOSPC' ? 'the disk is full' : error.message;
  return `cannot write to ${folder}: ${why}. The campaign goes on; findings are kept in memory, tried again, and printed at the end if need be.`;
}
