/**
 * Where models report to: which obligations were exercised, which the device broke, and what the driver did wrong.
 * One Report lives as long as a run; counts accumulate, findings are taken per scenario.
 */
import { CLAUSES, clause, type ClauseId, type ClauseIndex } from './clauses/catalogue.ts';
import { umbrellasOf } from './clauses/umbrellas.ts';
import { empty } from './collections.ts';

/** An obligation of the device that a trace shows broken. */
export interface Violation {
  readonly clause: ClauseId;
  /** Log row at which it became visible. */
  readonly row: number;
  /** One line each: what was owed, what was seen instead. */
  readonly expected: string;
  readonly seen: string;
  /** The model state that mattered, for people: `status=ACKNOWLEDGE|DRIVER queue0.ready=0 ...`. */
  readonly state: string;
  /** What it would count as if the clause were not known to explain it: the explanation has to be tried (harness). */
  readonly unexplained?: ClauseId;
}

/** What a driver's mistake voids (design, section 2): nothing, the one queue, or the device until reset. */
export type Voids = 'nothing' | 'queue' | 'device';

/** A rule that the driver broke (on purpose, in a hostile scenario). */
export interface DriverFault {
  /** The driver clause, where the catalogue has one. */
  readonly clause: ClauseId | undefined;
  readonly row: number;
  readonly what: string;
  readonly voids: Voids;
}

export class Report {
  /** How often each clause could have been broken, by clause index. */
  readonly exercised = new Float64Array(CLAUSES.length);
  /** How often the device broke each clause. */
  readonly violated = new Float64Array(CLAUSES.length);
  /** How often the driver did; counted apart, since some clauses bind both. */
  readonly brokenByDriver = new Float64Array(CLAUSES.length);
  readonly violations: Violation[] = [];
  readonly driverFaults: DriverFault[] = [];
  /** The log row being judged; set by the contract. */
  row = 0;
  /** While set, violations are reported under this clause: it explains those that follow from it. */
  explanation: ClauseIndex | undefined;
  /** Describes the model state; set by the contract, called only when something is reported. */
  describeState: () => string = () => '';
  /** Called with every mistake of the driver as it is recorded, so that the model state of the moment can be kept. */
  onDriverFault: ((fault: DriverFault) => void) | undefined;

  /** The device could have broken this obligation here (whether or not it did). Hot: one add. */
  exercise(index: ClauseIndex): void {
    this.exercised[index]++;
  }

  /**
   * Exercises the clause and, if `kept` is false, reports its violation. The texts are built only then.
   * Returns `kept`, so that a caller can stop following a device that has left the path.
   */
  check(index: ClauseIndex, kept: boolean, expected: () => string, seen: () => string): boolean {
    this.exercised[index]++;
    if (!kept) this.violate(index, expected(), seen());
    return kept;
  }

  /** Reports a violation without counting an exercise (the caller has counted it). */
  violate(index: ClauseIndex, expected: string, seen: string): void {
    const unexplained = this.explanation === undefined ? undefined : CLAUSES[index].id;
    index = this.explanation ?? index;
    const state = this.describeState();
    for (const broken of [index, ...umbrellasOf(index)]) {
      this.violated[broken]++;
      const violation = { clause: CLAUSES[broken].id, row: this.row, expected, seen, state };
      this.violations.push(unexplained === undefined ? violation : { ...violation, unexplained });
    }
  }

  /** How often each clause was exercised, umbrella clauses through those they stand for. */
  exercisedTotals(): Float64Array {
    const totals = this.exercised.slice();
    for (let i = 0; i < totals.length; i++) {
      for (const parent of umbrellasOf(i as ClauseIndex)) totals[parent] += this.exercised[i];
    }
    return totals;
  }

  /** Reports a mistake of the driver. What it voids is done by the caller; this only records it. */
  driverBroke(id: ClauseId | undefined, voids: Voids, what: string): void {
    if (id !== undefined) {
      const index = clause(id);
      this.exercised[index]++;
      this.brokenByDriver[index]++;
      for (const umbrella of umbrellasOf(index)) this.brokenByDriver[umbrella]++;
    }
    const fault: DriverFault = { clause: id, row: this.row, what, voids };
    this.driverFaults.push(fault);
    this.onDriverFault?.(fault);
  }

  /** Forgets the findings of the scenario; the counts stay. */
  clearFindings(): void {
    empty(this.violations);
    empty(this.driverFaults);
  }
}
