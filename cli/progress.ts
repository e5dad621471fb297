/** Progress of a run: one line that is rewritten on a terminal, a plain line now and then elsewhere. */
import type { ParallelProgress } from '../harness/parallel.ts';
import type { Progress } from '../harness/run-api.ts';
import { combinationName } from '../reports/verdicts.ts';
import { count, duration, ellipsis, plural, roughly, type Layout } from '../reports/text.ts';

const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 10_000;
/** Before this, a rate or a time left is a guess that jumps about. */
const WARM_UP_MS = 1000;

/** What a run knows about itself while it runs. */
export interface Snapshot {
  readonly elapsedMs: number;
  readonly combinations: number;
  readonly combinationsDone: number;
  /** Scenarios and events of ended combinations. */
  readonly scenariosDone: number;
  readonly eventsDone: number;
  readonly findingsDone: number;
  /** Latest report of each running combination. */
  readonly running: readonly Progress[];
}

/** One line about a run, without line end. */
export function progressLine(snapshot: Snapshot, { style, width }: Layout): string {
  const { elapsedMs, combinations, combinationsDone, running } = snapshot;
  const sum = (of: (progress: Progress) => number): number => running.reduce((n, progress) => n + of(progress), 0);
  const scenarios = snapshot.scenariosDone + sum((progress) => progress.scenariosDone);
  const events = snapshot.eventsDone + sum((progress) => progress.events);
  const findings = snapshot.findingsDone + sum((progress) => progress.broken);
  const share = Math.min(1, (combinationsDone + sum(partDone)) / Math.max(combinations, 1));
  const warm = elapsedMs >= WARM_UP_MS;
  const shrinking = running.some((progress) => progress.phase === 'shrinking') ? ' (shrinking)' : '';
  const parts = [
    `${combinationsDone}/${combinations}`,
    `${running.map((progress) => progress.combination).join(' + ') || 'starting'}${shrinking}`,
    `${Math.floor(share * 100)} %`,
    plural(scenarios, 'scenario'),
    ...(warm ? [`${roughly(events / (elapsedMs / 1000))} events/s`] : []),
    plural(findings, 'finding'),
    ...(warm && share > 0.01 && share < 1 ? [`${duration((elapsedMs * (1 - share)) / share)} left`] : []),
  ];
  const line = ellipsis(parts.join('  '), width - 1);
  return findings > 0 ? style.red(line) : line;
}

function partDone({ scenariosDone, scenarios }: Progress): number {
  return scenarios > 0 ? Math.min(1, scenariosDone / scenarios) : 0;
}

/** Follows a run and draws it on a stream. */
/** As a parallel run reports it; what is shared out need not be devices. */
export type DisplayedProgress = Omit<ParallelProgress, 'share'> & {
  readonly share: { readonly device: string; readonly transport: string };
};

export class ProgressDisplay {
  readonly #stream: NodeJS.WriteStream;
  readonly #layout: Layout;
  readonly #started = performance.now();
  readonly #running = new Map<string, Progress>();
  readonly #verbose: boolean;
  #totals = { combinations: 0, combinationsDone: 0, scenariosDone: 0, eventsDone: 0, findingsDone: 0 };
  #drawn = -Infinity;
  #onLine = false;

  constructor(stream: NodeJS.WriteStream, layout: Layout, verbose: boolean) {
    this.#stream = stream;
    this.#layout = layout;
    this.#verbose = verbose;
  }

  update({ share, shares, sharesDone, progress, results }: DisplayedProgress): void {
    const key = `${share.device} ${share.transport}`;
    this.#totals.combinations = shares;
    this.#totals.combinationsDone = sharesDone;
    if (progress !== undefined) this.#running.set(key, progress);
    if (results !== undefined) {
      this.#running.delete(key);
      for (const run of results) {
        this.#totals.scenariosDone += run.scenarios;
        this.#totals.eventsDone += run.events;
        this.#totals.findingsDone += run.findings.length;
        const ended = `${combinationName(run)}: ${count(run.totals.pass)} pass, ${count(run.totals.fail)} fail, ${plural(run.scenarios, 'scenario')} in ${duration(run.durationMs)}`;
        if (!this.#stream.isTTY || this.#verbose) this.note(ended);
      }
    }
    const interval = this.#stream.isTTY ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
    const now = performance.now();
    // A pipe hears nothing in the first interval: most runs end within it.
    if (!this.#stream.isTTY && this.#drawn === -Infinity) this.#drawn = this.#started;
    if (now - this.#drawn < interval) return;
    this.#drawn = now;
    this.#draw(now);
  }

  /** A line that stays. */
  note(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the rewritten line away, to make room for what stays. */
  clear(): void {
    if (this.#onLine) this.#stream.write('\r\u001b[K');
    this.#onLine = false;
  }

  #draw(now: number): void {
    const snapshot = { ...this.#totals, elapsedMs: now - this.#started, running: [...this.#running.values()] };
    const line = progressLine(snapshot, this.#layout);
    this.#stream.write(this.#stream.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
    this.#onLine = this.#stream.isTTY;
  }
}
