/**
 * From a scenario that showed something to a finding: shrunk (actions first, operands after), shown again on a freshly
 * started implementation, and told apart from what is known already.
 */
import type { Scenario } from '../generators/scenario.ts';
import { patiently } from '../harness/patience.ts';
import type { Bench } from '../harness/perform.ts';
import { shrinkWhile } from '../harness/shrink.ts';
import type { DeviceKind } from '../models/setup.ts';
import { actionKinds } from '../harness/action-kinds.ts';
import { includesKinds, suspectsOf, type Sign, type Suspect } from './suspects.ts';

/** Ways to the same sign that are kept: more of them are variations. */
const MOST_FORMS = 3;
/** Suspects of one sign that may fail to show again before no more are followed. */
const MOST_UNCONFIRMED = 3;
/** Executions that shrinking may cost. */
const BUDGET = { sync: 600, async: 150 } as const;
/** Where each execution may cost a watchdog's patience, and a new process. */
const BUDGET_DEATH = { sync: 400, async: 30 } as const;
const BUDGET_HANG = { sync: 24, async: 12 } as const;
/** Finds a sign again in what a scenario did; runs it first. */
export type Look = (bench: Bench, scenario: Scenario, fresh: boolean) => Promise<Suspect | undefined>;

export interface Shown {
  /** As short as the budget allowed. */
  readonly scenario: Scenario;
  readonly suspect: Suspect;
  /** It showed on a fresh implementation that was given all its time; the bench's log is that of this showing. */
  readonly confirmed: boolean;
}

/** Whether a recorded deviation explains a suspect, as its scenario stands: any of its kind, or one with such actions. */
export type Explained = 'no' | 'by its actions' | 'whatever it does';

/** What the ways to one sign are filed under; those that recorded deviations explain lie apart and hide no others. */
export function formKey(signId: string, device: DeviceKind, explained: boolean): string {
  return `${signId} ${device}${explained ? ' explained' : ''}`;
}

/** What one worker knows of the findings of a campaign: enough not to follow the same thing twice. */
export class Known {
  readonly #forms = new Map<string, string[][]>();
  readonly #unconfirmed = new Map<string, number>();

  /** Whether there is anything to learn from following a suspect; of what is explained anyhow, one showing is enough. */
  worthwhile(sign: Sign, device: DeviceKind, scenario: Scenario, explained: Explained = 'no'): boolean {
    const [forms, recorded] = [false, true].map((one) => this.#forms.get(formKey(sign.id, device, one)) ?? []);
    if ((this.#unconfirmed.get(formKey(sign.id, device, explained !== 'no')) ?? 0) >= MOST_UNCONFIRMED) return false;
    if (explained === 'whatever it does') return recorded.length === 0;
    if ((explained === 'no' ? forms : recorded).length >= MOST_FORMS) return false;
    const kinds = actionKinds(scenario);
    return ![...forms, ...recorded].some((form) => includesKinds(kinds, form));
  }

  /** False if the same kinds of action are known to show it. */
  add(sign: Sign, device: DeviceKind, scenario: Scenario, explained = false): boolean {
    return this.addForm(formKey(sign.id, device, explained), actionKinds(scenario));
  }

  addForm(key: string, kinds: readonly string[]): boolean {
    const forms = this.#forms.get(key) ?? [];
    if (forms.some((form) => form.join() === kinds.join())) return false;
    this.#forms.set(key, [...forms, [...kinds]]);
    return true;
  }

  failed(sign: Sign, device: DeviceKind, explained = false): void {
    const key = formKey(sign.id, device, explained);
    this.#unconfirmed.set(key, (this.#unconfirmed.get(key) ?? 0) + 1);
  }
}

/** Same key, same finding: what broke, the device, the kinds of action that it takes. */
export function findingKey(sign: Sign, device: DeviceKind, scenario: Scenario): string {
  return `${sign.id}|${device}|${actionKinds(scenario).join(',')}`;
}

/** Looks for an obligation that the models judge. */
export function lookForViolation(sign: Sign): Look {
  return async (bench, scenario, fresh) => {
    await bench.run(scenario, fresh);
    return suspectsOf(bench.contract.report.violations, bench.log).find((suspect) => suspect.sign.id === sign.id);
  };
}

/** Shrinks and confirms. `stop` ends the shrinking early, never the confirmation. */
export async function investigate(
  bench: Bench,
  scenario: Scenario,
  first: Suspect,
  look: Look,
  stop: () => boolean,
): Promise<Shown> {
  const shows = async (candidate: Scenario): Promise<boolean> => (await look(bench, candidate, false)) !== undefined;
  const { scenario: shrunk } = await shrinkWhile(scenario, shows, budgetOf(bench, first.sign), stop);
  return patiently(bench.session, async () => {
    for (const candidate of new Set([shrunk, scenario])) {
      const suspect = await look(bench, candidate, true);
      if (suspect !== undefined) return { scenario: candidate, suspect, confirmed: true };
    }
    return { scenario: shrunk, suspect: first, confirmed: false };
  });
}

function budgetOf({ session }: Bench, { kind }: Sign): number {
  const budget = kind === 'hang' ? BUDGET_HANG : kind === 'crash' ? BUDGET_DEATH : BUDGET;
  return budget[session.kind];
}
