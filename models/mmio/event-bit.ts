/** One bit of InterruptStatus: what is owed of it and what would explain it. */
import type { ClauseIndex } from '../clauses/catalogue.ts';

export class EventBit {
  readonly mask: number;
  readonly name: string;
  /** The clause that calls for the bit now, or -1. */
  owed = -1;
  /** The device was given time since it became owed. */
  owedSettled = false;
  /** Causes that may yet show as this bit. */
  reasons = 0;
  #reasonsSettled = false;
  /** The bit was not set, as far as seen, when its first reason came. */
  #reasonsFresh = false;
  /** The last read showed it set, and it was not acknowledged since. */
  seen = false;
  /** A read showed it clear since power-on, reset or suspend. */
  knownClear = false;
  /** It was set when last acknowledged and has not been seen clear since. */
  setAtAck = false;
  lastAck = -1;
  /** It was or may have been set when the driver asked for the last reset. */
  carried = false;
  /** The clause (a SHOULD NOT) that a bit without other reason breaks, or -1. */
  unwanted: number = -1;

  constructor(mask: number, name: string) {
    this.mask = mask;
    this.name = name;
  }

  forget(): void {
    this.owed = -1;
    this.reasons = 0;
    this.seen = false;
    this.knownClear = false;
    this.setAtAck = false;
    this.lastAck = -1;
    this.unwanted = -1;
  }

  /** The driver asks for a reset, which has to clear the bit. */
  carry(): void {
    this.carried = this.seen || this.owed >= 0 || this.reasons > 0 || this.setAtAck;
  }

  get explained(): boolean {
    return this.reasons > 0;
  }

  addReason(): void {
    if (this.reasons === 0) this.#reasonsFresh = !this.seen;
    this.reasons++;
    this.#reasonsSettled = false;
  }

  owe(index: ClauseIndex): void {
    if (this.owed >= 0) return;
    this.owed = index;
    this.owedSettled = false;
  }

  readSet(): void {
    this.seen = true;
    this.owed = -1;
    this.unwanted = -1;
  }

  readClear(): void {
    this.seen = false;
    this.knownClear = true;
    this.setAtAck = false;
    // The device had its time and shows nothing: these causes will not show any more.
    if (this.#reasonsSettled) this.reasons = 0;
  }

  acknowledge(row: number): void {
    // A single cause that was seen to have set the bit is spent; so is all that had time to show.
    if (this.#reasonsSettled || (this.seen && this.reasons === 1 && this.#reasonsFresh)) this.reasons = 0;
    this.setAtAck = this.seen;
    this.seen = false;
    this.owed = -1;
    this.lastAck = row;
  }

  /** Whether the bit is set is anybody's guess: whatever it shows next is accepted. */
  loseTrack(row: number): void {
    this.reasons += 2;
    this.#reasonsSettled = false;
    this.seen = false;
    this.owed = -1;
    this.setAtAck = false;
    this.lastAck = row;
  }

  settled(): void {
    this.owedSettled = true;
    this.#reasonsSettled = true;
  }

  describe(): string {
    if (this.seen) return `${this.name} shown`;
    if (this.owed >= 0) return `${this.name} owed`;
    return '';
  }
}
