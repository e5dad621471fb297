/** Where two implementations differ and must not. */
export interface Difference {
  /** Names the rule, for telling differences apart. */
  readonly about: string;
  /** What each of them did. */
  readonly one: string;
  readonly other: string;
}
