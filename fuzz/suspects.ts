/** From what a report holds after a scenario to suspects: what broke, once each, with what broke along with it. */
import { CLAUSES, clause as clauseIndex, isMust, type ClauseId } from '../models/clauses/catalogue.ts';
import type { Violation } from '../models/report.ts';
import type { EventLog, OutcomeEvent } from '../models/trace/event-log.ts';
import type { FindingKind, Severity } from './result.ts';

/** An answer is owed whatever the driver did. */
const ANSWERS: ClauseId = 'untagged.live.2';
/** Clauses under which models/virtqueue/attribution.ts puts stores where the device must not store. */
const MEMORY_CLAUSES: readonly ClauseId[] = [
  'untagged.memory.1',
  'split.device.virtqueue-descriptor-table.1',
  'split.device.virtqueue-descriptor-table.4',
];
const LONGEST_EVIDENCE = 120;

/** What is the same in all scenarios that show the same thing, and has to stay when one is shrunk. */
export interface Sign {
  /** Tells signs apart: the clause, with the manner of death where it is one. */
  readonly id: string;
  readonly kind: FindingKind;
  readonly clause: ClauseId | null;
}

export interface Suspect {
  readonly sign: Sign;
  readonly also: readonly ClauseId[];
  readonly expected: string;
  readonly seen: string;
  readonly state: string;
  /** Row of the log in which it broke. */
  readonly row?: number;
  /** The clause that breaks if the explanation that the model gave does not hold (harness/attribution.ts). */
  readonly unexplained?: ClauseId;
}

/** The suspects of a scenario, by its violations: those that speak of the same event in the same words are one. */
export function suspectsOf(violations: readonly Violation[], log: EventLog): Suspect[] {
  const suspects: (Suspect & { readonly also: ClauseId[]; readonly row: number })[] = [];
  for (const { clause, row, expected, seen, state, unexplained } of violations) {
    const same = suspects.find((one) => one.row === row && one.seen === seen && one.expected === expected);
    if (same !== undefined) {
      if (same.sign.clause !== clause && !same.also.includes(clause)) same.also.push(clause);
      continue;
    }
    const sign = signOf(clause, seen, log);
    if (suspects.some((one) => one.sign.id === sign.id)) continue;
    suspects.push({
      sign,
      also: [],
      expected,
      seen,
      state,
      row,
      ...(unexplained === undefined ? {} : { unexplained }),
    });
  }
  return suspects;
}

function signOf(clause: ClauseId, seen: string, log: EventLog): Sign {
  const outcome =
    clause === ANSWERS ? log.objects.find((object): object is OutcomeEvent => 'outcome' in object) : undefined;
  if (outcome === undefined) {
    return { id: clause, kind: MEMORY_CLAUSES.includes(clause) ? 'memory' : 'clause', clause };
  }
  const kind = outcome.outcome === 'hung' ? 'hang' : 'crash';
  return { id: `${clause} ${kind} ${kind === 'hang' ? '' : mannerOf(outcome.evidence || seen)}`.trim(), kind, clause };
}

/** What two deaths of the same cause have in common: the first line of evidence without its numbers. */
function mannerOf(evidence: string): string {
  const [line] = evidence.split('\n', 1);
  return line.replaceAll(/0x[0-9a-f]+|\d+/gi, '#').slice(0, LONGEST_EVIDENCE);
}

export function severityOf({ kind, clause }: Sign): Severity {
  if (kind === 'crash' || kind === 'hang') return 'crash-or-hang';
  if (kind === 'memory' || kind === 'growth') return 'memory';
  return clause === null || isMust(CLAUSES[clauseIndex(clause)].level) ? 'must' : 'should';
}

/** Whether a scenario does everything that another one does, in its order, so that it shows nothing that is not known. */
export function includesKinds(kinds: readonly string[], minimal: readonly string[]): boolean {
  let at = 0;
  for (const kind of kinds) if (kind === minimal[at]) at++;
  return at === minimal.length;
}
