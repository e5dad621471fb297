/** A campaign as it goes: one line that is rewritten on a terminal, a plain line now and then elsewhere. */
import { reachableCount } from '../fuzz/reachable.ts';
import type { CampaignState } from '../fuzz/campaign-state.ts';
import { fuzzLine } from '../reports/fuzz.ts';
import type { Layout } from '../reports/text.ts';

const PLAIN_INTERVAL_MS = 10_000;

export class FuzzDisplay {
  readonly #stream: NodeJS.WriteStream;
  readonly #layout: Layout;
  #started = performance.now();
  #before = { scenarios: 0, events: 0 };
  #drawn = 0;
  #told = new Set<string>();
  #onLine = false;

  constructor(stream: NodeJS.WriteStream, layout: Layout) {
    this.#stream = stream;
    this.#layout = layout;
  }

  /** Rates are those from here on; findings that are known are not told again. */
  begin(state: CampaignState | undefined): void {
    this.#started = this.#drawn = performance.now();
    if (state === undefined) return;
    this.#before = { scenarios: state.scenarios, events: state.events };
    this.#told = new Set(state.findings.keys());
  }

  update(state: CampaignState, elapsedMs: number): void {
    for (const { finding } of state.findings.values()) {
      if (this.#told.has(finding.key)) continue;
      this.#told.add(finding.key);
      if (finding.explanation !== undefined) continue;
      const { severity, clause, kind, device, transport, actions, files } = finding;
      this.note(`${severity}: ${clause ?? kind} on ${device} ${transport}, ${actions} actions: ${files.text ?? ''}`);
    }
    const now = performance.now();
    if (!this.#stream.isTTY && now - this.#drawn < PLAIN_INTERVAL_MS) return;
    this.#drawn = now;
    const { style, width } = this.#layout;
    const line = fuzzLine(this.#snapshot(state, elapsedMs, now), this.#stream.isTTY ? { style, width } : { style });
    this.#stream.write(this.#stream.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
    this.#onLine = this.#stream.isTTY;
  }

  /** A line that stays. */
  note(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#onLine) this.#stream.write('\r\u001b[K');
    this.#onLine = false;
  }

  #snapshot(state: CampaignState, elapsedMs: number, now: number) {
    const { scenarios, events, corpus, states, obligations, code, findings } = state;
    let reachable = 0;
    for (const { transport } of state.groups.values()) reachable += reachableCount(transport);
    const explained = [...findings.values()].filter(({ finding }) => finding.explanation !== undefined).length;
    return {
      elapsedMs,
      sinceMs: now - this.#started,
      sinceScenarios: scenarios - this.#before.scenarios,
      sinceEvents: events - this.#before.events,
      scenarios,
      corpus,
      states,
      reachable,
      obligations,
      code,
      findings: findings.size,
      explained,
    };
  }
}
