/** What the process exit code says. Scripts rely on these numbers. */
export const EXIT = {
  /** Conformant, or nothing but expected deviations. */
  conformant: 0,
  /** At least one deviation, or a stale expectation. */
  deviations: 1,
  /** The command line, or a file it names, is wrong. */
  usage: 2,
  /** The target could not be run. */
  notRun: 3,
  /** Ended by Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line is wrong. The message says what, the hint what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
