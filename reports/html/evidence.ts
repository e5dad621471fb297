/** Files beside a result that show more of a finding, where they are at hand. */
export interface Evidence {
  /** Events of the saved trace, one line each (models/trace/text.ts). */
  readonly events?: readonly string[];
  /** The qtest script, whole. */
  readonly qtest?: string;
}
